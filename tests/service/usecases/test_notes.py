"""Notes: sealed in every file of the store, taken back, gone after ninety days, sealed anew under a new key."""

from datetime import timedelta

import pytest

from service.errors import NotFound
from service.records.note import Note
from service.sealed_text import NOTES, TextSeal
from service.secret_keys import SecretKey, SecretKeys
from service.storage.store import Fence
from service.usecases.notes import delete_note, list_notes, write_note
from service.usecases.retention import Keeping, remove_what_is_over
from tests.service.usecases.acting import active
from tests.service.usecases.cast import NOW, P

DAY = timedelta(days=1)
OLD, NEW = SecretKey("k1", "o" * 40), SecretKey("k2", "n" * 40)
SEAL = TextSeal(SecretKeys(OLD), NOTES)


def write(store, match, text, *, now=NOW):
    return write_note(store, P, match_id=match.match_id, text=text, by="c-1", now=now, seal=SEAL)


def clear_up(store, now, seal):
    lease = store.acquire_lease(P, "job", owner="w", ttl=timedelta(minutes=1), now=now)
    assert remove_what_is_over(Keeping(store, P, Fence(lease.name, lease.token), now, lambda: False, seal))
    store.release_lease(lease)


def texts(store, match, seal=SEAL):
    return [read.text for read in list_notes(store, P, match_id=match.match_id, seal=seal).records]


def test_notes_are_read_in_order_and_stand_in_no_file(cast, tmp_path):
    match = active(cast, "ada", "ben")

    write(cast, match, "canary-prefers-mornings")
    write(cast, match, "second", now=NOW + DAY)

    assert texts(cast, match) == ["canary-prefers-mornings", "second"]
    assert not any(b"canary-prefers" in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


def test_a_note_is_taken_back_by_its_own_match_only(cast):
    match, other = active(cast, "ada", "ben"), active(cast, "amy", "bea")
    note = write(cast, match, "x").note

    with pytest.raises(NotFound):
        delete_note(cast, P, match_id=other.match_id, note_id=note.note_id)
    delete_note(cast, P, match_id=match.match_id, note_id=note.note_id)

    assert texts(cast, match) == []


def test_a_note_goes_ninety_days_after_it_was_written(cast):
    match = active(cast, "ada", "ben")
    write(cast, match, "first")
    write(cast, match, "second", now=NOW + DAY)

    clear_up(cast, NOW + 90 * DAY, SEAL)
    assert texts(cast, match) == ["first", "second"]
    clear_up(cast, NOW + 90 * DAY + timedelta(seconds=1), SEAL)

    assert texts(cast, match) == ["second"]


def test_after_a_night_every_note_is_under_the_newest_key(cast):
    match = active(cast, "ada", "ben")
    write(cast, match, "first")
    both, later = TextSeal(SecretKeys(NEW, (OLD,)), NOTES), TextSeal(SecretKeys(NEW), NOTES)
    assert texts(cast, match, later) == [None]

    clear_up(cast, NOW + DAY, both)

    assert texts(cast, match, later) == ["first"]
    version = next(iter(cast.each(P, Note.KIND))).version
    clear_up(cast, NOW + 2 * DAY, both)
    assert next(iter(cast.each(P, Note.KIND))).version == version


def test_a_note_whose_key_is_gone_stays_as_it_is(cast):
    match = active(cast, "ada", "ben")
    write(cast, match, "first")

    clear_up(cast, NOW + DAY, TextSeal(SecretKeys(NEW), NOTES))

    assert texts(cast, match) == ["first"]


def test_there_is_no_note_without_a_match(cast):
    with pytest.raises(NotFound):
        write_note(cast, P, match_id="match_nowhere", text="x", by="c-1", now=NOW, seal=SEAL)
