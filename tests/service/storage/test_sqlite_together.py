"""Commits that share a transaction: each stands or falls by itself, and none is acknowledged before the fsync."""

import os
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from service.errors import CommitUnconfirmed, StaleVersion, StoreUnavailable, UniqueTaken
from service.storage import sqlite as engine
from service.storage.sqlite import together, writing
from service.storage.sqlite.turns import turn_to_write
from service.storage.store import MAX_RECORDS_PER_COMMIT, Changes, Put

PATIENCE_SECONDS = 30


@pytest.fixture
def store_url(path):
    return f"sqlite:///{path}"


@pytest.fixture
def transactions(monkeypatch):
    """Count COMMITs; what is called before each may be changed."""
    commit, seen = engine._commit, Seen()

    def counting(connection):
        seen.count += 1
        seen.before(connection)
        commit(connection)

    monkeypatch.setattr(engine, "_commit", counting)
    return seen


class Seen:
    count = 0

    def before(self, _connection):
        pass


def one(record_id, **fields):
    return Changes(puts=(Put("member", record_id, {"is": record_id}, **fields),))


def wait_until(is_so):
    until = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.001)


@contextmanager
def all_at_once(store, path, changes, *, scope="harbour"):
    """Hold the turn until every commit waits for it, then give what became of each: what it gave, or its error."""

    def commit(each):
        try:
            return store.commit(scope, each)
        except Exception as error:  # noqa: BLE001 - what became of it, whatever it is
            return error

    queue = store._together._queues.setdefault(os.getpid(), together._Queue())
    with ThreadPoolExecutor(len(changes)) as pool:
        with turn_to_write(path.with_name(path.name + ".queue"), patience_seconds=PATIENCE_SECONDS):
            asked = []
            for number, each in enumerate(changes):
                asked.append(pool.submit(commit, each))
                wait_until(lambda number=number: queue._is_led and len(queue._waiting) == number)
        yield [each.result(PATIENCE_SECONDS) for each in asked]


def test_those_who_wait_at_the_same_moment_share_one_transaction(store, path, transactions):
    with all_at_once(store, path, [one(f"m-{number}") for number in range(12)]) as answers:
        assert [answer.versions for answer in answers] == [{("member", f"m-{number}"): 1} for number in range(12)]

    assert transactions.count == 1
    assert store.count("harbour", "member") == 12


def test_each_sees_what_those_before_it_have_written(store, path):
    with all_at_once(
        store, path, [one("m-1"), one("m-1", expected_version=1), one("m-1", expected_version=2)]
    ) as answers:
        assert [answer.versions["member", "m-1"] for answer in answers] == [1, 2, 3]


def test_one_that_is_refused_takes_nobody_along(store, path, transactions):
    store.commit("harbour", one("m-0", unique=(("seat", "a"),)))
    transactions.count = 0
    changes = [
        one("m-1"),
        Changes(puts=(*one("m-2").puts, *one("m-0", expected_version=7).puts)),
        Changes(puts=(*one("m-3").puts, *one("m-4", unique=(("seat", "a"),)).puts)),
        one("m-5"),
    ]
    with all_at_once(store, path, changes) as answers:
        assert answers[0].versions == {("member", "m-1"): 1}
        assert isinstance(answers[1], StaleVersion)
        assert isinstance(answers[2], UniqueTaken)
        assert answers[3].versions == {("member", "m-5"): 1}

    assert transactions.count == 1
    assert set(store.get_many("harbour", "member", [f"m-{n}" for n in range(6)])) == {"m-0", "m-1", "m-5"}


def test_what_a_refused_one_had_written_already_is_undone(store, path, monkeypatch):
    append = writing._append

    def refusing(connection, scope, events):
        row = connection.execute("SELECT count(*) FROM records WHERE record_id = 'm-2'").fetchone()
        if row == (1,):
            raise UniqueTaken("seat", "a")
        return append(connection, scope, events)

    monkeypatch.setattr(writing, "_append", refusing)
    with all_at_once(store, path, [one("m-1"), one("m-2"), one("m-3")]) as answers:
        assert [type(answer).__name__ for answer in answers] == ["Committed", "UniqueTaken", "Committed"]

    assert set(store.get_many("harbour", "member", ["m-1", "m-2", "m-3"])) == {"m-1", "m-3"}


def test_nobody_suffers_for_work_that_the_database_cannot_do(store, path, monkeypatch, transactions):
    apply = writing.apply

    def failing(connection, scope, changes, *rest):
        if changes.puts[0].record_id == "m-2":
            raise ZeroDivisionError
        return apply(connection, scope, changes, *rest)

    monkeypatch.setattr(writing, "apply", failing)
    with all_at_once(store, path, [one("m-1"), one("m-2"), one("m-3")]) as answers:
        assert [type(answer).__name__ for answer in answers] == ["Committed", "ZeroDivisionError", "Committed"]

    assert transactions.count == 2
    assert store.get("harbour", "member", "m-1").version == store.get("harbour", "member", "m-3").version == 1


def test_where_the_transaction_is_refused_each_is_told_for_itself(store, path, transactions):
    def full(_connection):
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    transactions.before = full
    with all_at_once(store, path, [one("m-1"), one("m-2"), one("m-3")]) as answers:
        assert [type(answer) for answer in answers] == [StoreUnavailable] * 3
        assert len({id(answer) for answer in answers}) == 3
    assert store.count("harbour", "member") == 0


def test_all_are_told_that_a_commit_which_failed_on_the_way_may_stand_or_not(store, path, monkeypatch):
    def failing(_connection):
        raise CommitUnconfirmed("the disk failed while a change was saved: it may be saved or not")

    monkeypatch.setattr(engine, "_commit", failing)
    with all_at_once(store, path, [one("m-1"), one("m-2")]) as answers:
        assert [type(answer) for answer in answers] == [CommitUnconfirmed] * 2
        assert answers[0] is not answers[1]


def test_those_who_wait_hear_of_it_when_who_led_is_stopped(store, path, transactions):
    def stopped(_connection):
        raise KeyboardInterrupt

    transactions.before = stopped
    queue = store._together._queues.setdefault(os.getpid(), together._Queue())
    outcomes = {}

    def commit(name):
        try:
            outcomes[name] = store.commit("harbour", one(name))
        except BaseException as error:  # noqa: BLE001 - what became of it, whatever it is
            outcomes[name] = error

    threads = [threading.Thread(target=commit, args=(f"m-{number}",)) for number in range(3)]
    with turn_to_write(path.with_name(path.name + ".queue"), patience_seconds=PATIENCE_SECONDS):
        for number, thread in enumerate(threads):
            thread.start()
            wait_until(lambda number=number: queue._is_led and len(queue._waiting) == number)
    for thread in threads:
        thread.join(PATIENCE_SECONDS)

    assert [type(outcomes[f"m-{number}"]) for number in range(3)] == [KeyboardInterrupt, *[CommitUnconfirmed] * 2]
    transactions.before = lambda _connection: None
    assert store.commit("harbour", one("m-9")).versions == {("member", "m-9"): 1}


def test_who_leads_in_vain_fails_alone_and_the_next_one_leads(store, path, monkeypatch):
    turn, tries = store._turn, []

    def once_in_vain(patience_seconds):
        tries.append(1)
        return turn(0.01 if len(tries) == 1 else PATIENCE_SECONDS)

    monkeypatch.setattr(store, "_turn", once_in_vain)
    outcomes = []

    def commit(name):
        try:
            outcomes.append(store.commit("harbour", one(name)))
        except StoreUnavailable as error:
            outcomes.append(error)

    queue = store._together._queues.setdefault(os.getpid(), together._Queue())
    with turn_to_write(path.with_name(path.name + ".queue"), patience_seconds=PATIENCE_SECONDS):
        threads = [threading.Thread(target=commit, args=(f"m-{number}",)) for number in range(2)]
        threads[0].start()
        wait_until(lambda: queue._is_led or outcomes)
        threads[1].start()
        wait_until(lambda: len(outcomes) == 1)
    for thread in threads:
        thread.join(PATIENCE_SECONDS)

    assert [type(each).__name__ for each in outcomes] == ["StoreUnavailable", "Committed"]


def test_a_shared_transaction_is_no_longer_than_the_longest_alone(store, path, transactions):
    half = [
        Changes(puts=tuple(Put("member", f"m-{part}-{n}", {}) for n in range(MAX_RECORDS_PER_COMMIT // 2)))
        for part in range(3)
    ]
    with all_at_once(store, path, half) as answers:
        assert len(answers) == 3

    assert transactions.count == 2


def test_a_fork_while_others_write_leaves_the_child_able_to_write(store, path):
    with turn_to_write(path.with_name(path.name + ".queue"), patience_seconds=PATIENCE_SECONDS):
        waiting = threading.Thread(target=lambda: store.commit("harbour", one("m-1")))
        waiting.start()
        wait_until(lambda: os.getpid() in store._together._queues and store._together._queues[os.getpid()]._is_led)
        child = os.fork()
        if child == 0:
            try:
                store.commit("harbour", one("m-2"))
                os._exit(0)
            except BaseException:  # noqa: BLE001 - told by the exit code
                os._exit(1)
    waiting.join(PATIENCE_SECONDS)
    assert os.waitpid(child, 0)[1] == 0

    assert set(store.get_many("harbour", "member", ["m-1", "m-2"])) == {"m-1", "m-2"}
