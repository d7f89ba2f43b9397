"""Erasure down to the bytes of the embedded store's files."""

import random
import re
import secrets
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from service.storage import open_store
from service.storage.operated import State
from service.storage.sqlite.scrubbing import gaps_of
from service.storage.store import Changes, Delete, NewEvent, Put
from tests.service.storage.making import NOW

AT_ONCE = timedelta(0)
SOON = timedelta(seconds=20)

PADS = (0, 10, 100, 500, 3000, 9000)


@pytest.fixture
def store_url(path):
    return f"sqlite:///{path}"


def words_in_files(path):
    data = b"".join(file.read_bytes() for file in path.parent.iterdir())
    return {word.decode() for word in re.findall(rb"w[0-9a-f]{24}", data)}


def word():
    return f"w{secrets.token_hex(12)}"


def some_life(store, rnd, *, commits):
    """Write, change, delete and forget at random; give the words that are still meant, and those that are not."""
    live, dead = {}, set()
    for _ in range(commits):
        known = sorted(live)
        puts, deletes, events = [], [], []
        for _ in range(rnd.randint(1, 40)):
            member_id, said = word(), word()
            body = {"said": said, "pad": "x" * rnd.choice(PADS)}
            puts.append(Put("member", member_id, body, index=(("by", said),), unique=(("k", said),)))
            events.append(NewEvent("e", "x-1", NOW, {"said": said}, mentions=(member_id,)))
            live[member_id] = said
        leaving = rnd.sample(known, min(len(known), rnd.randint(0, 35)))
        for member_id in leaving:
            dead.add(live.pop(member_id))
            if rnd.random() < 0.5:
                live[member_id] = word()
                puts.append(Put("member", member_id, {"said": live[member_id], "pad": "y" * rnd.choice(PADS)}))
            else:
                dead.add(member_id)
                deletes.append(Delete("member", member_id))
        store.commit("harbour", Changes(tuple(puts), tuple(deletes), (), tuple(events), tuple(leaving)))
    return live, dead


@pytest.mark.parametrize("seed", range(3))
def test_nothing_deleted_or_replaced_can_be_read_from_the_files_after_a_purge(path, store, seed):
    live, dead = some_life(store, random.Random(seed), commits=120)
    assert words_in_files(path) & dead

    assert store.purge(patience=SOON) is True

    left = words_in_files(path)
    assert not left & dead
    assert {*live, *live.values()} <= left
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_connection_that_had_old_pages_in_memory_does_not_bring_them_back(path, store):
    live, dead = some_life(store, random.Random(7), commits=120)
    other = open_store(f"sqlite:///{path}")
    members = [stored.record_id for stored in other.each("harbour", "member")]

    assert store.purge(patience=SOON) is True
    for first in range(0, len(members), 300):
        puts = tuple(Put("member", member_id, {"again": 1}) for member_id in members[first : first + 300])
        other.commit("harbour", Changes(puts=puts))
    other.close()

    # What was replaced just now may lie in gaps; what was dead before the purge may not come back.
    assert not words_in_files(path) & dead
    assert set(live) <= words_in_files(path)


def test_a_purge_waits_for_readers_of_an_old_moment(path, store):
    puts = tuple(Put("member", f"m-{n}", {"said": word()}) for n in range(300))
    store.commit("harbour", Changes(puts=puts))
    reading = store.each("harbour", "member")
    next(reading)
    store.commit("harbour", Changes(deletes=tuple(Delete("member", f"m-{n}") for n in range(300))))

    assert store.purge(patience=AT_ONCE) is False
    assert words_in_files(path)
    reading.close()

    assert store.purge(patience=SOON) is True
    assert not words_in_files(path)


def test_a_purge_keeps_no_writer_out_while_it_waits(store):
    store.commit("harbour", Changes(puts=(Put("member", "m-1", {}), Put("member", "m-2", {}))))
    reading = store.each("harbour", "member")
    next(reading)
    store.commit("harbour", Changes(deletes=(Delete("member", "m-1"),)))

    assert store.purge(patience=timedelta(milliseconds=300)) is False
    store.commit("harbour", Changes(puts=(Put("member", "m-3", {}),)))
    reading.close()

    assert store.get("harbour", "member", "m-3") is not None


def page_with(cells, *, content, free=0, kind=13):
    page = bytearray(b"\xee" * 512)
    page[0:8] = bytes((kind, *free.to_bytes(2, "big"), *len(cells).to_bytes(2, "big"), *content.to_bytes(2, "big"), 0))
    for place, cell in enumerate(cells):
        page[8 + 2 * place : 10 + 2 * place] = cell.to_bytes(2, "big")
    return page


def test_the_gaps_of_a_page_are_what_no_cell_takes():
    page = page_with([400, 300], content=300, free=350)
    page[350:354] = (0).to_bytes(2, "big") + (20).to_bytes(2, "big")

    assert gaps_of(bytes(page), 0, 512) == ((12, 300), (354, 370))


@pytest.mark.parametrize(
    "page",
    [
        page_with([400], content=300, kind=0),
        page_with([200], content=300),
        page_with([600], content=300),
        page_with([300], content=600),
        page_with([9] * 200, content=300),
        page_with([300], content=300, free=100),
        page_with([300], content=300, free=510),
        page_with([300], content=300, free=350),
    ],
)
def test_a_page_that_is_not_exactly_of_a_tree_is_left_alone(page):
    assert gaps_of(bytes(page), 0, 512) == ()


def test_a_file_whose_pages_cannot_be_told_apart_is_never_called_clean(store, monkeypatch):
    assert store.purge(patience=SOON)
    monkeypatch.setattr("service.storage.sqlite.scrubbing.MOST_PAGES", 1)
    monkeypatch.setattr("service.storage.sqlite.examining.MOST_PAGES", 1)

    assert not store.purge(patience=SOON)
    (finding,) = (each for each in store.examine() if each.name == "erasing")
    assert finding.state is State.WRONG
    assert "migrate-store" in finding.advice
