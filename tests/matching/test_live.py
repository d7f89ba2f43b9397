"""A live cohort: whatever came before, it says what a cohort made anew of those present says."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from matching.cohort import Cohort
from matching.errors import ProfileError
from matching.live import LiveCohort, Positions
from matching.policy import Policy
from matching.profile import (
    AgeBand,
    Apart,
    Clearance,
    ClearanceScope,
    MemberStatus,
    Mode,
    Pace,
    Profile,
    Standing,
    SupporterSide,
)
from matching.profile_arrays import arrays_of
from matching.scorer import PairScorer
from tests.matching.anybody import POLICIES as ANY_POLICIES
from tests.matching.anybody import TERMS, WEEK, anybody, kept_apart, standing
from tests.matching.live_law import Present, assert_is_as_made_anew, change, column, pairs_in, pairs_of, row
from tests.matching.people import cohort_of, ordinary, seeker, supporter, window

CLEARED = Clearance("basic", frozenset(ClearanceScope))
POLICIES = (
    ANY_POLICIES[0],
    replace(ANY_POLICIES[1], clearances={ClearanceScope.ADULTS: ("basic",)}, minimum_score=1500),
)
ALL_WEEK = tuple(window(day, "00:00", "00:00") for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))


def likely(random: Random, number: int) -> Profile:
    """Mostly somebody who takes part and has few wishes, so that all that is read of them decides about some pairs."""
    one = anybody(random, number)
    if random.random() < 0.2:
        return one
    return replace(
        one,
        consent=ordinary("").consent,
        status=MemberStatus.ACTIVE,
        languages=tuple(dict.fromkeys((*one.languages, random.choice(("en", f"x-{number}"))))),
        availability=(*one.availability, *random.sample(ALL_WEEK, 3)),
        modes=one.modes | {Mode.TEXT},
        age_band=random.choice((AgeBand.AGE_25_34, AgeBand.AGE_35_44)),
        gender_preference=frozenset(),
        preferred_age_bands=frozenset(),
        labels={
            **one.labels,
            "site": random.choice(("north", "south", f"site{number}")),
            "level": number % 2,
            "groups": ("a", *random.sample(TERMS, 3)),
        },
        seeker=one.seeker and replace(one.seeker, required_training=frozenset()),
        supporter=one.supporter
        and replace(
            one.supporter,
            capacity=one.supporter.capacity + 3,
            weekly_minutes=None,
            clearances=(CLEARED, *one.supporter.clearances) if number % 5 else one.supporter.clearances,
        ),
    )


def begun(seed: int, policy: Policy, members: int = 25) -> tuple[LiveCohort, Present, Random]:
    random = Random(seed)
    present = Present(policy, kept_apart(random, members))
    for number in range(members):
        present.tell(likely(random, number), standing(random))
    return LiveCohort(present.cohort(), apart=present.kept()), present, random


def live_of(*profiles: Profile) -> LiveCohort:
    return LiveCohort(cohort_of(*profiles))


@pytest.fixture(params=["uncompiled", "compiled", "laid out"])
def way(request, monkeypatch):
    """All ways of scoring, whatever else ran before."""
    if request.param == "laid out":
        monkeypatch.setattr("matching.live.asking.WORTH_LAYING_OUT", 1)
        monkeypatch.setattr("matching.live.asking.MOST_CHANGED", 7)
    for module in ("live.asking", "scorer"):
        monkeypatch.setattr(f"matching.{module}.is_worth_loading", lambda _: request.param != "uncompiled")
    return request.param


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("seed", range(3))
def test_after_any_changes_it_is_as_a_cohort_made_anew(seed: int, policy: Policy, way: str):
    live, present, random = begun(seed, policy)

    for step in range(100):
        change(live, present, random, likely)
        if step % 20 == 0:
            assert_is_as_made_anew(live, present)

    assert_is_as_made_anew(live, present)


def test_a_cohort_made_of_arrays_changes_as_one_made_of_profiles(way: str):
    _, present, random = begun(1, POLICIES[1])
    arrays = arrays_of(tuple(present.profiles.values()), POLICIES[1])
    present.standings.clear()
    live = LiveCohort(
        Cohort.from_arrays(arrays, week=WEEK, policy=POLICIES[1], apart=present.kept()), apart=present.kept()
    )

    for _ in range(40):
        change(live, present, random, likely)

    assert_is_as_made_anew(live, present)


def test_a_pass_over_all_pairs_finds_the_same_and_nobody_where_nobody_is():
    live, present, random = begun(2, POLICIES[1], members=40)
    for _ in range(40):
        change(live, present, random, likely)
    laid_out = PairScorer.of(live._as_cohort(), is_laid_out=True)

    for scorer in (live.scorer(), laid_out):
        (found,) = scorer.stream(lambda rows, scored: (np.repeat(rows, scored.lengths), scored.supporters))
        pairs = {(live.seeker_at(i), live.supporter_at(j)) for i, j in zip(*(x.tolist() for x in found), strict=True)}
        assert pairs == set(pairs_of(live))
        assert len(pairs) > 50


def test_a_cohort_of_nobody_takes_people_in(way: str):
    live = live_of()

    seeking = live.add(seeker("one"))
    supporting = live.add(supporter("other", capacity=3))

    assert (seeking, supporting) == (Positions(0, None, {}), Positions(None, 0, {}))
    assert row(live, 0)[0].tolist() == column(live, 0)[0].tolist() == [0]
    assert live.capacity[0] == 3
    assert live.priority[0] == 4


def test_the_cohort_it_was_made_of_stays_as_it_is():
    cohort = cohort_of(seeker(), supporter())
    live = LiveCohort(cohort)

    live.edit(supporter(languages=("pl",), capacity=9))
    live.keep_apart("seeker", "supporter", Apart.BLOCKED)
    live.remove("seeker")

    assert pairs_in(cohort)
    assert cohort.capacity.tolist() == [1]
    assert cohort.seeker_keys.all()


def test_others_keep_their_positions_while_sides_grow_and_the_lowest_free_one_is_given_away():
    live = live_of(seeker("a"), seeker("b"), supporter())
    at = {name: live.positions_of(name) for name in ("a", "b", "supporter")}

    more = [live.add(seeker(f"more{k}")).seeker for k in range(60)]
    live.remove("more30")
    live.remove("more7")

    assert sorted(more) == list(range(2, 62))
    assert live.n >= 62
    assert {name: live.positions_of(name) for name in at} == at
    assert live.add(seeker("new")).seeker == more[7]
    assert live.seeker_at(more[30]) is None
    assert len(pairs_of(live)) == 61


def test_an_edit_keeps_the_position_on_a_side_where_somebody_stays():
    live = live_of(replace(seeker("both"), supporter=SupporterSide()), seeker("other"))
    before = live.positions_of("both")

    after = live.edit(seeker("both"))
    back = live.edit(replace(seeker("both", pace=Pace.MONTHLY), supporter=SupporterSide(capacity=2)))

    assert after == Positions(before.seeker, None, {})
    assert back == before
    assert live.capacity[back.supporter] == 2


def test_somebody_left_out_is_known_and_told_why():
    live = live_of(seeker("here"))

    out = live.add(seeker("out", availability=()))
    busy = live.edit(seeker("here"), Standing(has_supporter=True))

    assert out == Positions(None, None, {"seeker": "no_availability"})
    assert busy == Positions(None, None, {"seeker": "has_supporter"})
    assert live.left_out == {"out": out.left_out, "here": busy.left_out}
    assert "out" in live
    assert len(live) == 2
    assert live.edit(seeker("out")) == Positions(0, None, {})
    assert live.left_out == {"here": busy.left_out}


def test_nobody_is_paired_with_themselves_after_an_edit(way: str):
    both = replace(seeker("both"), supporter=SupporterSide())
    live = live_of(both, seeker("other"))

    live.edit(both)

    assert set(pairs_of(live)) == {("other", "both")}


def test_two_who_came_one_after_the_other_are_two_people(way: str):
    live = live_of()

    live.add(seeker("one"))
    live.add(supporter("other"))

    assert set(pairs_of(live)) == {("one", "other")}


def test_more_terms_than_the_words_hold_make_the_bitsets_wider(way: str):
    policy = replace(
        POLICIES[1], clearances={}, minimum_score=0, accepts_minors=False, label_rules=(), weights={"age_closeness": 0}
    )
    present = Present(policy, {})
    one = seeker("one", topics=frozenset({"t0"}), interests=frozenset({"i0"}), labels={"groups": ("g0",)})
    present.tell(one)
    live = LiveCohort(present.cohort())
    for k in range(1, 140):
        profile = supporter(
            f"m{k}",
            languages=("en", f"x{k}"),
            topics=frozenset({"t0", f"t{k}"}),
            interests=frozenset({"i0", f"i{k}"}),
            labels={"groups": ("g0", f"g{k}"), "site": f"s{k}"},
        )
        live.add(profile)
        present.tell(profile)
    for k in (1, 64, 139):
        profile = seeker(
            f"seeker{k}",
            languages=(f"x{k}",),
            topics=frozenset({f"t{k}"}),
            interests=frozenset({f"i{k}"}),
            labels={"groups": (f"g{k}",), "site": f"s{k}"},
        )
        live.add(profile)
        present.tell(profile)

    assert_is_as_made_anew(live, present)
    assert [len(row(live, live.positions_of(f"seeker{k}").seeker)[0]) for k in (1, 64, 139)] == [1, 1, 1]


def test_two_kept_apart_are_no_pair_in_either_role_until_they_may_meet_again(way: str):
    people = [replace(seeker(name), supporter=SupporterSide()) for name in ("a", "b")]
    live = live_of(*people)

    live.keep_apart("a", "b", Apart.BLOCKED)
    live.keep_apart("b", "a", Apart.RESTING)
    assert pairs_of(live) == {}

    live.let_meet("a", "b", Apart.BLOCKED)
    assert pairs_of(live) == {}

    live.let_meet("a", "b", Apart.RESTING)
    assert set(pairs_of(live)) == {("a", "b"), ("b", "a")}


def test_whom_somebody_is_kept_apart_from_is_remembered_while_they_are_away(way: str):
    cohort = cohort_of(seeker("a"), supporter("b"), supporter("c"), apart={("b", "a"): Apart.BLOCKED})
    live = LiveCohort(cohort)

    live.remove("b")
    live.add(supporter("new"))
    live.add(supporter("b"))

    assert set(pairs_of(live)) == {("a", "c"), ("a", "new")}


def test_a_pair_of_whom_one_was_left_out_counts_when_both_take_part(way: str):
    apart = {("a", "b"): Apart.RESTING}
    cohort = cohort_of(seeker("a"), supporter("b"), apart=apart, standings={"b": Standing(is_on_hold=True)})
    live = LiveCohort(cohort, apart=apart)

    live.edit(supporter("b"))

    assert pairs_of(live) == {}


def test_where_nobody_is_there_are_no_pairs(way: str):
    live = live_of(seeker(), supporter())
    for k in range(1, live.n):
        live.add(seeker(f"seeker{k}"))
    for k in range(1, live.m):
        live.add(supporter(f"supporter{k}"))
    live.remove("seeker")
    live.remove("supporter")

    for position in (-1, 0, live.n, 10**9):
        assert row(live, position)[0].tolist() == []
    for position in (-1, 0, live.m, 10**9):
        assert column(live, position)[0].tolist() == []
    is_feasible, scores = live.cells(np.array([-1, 0, 5, 10**9, 1]), np.array([1, 1, 10**9, 1, 1]))
    assert is_feasible.tolist() == [False, False, False, False, True]
    assert scores.astype(bool).tolist() == is_feasible.tolist()
    assert live.seeker_keys[0] == live.supporter_keys[0] == live.priority[0] == live.capacity[0] == 0
    assert len(pairs_of(live)) == (live.n - 1) * (live.m - 1)


@pytest.mark.parametrize(
    ("attempt", "field", "says"),
    [
        (lambda live: live.add(supporter("here")), "member_id", "'here'.* twice"),
        (lambda live: live.add(seeker("out")), "member_id", "'out'.* twice"),
        (lambda live: live.edit(seeker("stranger")), "member_id", "cannot change .*'stranger'"),
        (lambda live: live.remove("stranger"), "member_id", "cannot remove .*'stranger'"),
        (lambda live: live.positions_of("stranger"), "member_id", "cannot find .*'stranger'"),
        (lambda live: live.add(seeker("new", timezone="Mars/Base")), "timezone", "Mars/Base"),
        (lambda live: live.edit(seeker("here", session_minutes=20)), "seeker.session_minutes", "'here'"),
        (
            lambda live: live.edit(supporter("here", capacity=-1, topics=frozenset({"new"}))),
            "supporters.capacity",
            "capacity",
        ),
        (lambda live: live.add(seeker("new"), Standing(held_matches=2**40)), "standings.held_matches", "held_matches"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name_and_changes_nothing(attempt, field: str, says: str):
    live = live_of(seeker("here"), supporter(), seeker("out", availability=()))
    before = live._columns.as_columns()
    copies = [np.array(array) for array in before]

    with pytest.raises(ProfileError, match=says) as refused:
        attempt(live)

    assert refused.value.field == field
    assert all(np.array_equal(a, b) for a, b in zip(copies, live._columns.as_columns(), strict=True))
    assert len(live) == 3
    assert set(pairs_of(live)) == {("here", "supporter")}
    assert "new" not in live
    assert "stranger" not in live


def test_a_compiled_driver_loaded_meanwhile_does_not_leave_old_pairs_behind(monkeypatch):
    answers = iter((False, *(True,) * 99))
    monkeypatch.setattr("matching.live.asking.is_worth_loading", lambda _: next(answers))
    monkeypatch.setattr("matching.scorer.is_worth_loading", lambda _: False)
    live = live_of(seeker(), supporter())
    live.edit(supporter())
    assert len(row(live, 0)[0]) == 1

    live.edit(supporter(languages=("pl",)))

    assert row(live, 0)[0].tolist() == []
