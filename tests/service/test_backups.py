"""Backups and migrations: what comes back is what was there, between engines, or it is refused by name."""

import json
import secrets
from datetime import timedelta

import pytest

from service.backups.file import lines_of
from service.backups.lines import Sum
from service.backups.moving import check_backup, finish_restore, migrate, restore_backup, write_backup
from service.clock import FixedClock
from service.erasure_ledger import ErasureLedger
from service.errors import Conflict, InvalidInput, UnknownFormat
from service.records.codec import put_of
from service.records.run import RunState
from service.secret_keys import SecretKey, SecretKeys
from service.storage import open_store
from service.storage.store import GLOBAL_SCOPE, Changes
from service.usecases.audit import check_audit
from service.usecases.erasing.again import erase_again
from service.usecases.events import events_page
from service.usecases.matches import list_matches
from service.usecases.members import delete_member, list_members, put_member, put_members
from service.usecases.platforms import create_platform, platform_ids
from service.usecases.runs import request_run, run_now, verify_run
from service.usecases.sealing import seal
from service.usecases.standby import go_live, stand_by, standing_by_since
from tests.service.storage.engines import ENGINES, EVERY_ENGINE
from tests.service.usecases.cast import CAST, NOW, OTHER, P, seeker

KEY = SecretKey("k1", "s" * 40)
KEYS = SecretKeys(KEY)
LATER = NOW + timedelta(days=1)


@pytest.fixture(params=EVERY_ENGINE[:2])
def store(request, tmp_path):
    opened = open_store(ENGINES[request.param](tmp_path))
    yield opened
    opened.close()


@pytest.fixture(params=EVERY_ENGINE[:2])
def other(request, tmp_path):
    opened = open_store(ENGINES[request.param](tmp_path / "other"))
    yield opened
    opened.close()


@pytest.fixture
def lived(store):
    """Two platforms; one with members, a run, seals and an erased member's event."""
    for platform_id in (P, OTHER):
        create_platform(store, platform_id=platform_id, name=platform_id, now=NOW, signposting="Call 112.")
    put_members(store, P, profiles=(*CAST, seeker("ida")), now=NOW)
    run = run_now(store, P, clock=FixedClock(NOW))
    delete_member(store, P, member_id="ida", now=NOW)
    seal(store, P, now=NOW)
    return store, run


def parts_of(store, scope):
    total = Sum()
    for part in store.dump(scope):
        total.add(part)
    return total.to_json()


@pytest.mark.parametrize("key", [KEY, None])
def test_a_restored_store_is_what_was_there(lived, other, tmp_path, key):
    store, run = lived
    path = tmp_path / "a.backup"

    written = write_backup(store, path, key=key, now=NOW)
    restored = restore_backup(other, path, KEYS, is_replacing=False)

    assert written == restored
    assert written.platforms == 2
    for scope in (P, OTHER, GLOBAL_SCOPE):
        assert parts_of(other, scope) == parts_of(store, scope)
    assert verify_run(other, P, run_id=run.run_id).digest == run.proof.digest
    assert check_audit(other, P).broken_at is None
    put_member(other, P, profile=seeker("new"), now=LATER)
    assert len(list_matches(other, P).records) == len(list_matches(store, P).records)


def test_a_reader_of_events_notices_a_restore_however_much_has_happened_since(lived, other, tmp_path):
    store, _ = lived
    write_backup(store, tmp_path / "a.backup", key=KEY, now=NOW)
    backed_up = events_page(store, P, limit=500).next
    put_member(store, P, profile=seeker("seen-before-the-loss"), now=LATER)
    come_to = events_page(store, P, after=backed_up, limit=500).next

    restore_backup(other, tmp_path / "a.backup", KEYS, is_replacing=False)
    for number in range(3):
        put_member(other, P, profile=seeker(f"new-{number}"), now=LATER)

    assert len(other.events(P, after=come_to.sequence)) == 2
    with pytest.raises(InvalidInput) as caught:
        events_page(other, P, after=come_to, limit=500)
    assert caught.value.code == "cursor_ahead"
    assert len(events_page(other, P, after=backed_up, limit=500).events) == 3


def test_nothing_that_is_stored_can_be_read_from_an_encrypted_backup(lived, tmp_path):
    store, _ = lived
    path = tmp_path / "a.backup"
    said = f"c{secrets.token_hex(8)}"
    put_member(store, P, profile=seeker(said), now=NOW)

    write_backup(store, path, key=KEY, now=NOW)

    assert path.stat().st_mode & 0o777 == 0o600
    assert said.encode() not in path.read_bytes()
    assert any(said in json.dumps(line) for line in lines_of(path, KEYS))
    assert KEY.secret.encode() not in path.read_bytes()


def test_a_backup_is_as_of_one_moment(lived, other, tmp_path, monkeypatch):
    store, _ = lived
    before = parts_of(store, P)
    path = tmp_path / "a.backup"

    def write_meanwhile(scope, done):
        if scope == P and done == 0:
            put_members(store, P, profiles=tuple(seeker(f"late-{n}") for n in range(50)), now=NOW)
            delete_member(store, P, member_id="amy", now=NOW)

    write_backup(store, path, key=KEY, now=NOW, tell=write_meanwhile)
    restore_backup(other, path, KEYS, is_replacing=False)

    if "sqlite" in type(store).__name__.lower():
        assert parts_of(other, P) == before
    assert {member.member_id for member in list_members(other, P).records} == {"ada", "amy", "bea", "ben"}


@pytest.mark.parametrize("key", [KEY, None])
def test_any_change_to_a_backup_is_noticed(lived, tmp_path, key):
    store, _ = lived
    path = tmp_path / "a.backup"
    write_backup(store, path, key=key, now=NOW)
    whole = path.read_bytes()
    head = whole.index(b"\n") + 1

    for place in (*range(head, head + 12), (head + len(whole)) // 2, len(whole) - 1):
        path.write_bytes(whole[:place] + bytes((whole[place] ^ 1,)) + whole[place + 1 :])
        with pytest.raises(InvalidInput) as caught:
            check_backup(path, KEYS)
        assert caught.value.code == "damaged_backup"
    for cut in (whole[: head + 3], whole[:-1], whole[: len(whole) // 2], whole + b"x"):
        path.write_bytes(cut)
        with pytest.raises(InvalidInput, match="damaged"):
            check_backup(path, KEYS)


def test_what_is_no_backup_or_of_a_newer_program_is_told(tmp_path):
    path = tmp_path / "a.backup"
    for content, error in (
        (b"", InvalidInput),
        (b"SQLite format 3\0" * 100, InvalidInput),
        (b'{"alongside_backup": 9, "key": null, "salt": ""}\n', UnknownFormat),
    ):
        path.write_bytes(content)
        with pytest.raises(error):
            check_backup(path, KEYS)


def test_a_backup_under_an_older_key_is_read_while_the_key_is_there(lived, tmp_path):
    store, _ = lived
    path = tmp_path / "a.backup"
    write_backup(store, path, key=KEY, now=NOW)
    newer = SecretKey("k2", "t" * 40)

    assert check_backup(path, SecretKeys(newer, (KEY,)))
    with pytest.raises(InvalidInput, match="'k1'"):
        check_backup(path, SecretKeys(newer))


def test_no_file_is_written_over(lived, tmp_path):
    store, _ = lived
    path = tmp_path / "a.backup"
    path.write_text("mine")

    with pytest.raises(InvalidInput, match="there already"):
        write_backup(store, path, key=KEY, now=NOW)
    assert [file.name for file in tmp_path.iterdir() if file.is_file() and "backup" in file.name] == ["a.backup"]
    assert path.read_text() == "mine"


def test_a_store_that_is_not_empty_is_left_alone_unless_told(lived, other, tmp_path):
    store, _ = lived
    path = tmp_path / "a.backup"
    write_backup(store, path, key=KEY, now=NOW)
    create_platform(other, platform_id="theirs", name="Theirs", now=NOW, signposting="Call 112.")

    with pytest.raises(Conflict) as caught:
        restore_backup(other, path, KEYS, is_replacing=False)
    assert list(platform_ids(other)) == ["theirs"]
    restore_backup(other, path, KEYS, is_replacing=True)

    assert caught.value.code == "store_not_empty"
    assert list(platform_ids(other)) == [P, OTHER]
    assert list(other.dump("theirs")) == []


def test_a_restore_that_was_cut_off_begins_anew(lived, other, tmp_path, monkeypatch):
    store, _ = lived
    path = tmp_path / "a.backup"
    write_backup(store, path, key=KEY, now=NOW)
    load, left = type(other).load, 2

    def cut_off(self, scope, parts):
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        load(self, scope, parts[: len(parts) // 2])
        load(self, scope, parts[len(parts) // 2 :])

    with monkeypatch.context() as patched:
        patched.setattr(type(other), "load", cut_off)
        with pytest.raises(KeyboardInterrupt):
            restore_backup(other, path, KEYS, is_replacing=False)
    assert list(platform_ids(other)) == []

    restore_backup(other, path, KEYS, is_replacing=False)

    assert parts_of(other, P) == parts_of(store, P)


def test_whoever_was_erased_after_the_backup_is_erased_again(lived, other, tmp_path):
    store, _ = lived
    path, ledger = tmp_path / "a.backup", ErasureLedger(tmp_path / "erasures.ledger", KEYS)
    write_backup(store, path, key=KEY, now=NOW)
    ledger.note(P, "ada", LATER)
    ledger.note(OTHER, "ben", LATER)
    ledger.note(P, "bea", NOW - timedelta(days=1))
    restore_backup(other, path, KEYS, is_replacing=False)

    count = erase_again(other, ledger.read(), now=lambda: LATER)

    assert count == 1
    assert {member.member_id for member in list_members(other, P).records} == {"amy", "bea", "ben"}
    assert not any("'ada'" in repr(part) for part in other.dump(P))
    assert '"ada"' not in (tmp_path / "erasures.ledger").read_text()


def test_platforms_are_copied_to_another_store_and_found_there_the_second_time(lived, other):
    store, run = lived

    moved = migrate(store, other)
    again = migrate(store, other)

    assert (moved.platforms, moved.skipped, again.skipped) == (2, 0, 2)
    for scope in (P, OTHER):
        assert parts_of(other, scope) == parts_of(store, scope)
    assert list(platform_ids(other)) == [P, OTHER]
    assert verify_run(other, P, run_id=run.run_id).run.state is RunState.DONE


def test_one_platform_is_copied_alone(lived, other):
    store, _ = lived

    migrate(store, other, platform_id=P)

    assert list(platform_ids(other)) == [P]


def test_nothing_is_copied_while_a_run_is_open(lived, other):
    store, _ = lived
    request_run(store, P, requested_by="cli", now=NOW)

    with pytest.raises(Conflict) as caught:
        migrate(store, other)

    assert caught.value.code == "runs_open"
    assert list(platform_ids(other)) == []


def test_another_platform_under_the_same_id_is_left_alone(lived, other):
    store, _ = lived
    create_platform(other, platform_id=P, name="Another", now=NOW, signposting="Call 112.")
    before = parts_of(other, P)

    with pytest.raises(Conflict) as caught:
        migrate(store, other)

    assert caught.value.code == "scope_not_empty"
    assert parts_of(other, P) == before


def test_a_change_while_a_platform_is_copied_is_noticed_and_the_next_try_begins_anew(lived, other):
    store, _ = lived
    is_first = True

    def write_meanwhile(scope, _done):
        nonlocal is_first
        if is_first:
            is_first = False
            put_member(other, scope, profile=seeker("ghost"), now=NOW)

    with pytest.raises(Conflict) as caught:
        migrate(store, other, platform_id=P, tell=write_meanwhile)
    assert caught.value.code == "changed_meanwhile"
    assert list(platform_ids(other)) == []

    migrate(store, other, platform_id=P)
    assert parts_of(other, P) == parts_of(store, P)


def test_a_run_record_stays_at_its_version(lived, other):
    store, run = lived
    migrate(store, other)

    other.commit(P, Changes(puts=(put_of(run, expected_version=run.version),)))


def test_a_restored_store_stands_by_unless_it_is_said_to_be_in_use(lived, other, tmp_path):
    store, _ = lived
    path = tmp_path / "a.backup"
    write_backup(store, path, key=KEY, now=NOW)

    restore_backup(other, path, KEYS, is_replacing=False)
    finish_restore(other, (), now=lambda: LATER)
    assert (standing_by_since(store), standing_by_since(other)) == (None, LATER)
    assert [go_live(other), go_live(other), standing_by_since(other)] == [True, False, None]

    # A backup of one that stood by holds that, too.
    stand_by(store, now=NOW)
    write_backup(store, tmp_path / "b.backup", key=KEY, now=NOW)
    restore_backup(other, tmp_path / "b.backup", KEYS, is_replacing=True)
    finish_restore(other, (), is_live=True, now=lambda: LATER)
    assert standing_by_since(other) is None


def test_a_copy_of_a_store_that_stands_by_stands_by_and_never_comes_between_others(lived, other):
    store, _ = lived
    stand_by(store, now=NOW)

    migrate(store, other)
    assert standing_by_since(other) == NOW

    go_live(other)
    with pytest.raises(Conflict) as refused:
        migrate(store, other)
    assert refused.value.code == "store_stands_by"
    assert standing_by_since(other) is None
