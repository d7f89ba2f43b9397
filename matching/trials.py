"""A run that can be changed and solved again in milliseconds: what if one member were a little different?

Everybody of the run stands in a live cohort under a warm engine (`live/`, `warm/`), which after each change holds what
a solve from scratch would give. Each question puts everything back before it returns. One thread at a time. Never here:
which changes are worth asking about (`smallest_change.py`, `shortages.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from matching.cohort_run import bounds_of
from matching.entries import Ints
from matching.errors import MatchingError
from matching.keys import key_of
from matching.live import LiveCohort
from matching.outcome import Outcome
from matching.policy import Objective
from matching.profile import Profile
from matching.residual import Residual
from matching.sources import StoredPairs
from matching.warm.beginning import Solved, begin_from
from matching.warm.engine import WarmEngine
from matching.warm.packing import Terms


class Trials:
    """Questions to one run, `coverage` only; rows are those of its cohort.

    Attributes
    ----------
    seekers, supporters : the profiles of its cohort.
    """

    def __init__(self, outcome: Outcome, residual: Residual) -> None:
        """Stand everybody where the run left them; `residual` is of the same run. Raises MatchingError."""
        if outcome.policy.objective is not Objective.COVERAGE:
            raise MatchingError(f"cannot try changes under {outcome.policy.objective} (allowed: coverage)")
        self._cohort = outcome.cohort
        self._live = LiveCohort(outcome.cohort)
        self._engine = _begun(outcome, residual, self._live)
        # Profiles of a cohort made from arrays are made each time they are asked for: once is enough.
        self.seekers, self.supporters = tuple(outcome.cohort.seekers), tuple(outcome.cohort.supporters)
        self._profiles = {profile.member_id: profile for profile in (*self.seekers, *self.supporters)}

    def supporter_of(self) -> Ints:
        """Give the supporter of each seeker of the run as it is, -1 for waiting; (n,)."""
        return self._engine.supporter_of[: self._cohort.n]

    def with_profile(self, profile: Profile) -> Ints:
        """Solve again with one member's profile changed; their places and priority stay."""
        before = self._profiles[profile.member_id]
        self._edit(profile)
        try:
            return self.supporter_of()
        finally:
            self._edit(before)

    def with_place(self, supporter: int) -> Ints:
        """Solve again with one more place with a supporter."""
        places = int(self._cohort.capacity[supporter])
        self._engine.set_places(supporter, places + 1)
        try:
            return self.supporter_of()
        finally:
            self._engine.set_places(supporter, places)

    @contextmanager
    def with_newcomers(self) -> Iterator[Newcomers]:
        """Let supporters come, and go again at the end."""
        guests = Newcomers(self._live, self._engine, self._cohort.n)
        try:
            yield guests
        finally:
            for member_id in guests.ids:
                guests.leave(member_id)

    def _edit(self, profile: Profile) -> None:
        # Positions after the run's rows are of roles in which they take no part in it.
        positions = self._live.edit(profile)
        if positions.seeker is not None and positions.seeker < self._cohort.n:
            self._engine.edit_seeker(positions.seeker)
        if positions.supporter is not None and positions.supporter < self._cohort.m:
            self._engine.edit_supporter(positions.supporter)


class Newcomers:
    """Supporters who are not there yet, among those who are."""

    def __init__(self, live: LiveCohort, engine: WarmEngine, n: int) -> None:
        self._live, self._engine, self._n = live, engine, n
        self._positions: dict[str, int] = {}

    @property
    def ids(self) -> Sequence[str]:
        """Who came and has not left."""
        return tuple(self._positions)

    def come(self, profile: Profile, places: int) -> bool:
        """Let a supporter come, and solve again; no where they could take part in no run."""
        position = self._live.add(profile).supporter
        if position is None:
            self._live.remove(profile.member_id)
            return False
        self._engine.add_supporter(position, key=key_of(profile.member_id), places=places)
        self._positions[profile.member_id] = position
        return True

    def leave(self, member_id: str) -> None:
        """Let one of them go again."""
        self._engine.remove_supporter(self._positions.pop(member_id))
        self._live.remove(member_id)

    def supporter_of(self) -> Ints:
        """Give the supporter of each seeker of the run, -1 for waiting; newcomers have positions of their own."""
        return self._engine.supporter_of[: self._n]


def _begun(outcome: Outcome, residual: Residual, live: LiveCohort) -> WarmEngine:
    terms = Terms(outcome.policy.objective, outcome.policy.keep_margin, bounds_of(outcome.cohort))
    scores = residual.problem.scores.astype(np.int32)
    source = StoredPairs(residual.problem.starts, residual.arrays.supporters, scores, outcome.cohort.m)
    return begin_from(Solved.of(outcome, live.cells), source, live, terms)
