"""Members: compare-and-set, the waiting clock, leaving, and bulk saving."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from matching.profile import MemberStatus, SupporterSide
from service.errors import NotFound, StaleVersion
from service.records.load import Load
from service.records.match import MatchState
from service.records.member import MemberRole
from service.usecases import members
from service.usecases.matches import act_on_match, get_match
from service.usecases.members import Imported, delete_member, get_member, list_members, put_member, put_members
from tests.service.usecases.cast import ADA, BEN, CAST, COORDINATOR, NOW, OTHER, P, seeker, supporter, without_consent
from tests.service.usecases.proposals import propose

TOMORROW = NOW + timedelta(days=1)


def test_a_new_member_is_created_at_version_1(store):
    member, is_new = put_member(store, P, profile=ADA, now=NOW)

    assert is_new
    assert member.version == 1
    assert get_member(store, P, member_id="ada") == member


def test_a_profile_that_says_nothing_new_changes_nothing(store):
    first, _ = put_member(store, P, profile=ADA, now=NOW)

    again, is_new = put_member(store, P, profile=ADA, now=TOMORROW)

    assert not is_new
    assert again == first
    assert [event.type for event in store.events(P)] == ["member.created"]


def test_a_changed_profile_gets_the_next_version_and_keeps_its_first_day(store):
    put_member(store, P, profile=ADA, now=NOW)

    member, is_new = put_member(store, P, profile=replace(ADA, interests=frozenset(("chess",))), now=TOMORROW)

    assert not is_new
    assert (member.version, member.created_at, member.updated_at) == (2, NOW, TOMORROW)


def test_a_writer_with_a_stale_version_loses(store):
    put_member(store, P, profile=ADA, now=NOW)
    put_member(store, P, profile=replace(ADA, interests=frozenset(("chess",))), now=NOW)

    with pytest.raises(StaleVersion) as lost:
        put_member(store, P, profile=ADA, now=NOW, expected_version=1)

    assert (lost.value.expected, lost.value.actual) == (1, 2)


def test_expecting_nobody_refuses_somebody_who_is_there(store):
    put_member(store, P, profile=ADA, now=NOW)

    with pytest.raises(StaleVersion):
        put_member(store, P, profile=replace(ADA, interests=frozenset(("chess",))), now=NOW, expected_version=0)


def test_the_waiting_clock_starts_on_the_day_the_platform_tells(store):
    member, _ = put_member(store, P, profile=seeker("ada", since=date(2026, 9, 1)), now=NOW)

    assert member.waiting_since == date(2026, 9, 1)


@pytest.mark.parametrize("since", [None, date(2026, 11, 26)])
def test_the_waiting_clock_starts_today_when_no_day_is_told_or_one_in_the_future(store, since):
    member, _ = put_member(store, P, profile=seeker("ada", since=since), now=NOW)

    assert member.waiting_since == NOW.date()


def test_no_later_profile_moves_the_waiting_clock(store):
    put_member(store, P, profile=seeker("ada", since=date(2026, 9, 1)), now=NOW)

    earlier, _ = put_member(store, P, profile=seeker("ada", since=date(2026, 1, 1)), now=NOW)
    later, _ = put_member(store, P, profile=seeker("ada", since=date(2026, 11, 1)), now=NOW)
    without, _ = put_member(store, P, profile=supporter("ada"), now=NOW)
    back, _ = put_member(store, P, profile=seeker("ada"), now=TOMORROW)

    assert {member.waiting_since for member in (earlier, later, without, back)} == {date(2026, 9, 1)}


def test_a_supporter_who_becomes_a_seeker_waits_from_that_day(store):
    first, _ = put_member(store, P, profile=BEN, now=NOW)

    then, _ = put_member(store, P, profile=seeker("ben"), now=TOMORROW)

    assert first.waiting_since is None
    assert then.waiting_since == TOMORROW.date()


def test_an_outsider_sees_nobody(cast):
    with pytest.raises(NotFound) as refused:
        get_member(cast, OTHER, member_id="ada")

    assert refused.value.code == "member_not_found"
    assert list_members(cast, OTHER).records == ()
    with pytest.raises(NotFound):
        delete_member(cast, OTHER, member_id="ada", now=NOW)


@pytest.mark.parametrize(
    ("role", "status", "ids"),
    [
        (None, None, ["ada", "amy", "bea", "ben"]),
        (MemberRole.SEEKER, None, ["ada", "amy"]),
        (None, MemberStatus.PAUSED, ["ben"]),
        (MemberRole.SUPPORTER, MemberStatus.ACTIVE, ["bea"]),
        (MemberRole.SEEKER, MemberStatus.PAUSED, []),
    ],
)
def test_members_are_listed_by_role_and_status(cast, role, status, ids):
    put_member(cast, P, profile=replace(BEN, status=MemberStatus.PAUSED), now=NOW)

    page = list_members(cast, P, role=role, status=status)

    assert [member.member_id for member in page.records] == ids


def test_pages_follow_each_other(cast):
    first = list_members(cast, P, limit=3)
    second = list_members(cast, P, limit=3, after=first.next)

    assert [member.member_id for member in (*first.records, *second.records)] == ["ada", "amy", "bea", "ben"]
    assert second.next is None


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (replace(ADA, status=MemberStatus.PAUSED), "paused"),
        (replace(ADA, status=MemberStatus.PAUSED, paused_until=date(2026, 12, 24)), "paused"),
        (without_consent(ADA), "consent_withdrawn"),
        (supporter("ada"), "left"),
    ],
)
@pytest.mark.parametrize("is_offered", [False, True])
def test_somebody_who_steps_out_is_out_of_proposals_and_offers_at_once(cast, changed, reason, is_offered):
    match = propose(cast, "ada", "ben")
    if is_offered:
        act_on_match(cast, P, match_id=match.match_id, action="approve", by=COORDINATOR, now=NOW)

    put_member(cast, P, profile=changed, now=TOMORROW)

    after = get_match(cast, P, match_id=match.match_id)
    assert after.state is MatchState.WITHDRAWN
    assert after.history[-1].reason == reason
    assert after.history[-1].by.role == "system"


def test_a_pause_that_is_over_already_leaves_proposals_alone(cast):
    match = propose(cast, "ada", "ben")

    put_member(cast, P, profile=replace(ADA, status=MemberStatus.PAUSED, paused_until=NOW.date()), now=NOW)

    assert get_match(cast, P, match_id=match.match_id).state is MatchState.PROPOSED


def test_giving_up_one_role_keeps_the_proposals_of_the_other(cast):
    both = replace(ADA, supporter=SupporterSide(topics=frozenset(("caring",))))
    put_member(cast, P, profile=both, now=NOW)
    as_seeker, as_supporter = propose(cast, "ada", "ben"), propose(cast, "amy", "ada")

    put_member(cast, P, profile=ADA, now=TOMORROW)

    assert get_match(cast, P, match_id=as_seeker.match_id).state is MatchState.PROPOSED
    assert get_match(cast, P, match_id=as_supporter.match_id).state is MatchState.WITHDRAWN


def test_deleting_a_supporter_takes_back_their_offers_and_frees_their_seekers(cast):
    put_member(cast, P, profile=supporter("ben", capacity=2), now=NOW)
    offers = [propose(cast, "ada", "ben"), propose(cast, "amy", "ben")]
    for offer in offers:
        act_on_match(cast, P, match_id=offer.match_id, action="approve", by=COORDINATOR, now=NOW)

    delete_member(cast, P, member_id="ben", now=TOMORROW)

    with pytest.raises(NotFound):
        get_member(cast, P, member_id="ben")
    assert {get_match(cast, P, match_id=offer.match_id).history[-1].reason for offer in offers} == {"left"}
    assert cast.get(P, Load.KIND, "ben") is None
    other = propose(cast, "ada", "bea")
    act_on_match(cast, P, match_id=other.match_id, action="approve", by=COORDINATOR, now=TOMORROW)


def test_events_no_longer_name_somebody_who_is_deleted(cast):
    propose(cast, "ada", "ben")
    put_member(cast, P, profile=replace(ADA, interests=frozenset(("chess",))), now=NOW)

    delete_member(cast, P, member_id="ada", now=TOMORROW)

    told = [(event.type, event.subject) for event in cast.events(P) if event.type.startswith("member.")]
    assert told == [("member.updated", None), ("member.deleted", "ada")]


def test_deleting_with_a_stale_version_deletes_nothing(cast):
    with pytest.raises(StaleVersion):
        delete_member(cast, P, member_id="ada", now=NOW, expected_version=7)

    assert get_member(cast, P, member_id="ada").version == 1


def test_more_proposals_than_one_commit_holds_are_taken_back_all(cast, monkeypatch):
    monkeypatch.setattr(members, "_STEPS_AT_ONCE", 2)
    proposals = [propose(cast, "ada", "ben") for _ in range(5)]

    delete_member(cast, P, member_id="ada", now=TOMORROW)

    assert {get_match(cast, P, match_id=one.match_id).state for one in proposals} == {MatchState.WITHDRAWN}


def test_bulk_saving_writes_only_what_is_new(store):
    first = put_members(store, P, profiles=CAST, now=NOW)
    changed = (replace(ADA, interests=frozenset(("chess",))), *CAST[1:], seeker("zoe"))

    second = put_members(store, P, profiles=changed, now=TOMORROW)

    assert first == Imported(created=4)
    assert second == Imported(created=1, updated=1, unchanged=3)
    assert get_member(store, P, member_id="amy").version == 1


def test_bulk_saving_goes_over_many_commits_and_tells_of_it_once(store):
    crowd = [seeker(f"s{number:04}") for number in range(1203)]

    imported = put_members(store, P, profiles=iter(crowd), now=NOW)

    assert imported.created == 1203
    assert store.count(P, "member") == 1203
    assert [(event.type, event.body) for event in store.events(P)] == [
        ("members.imported", {"created": 1203, "updated": 0, "import_id": None})
    ]


def test_bulk_saving_takes_back_proposals_of_those_who_step_out(cast):
    match = propose(cast, "ada", "ben")

    put_members(cast, P, profiles=(without_consent(ADA), *CAST[1:]), now=TOMORROW)

    assert get_match(cast, P, match_id=match.match_id).state is MatchState.WITHDRAWN


def test_bulk_saving_meets_another_writer_and_saves_all_the_same(cast):
    class Interfering:
        """The store; another writer changes Amy just before the first commit."""

        def __init__(self):
            self.is_quiet = False

        def __getattr__(self, name):
            return getattr(cast, name)

        def commit(self, scope, changes):
            if not self.is_quiet:
                self.is_quiet = True
                put_member(cast, P, profile=seeker("amy", topics=("moving",)), now=NOW)
            return cast.commit(scope, changes)

    chess = frozenset(("chess",))
    imported = put_members(Interfering(), P, profiles=[replace(p, interests=chess) for p in CAST], now=TOMORROW)

    assert imported.updated == 4
    assert {get_member(cast, P, member_id=p.member_id).profile.interests for p in CAST} == {chess}
