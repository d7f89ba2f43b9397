"""Programs that tests run beside themselves: each shares the store whose URL it is given."""

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]

HEAD = """
import sys
from datetime import UTC, datetime, timedelta
from service.errors import *
from service.storage import open_store
from service.storage.store import *
url, name = sys.argv[1:]
now = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
store = open_store(url)
print("ready", flush=True)
sys.stdin.readline()
"""

COUNT_UP_BY_COMPARE_AND_SET = """
for _ in range(25):
    while True:
        found = store.get("harbour", "counter", "c")
        try:
            put = Put("counter", "c", {"n": found.body["n"] + 1}, expected_version=found.version)
            store.commit("harbour", Changes(puts=(put,)))
            break
        except StaleVersion:
            continue
"""

TAKE_THE_ONE_KEY = """
try:
    store.commit("harbour", Changes(puts=(Put("member", f"m-{name}", {}, unique=(("slot", "the one"),)),)))
    print("won")
except UniqueTaken:
    print("lost")
"""

TAKE_THE_LEASE = """
try:
    print("won", store.acquire_lease("harbour", "run", owner=name, ttl=timedelta(minutes=1), now=now).token)
except LeaseHeld:
    print("lost")
"""

APPEND_EVENTS = """
for turn in range(30):
    events = tuple(NewEvent("e", f"s-{name}", now) for _ in range(1 + turn % 3))
    store.commit("harbour", Changes(events=events))
"""

WRITE_PAIRS_FOR_EVER = """
n = 0
while True:
    n += 1
    puts = tuple(Put("half", half, {"n": n}, index=(("n", str(n)),)) for half in ("left", "right"))
    store.commit("harbour", Changes(puts=puts, events=(NewEvent("e", "s", now, {"n": n}),)))
    print(n, flush=True)
"""

HOLD_THE_TURN = """
from service.storage.sqlite import turns
from pathlib import Path
with turns.turn_to_write(Path(url.removeprefix("sqlite:///") + ".queue"), patience_seconds=5):
    print("holding", flush=True)
    sys.stdin.readline()
"""

FORK_AND_WRITE_ON_BOTH_SIDES = """
import os
store.commit("harbour", Changes(puts=(Put("member", "before", {}),)))
child = os.fork()
who = "child" if child == 0 else "parent"
for n in range(20):
    store.commit("harbour", Changes(puts=(Put("member", f"{who}-{n}", {}),), events=(NewEvent("e", who, now),)))
if child == 0:
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
print(store.count("harbour", "member"), len(store.events("harbour")))
"""

FORK_AND_LEND_ON_BOTH_SIDES = """
import os
with store._connections.lend() as before_the_fork:
    pass
child = os.fork()
with store._connections.lend() as after_the_fork:
    assert (after_the_fork is before_the_fork) == (child != 0)
if child == 0:
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
"""

OPEN_AS_SOMEBODY_ELSE = """
import os, sys
from pathlib import Path
from service.errors import StoreUnavailable
from service.storage.sqlite import SqliteStore
if os.geteuid() == 0:
    # Root may write everywhere: become nobody, once everything is imported.
    os.setuid(65534)
try:
    SqliteStore.open(Path(sys.argv[1].removeprefix("sqlite:///")))
except StoreUnavailable as error:
    print(error)
"""


def start(program, url, name="", **options):
    """Start a program and wait until its store is open; it goes on when it is sent a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", HEAD + program, url, str(name)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        **options,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def go(process):
    process.stdin.write("\n")
    process.stdin.flush()


def run_together(program, url, *, how_many):
    """Run several of a program at once; give what each printed."""
    processes = [start(program, url, number) for number in range(how_many)]
    for process in processes:
        go(process)
    outcomes = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * how_many
    return [outcome.strip() for outcome in outcomes]
