"""The smallest change of one attribute of one person that finds company for somebody, so that nobody else loses theirs.

Kinds of change come in the published order (`changes.py`); of one kind the person themselves comes first, then
supporters. Which changes could do it is read off the residual graph; that one does is
tried by solving again (`trials.py`). Never here: words for people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from matching.changes import Change, Kind, changes_of, languages_spoken
from matching.cohort import Cohort
from matching.eligibility import Role
from matching.entries import Ints
from matching.explain import row_of
from matching.kernel import score_pairs
from matching.outcome import Outcome
from matching.places import worth_of_places
from matching.problem import WAITING
from matching.profile import Profile
from matching.residual import Flags, Residual
from matching.rivals import Reach
from matching.trials import Trials

_KEPT_CELLS = 1 << 24
"""Changes times seekers of which is kept who meets whom with them, for each kind of change."""


@dataclass(frozen=True, slots=True)
class SmallestChange:
    """A change, and what solving again with it gave.

    Attributes
    ----------
    seeker_id : who would be matched. supporter_id : with whom.
    matched : people matched with the change. also_matched : others who were waiting, too.
    moved : people who have a supporter today and would have another one; nobody would be without.
    """

    seeker_id: str
    supporter_id: str
    change: Change
    matched: int
    also_matched: int
    moved: int


class _Tried(NamedTuple):
    """What solving again with a change gave: newly matched seekers and with whom, and counts of people."""

    newly: Mapping[int, int]
    lost: int
    matched: int
    moved: int


class Changes:
    """Smallest changes for those a run leaves waiting; objective ``coverage``.

    What is found out for one seeker is remembered for the next. One thread at a time.
    """

    def __init__(
        self, outcome: Outcome, residual: Residual, reach: Reach | None = None, trials: Trials | None = None
    ) -> None:
        """Take a run, its residual graph, and what was made of both before. Raises MatchingError, see `Trials`."""
        self._cohort: Cohort = outcome.cohort
        self._residual = residual
        self._reach = reach or Reach(residual)
        self._trials = trials or Trials(outcome, residual)
        self._before = self._trials.supporter_of()
        self._tried: dict[tuple[Kind, str, str], _Tried] = {}
        self._changes_of_supporters: dict[Kind, Sequence[Change]] = {}
        self._meets: dict[Kind, Flags] = {}

    def smallest_for(self, seeker_id: str) -> SmallestChange | None:
        """Find the smallest change that matches a waiting seeker and leaves nobody without a supporter.

        It is theirs, or a supporter's; nobody else who is looking is asked to change for them. None where no single
        change does, or they are matched. MatchingError for somebody who is not a seeker of the cohort.

        Notes
        -----
        A change adds pairs, and takes none away. With it everybody matched today and the seeker can be matched at once
        only where an alternating path leads from the seeker over a new pair to a free place, so only changes that give
        such a pair are tried: the seeker's own that let them meet a supporter from whom re-pairing can reach a free
        place, and those of such supporters that let them meet somebody whom it can reach from the seeker.
        """
        row = row_of(self._cohort, seeker_id, Role.SEEKER)
        if self._before[row] != WAITING:
            return None
        for kind in Kind:
            for change in self._candidates(kind, row):
                tried = self._outcome_of(change)
                if row in tried.newly and not tried.lost:
                    supporter_id = self._cohort.supporter_ids[tried.newly[row]]
                    also = len(tried.newly) - 1
                    return SmallestChange(seeker_id, supporter_id, change, tried.matched, also, tried.moved)
        return None

    def _candidates(self, kind: Kind, row: int) -> Iterator[Change]:
        """List changes that could match a seeker; a superset of those that do."""
        cohort = self._cohort
        if kind is Kind.MORE_PLACES:
            for supporter in np.flatnonzero(self._first_in_line == row).tolist():
                yield from changes_of(self._trials.supporters[supporter], kind, self._languages)
            return
        yield from self._own(kind, row)
        yield from self._of_supporters(kind, self._reach.reached_from(row)[: cohort.n])

    def _of_supporters(self, kind: Kind, reached: Flags) -> Iterator[Change]:
        """List what supporters with room beyond could change so that they meet somebody of those reached; (n,) bool."""
        if kind not in self._changes_of_supporters:
            supporters = [self._trials.supporters[row] for row in self._with_room.tolist()]
            self._changes_of_supporters[kind] = [
                change for each in supporters for change in changes_of(each, kind, self._languages)
            ]
        changes = self._changes_of_supporters[kind]
        if len(changes) * self._cohort.n <= _KEPT_CELLS:
            if kind not in self._meets:
                self._meets[kind] = self._pairs(self._trials.seekers, [each.profile for each in changes]).T
            for at in np.flatnonzero((self._meets[kind] & reached).any(axis=1)).tolist():
                yield changes[at]
            return
        # Too many to be kept for the next seeker: those this one reaches alone, some changes at a time.
        seekers = [self._trials.seekers[row] for row in np.flatnonzero(reached).tolist()]
        size = max(_KEPT_CELLS // max(len(seekers), 1), 1)
        for first in range(0, len(changes), size):
            some = changes[first : first + size]
            meets = self._pairs(seekers, [each.profile for each in some])
            yield from (some[at] for at in np.flatnonzero(meets.any(axis=0)).tolist())

    def _own(self, kind: Kind, row: int) -> Iterator[Change]:
        """List the seeker's own changes that let them meet a supporter with room beyond."""
        changes = list(changes_of(self._trials.seekers[row], kind, self._languages))
        supporters = [self._trials.supporters[each] for each in self._with_room.tolist()]
        meets = self._pairs([change.profile for change in changes], supporters)
        return (changes[at] for at in np.flatnonzero(meets.any(axis=1)).tolist())

    def _outcome_of(self, change: Change) -> _Tried:
        """Solve again with a change, or remember."""
        key = (change.kind, change.member_id, change.what)
        if key not in self._tried:
            if change.kind is Kind.MORE_PLACES:
                found = self._trials.with_place(row_of(self._cohort, change.member_id, Role.SUPPORTER))
            else:
                found = self._trials.with_profile(change.profile)
            was, now = self._before != WAITING, found != WAITING
            newly = np.flatnonzero(~was & now).tolist()
            self._tried[key] = _Tried(
                newly={each: int(found[each]) for each in newly},
                lost=int(np.count_nonzero(was & ~now)),
                matched=int(np.count_nonzero(now)),
                moved=int(np.count_nonzero(was & now & (found != self._before))),
            )
        return self._tried[key]

    @cached_property
    def _languages(self) -> Sequence[str]:
        return languages_spoken((*self._trials.seekers, *self._trials.supporters))

    @cached_property
    def _first_in_line(self) -> Ints:
        return worth_of_places(self._residual).first_in_line

    @cached_property
    def _with_room(self) -> Ints:
        """List the supporters from whom re-pairing can reach a free place."""
        return np.flatnonzero(self._reach.with_room_beyond)

    def _pairs(self, seekers: Sequence[Profile], supporters: Sequence[Profile]) -> Flags:
        """Tell who may meet whom, blocks and rests left out of account; (seekers, supporters)."""
        answer = np.zeros((len(seekers), len(supporters)), dtype=np.bool_)
        if not answer.size:
            return answer
        members = [
            *(replace(each, member_id=f"seeker {row}", supporter=None) for row, each in enumerate(seekers)),
            *(replace(each, member_id=f"supporter {row}", seeker=None) for row, each in enumerate(supporters)),
        ]
        trial = Cohort.from_profiles(members, week=self._cohort.week, policy=self._cohort.policy)
        ours, theirs = (
            np.array([int(each.split()[1]) for each in ids], dtype=np.int64)
            for ids in (trial.seeker_ids, trial.supporter_ids)
        )
        pairs = score_pairs(trial).tocoo()
        answer[ours[pairs.row], theirs[pairs.col]] = True
        return answer
