"""Looking back at matches: what is told of enough of them, and what is not told of few."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.lifecycle import Action, transition
from service.records.check_in import CheckIn
from service.records.codec import new_id, put_of
from service.records.match import Actor, ActorRole, MatchState
from service.storage.store import Changes
from service.usecases.counts import platform_counts
from service.usecases.members import put_members
from service.usecases.outcomes import LOOKED_AT_AFTER, Verdict, outcomes
from tests.service.usecases.cast import COORDINATOR, NOW, P, seeker
from tests.service.usecases.proposals import blank

DAY = timedelta(days=1)
LATER = NOW + LOOKED_AT_AFTER


def factor(points, *, key="topics", most=3000):
    return {"key": key, "title": key.title(), "points": points, "most": most, "phrase": "", "evidence": []}


def keep(store, match):
    store.commit(P, Changes(puts=(put_of(match),)))
    return match


def begun(store, number, *, points=3000, ended_after=None, reason="no_contact", explanation=None):
    """Save a match that began at NOW, and ended perhaps."""
    match = replace(
        blank(f"s-{number}", f"t-{number}", run_id=""),
        match_id=new_id("match", NOW),
        explanation={"factors": [factor(points)]} if explanation is None else explanation,
    )
    for action, by in (
        (Action.APPROVE, COORDINATOR),
        (Action.ACCEPT, Actor(ActorRole.SUPPORTER, match.supporter_id)),
        (Action.ACCEPT, Actor(ActorRole.SEEKER, match.seeker_id)),
    ):
        match = transition(match, action, by=by, at=NOW)
    if ended_after is not None:
        match = transition(match, Action.END, by=COORDINATOR, at=NOW + ended_after, reason=reason)
    return keep(store, match)


def crowd(store, *, fitted, others):
    """Save pairs that fitted well and others, of each so many that stayed and that parted."""
    number = 0
    for points, (stayed, parted) in ((3000, fitted), (0, others)):
        for is_stayed in [True] * stayed + [False] * parted:
            begun(store, number, points=points, ended_after=None if is_stayed else 30 * DAY)
            number += 1


def topics(store):
    (found,) = outcomes(store, P, now=LATER).factors
    return found


def test_a_factor_that_had_to_do_with_it_is_told_with_its_interval(store):
    crowd(store, fitted=(45, 10), others=(12, 25))

    found = topics(store)

    assert found.verdict is Verdict.STAYED_MORE_OFTEN
    assert (found.fitted.pairs, found.fitted.stayed, found.others.pairs, found.others.stayed) == (55, 45, 37, 12)
    assert found.difference.low > 0
    assert found.fitted.share.low < 45 / 55 < found.fitted.share.high


def test_one_that_went_with_parting_is_told_as_plainly(store):
    crowd(store, fitted=(12, 25), others=(45, 10))

    assert topics(store).verdict is Verdict.STAYED_LESS_OFTEN


def test_no_clear_difference_is_said_as_such(store):
    crowd(store, fitted=(15, 9), others=(14, 10))

    assert topics(store).verdict is Verdict.NO_CLEAR_DIFFERENCE


@pytest.mark.parametrize(
    ("fitted", "others"), [((14, 5), (30, 30)), ((30, 30), (14, 5)), ((40, 4), (30, 30)), ((30, 30), (4, 40))]
)
def test_of_few_pairs_or_of_few_who_parted_nothing_is_told(store, fitted, others):
    crowd(store, fitted=fitted, others=others)

    found = topics(store)

    assert (found.verdict, found.fitted, found.others, found.difference) == (
        Verdict.NOT_ENOUGH_DATA,
        None,
        None,
        None,
    )


@pytest.mark.parametrize(("fitted", "others"), [((15, 5), (5, 15)), ((5, 15), (15, 5))])
def test_of_as_few_as_may_be_told_it_is_told(store, fitted, others):
    crowd(store, fitted=fitted, others=others)

    found = topics(store)

    assert (found.fitted.stayed, found.others.stayed) == (fitted[0], others[0])


def test_an_empty_platform_has_nothing_to_tell(store):
    found = outcomes(store, P, now=NOW)

    assert (found.all_pairs, found.factors, found.ucla3.change) == (None, (), None)


@pytest.mark.parametrize(
    ("ended_after", "reason", "stayed"),
    [
        (None, "", 1),
        (30 * DAY, "goal_reached", 1),
        (30 * DAY, "became_friends", 1),
        (30 * DAY, "supporter_left", 0),
        (30 * DAY, "safety", 0),
        (83 * DAY, "no_contact", 0),
        (84 * DAY, "no_contact", 1),
        (30 * DAY, "died", None),
    ],
)
def test_what_counts_as_staying_together(store, ended_after, reason, stayed):
    for number in range(10):
        begun(store, number)
        begun(store, 100 + number, ended_after=30 * DAY)
    begun(store, 500, ended_after=ended_after, reason=reason)

    found = outcomes(store, P, now=NOW + 100 * DAY).all_pairs

    assert (found.pairs, found.stayed) == ((20, 10) if stayed is None else (21, 10 + stayed))


def test_pairs_that_began_lately_are_not_looked_at_yet(store):
    crowd(store, fitted=(30, 30), others=(30, 30))

    assert outcomes(store, P, now=LATER - timedelta(seconds=1)).all_pairs is None
    assert outcomes(store, P, now=LATER).all_pairs.pairs == 120


def test_a_pair_whose_reasons_were_erased_counts_among_all_and_for_no_factor(store):
    crowd(store, fitted=(30, 30), others=(30, 30))
    begun(store, 999, explanation={})

    found = outcomes(store, P, now=LATER)

    assert found.all_pairs.pairs == 121
    assert found.factors[0].fitted.pairs + found.factors[0].others.pairs == 120


def say(store, match, *, at, ucla3):
    said = CheckIn(new_id("checkin", at), match.match_id, ActorRole.SEEKER, match.seeker_id, at, ucla3=ucla3)
    store.commit(P, Changes(puts=(put_of(said, expected_version=0),)))


def test_a_change_of_measures_is_told_of_many_and_not_of_few(store):
    for number in range(20):
        match = begun(store, number)
        if number == 19:
            assert outcomes(store, P, now=LATER).ucla3.members is None
        say(store, match, at=NOW + DAY, ucla3=(3, 3, 2))
        say(store, match, at=NOW + (28 if number < 10 else 42) * DAY, ucla3=(2, 2, 2 + number % 2))
    early = begun(store, 20)
    for days in (1, 27):
        say(store, early, at=NOW + days * DAY, ucla3=(1, 1, 1))

    change = outcomes(store, P, now=LATER).ucla3

    assert (change.members, change.before.value, change.after.value) == (20, 8.0, 6.5)
    assert change.change.value == -1.5
    assert change.change.low < -1.5 < change.change.high < 0


def test_counts_of_a_platform_point_at_nobody(cast):
    counts = platform_counts(cast, P)
    assert counts.seekers.total is None

    put_members(cast, P, profiles=[seeker(f"s-{number}") for number in range(5)], now=NOW)

    assert platform_counts(cast, P).seekers.total == 7
    assert platform_counts(cast, P).matches.total == 0
    assert set(platform_counts(cast, P).matches.parts) == {state.value for state in MatchState}
