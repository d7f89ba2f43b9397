"""How fast the stores are on this machine's disk: ``python -m tests.service.storage.measure [PART] [--records N]``.

Parts: `commits` (commits a second of one and of eight clients), `stall` (what a commit of 500 records costs others) and
`many` (a store with very many records). Each store is made in a temporary folder, of the disk that TMPDIR names, and
removed afterwards. The figures of docs/reliability.md come from here.
"""

import argparse
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path

from service.storage import open_store
from service.storage.store import Changes, NewEvent, Put
from tests.service.storage import servers
from tests.service.storage.making import NOW

CLIENTS = 8
LARGEST = 500
WORDS = ["gardening", "chess", "walking", "cooking", "music", "films", "reading", "football", "knitting", "cycling"]


def record(number, *, turn=0):
    """A small record as members are: some 300 bytes, three index entries, which change with the turn; some unique."""
    body = {
        "languages": ["en", "pl"],
        "timezone": "Europe/London",
        "topics": [WORDS[number % 10], WORDS[number * 7 % 10]],
        "availability": [{"day": "mon", "start": "18:00", "end": "21:30"}, {"day": "sat", "start": "10:00"}],
        "waiting_since": "2026-09-01",
        "updated_at": "2026-11-22T09:30:00.000000Z",
    }
    role = "seeker" if number % 3 else "supporter"
    status = "active" if turn % 2 == 0 else "paused"
    index = (("role", role), ("status", status), ("role_status", f"{role}/{status}"))
    unique = (("login", f"login-{number}"),) if number % 10 == 0 else ()
    return Put("member", f"m-{number:09}", body, index=index, unique=unique)


@contextmanager
def sqlite():
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/store.sqlite3"


@contextmanager
def redis():
    server = servers.RedisServer()
    try:
        yield server.url
    finally:
        server.remove()


@contextmanager
def replicated():
    """A primary with one replica; a commit is acknowledged when both have it."""
    primary = servers.RedisServer()
    replica = servers.RedisServer(replicaof=f"127.0.0.1 {primary.port}")
    servers.wait_until(lambda: primary.ask("WAIT", 1, 100) == 1)
    try:
        yield f"{primary.url}?min_replicas=1"
    finally:
        primary.remove()
        replica.remove()


STORES = {"SQLite": sqlite, "Redis": redis, "Redis, 1 replica": replicated}


def commits(seconds):
    """Commit one record and one event at a time, for so many seconds."""
    say("store", "clients", "commits/s", "median ms", "p99 ms", "worst ms")
    for name, made in STORES.items():
        for clients in (1, CLIENTS):
            with made() as url:
                open_store(url).close()
                context = multiprocessing.get_context("spawn")
                with context.Pool(clients) as pool:
                    spent = pool.starmap(_commit_for, [(url, seconds, client) for client in range(clients)])
            times = sorted(each for of_client in spent for each in of_client)
            say(name, clients, f"{len(times) / seconds:,.0f}", *(f"{t * 1000:.2f}" for t in _spread(times)))


def _commit_for(url, seconds, client):
    spent = []
    with closing(open_store(url)) as store:
        end = time.monotonic() + seconds
        number = client * 10_000_000
        while time.monotonic() < end:
            number += 1
            put = record(number)
            changes = Changes(puts=(put,), events=(NewEvent("member.created", put.record_id, NOW),))
            began = time.perf_counter()
            store.commit("harbour", changes)
            spent.append(time.perf_counter() - began)
    return spent


def stall(seconds):
    """Commit the largest commits one after another while another client reads one record all the time."""
    say(
        "store", "commits", "median ms", "worst ms", "a read: p99 ms", "worst ms", "longest script ms", "Redis's CPU ms"
    )
    for name, made in STORES.items():
        with made() as url, closing(open_store(url)) as store:
            # Without a reader first: what a commit takes of the server alone, however busy the machine is.
            before = _cpu_ms(url)
            for number in range(80):
                store.commit("harbour", _largest(number))
            cpu_ms = "-" if name == "SQLite" else f"{(_cpu_ms(url) - before) / 80:.1f}"
            store.commit("meadow", Changes(puts=(record(0),)))
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                reads = pool.apply_async(_read_for, (url, seconds))
                spent, number = [], 0
                while not reads.ready():
                    changes = _largest(number)
                    number += 1
                    began = time.perf_counter()
                    store.commit("harbour", changes)
                    spent.append(time.perf_counter() - began)
                waited = sorted(reads.get())
            on_server = "-" if name == "SQLite" else f"{_longest_script_ms(url):.1f}"
        spent.sort()
        worst = (f"{statistics.median(spent) * 1000:.1f}", f"{spent[-1] * 1000:.1f}")
        say(name, len(spent), *worst, *(f"{t * 1000:.1f}" for t in _spread(waited)[1:]), on_server, cpu_ms)


def _largest(number):
    """The largest commits: 20,000 new records in forty, then all of them again, two of three entries changed."""
    turn, first = divmod(number * LARGEST, 20_000)
    puts = tuple(record(first + n, turn=turn) for n in range(LARGEST))
    return Changes(puts=puts, events=(NewEvent("members.imported", "harbour", NOW),))


def _cpu_ms(url):
    """CPU time of the server's main thread so far; 0 where there is none."""
    if url.startswith("sqlite"):
        return 0.0
    import redis as library

    with library.Redis.from_url(url.partition("?")[0]) as client:
        used = client.info("cpu")
        return (used["used_cpu_user_main_thread"] + used["used_cpu_sys_main_thread"]) * 1000


def _read_for(url, seconds):
    spent = []
    with closing(open_store(url)) as store:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            began = time.perf_counter()
            store.get("meadow", "member", "m-000000000")
            spent.append(time.perf_counter() - began)
    return spent


def _longest_script_ms(url):
    import redis as library

    with library.Redis.from_url(url.partition("?")[0]) as client:
        return max((entry["duration"] for entry in client.slowlog_get(1000)), default=0) / 1000


def many(records, names):
    """Fill a store, and read it in every way there is."""
    for name in names:
        with STORES[name]() as url, closing(open_store(url)) as store:
            began = time.monotonic()
            for first in range(0, records, LARGEST):
                store.commit("harbour", Changes(puts=tuple(record(n) for n in range(first, first + LARGEST))))
            say(f"{name}: {records:,} records in {time.monotonic() - began:.0f} s; {_size(name, url)}")
            say("call", "median ms", "p99 ms", "worst ms")
            for what, call in _reads(store, records).items():
                spent = sorted(_timed(call, turn) for turn in range(500))
                say(what, *(f"{t * 1000:.2f}" for t in _spread(spent)))


def _reads(store, records):
    """Every way to read, as functions of a number."""
    places = [f"m-{n * 7919 % records:09}" for n in range(1000)]
    page = store.page
    return {
        "get": lambda turn: store.get("harbour", "member", places[turn]),
        "get_many, 100": lambda turn: store.get_many("harbour", "member", places[turn : turn + 100]),
        "page of 100 by id, anywhere": lambda turn: page("harbour", "member", after=places[turn]),
        "page of 100 of an index value, anywhere": lambda turn: page(
            "harbour", "member", index="role", value="seeker", after=places[turn]
        ),
        "page of 100, descending": lambda turn: page("harbour", "member", index="status", descending=True),
        "count of the kind": lambda turn: store.count("harbour", "member"),
        "count of an index value": lambda turn: store.count("harbour", "member", index="role", value="supporter"),
        "find_unique": lambda turn: store.find_unique("harbour", "login", f"login-{turn * 10}"),
        "commit of one record": lambda turn: store.commit("harbour", Changes(puts=(record(turn),))),
    }


def _timed(call, turn):
    began = time.perf_counter()
    call(turn)
    return time.perf_counter() - began


def _size(name, url):
    if name == "SQLite":
        path = Path(url.removeprefix("sqlite:///"))
        return f"{sum(file.stat().st_size for file in path.parent.iterdir()) / 1e9:.2f} GB on the disk"
    import redis as library

    with library.Redis.from_url(url) as client:
        memory, aof = client.info("memory"), client.info("persistence")
        kept = f"{memory['used_memory'] / 1e9:.2f} GB of memory ({memory['used_memory_rss'] / 1e9:.2f} resident)"
        return f"{kept}, {aof['aof_current_size'] / 1e9:.2f} GB on the disk"


def _spread(times):
    return statistics.median(times), times[int(len(times) * 0.99)], times[-1]


def say(*cells):
    line = "  ".join(str(cell).ljust(40 if not number else 18) for number, cell in enumerate(cells))
    sys.stdout.write(f"{line.rstrip()}\n")
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description="Measure the stores.")
    parser.add_argument("part", choices=("all", "commits", "stall", "many"), nargs="?", default="all")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each measurement of commits lasts")
    parser.add_argument("--store", choices=STORES, help="the one store of `many`")
    parser.add_argument("--records", type=int, default=1_000_000)
    chosen = parser.parse_args()
    say(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, files in {tempfile.gettempdir()}")
    if chosen.part in ("all", "commits"):
        commits(chosen.seconds)
    if chosen.part in ("all", "stall"):
        stall(chosen.seconds)
    if chosen.part in ("all", "many"):
        many(chosen.records, [chosen.store] if chosen.store else ["SQLite", "Redis"])


if __name__ == "__main__":
    main()
