"""Every hard rule, broken between every two steps: the next step is refused, whatever else was overlooked.

The rule is broken behind the service's back, by writing the record itself, so that each step has to notice by itself;
and by the front door, where the change of a profile takes back or pauses at once.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from matching.policy import LabelField, LabelOp, LabelRule, LabelType, Policy
from matching.profile import AgeBand, ClearanceScope, Day, Gender, Mode, Window
from matching.rules import RULES
from service.errors import Conflict, InvalidInput
from service.reasons import PauseReason
from service.records.block import Block
from service.records.codec import put_of
from service.records.match import MatchState
from service.records.member import Member
from service.records.policy import PolicyVersion
from service.records.rest import Rest
from service.storage.store import Changes
from service.usecases.members import get_member, put_member
from service.usecases.next_best import propose_next_best
from service.usecases.pair_rules import CARE_RULES
from service.usecases.proposing import propose_pair
from service.usecases.runs import run_now
from service.usecases.safety import put_block
from tests.service.usecases.acting import act, active, as_it_is, asked_second, offered, seeker_of, supporter_of
from tests.service.usecases.cast import ADA, BEN, COORDINATOR, NOW, P
from tests.service.usecases.proposals import propose

_FAR = frozenset((Mode.IN_PERSON,))


def of_seeker(profile, **changes):
    return replace(profile, seeker=replace(profile.seeker, **changes))


def of_supporter(profile, **changes):
    return replace(profile, supporter=replace(profile.supporter, **changes))


PROFILES = {
    "language": (ADA, replace(BEN, languages=("pl",))),
    "mode": (ADA, replace(BEN, modes=frozenset((Mode.VOICE,)))),
    "joint_start": (ADA, replace(BEN, availability=(Window(Day.SUN, 0, 60),))),
    "age_groups": (ADA, replace(BEN, age_band=AgeBand.AGE_16_17)),
    "gender": (replace(ADA, gender_preference=frozenset((Gender.WOMAN,))), BEN),
    "preferred_ages": (ADA, replace(BEN, preferred_age_bands=frozenset((AgeBand.AGE_65_74,)))),
    "boundaries": (ADA, replace(BEN, avoid_topics=frozenset(("new_parent",)))),
    "training": (of_seeker(ADA, required_training=frozenset(("grief",))), BEN),
    "access": (replace(ADA, modes=_FAR, access=frozenset(("step_free",))), replace(BEN, modes=_FAR)),
    "distance": (replace(ADA, modes=_FAR), replace(BEN, modes=_FAR)),
    "place_cost": (of_seeker(ADA, session_minutes=90), of_supporter(BEN, session_minutes=30, weekly_minutes=120)),
}
"""Rule → the two as they break it (and no rule before it)."""

POLICIES = {
    "clearances": Policy(version=2, clearances={ClearanceScope.ADULTS: ("basic",)}),
    "site": Policy(
        version=2,
        labels=(LabelField("site", LabelType.STRING),),
        label_rules=(LabelRule("site", "site", LabelOp.EQUAL, "another site"),),
    ),
}

APART = {
    "blocked": Block("ada", "ben", NOW),
    "resting": Rest("ada", "ben", "match_before", "poor_fit", NOW, None),
}

EVERY = (*PROFILES, *POLICIES, *APART)


def break_behind_its_back(store, rule):
    """Write what breaks the rule as another program might have, past every use case."""
    if rule in PROFILES:
        members = (replace(get_member(store, P, member_id=each.member_id), profile=each) for each in PROFILES[rule])
        puts = tuple(put_of(member) for member in members)
    elif rule in POLICIES:
        puts = (put_of(PolicyVersion(POLICIES[rule], NOW)),)
    else:
        puts = (put_of(APART[rule]),)
    store.commit(P, Changes(puts=puts))


def refused(step):
    with pytest.raises(Conflict) as refusal:
        step()
    return refusal.value.code


def code_of(rule):
    return "kept_apart" if rule in APART else "rule_broken"


def test_every_rule_there_is_is_broken_here():
    # Nobody's id changes, so two people never become one: that is asked below.
    assert set(EVERY) == ({rule.key for rule in RULES} - {"same_person"}) | {"site"}


@pytest.mark.parametrize("rule", EVERY)
def test_a_proposal_is_not_offered_once_it_breaks(cast, rule):
    match = propose(cast, "ada", "ben")
    break_behind_its_back(cast, rule)

    assert refused(lambda: act(cast, match, "approve")) == code_of(rule)
    assert as_it_is(cast, match) == match


@pytest.mark.parametrize("rule", EVERY)
def test_the_first_yes_is_not_taken_once_it_breaks(cast, rule):
    match = offered(cast, "ada", "ben")
    break_behind_its_back(cast, rule)

    assert refused(lambda: act(cast, match, "accept", by=supporter_of(match))) == code_of(rule)
    assert as_it_is(cast, match) == match


@pytest.mark.parametrize("rule", EVERY)
def test_the_second_yes_is_not_taken_once_it_breaks(cast, rule):
    match = asked_second(cast, "ada", "ben")
    break_behind_its_back(cast, rule)

    assert refused(lambda: act(cast, match, "accept", by=seeker_of(match))) == code_of(rule)
    assert as_it_is(cast, match) == match


@pytest.mark.parametrize("rule", [rule for rule in EVERY if rule != "resting"])
def test_a_rejected_pair_does_not_come_back_once_it_breaks(cast, rule):
    match = propose(cast, "ada", "ben")
    match = act(cast, match, "reject", reason="poor_fit")
    break_behind_its_back(cast, rule)

    assert refused(lambda: act(cast, match, "reopen")) == code_of(rule)
    assert as_it_is(cast, match).state is MatchState.REJECTED


@pytest.mark.parametrize("rule", EVERY)
def test_a_coordinators_own_pair_is_not_proposed(cast, rule):
    break_behind_its_back(cast, rule)

    def own_pair():
        propose_pair(cast, P, seeker_id="ada", supporter_id="ben", by=COORDINATOR, now=NOW)

    assert refused(own_pair) == code_of(rule)


@pytest.mark.parametrize("rule", EVERY)
def test_it_is_no_next_best_and_no_run_proposes_it(cast, clock, rule):
    break_behind_its_back(cast, rule)

    found = propose_next_best(cast, P, seeker_id="ada", now=NOW)
    run_now(cast, P, clock=clock)

    assert found is None or found.supporter_id != "ben"
    pairs = {(stored.body["seeker_id"], stored.body["supporter_id"]) for stored in cast.each(P, "match")}
    assert ("ada", "ben") not in pairs


@pytest.mark.parametrize("rule", [rule for rule in EVERY if rule in CARE_RULES])
def test_a_paused_match_does_not_go_on_while_one_of_care_is_broken(cast, rule):
    match = active(cast, "ada", "ben")
    match = act(cast, match, "pause", reason=PauseReason.BREAK)
    break_behind_its_back(cast, rule)

    assert refused(lambda: act(cast, match, "resume")) == code_of(rule)


@pytest.mark.parametrize("rule", PROFILES)
@pytest.mark.parametrize("step", [propose, offered, asked_second])
def test_a_change_of_profile_takes_back_what_is_open(cast, rule, step):
    match = step(cast, "ada", "ben")

    for profile in PROFILES[rule]:
        put_member(cast, P, profile=profile, now=NOW)

    assert (as_it_is(cast, match).state, as_it_is(cast, match).history[-1].reason) == (MatchState.WITHDRAWN, "rule")


@pytest.mark.parametrize("rule", PROFILES)
def test_a_change_of_profile_pauses_what_runs_or_tells_a_coordinator(cast, rule):
    match = active(cast, "ada", "ben")

    for minute, profile in enumerate(PROFILES[rule]):
        put_member(cast, P, profile=profile, now=NOW + timedelta(minutes=minute))

    expected = MatchState.PAUSED if rule in CARE_RULES else MatchState.ACTIVE
    assert as_it_is(cast, match).state is expected
    details = {stored.body["detail"] for stored in cast.each(P, "task") if stored.body["task_kind"] == "rule"}
    assert rule in details


@pytest.mark.parametrize("step", [propose, offered, asked_second, active])
def test_a_block_stops_what_is_open_and_what_runs(cast, step):
    match = step(cast, "ada", "ben")

    put_block(cast, P, one="ben", other="ada", now=NOW)

    expected = MatchState.PAUSED if step is active else MatchState.WITHDRAWN
    assert as_it_is(cast, match).state is expected


def test_somebody_on_both_sides_is_never_paired_with_themselves(cast, clock):
    both = replace(ADA, supporter=BEN.supporter)
    put_member(cast, P, profile=both, now=NOW)

    with pytest.raises(InvalidInput):
        propose_pair(cast, P, seeker_id="ada", supporter_id="ada", by=COORDINATOR, now=NOW)
    run_now(cast, P, clock=clock)

    assert all(stored.body["seeker_id"] != stored.body["supporter_id"] for stored in cast.each(P, "match"))
    assert cast.count(P, Member.KIND) == 4
