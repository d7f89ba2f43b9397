"""The audit chain: sealing it, and noticing whatever was done to it behind the service's back."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from hashlib import sha256

import pytest

from service.errors import StaleVersion
from service.records.codec import put_of
from service.records.forgotten import EVENTS, Forgotten
from service.records.seal import Seal
from service.storage import open_store
from service.storage.store import Changes, Fence, NewEvent
from service.usecases import sealing
from service.usecases.audit import Anchor, audit_page, check_audit
from service.usecases.members import delete_member, put_member, put_members
from service.usecases.sealing import last_seal, seal
from tests.service.usecases.cast import CAST, NOW, P, seeker


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store.sqlite3"


@pytest.fixture
def chain(store, path):
    """A store with three seals over nine events, one of them emptied, and three events after them."""
    operated = open_store(f"sqlite:///{path}")
    put_member(store, P, profile=seeker("ida"), now=NOW)
    put_member(store, P, profile=seeker("ivy"), now=NOW)
    seal(store, P, now=NOW)
    put_members(store, P, profiles=CAST, now=NOW)
    put_member(store, P, profile=seeker("ivy", topics=("caring",)), now=NOW)
    seal(store, P, now=NOW + timedelta(seconds=1))
    delete_member(store, P, member_id="ida", now=NOW)
    seal(store, P, now=NOW + timedelta(seconds=2))
    put_member(store, P, profile=seeker("ina"), now=NOW)
    put_member(store, P, profile=seeker("iris"), now=NOW)
    yield operated
    operated.close()


def changed(path, *statements):
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for statement in statements:
            assert database.execute(statement).rowcount, statement


def broken(store, **arguments):
    report = check_audit(store, P, **arguments)
    return report.broken_at, report.problem


def test_events_are_sealed_once_and_the_head_is_told(store):
    put_member(store, P, profile=seeker("ida"), now=NOW)

    sealed = seal(store, P, now=NOW)

    told = store.events(P)[-1]
    assert (sealed.first, sealed.last) == (1, 1)
    assert (told.type, told.body) == ("audit.sealed", {"sequence": 1, "head": sealed.head})
    assert last_seal(store, P) is not None
    assert seal(store, P, now=NOW) is None
    assert len(store.events(P)) == 2


def test_what_tells_of_a_seal_is_sealed_with_what_comes_next(store):
    put_member(store, P, profile=seeker("ida"), now=NOW)
    seal(store, P, now=NOW)
    put_member(store, P, profile=seeker("ivy"), now=NOW)

    sealed = seal(store, P, now=NOW)

    assert (sealed.first, sealed.last) == (2, 3)


def test_the_head_is_what_anyone_computes_from_the_envelopes(store, chain):
    head = sha256(f"alongside audit 1\n{P}".encode()).digest()
    heads = {}
    for event in store.events(P):
        at = event.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        head = sha256(head + f"{event.sequence}\n{event.type}\n{at}\n{event.mac}\n".encode()).digest()
        heads[event.sequence] = head.hex()

    seals = audit_page(store, P).seals
    assert [(each.first, each.last) for each in seals] == [(1, 2), (3, 5), (6, 7)]
    assert [each.head for each in seals] == [heads[2], heads[5], heads[7]]
    assert check_audit(chain, P).head == heads[10]


def test_an_untouched_chain_holds_with_erased_events_in_it(chain):
    report = check_audit(chain, P)

    assert (report.events, report.sealed, report.erased, report.broken_at) == (10, 7, 1, None)


def test_a_long_backlog_is_sealed_in_several_seals(store, chain):
    for _ in range(6):
        events = tuple(NewEvent("e", "x-1", NOW) for _ in range(450))
        store.commit(P, Changes(events=events))

    seal(store, P, now=NOW)

    spans = [(each["first"], each["last"]) for each in (stored.body for stored in store.each(P, Seal.KIND))]
    assert spans == [(1, 2), (3, 5), (6, 7), (8, 1007), (1008, 2007), (2008, 2712)]
    assert check_audit(chain, P).broken_at is None
    assert seal(store, P, now=NOW) is None


def test_an_empty_scope_has_nothing_to_seal_and_nothing_wrong(store, chain):
    assert seal(store, "outside", now=NOW) is None
    assert check_audit(chain, "outside").events == check_audit(chain, "nobody").events == 0


@pytest.mark.parametrize("column", ["type", "at", "mac", "subject", "body", "salt", "mentions"])
def test_any_byte_changed_in_any_event_is_named(chain, path, column):
    """Sealed events by every column; unsealed ones have no seal yet to hold their type and time."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for sequence in range(1, 11):
            table, name = ("mentions", "mentioned") if column == "mentions" else ("events", column)
            where = f"FROM {table} WHERE scope = '{P}' AND sequence = {sequence}"
            found = database.execute(f"SELECT {name} {where}").fetchone()
            text = found[0] if found else None
            is_held = sequence <= 7 or column not in ("type", "at")
            if not text or not is_held:
                continue
            for place in range(len(text)) if sequence == 3 or len(text) < 20 else (0, len(text) // 2, len(text) - 1):
                other = _another(text, place, column)
                if other is None:
                    continue
                update = f"UPDATE {table} SET {name} = ? WHERE scope = '{P}' AND sequence = {sequence} AND {name} = ?"
                database.execute(update, (other, text))

                assert check_audit(chain, P).broken_at == sequence, (sequence, column, other)

                database.execute(update, (text, other))
    assert check_audit(chain, P).broken_at is None


def _another(text, place, column):
    """The text with another character in this place; None where it could not be stored as what it is."""
    other = "8" if text[place] in "0123456789" and text[place] != "8" else ("9" if column in ("at",) else "f")
    changed_text = text[:place] + (other if text[place] != other else "0") + text[place + 1 :]
    if column == "at":
        from datetime import datetime

        try:
            return changed_text if datetime.fromisoformat(changed_text) != datetime.fromisoformat(text) else None
        except ValueError:
            return None
    if column == "body":
        try:
            return changed_text if json.loads(changed_text) != json.loads(text) else None
        except ValueError:
            return None
    return changed_text


def test_dropped_events_are_named(chain, path):
    for sequence in (1, 5, 10):
        assert check_audit(chain, P).broken_at is None
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            row = database.execute(f"SELECT * FROM events WHERE scope = '{P}' AND sequence = {sequence}").fetchone()
            database.execute(f"DELETE FROM events WHERE scope = '{P}' AND sequence = {sequence}")

            assert check_audit(chain, P).broken_at == sequence

            database.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def test_a_shortened_chain_is_named(chain, path):
    changed(path, f"DELETE FROM events WHERE scope = '{P}' AND sequence > 6")

    assert check_audit(chain, P).broken_at == 7


def test_a_shortened_chain_is_named_even_when_counters_and_seals_were_set_back(chain, path):
    sealed = last_seal(chain, P)
    changed(
        path,
        f"DELETE FROM events WHERE scope = '{P}' AND sequence > 6",
        f"UPDATE counters SET last_event = 6 WHERE scope = '{P}'",
        f"DELETE FROM records WHERE scope = '{P}' AND kind = 'seal' AND record_id = '{sealed.record_id}'",
    )

    assert broken(chain, anchors=[Anchor(sealed.last, sealed.head)]) == (
        7,
        "the chain is shorter than when its head was kept elsewhere",
    )


def test_swapped_and_inserted_events_are_named(chain, path):
    move = f"UPDATE events SET sequence = {{}} WHERE scope = '{P}' AND sequence = {{}}"
    said = f"UPDATE mentions SET sequence = {{}} WHERE scope = '{P}' AND sequence = {{}}"
    swap = [each.format(*pair) for pair in ((99, 1), (1, 2), (2, 99)) for each in (move,)]
    changed(path, *swap, *(said.format(*pair) for pair in ((98, 2), (2, 98))))
    assert check_audit(chain, P).broken_at == 1

    changed(path, *swap)
    assert check_audit(chain, P).broken_at is None

    changed(path, *(move.format(n + 1, n) for n in range(10, 4, -1)))
    changed(path, *(said.format(n + 1, n) for n in (10, 9, 7, 5)))
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(
            f"INSERT INTO events SELECT scope, 5, type, subject, at, body, salt, mac FROM events "
            f"WHERE scope = '{P}' AND sequence = 2"
        )
        database.execute(
            f"INSERT INTO mentions SELECT scope, mentioned, 5 FROM mentions WHERE scope = '{P}' AND sequence = 2"
        )
    assert check_audit(chain, P).broken_at == 5


def test_events_sealed_anew_in_part_are_named(chain, path):
    """Somebody who changes event 1 and makes its seal anew: the next one does not follow any longer."""
    changed(path, f"UPDATE events SET type = 'member.forged' WHERE scope = '{P}' AND sequence = 1")
    forged = sealing._next_seal(P, None, chain.events(P, limit=2), NOW)
    chain.commit(P, Changes(puts=(put_of(forged),)))

    assert broken(chain) == (3, "it does not follow from the events before it")


def test_events_sealed_anew_altogether_are_named_by_the_events_that_told_of_them_and_by_an_anchor(chain, path):
    anchor = last_seal(chain, P)
    changed(path, f"UPDATE events SET type = 'member.forged' WHERE scope = '{P}' AND sequence = 1")
    last = None
    for first, end in ((1, 2), (3, 5), (6, 7)):
        last = sealing._next_seal(P, last, chain.events(P, after=first - 1, limit=end - first + 1), NOW)
        chain.commit(P, Changes(puts=(put_of(last),)))

    assert broken(chain) == (3, "it tells of a seal that is not the one in the chain")
    assert broken(chain, anchors=[Anchor(2, audit_page(chain, P).seals[0].head), Anchor(7, anchor.head)])[0] == 3


def test_a_seal_that_was_removed_or_changed_is_named(chain, path):
    for change, sequence in (
        ("DELETE FROM records WHERE kind = 'seal' AND body LIKE '%\"first\":3%'", 3),
        ("UPDATE records SET body = replace(body, '\"first\":6', '\"first\":7') WHERE kind = 'seal'", 6),
    ):
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("BEGIN")
            database.execute(change)
            database.execute("COMMIT")
            assert check_audit(chain, P).broken_at == sequence
            if sequence == 3:
                events = chain.events(P, after=2, limit=3)
                first = audit_page(chain, P).seals[0]
                chain.commit(P, Changes(puts=(put_of(sealing._next_seal(P, first, events, NOW)),)))
                assert check_audit(chain, P).broken_at is None


def test_an_event_emptied_without_an_erasure_is_named(chain, path):
    empty = "UPDATE events SET subject = NULL, salt = NULL, body = '{}'"
    changed(
        path,
        f"{empty} WHERE scope = '{P}' AND sequence = 9",
        f"DELETE FROM mentions WHERE scope = '{P}' AND sequence = 9",
    )

    assert broken(chain) == (9, "it is empty, and no erasure was reported after it")


def test_events_that_were_kept_long_enough_may_be_empty(chain):
    done = put_of(Forgotten(EVENTS, until=9))
    chain.commit(P, Changes(puts=(done,), forget_between=(1, 9)))

    assert (check_audit(chain, P).broken_at, check_audit(chain, P).erased) == (None, 9)


def test_an_event_emptied_in_part_is_named(chain, path):
    changed(path, f"UPDATE events SET salt = NULL WHERE scope = '{P}' AND sequence = 4")

    assert broken(chain) == (4, "what it says is not what was recorded")


def test_an_erasure_keeps_the_chain_whole(store, chain):
    delete_member(store, P, member_id="ivy", now=NOW)
    seal(store, P, now=NOW)

    report = check_audit(chain, P)

    assert (report.broken_at, report.erased) == (None, 3)


def test_one_process_seals_at_a_time(store, chain):
    held = store.acquire_lease(P, sealing.LEASE, owner="another", ttl=sealing.TTL, now=NOW)

    assert seal(store, P, now=NOW) is None
    store.release_lease(held)
    assert seal(store, P, now=NOW) is not None


def test_a_sealer_that_was_thought_dead_adds_nothing(store, chain):
    dead = store.acquire_lease(P, sealing.LEASE, owner="dead", ttl=sealing.TTL, now=NOW)
    later = NOW + 2 * sealing.TTL
    assert seal(store, P, now=later) is not None
    put_member(store, P, profile=seeker("jo"), now=NOW)

    class Late:
        """The store as the dead process sees it: its lease is the old one."""

        def __getattr__(self, name):
            return getattr(store, name)

        def acquire_lease(self, *_arguments, **_named):
            return dead

    before = len(store.events(P))
    assert seal(Late(), P, now=later) is None
    assert len(store.events(P)) == before


def test_a_seal_is_never_written_over(store, chain):
    sealed = last_seal(store, P)

    with pytest.raises(StaleVersion):
        store.commit(P, Changes(puts=(put_of(sealed, expected_version=0),)))


def test_envelopes_and_seals_are_read_in_pages(store, chain):
    first = audit_page(store, P, limit=4)
    second = audit_page(store, P, after=first.next, limit=4)
    third = audit_page(store, P, after=second.next, limit=4)

    assert [event.sequence for page in (first, second, third) for event in page.events] == list(range(1, 11))
    assert [[each.last for each in page.seals] for page in (first, second, third)] == [[2], [5, 7], []]
    assert third.next is None
    assert audit_page(store, P, after=10).events == ()


def test_a_fence_is_carried_by_every_write(store, chain, monkeypatch):
    seen = []
    commit = store.commit

    def watched(scope, changes):
        seen.append(changes.fence)
        return commit(scope, changes)

    monkeypatch.setattr(store, "commit", watched)
    seal(store, P, now=NOW)

    assert len(seen) == 1
    assert isinstance(seen[0], Fence)
