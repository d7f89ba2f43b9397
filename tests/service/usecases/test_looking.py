from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from matching.profile import MemberStatus
from service.clock import FixedClock
from service.lifecycle import Action
from service.records.block import Block
from service.records.codec import put_of
from service.storage.store import Changes, Store
from service.usecases import looking
from service.usecases.insight.studies import Studies
from service.usecases.looking import WhyLooking, still_looking, why_looking
from service.usecases.matches import act_on_match
from service.usecases.members import get_member, put_members
from service.usecases.policies import get_policy, put_policy
from service.usecases.rests import apart_from, apart_now
from service.usecases.runs import run_now
from tests.service.usecases.cast import ADA, AMY, BEA, BEN, COORDINATOR, NOW, P, seeker, supporter, without_consent
from tests.service.usecases.proposals import propose


def _ids(store: Store) -> list[str]:
    return [member.member_id for member in still_looking(store, P, now=NOW)]


def _why(store: Store, member_id: str) -> WhyLooking:
    return why_looking(store, Studies(), P, [get_member(store, P, member_id=member_id)], now=NOW)[member_id]


def test_seekers_without_proposal_or_match_are_looking_the_longest_wait_first(cast: Store) -> None:
    put_members(cast, P, profiles=[seeker("zoe", since=date(2026, 9, 1))], now=NOW)
    assert _ids(cast) == ["zoe", "ada", "amy"]

    propose(cast, "ada", "ben")
    assert _ids(cast) == ["zoe", "amy"]


def test_an_approved_pair_is_not_looking_and_one_turned_down_is_again(cast: Store) -> None:
    approved, rejected = propose(cast, "ada", "ben"), propose(cast, "amy", "bea")
    act_on_match(cast, P, match_id=approved.match_id, action=Action.APPROVE, by=COORDINATOR, now=NOW)
    act_on_match(cast, P, match_id=rejected.match_id, action=Action.REJECT, by=COORDINATOR, now=NOW, reason="poor_fit")

    assert _ids(cast) == ["amy"]


def test_who_pauses_or_withdrew_consent_is_not_looking_until_they_are_back(store: Store) -> None:
    paused = replace(ADA, status=MemberStatus.PAUSED, paused_until=NOW.date() + timedelta(days=1))
    back = replace(AMY, status=MemberStatus.PAUSED, paused_until=NOW.date())
    put_members(store, P, profiles=[paused, back, without_consent(seeker("eve")), BEN], now=NOW)

    assert _ids(store) == ["amy"]


def test_rules_are_counted_by_the_supporters_they_are_the_first_to_rule_out(store: Store) -> None:
    others = [supporter("p-1", languages=("pl",)), supporter("p-2", languages=("pl",), timezone="Asia/Tokyo")]
    put_members(store, P, profiles=[ADA, BEN, *others, supporter("p-3", timezone="Asia/Tokyo")], now=NOW)

    assert _why(store, "ada") == WhyLooking(
        left_out="",
        removed=(
            ("no language in common", 2),
            ("no time in the week that suits both for a whole session", 1),
        ),
        would_fit=1,
        supporters=4,
    )


def test_a_pair_below_the_policys_minimum_does_not_count_as_one_that_would_fit(store: Store) -> None:
    put_members(store, P, profiles=[ADA, BEN], now=NOW)
    put_policy(store, P, policy=replace(get_policy(store, P), minimum_score=1_000_000), now=NOW, expected_version=1)

    why = _why(store, "ada")

    assert (why.would_fit, why.removed) == (0, (("too little in common for this programme", 1),))


def test_pairs_that_rest_are_named_as_such(cast: Store) -> None:
    match = propose(cast, "ada", "ben")
    act_on_match(cast, P, match_id=match.match_id, action=Action.REJECT, by=COORDINATOR, now=NOW, reason="safety")

    assert ("resting after an earlier answer or ending", 1) in _why(cast, "ada").removed


def test_somebody_on_both_sides_is_not_their_own_obstacle(store: Store) -> None:
    both = replace(ADA, supporter=BEN.supporter)
    put_members(store, P, profiles=[both, BEA], now=NOW)

    why = _why(store, "ada")

    assert (why.would_fit, why.removed, why.supporters) == (1, (), 1)


def test_who_could_take_part_in_no_run_is_told_why(store: Store) -> None:
    put_members(store, P, profiles=[replace(ADA, availability=()), BEN], now=NOW)

    assert _why(store, "ada").left_out == "no_availability"


def test_on_a_large_platform_reasons_are_those_of_the_last_run(
    store: Store, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [ADA, seeker("zoe", languages=("pl",)), replace(AMY, availability=()), BEN, supporter("p-1", capacity=0)]
    put_members(store, P, profiles=people, now=NOW)
    asked = [get_member(store, P, member_id=member_id) for member_id in ("ada", "amy", "zoe")]
    exact = why_looking(store, Studies(), P, asked, now=NOW)
    monkeypatch.setattr(looking, "MOST_SUPPORTERS", 0)

    assert why_looking(store, Studies(), P, asked, now=NOW) == {}
    run_now(store, P, clock=clock)
    put_members(store, P, profiles=[seeker("new")], now=NOW)
    asked.append(get_member(store, P, member_id="new"))
    # However busy the machine is: people are not kept waiting for so long.
    told = why_looking(store, Studies(), P, asked, now=NOW, patience=60)

    assert set(told) == {"ada", "amy", "zoe"}
    assert told["zoe"] == exact["zoe"] == WhyLooking("", (("no language in common", 1),), 0, 1)
    assert told["amy"].left_out == "no_availability"


def test_what_keeps_a_few_members_apart_is_read_as_for_everybody(cast: Store) -> None:
    rejected = propose(cast, "ada", "ben")
    act_on_match(cast, P, match_id=rejected.match_id, action=Action.REJECT, by=COORDINATOR, now=NOW, reason="safety")
    later = propose(cast, "amy", "bea")
    act_on_match(cast, P, match_id=later.match_id, action=Action.REJECT, by=COORDINATOR, now=NOW, reason="not_now")
    blocked = (Block("ada", "bea", since=NOW), Block("amy", "ben", since=NOW), Block("amy", "bea", since=NOW))
    cast.commit(P, Changes(puts=tuple(put_of(block) for block in blocked)))
    everybody = apart_now(cast, P, NOW)

    assert len(everybody) == 4
    assert apart_from(cast, P, ["ada", "amy"], NOW) == everybody
    assert apart_from(cast, P, ["ada"], NOW) == {pair: why for pair, why in everybody.items() if "ada" in pair}
    assert apart_from(cast, P, ["ada"], NOW + timedelta(days=9999)) == apart_from(cast, P, ["ada"], NOW)
    assert apart_from(cast, P, [], NOW) == {}
