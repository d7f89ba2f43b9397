"""Records of older formats are rewritten some at a time, as they are, and never while a run is open."""

from datetime import timedelta

import pytest

from service.errors import StaleVersion
from service.jobs.chores.renewal import renewal
from service.records.codec import put_of, read_as
from service.records.match import Match
from service.records.member import Member
from service.records.renewal import Renewal
from service.storage import open_store
from service.storage.store import Changes, Put
from service.usecases import renewing
from service.usecases.members import get_member, put_members
from service.usecases.platforms import create_platform
from service.usecases.renewing import older_left, renew_some
from service.usecases.runs import request_run
from tests.service.records.examples import EXAMPLES
from tests.service.records.test_formats import older
from tests.service.storage.engines import ENGINES, EVERY_ENGINE
from tests.service.usecases.cast import CAST, NOW, P


@pytest.fixture(params=EVERY_ENGINE[:2])
def store(request, tmp_path, monkeypatch):
    monkeypatch.setattr(renewing, "AT_ONCE", 3)
    opened = open_store(ENGINES[request.param](tmp_path))
    create_platform(opened, platform_id=P, name=P, now=NOW, signposting="Call 112.")
    put_members(opened, P, profiles=CAST, now=NOW)
    for record in (get_member(opened, P, member_id="ada"), get_member(opened, P, member_id="ben")):
        stored = older(record, 1)
        opened.commit(P, Changes(puts=(Put(Member.KIND, stored.record_id, stored.body, format=1),)))
    match = next(record for record in EXAMPLES.values() if isinstance(record, Match))
    stored = older(match, 1)
    opened.commit(P, Changes(puts=(Put(Match.KIND, stored.record_id, stored.body, format=1),)))
    yield opened
    opened.close()


def formats(store):
    return {stored.format - kind.FORMAT for kind in renewing.RENEWED for stored in store.each(P, kind.KIND)}


def test_every_older_record_is_rewritten_as_it_was_with_the_entries_of_today(store):
    before = get_member(store, P, member_id="ada")
    assert older_left(store, P)

    steps = 0
    while renew_some(store, P):
        steps += 1

    ada = get_member(store, P, member_id="ada")
    assert formats(store) == {0}
    assert (ada.profile, ada.version) == (before.profile, before.version + 1)
    assert get_member(store, P, member_id="amy").version == 1
    assert "ada" in {each.record_id for each in store.page(P, Member.KIND, index="role", value="seeker").records}
    assert (steps, older_left(store, P), renew_some(store, P)) == (6, False, False)
    assert {read_as(Renewal, each).after for each in store.each(P, Renewal.KIND)} == {None}


def test_nothing_is_rewritten_while_a_run_is_open(store):
    request_run(store, P, requested_by="cli", now=NOW)

    assert renewal.look_after(store, P, NOW) is None
    assert min(formats(store)) < 0


def test_it_comes_again_soon_until_it_is_through(store):
    assert renewal.look_after(store, P, NOW) == NOW + timedelta(seconds=2)


def test_a_record_that_is_changed_meanwhile_is_not_written_over(store, monkeypatch):
    while not any(read_as(Renewal, each).of == Match.KIND for each in store.each(P, Renewal.KIND)):
        renew_some(store, P)
    page = type(store).page

    def and_somebody_saves(self, scope, kind, **how):
        found = page(self, scope, kind, **how)
        if kind == Member.KIND:
            self.commit(P, Changes(puts=(put_of(get_member(self, P, member_id="ada")),)))
        return found

    monkeypatch.setattr(type(store), "page", and_somebody_saves)

    with pytest.raises(StaleVersion):
        renew_some(store, P)


def test_a_higher_format_begins_anew(store):
    while renew_some(store, P):
        pass
    done = read_as(Renewal, store.get(P, Renewal.KIND, Match.KIND))
    store.commit(P, Changes(puts=(put_of(Renewal(Match.KIND, done.to - 1, is_done=True)),)))

    assert older_left(store, P)
    assert renew_some(store, P)
