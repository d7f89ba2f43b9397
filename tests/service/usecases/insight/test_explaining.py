"""Why somebody is still looking: as the engine says of the run, and nothing of anybody else to members."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from matching.explain import why_still_looking
from matching.policy import Objective, Policy
from matching.profile import AgeBand, Gender
from matching.sentences import Audience, tell_change
from service.errors import Conflict, NotFound
from service.lifecycle import Action
from service.records.report import About, Report
from service.small_counts import FEW
from service.usecases.insight import explaining
from service.usecases.insight.explaining import ChangeState, Standing, explain_member
from service.usecases.insight.studies import Studies
from service.usecases.matches import act_on_match, list_matches
from service.usecases.members import put_members
from service.usecases.policies import put_policy
from service.usecases.reading import all_found
from service.usecases.runs import run_now
from tests.service.usecases.acting import COORDINATOR
from tests.service.usecases.cast import AMY, BEN, NOW, P, seeker
from tests.service.usecases.insight.communities import people, published, worked_out


@pytest.fixture
def studies() -> Studies:
    return Studies(patience=60)


def explained(store, studies, member_id, *, is_for_member=False):
    return explain_member(store, studies, P, member_id=member_id, is_for_member=is_for_member, now=NOW)


@pytest.mark.parametrize("seed", range(4))
def test_everybody_still_looking_is_explained_as_the_engine_says(store, clock, studies, seed):
    run = published(store, P, people(seed), clock)
    study = studies.of(store, P, run)
    assert len(study.outcome.still_looking) > 5

    for member_id in study.outcome.still_looking:
        told = explained(store, studies, member_id)
        true = why_still_looking(study.cohort, member_id)

        assert (told.standing, told.run_id) == (Standing.STILL_LOOKING, run.run_id)
        for cell, rule in zip(told.removed, true.removed, strict=True):
            assert cell["rule"] == rule.rule
            assert cell["count"] in (None, rule.supporters)
            assert (cell["words"] == FEW) == (rule.supporters < 5)
        smallest = study.changes.smallest_for(member_id)
        assert told.change_state is (ChangeState.FOUND if smallest else ChangeState.NONE)
        if smallest:
            assert told.change["member_id"] == smallest.change.member_id
            assert told.change["text"] == tell_change(smallest)
            assert told.change["matched_after"] > told.change["matched_before"] == run.counts.matched
        assert all(sentence.text and sentence.verified for sentence in told.sentences)


@pytest.mark.parametrize("seed", range(4))
def test_members_learn_nothing_of_anybody_else(store, clock, studies, seed):
    run = published(store, P, people(seed), clock)
    study = studies.of(store, P, run)

    for member_id in study.outcome.still_looking:
        told = explained(store, studies, member_id, is_for_member=True)
        text = json.dumps(asdict(told), default=str)

        others = {*study.seekers, *study.supporters} - {member_id}
        assert not [other for other in others if f'"{other}"' in text]
        assert (told.removed, told.would_fit, told.rivals) == ((), None, None)
        smallest = study.changes.smallest_for(member_id)
        is_own = smallest is not None and smallest.change.member_id == member_id
        assert (told.change is not None) == is_own
        if smallest and not is_own:
            # That a supporter could change, and what they lack, is theirs to tell.
            assert told.change_state is ChangeState.UNKNOWN
            assert smallest.change.what not in text or not smallest.change.what
            assert told.sentences[0].text == tell_change(smallest, Audience.MEMBER)


def test_what_a_member_reads_is_the_same_whatever_wish_or_boundary_of_another_stands_between(store, clock, studies):
    secrets = [
        {"gender_preference": frozenset({Gender.WOMAN})},
        {"avoid_topics": frozenset({"bereavement"})},
        {"preferred_age_bands": frozenset({AgeBand.AGE_65_74})},
        {"age_band": AgeBand.AGE_65_74},
    ]
    waits = seeker("waits", gender=Gender.MAN, preferred_age_bands=frozenset({AgeBand.AGE_25_34}))
    told = []
    for number, secret in enumerate(secrets):
        platform_id = f"place-{number}"
        published(store, platform_id, [waits, replace(BEN, **secret)], clock)
        told.append(explain_member(store, studies, platform_id, member_id="waits", is_for_member=True, now=NOW))

    assert {each.standing for each in told} == {Standing.STILL_LOOKING}
    assert len({(each.sentences, each.change_state, str(each.change)) for each in told}) == 1


def test_where_somebody_stands_now_comes_before_what_the_run_left(cast, clock, studies):
    assert explained(cast, studies, "ada").standing is Standing.NO_RUN
    put_members(cast, P, profiles=[replace(seeker("eve"), availability=())], now=NOW)
    run_now(cast, P, clock=clock)
    [first, _] = list_matches(cast, P).records

    assert explained(cast, studies, first.seeker_id).standing is Standing.PROPOSED
    assert (explained(cast, studies, "eve").standing, explained(cast, studies, "eve").left_out) == (
        Standing.LEFT_OUT,
        "no_availability",
    )
    act_on_match(cast, P, match_id=first.match_id, action=Action.APPROVE, by=COORDINATOR, now=NOW)
    assert explained(cast, studies, first.seeker_id).standing is Standing.MATCHED
    act_on_match(
        cast, P, match_id=first.match_id, action=Action.WITHDRAW, by=COORDINATOR, now=NOW, reason="coordinator"
    )
    assert explained(cast, studies, first.seeker_id).standing is Standing.SINCE_RUN
    put_members(cast, P, profiles=[seeker("new")], now=NOW)
    assert explained(cast, studies, "new").standing is Standing.NOT_IN_RUN


def test_who_is_no_seeker_or_nobody_is_not_explained(cast, studies):
    with pytest.raises(Conflict) as refused:
        explained(cast, studies, "ben")
    assert refused.value.code == "not_a_seeker"
    with pytest.raises(NotFound):
        explained(cast, studies, "nobody")


def test_on_a_large_platform_a_job_looks_for_the_smallest_change(store, clock, studies, monkeypatch):
    run = published(store, P, people(1), clock)
    member_id = studies.of(store, P, run).outcome.still_looking[0]
    at_once = explained(store, studies, member_id)
    monkeypatch.setattr(explaining, "MOST_PAIRS_AT_ONCE", 0)

    first = explained(store, studies, member_id)
    [report] = all_found(store, P, Report, index="run", value=run.run_id)
    worked_out(store, P, report, clock)
    then = explained(store, studies, member_id)

    assert (first.change, first.change_state) == (None, ChangeState.WORKING)
    assert report.about is About.SMALLEST_CHANGE
    assert then == at_once


def test_under_another_objective_changes_are_not_looked_for(store, clock, studies):
    for objective, has_rivals in ((Objective.SCORE, True), (Objective.STABLE, False)):
        version = 1 if objective is Objective.SCORE else 2
        put_policy(store, P, policy=Policy(objective=objective), now=NOW, expected_version=version)
        run = published(store, P, people(2), clock)
        looking = studies.of(store, P, run).outcome.still_looking
        told = [explained(store, studies, member_id) for member_id in looking]

        assert {each.change_state for each in told} == {ChangeState.UNKNOWN}
        assert any(each.rivals for each in told) == has_rivals
        assert all(each.removed for each in told)


def test_amy_stays_named_for_coordinators(store, clock, studies):
    published(store, P, [AMY, replace(BEN, modes=frozenset(("voice",)))], clock)

    told = explained(store, studies, "amy")

    assert told.removed[0]["rule"] == "mode"
    assert told.removed[0]["words"] == FEW
