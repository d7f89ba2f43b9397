"""Imports over HTTP: lines are kept, then stored once, whatever kills the worker in between."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO

import pytest

from matching.profile_json import profile_to_mapping
from service.errors import Conflict, InvalidInput, NotFound
from service.mapping.errors import MappingError, SheetError
from service.records import kinds
from service.records.import_ import Counts, Import, ImportState
from service.records.member import Member
from service.storage.store import Fence
from service.usecases.erasing.traces import TRACES, Erasing
from service.usecases.importing import pieces, receiving, storing
from service.usecases.importing.receiving import (
    cancel_import,
    get_import,
    list_problems,
    put_mapping,
    receive,
    remove_old_imports,
)
from service.usecases.importing.storing import Storing, give_up, store_lines
from service.usecases.members import delete_member, put_members
from tests.service.usecases.cast import NOW, OTHER, P, seeker, supporter
from tests.service.usecases.importing.mappings import MAPPING


def line_of(profile) -> str:
    return json.dumps({"member_id": profile.member_id, **profile_to_mapping(profile)})


def received(store, lines, **more) -> Import:
    body = "\n".join(each if isinstance(each, str) else line_of(each) for each in lines).encode()
    return receive(store, P, file=BytesIO(body), requested_by="key:k", now=NOW, **more)


def hold(store, importing, *, is_stopping=lambda: False) -> Storing:
    lease = store.acquire_lease(P, f"job {importing.job_id}", owner="w", ttl=timedelta(minutes=5), now=NOW)
    return Storing(store, P, Fence(lease.name, lease.token), lambda: NOW, is_stopping)


def stored(store, importing) -> Import:
    assert store_lines(hold(store, importing), import_id=importing.import_id)
    return get_import(store, P, import_id=importing.import_id)


def problems(store, importing):
    found, after = [], None
    while True:
        some, after = list_problems(store, P, import_id=importing.import_id, after=after)
        found += some
        if after is None:
            return found


def events(store):
    return [event for event in store.events(P, limit=1000) if event.type == "members.imported"]


def left_of(store, importing, kind=kinds.IMPORT_PIECE):
    return store.page(P, kind, index=kinds.BY_IMPORT, value=importing.import_id, limit=1000).records


def test_good_lines_are_stored_bad_ones_told_and_one_event_tells_of_all(store, monkeypatch):
    monkeypatch.setattr(pieces, "MOST_LINES", 3)
    put_members(store, P, profiles=[seeker("old"), seeker("same")], now=NOW)
    lines = [seeker(f"s-{number}") for number in range(5)]
    importing = received(
        store, [*lines, "{", '{"member_id": "x"}', "", seeker("old", topics=("caring",)), seeker("same"), lines[0]]
    )
    assert (importing.state, importing.lines, importing.pieces) == (ImportState.QUEUED, 10, 4)
    assert store.count(P, Member.KIND) == 2

    done = stored(store, importing)

    assert (done.state, done.counts) == (ImportState.DONE, Counts(created=5, updated=1, unchanged=1, refused=3))
    assert store.count(P, Member.KIND) == 7
    assert {each.line for each in problems(store, done)} == {6, 7, 11}
    assert [each.message for each in problems(store, done) if each.line == 11] == ["is the same as on line 1"]
    [event] = events(store)[1:]
    assert event.body == {"created": 5, "updated": 1, "import_id": done.import_id}
    assert left_of(store, done) == ()


class KilledError(Exception):
    pass


@pytest.mark.parametrize("moment", range(1, 14))
def test_killed_at_any_commit_and_taken_up_again_each_line_counts_once(store, monkeypatch, moment):
    monkeypatch.setattr(pieces, "MOST_LINES", 2)
    put_members(store, P, profiles=[seeker("s-1", topics=("caring",))], now=NOW)
    importing = received(store, [*(seeker(f"s-{number}") for number in range(5)), "{}", seeker("s-0")])
    real, commits = store.commit, []

    def commit(scope, changes):
        done = real(scope, changes)
        commits.append(changes)
        if len(commits) == moment:
            raise KilledError
        return done

    monkeypatch.setattr(store, "commit", commit)
    try:
        store_lines(hold(store, importing), import_id=importing.import_id)
    except KilledError:
        monkeypatch.setattr(store, "commit", real)
        store_lines(hold(store, importing), import_id=importing.import_id)
    done = get_import(store, P, import_id=importing.import_id)

    assert (done.state, done.counts) == (ImportState.DONE, Counts(created=4, updated=1, refused=2))
    assert len(events(store)) == 2
    assert len({(each.line, each.message) for each in problems(store, done)}) == len(problems(store, done))
    assert {each.line for each in problems(store, done)} == {6, 7}
    assert left_of(store, done) == ()


def test_one_that_is_cancelled_stops_and_keeps_count_of_what_was_stored(store, monkeypatch):
    monkeypatch.setattr(pieces, "MOST_LINES", 2)
    importing = received(store, [seeker(f"s-{number}") for number in range(8)])
    real = storing.put_some_members

    def put(*args, **kwargs):
        real(*args, **kwargs)
        if get_import(store, P, import_id=importing.import_id).next_piece == 1:
            cancel_import(store, P, import_id=importing.import_id)

    monkeypatch.setattr(storing, "put_some_members", put)

    done = stored(store, importing)

    assert (done.state, done.counts, done.finished_at) == (ImportState.CANCELLED, Counts(created=4), NOW)
    assert store.count(P, Member.KIND) == 4
    assert left_of(store, done) == ()
    [event] = events(store)
    assert event.body["created"] == 4
    with pytest.raises(Conflict):
        cancel_import(store, P, import_id=importing.import_id)


def test_one_that_is_cancelled_before_it_began_stores_nothing(store):
    importing = received(store, [seeker("s-1")])
    cancel_import(store, P, import_id=importing.import_id)

    done = stored(store, importing)

    assert (done.state, done.counts.lines, done.finished_at) == (ImportState.CANCELLED, 0, NOW)
    assert store.count(P, Member.KIND) == 0
    assert events(store) == []
    assert left_of(store, done) == ()


def test_a_worker_that_is_to_stop_hands_on_after_a_piece(store, monkeypatch):
    monkeypatch.setattr(pieces, "MOST_LINES", 1)
    importing = received(store, [seeker("s-1"), seeker("s-2")])
    looks = iter([False, True])

    assert not store_lines(hold(store, importing, is_stopping=lambda: next(looks)), import_id=importing.import_id)
    assert get_import(store, P, import_id=importing.import_id).next_piece == 1

    assert stored(store, importing).counts == Counts(created=2)


def test_one_that_fails_for_good_says_so_and_keeps_no_lines(store):
    importing = received(store, [seeker("s-1")])

    give_up(store, P, import_id=importing.import_id, code="process_died", now=NOW)

    failed = get_import(store, P, import_id=importing.import_id)
    assert (failed.state, failed.error_code, failed.finished_at) == (ImportState.FAILED, "process_died", NOW)
    assert left_of(store, failed) == ()


def test_rows_of_a_spreadsheet_come_in_by_the_mapping_and_nothing_else_is_kept(store):
    body = b"Name,Member,Languages,Age\nRobin Smith,m-1,en,30\nKim Lee,m-2,en,old\nSam,,en,40\nJo,m-1,en,50\n"
    importing = receive(store, P, file=BytesIO(body), mapping=MAPPING, requested_by="key:k", now=NOW)
    kept = json.dumps([pieces.lines_in(each.body) for each in left_of(store, importing)])
    assert "Robin" not in kept
    assert "m-1" in kept

    done = stored(store, importing)

    assert done.counts == Counts(created=1, refused=3)
    assert [(each.line, each.column) for each in problems(store, done)] == [(3, "Age"), (4, "Member"), (5, "Member")]


@pytest.mark.parametrize(
    ("body", "mapping", "error"),
    [
        (b"\xff\xfe\n", None, SheetError),
        (b"Name,Age\nRobin,3\n", None, SheetError),
        (b"", MAPPING, SheetError),
        (b"Name,Age\nRobin,3\n", MAPPING, SheetError),
        (b"Member,Languages,Age\n", {**MAPPING, "recognise_by": ["Name"]}, MappingError),
        (b"Member,Languages,Age\n", {key: value for key, value in MAPPING.items() if key != "id"}, MappingError),
    ],
)
def test_what_cannot_be_used_as_a_whole_leaves_nothing(store, body, mapping, error):
    with pytest.raises(error):
        receive(store, P, file=BytesIO(body), mapping=mapping, requested_by="key:k", now=NOW)

    for kind in (Import.KIND, kinds.IMPORT_PIECE, kinds.JOB):
        assert store.count(P, kind) == 0


def test_one_that_breaks_off_half_way_leaves_nothing(store, monkeypatch):
    monkeypatch.setattr(pieces, "MOST_LINES", 1)
    monkeypatch.setattr(receiving, "MOST_LINES", 2)

    with pytest.raises(InvalidInput) as refused:
        received(store, [seeker(f"s-{number}") for number in range(4)])

    assert refused.value.code == "too_many_lines"
    assert store.count(P, Import.KIND) == store.count(P, kinds.IMPORT_PIECE) == 0


def test_a_line_too_long_and_one_wrong_in_too_many_ways_are_told_shortly(store):
    long = json.dumps({"member_id": "x", "languages": ["a" * receiving.LONGEST_LINE]})
    wrong = json.dumps({"member_id": "y", **{f"field_{number}": 1 for number in range(99)}})

    done = stored(store, received(store, ["{}", long, wrong, seeker("s-1")]))

    assert done.counts == Counts(created=1, refused=3)
    told = problems(store, done)
    assert "longer than" in next(each.message for each in told if each.line == 2)
    assert len([each for each in told if each.line == 3]) == storing.MOST_PROBLEMS + 1


def test_problems_come_page_by_page_and_hold_no_text_of_a_line(store, monkeypatch):
    monkeypatch.setattr(pieces, "PAGE", 2)
    secret = json.dumps({"member_id": "Robin Smith", "languages": "secret"})

    done = stored(store, received(store, ["{}", *[secret] * 4]))

    first, after = list_problems(store, P, import_id=done.import_id, after=None)
    assert (len(first), after is None) == (2, False)
    assert len(problems(store, done)) > 4
    assert "Robin" not in str(problems(store, done))
    assert "secret" not in str([each.body for each in left_of(store, done, kinds.IMPORT_ERRORS)])


def test_somebody_deleted_while_their_line_waits_is_not_stored_again(store):
    put_members(store, P, profiles=[seeker("gone")], now=NOW)
    mapping_too = receive(
        store,
        P,
        file=BytesIO(b"Member,Languages,Age\ngone,en,30\nm-2,en,30\n"),
        mapping=MAPPING,
        requested_by="key:k",
        now=NOW,
    )
    importing = received(store, [seeker("gone"), supporter("stays"), "{"])
    erasure = delete_member(store, P, member_id="gone", now=NOW + timedelta(seconds=1))
    lease = store.acquire_lease(P, "erase", owner="e", ttl=timedelta(minutes=5), now=NOW)
    erasing = Erasing(store, P, erasure, "gone", Fence(lease.name, lease.token), until=erasure.requested_at)

    TRACES[kinds.IMPORT_PIECE](erasing)
    TRACES[kinds.IMPORT_PIECE](erasing)

    assert stored(store, importing).counts == Counts(created=1, refused=1)
    assert stored(store, mapping_too).counts == Counts(created=1)
    assert store.get(P, Member.KIND, "gone") is None


def test_old_imports_go_and_so_do_those_that_never_came_in_whole(store, monkeypatch):
    old = stored(store, received(store, [seeker("s-1"), "{"]))
    monkeypatch.setattr(receiving, "forget", lambda *_: None)
    monkeypatch.setattr(pieces, "MOST_LINES", 1)
    monkeypatch.setattr(receiving, "MOST_LINES", 1)
    with pytest.raises(InvalidInput):
        received(store, [seeker("s-1"), seeker("s-2")])
    monkeypatch.undo()
    waits = received(store, [seeker("s-3")])

    later = NOW + timedelta(days=31)
    remove_old_imports(store, P, finished_before=later - timedelta(days=30), given_up_before=later)

    assert [each.record_id for each in store.each(P, Import.KIND)] == [waits.import_id]
    assert [each.record_id.split(".")[0] for each in store.each(P, kinds.IMPORT_PIECE)] == [waits.import_id]
    assert left_of(store, old, kinds.IMPORT_ERRORS) == ()


def test_a_mapping_is_kept_by_its_name_and_the_same_again_is_no_new_version(store):
    saved, is_new = put_mapping(store, P, name="sign_up", document=MAPPING, now=NOW)
    again, is_newer = put_mapping(store, P, name="sign_up", document=MAPPING, now=NOW)

    assert (is_new, is_newer, saved.version, again.version) == (True, False, 1, 1)
    with pytest.raises(NotFound):
        receiving.get_mapping(store, OTHER, name="sign_up")
    for name in ("Sign up", "a" * 41, "_x"):
        with pytest.raises(InvalidInput):
            put_mapping(store, P, name=name, document=MAPPING, now=NOW)
