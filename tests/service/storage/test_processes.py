"""Several processes on one store: one winner, no gap, nothing half done."""

import pytest

from service.storage import open_store
from service.storage.store import Changes, Put
from tests.service.storage import programs
from tests.service.storage.engines import ENGINES, PROCESS_ENGINES


@pytest.fixture(params=PROCESS_ENGINES)
def url(request, tmp_path):
    return ENGINES[request.param](tmp_path)


@pytest.fixture
def store(url):
    opened = open_store(url)
    yield opened
    opened.close()


def test_concurrent_compare_and_set_loses_no_step(store, url):
    store.commit("harbour", Changes(puts=(Put("counter", "c", {"n": 0}),)))

    programs.run_together(programs.COUNT_UP_BY_COMPARE_AND_SET, url, how_many=4)

    counter = store.get("harbour", "counter", "c")
    assert (counter.body["n"], counter.version) == (100, 101)


def test_of_many_processes_one_gets_a_unique_key(store, url):
    outcomes = programs.run_together(programs.TAKE_THE_ONE_KEY, url, how_many=5)

    assert sorted(outcomes) == ["lost"] * 4 + ["won"]
    assert store.find_unique("harbour", "slot", "the one") == f"m-{outcomes.index('won')}"


def test_of_many_processes_one_gets_a_lease(url):
    outcomes = programs.run_together(programs.TAKE_THE_LEASE, url, how_many=5)

    assert sorted(outcomes) == ["lost"] * 4 + ["won 1"]


def test_events_of_many_writers_never_show_a_gap(store, url):
    writers = [programs.start(programs.APPEND_EVENTS, url, number) for number in range(3)]
    for writer in writers:
        programs.go(writer)

    seen = []
    while any(writer.poll() is None for writer in writers):
        seen.append([event.sequence for event in store.events("harbour", limit=1000)])
    for writer in writers:
        writer.communicate(timeout=60)

    assert all(sequences == list(range(1, len(sequences) + 1)) for sequences in seen)
    assert [event.sequence for event in store.events("harbour", limit=1000)] == list(range(1, 181))


@pytest.mark.parametrize("acknowledged", [1, 2, 7, 20, 43])
def test_a_killed_writer_leaves_whole_commits_and_all_it_acknowledged(store, url, acknowledged):
    writer = programs.start(programs.WRITE_PAIRS_FOR_EVER, url)
    programs.go(writer)
    for _ in range(acknowledged):
        last = int(writer.stdout.readline())

    writer.kill()
    # Not communicate(): it reads past the lines that readline has buffered already.
    rest = writer.stdout.read().split()
    writer.communicate(timeout=60)

    last = int(rest[-1]) if rest else last
    left, right = store.get("harbour", "half", "left"), store.get("harbour", "half", "right")
    assert left.body == right.body
    assert left.body["n"] in (last, last + 1)
    assert [event.body["n"] for event in store.events("harbour", limit=1000)] == list(range(1, left.body["n"] + 1))
    assert store.count("harbour", "half", index="n", value=str(left.body["n"])) == 2


def test_many_processes_may_open_a_new_database_at_once(url):
    outcomes = programs.run_together("print(store.count('harbour', 'member'))", url, how_many=5)

    assert outcomes == ["0"] * 5


def test_parent_and_child_go_on_after_a_fork(store, url):
    (outcome,) = programs.run_together(programs.FORK_AND_WRITE_ON_BOTH_SIDES, url, how_many=1)

    assert outcome == "41 40"
    assert store.count("harbour", "member") == 41
