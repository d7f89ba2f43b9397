"""What a live cohort must agree with: a cohort made anew of those who are present."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

import numpy as np
from numpy.typing import NDArray

from matching.cohort import Cohort
from matching.live import LiveCohort, Positions
from matching.policy import Policy
from matching.profile import NEWCOMER, Apart, Profile, Standing
from matching.scorer import PairScorer
from tests.matching.anybody import WEEK, standing

Anybody = Callable[[Random, int], Profile]
Kept = Mapping[tuple[str, str], Apart]
Pair = tuple[str, str]
Pairs = tuple[NDArray[np.int32], NDArray[np.int32]]

MOST = 60
"""Members there are at most."""


class Present:
    """Everything a live cohort was told, as it would be told to a cohort."""

    def __init__(self, policy: Policy, apart: Kept) -> None:
        self.policy = policy
        self.profiles: dict[str, Profile] = {}
        self.standings: dict[str, Standing] = {}
        self.apart: set[tuple[str, str, Apart]] = {(min(pair), max(pair), why) for pair, why in apart.items()}

    def tell(self, profile: Profile, standing: Standing = NEWCOMER) -> None:
        self.profiles[profile.member_id] = profile
        self.standings[profile.member_id] = standing

    def cohort(self) -> Cohort:
        return Cohort.from_profiles(
            self.profiles.values(), week=WEEK, policy=self.policy, standings=self.standings, apart=self.kept()
        )

    def kept(self) -> dict[Pair, Apart]:
        """Two reasons for two members are told in either order, as each pair has one reason."""
        told: dict[Pair, Apart] = {}
        for one, other, why in sorted(self.apart):
            told[(other, one) if (one, other) in told else (one, other)] = why
        return told


def assert_is_as_made_anew(live: LiveCohort, present: Present) -> None:
    cohort = present.cohort()

    assert live.left_out == cohort.left_out
    assert len(live) == len(present.profiles)
    at = {member_id: live.positions_of(member_id) for member_id in present.profiles}
    _assert_same_members(live, cohort, at)
    assert pairs_of(live) == pairs_in(cohort)


def _assert_same_members(live: LiveCohort, cohort: Cohort, at: Mapping[str, Positions]) -> None:
    assert {member_id for member_id, each in at.items() if each.seeker is not None} == set(cohort.seeker_ids)
    assert {member_id for member_id, each in at.items() if each.supporter is not None} == set(cohort.supporter_ids)
    assert live.is_seeker.sum() == cohort.n
    assert live.is_supporter.sum() == cohort.m
    seekers = [at[member_id].seeker for member_id in cohort.seeker_ids]
    supporters = [at[member_id].supporter for member_id in cohort.supporter_ids]
    assert [live.seeker_at(i) for i in seekers] == list(cohort.seeker_ids)
    assert [live.supporter_at(j) for j in supporters] == list(cohort.supporter_ids)
    assert live.priority[seekers].tolist() == cohort.priority.tolist()
    assert live.capacity[supporters].tolist() == cohort.capacity.tolist()
    assert live.seeker_keys[seekers].tolist() == cohort.seeker_keys.tolist()
    assert live.supporter_keys[supporters].tolist() == cohort.supporter_keys.tolist()


def row(live: LiveCohort, seeker: int) -> Pairs:
    """The feasible supporters of one seeker, and the scores."""
    return live.rows(np.array([seeker]))[1:]


def column(live: LiveCohort, supporter: int) -> Pairs:
    """The feasible seekers of one supporter, and the scores."""
    return live.columns(np.array([supporter]))[1:]


def pairs_of(live: LiveCohort) -> dict[Pair, int]:
    """All feasible pairs by id, the same by rows, by columns and by cells."""
    found: dict[Pair, int] = {}
    for i in range(live.n):
        supporters, scores = row(live, i)
        found |= {
            (str(live.seeker_at(i)), str(live.supporter_at(j))): score
            for j, score in zip(supporters.tolist(), scores.tolist(), strict=True)
        }
    turned: dict[Pair, int] = {}
    for j in range(live.m):
        seekers, scores = column(live, j)
        turned |= {
            (str(live.seeker_at(i)), str(live.supporter_at(j))): score
            for i, score in zip(seekers.tolist(), scores.tolist(), strict=True)
        }
    assert turned == found
    rows, columns = (each.ravel() for each in np.indices((live.n, live.m)))
    is_feasible, scores = live.cells(rows, columns)
    assert found == {
        (str(live.seeker_at(i)), str(live.supporter_at(j))): score
        for i, j, score in zip(rows[is_feasible], columns[is_feasible], scores[is_feasible].tolist(), strict=True)
    }
    assert not scores[~is_feasible].any()
    return found


def pairs_in(cohort: Cohort) -> dict[Pair, int]:
    """All feasible pairs of a cohort, by id."""
    lengths, supporters, scores = PairScorer.of(cohort, is_laid_out=None).rows(np.arange(cohort.n))
    seekers = np.repeat(np.arange(cohort.n), lengths)
    return {
        (cohort.seeker_ids[i], cohort.supporter_ids[j]): score
        for i, j, score in zip(seekers.tolist(), supporters.tolist(), scores.tolist(), strict=True)
    }


def change(live: LiveCohort, present: Present, random: Random, anybody: Anybody) -> None:
    """Let one member come, change or go, or two be kept apart or not."""
    known = sorted(present.profiles)
    strangers = [f"member-{number}" for number in range(MOST) if f"member-{number}" not in present.profiles]
    match random.choice(("add", "add", "edit", "edit", "remove", "apart", "meet")):
        case "add" if strangers:
            profile, how = anybody(random, _number(random.choice(strangers))), standing(random)
            assert live.add(profile, how) == live.positions_of(profile.member_id)
            present.tell(profile, how)
        case "edit" if known:
            before = present.profiles[random.choice(known)]
            profile, how = random.choice((before, anybody(random, _number(before.member_id)))), standing(random)
            assert live.edit(profile, how) == live.positions_of(profile.member_id)
            present.tell(profile, how)
        case "remove" if known:
            gone = random.choice(known)
            assert live.positions_of(gone) == live.remove(gone)
            del present.profiles[gone]
        case "apart":
            one, other = (f"member-{random.randrange(MOST)}" for _ in range(2))
            why = random.choice(list(Apart))
            live.keep_apart(one, other, why)
            present.apart.add((min(one, other), max(one, other), why))
        case "meet" if present.apart:
            one, other, why = random.choice(sorted(present.apart))
            live.let_meet(other, one, why)
            present.apart.remove((one, other, why))


def _number(member_id: str) -> int:
    return int(member_id.removeprefix("member-"))
