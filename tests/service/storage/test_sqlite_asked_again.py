"""Records that every call asks for: what a connection has read counts only while nobody has written anything."""

from __future__ import annotations

import pytest

from service.records import kinds
from service.storage import open_store
from service.storage.sqlite import reading
from service.storage.store import Changes, Delete, Put

KEY = kinds.API_KEY


@pytest.fixture
def store_url(path):
    return f"sqlite:///{path}"


@pytest.fixture
def other(path, store):
    """The store as another process has it: with connections of its own."""
    store = open_store(f"sqlite:///{path}")
    yield store
    store.close()


@pytest.fixture
def asked(store, monkeypatch):
    """The questions for one record that go to the database, as they are asked."""
    statements = []
    with store._connections.lend() as connection:
        connection.set_trace_callback(lambda text: statements.append(text) if "record_id =" in text else None)
    return statements


def put(name, *, kind=KEY, record_id="k1"):
    return Changes(puts=(Put(kind, record_id, {"name": name}),))


def name_of(store):
    stored = store.get("harbour", KEY, "k1")
    return None if stored is None else stored.body["name"]


def test_only_kinds_that_every_call_asks_for_are_kept():
    assert frozenset({kinds.API_KEY}) == reading.ASKED_AGAIN


def test_what_nobody_has_changed_is_read_once(store, asked):
    store.commit("harbour", put("one"))
    asked.clear()

    assert [name_of(store) for _ in range(5)] == ["one"] * 5
    assert len(asked) == 1


def test_another_kind_is_read_each_time(store, asked):
    store.commit("harbour", put("one", kind="member"))
    asked.clear()

    for _ in range(3):
        store.get("harbour", "member", "k1")

    assert len(asked) == 3


@pytest.mark.parametrize("writer", ["itself", "another"])
def test_a_change_is_seen_at_once_whoever_makes_it(store, other, writer):
    by = store if writer == "itself" else other
    assert name_of(store) is None

    by.commit("harbour", put("one"))
    assert name_of(store) == "one"

    by.commit("harbour", put("two"))
    assert name_of(store) == "two"

    by.commit("harbour", Changes(deletes=(Delete(KEY, "k1"),)))
    assert name_of(store) is None


def test_a_change_of_anything_else_has_it_read_anew(store, other, asked):
    store.commit("harbour", put("one"))
    name_of(store)
    asked.clear()

    other.commit("harbour", put("x", kind="member"))

    assert (name_of(store), len(asked)) == ("one", 1)


def test_what_a_transaction_reads_of_itself_is_not_kept(store):
    store.commit("harbour", put("one"))
    with store._connections.lend() as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute('UPDATE records SET body = \'{"name":"two"}\' WHERE kind = ?', (KEY,))
        assert reading.get(connection, "harbour", KEY, "k1").body == {"name": "two"}
        connection.execute("ROLLBACK")

        assert reading.get(connection, "harbour", KEY, "k1").body == {"name": "one"}


def test_no_more_is_kept_than_some_hundred(store):
    for number in range(reading._MOST_KEPT + 10):
        assert store.get("harbour", KEY, f"k{number}") is None

    with store._connections.lend() as connection:
        assert 0 < len(connection.again) <= reading._MOST_KEPT
