"""Whoever writes much keeps the write-ahead log short, and lets others write meanwhile."""

import sqlite3

import pytest

from service.storage.sqlite.checkpoints import Checkpoints
from service.storage.sqlite.turns import turn_to_write
from service.storage.store import Changes, Put

A_LONG_LOG = 8 << 20
"""In bytes: twice what a process writes between two checkpoints, half of where SQLite makes one by itself."""


@pytest.fixture
def store_url(path):
    return f"sqlite:///{path}"


def write_much(store, *, records=3000):
    for first in range(0, records, 25):
        puts = (
            Put("member", f"m-{number}", {"pad": "x" * 3000}, index=tuple((f"i{each}", "v") for each in range(4)))
            for number in range(first, first + 25)
        )
        store.commit("harbour", Changes(puts=tuple(puts)))


def test_a_checkpoint_is_made_when_the_turn_is_free_again(store, path, monkeypatch):
    made, queue_file = [], path.with_name(path.name + ".queue")

    def make(_checkpoints, _connection):
        with turn_to_write(queue_file, patience_seconds=0.01):
            made.append(1)

    monkeypatch.setattr(Checkpoints, "make", make)

    write_much(store, records=500)

    assert made


def test_the_log_stays_short_while_somebody_writes_much(store, path):
    write_much(store)

    assert path.with_name(path.name + "-wal").stat().st_size < A_LONG_LOG


def test_a_checkpoint_that_fails_leaves_the_commit_as_it_was_acknowledged(store, monkeypatch):
    failed = []

    def make(_checkpoints, _connection):
        failed.append(1)
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(Checkpoints, "make", make)

    write_much(store, records=500)

    assert failed
    assert store.count("harbour", "member") == 500
