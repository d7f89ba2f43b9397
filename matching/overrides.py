"""What forcing or forbidding one pair would do to everybody else, exactly and without solving again.

In the residual graph of a proven matching either is one cheapest way round (`residual.py`): a forced pair sends off
whoever held the place, a forbidden one sends off its seeker, and the way says who moves where. Asked of rows in the
caller's order; `by_id` says it of members. Never here: words for people (`sentences.py`), places (`places.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from matching.cohort import Cohort
from matching.errors import BeyondReachError, MatchingError
from matching.keys import ties_of
from matching.problem import WAITING
from matching.residual import NO_END, NOBODY, Residual, Step, compiled_residual


@dataclass(frozen=True, slots=True)
class KnockOn:
    """What a change does to the rest of a matching.

    Attributes
    ----------
    matched, score, kept : by how much people matched, the total of plain scores, and open proposals kept change.
    moves : everybody whose supporter changes, in the order in which one makes room for the next; seekers and supporters
        as rows of the caller, -1 for waiting.
    loss : what the objective loses, digit by digit; never below zero for a pair forced or forbidden.
    """

    matched: int
    score: int
    kept: int
    moves: tuple[Step, ...]
    loss: tuple[int, ...]

    @property
    def newly_waiting(self) -> tuple[int, ...]:
        """Seekers who would lose the supporter they have and get none."""
        return tuple(move.seeker for move in self.moves if move.before != WAITING and move.after == WAITING)

    @property
    def newly_matched(self) -> tuple[int, ...]:
        """Seekers who wait and would be matched."""
        return tuple(move.seeker for move in self.moves if move.before == WAITING and move.after != WAITING)

    def takes_place_of(self, move: Step) -> int:
        """Give the seeker who comes to the supporter that a move leaves; -1 where nobody does."""
        came = (other.seeker for other in self.moves if other.after == move.before != WAITING)
        return next(came, WAITING)


NOTHING_CHANGES = KnockOn(0, 0, 0, (), (0, 0, 0, 0))


class MemberMove(NamedTuple):
    """A member whose supporter changes, by ids; None for waiting. `replaced_by` : who comes to the one they leave."""

    seeker_id: str
    before: str | None
    after: str | None
    replaced_by: str | None


def effect_of_forcing(residual: Residual, seeker: int, supporter: int) -> KnockOn:
    """Tell what becomes of the best matching when a pair must be in it.

    Parameters
    ----------
    residual : of the run. seeker, supporter : rows in the caller's order.

    Raises
    ------
    MatchingError
        When a hard rule or the minimum score keeps the two apart, or the supporter has no place. BeyondReachError:
        when the cheapest way leads beyond the pairs that the graph has.

    Notes
    -----
    One unit more than wanted stands at the supporter; the cheapest way from there to where the seeker is now, in a
    graph whose steps all cost at least nothing, undoes exactly that. That one shortest augmentation is best again after
    a bound of one arc changes by one unit is the successive shortest path theorem: Ahuja, Magnanti, Orlin, *Network
    Flows*, 1993, §9.7. O(pairs + supporters × log supporters).
    """
    i, j = _rows(residual, seeker, supporter)
    score = residual.score_between(i, j)
    if score is None:
        raise MatchingError("cannot force a pair that a hard rule or the minimum score keeps apart")
    if residual.arrays.supporter_of[i] == j:
        return NOTHING_CHANGES
    if residual.arrays.places[j] == 0:
        raise MatchingError("cannot force a pair with a supporter who has no place")
    arrays, target = residual.arrays, residual.node_of(i)
    hi, lo, via, by = compiled_residual().shortest(arrays, j, i, target, NOBODY, 0, residual.within)
    _check_within(residual, hi)
    word, tie = _words(residual, i, j, score)
    hi += int(arrays.surplus_hi[i] + arrays.price_hi[j]) - word
    lo += int(arrays.surplus_lo[i] + arrays.price_lo[j]) - tie
    return _effect(residual, (residual.step_of(i, j), *residual.steps_to(target, via, by)), (hi, lo))


def effect_of_forbidding(residual: Residual, seeker: int, supporter: int) -> KnockOn:
    """Tell what becomes of the best matching when a pair may not be in it, as if a rule kept the two apart.

    A seeker whose open proposal it is also loses the standing that comes with it (`objective.values_of`). A pair that
    is neither matched nor proposed changes nothing. Arguments, BeyondReachError, and the reason it is exact: see
    `effect_of_forcing`.
    """
    i, j = _rows(residual, seeker, supporter)
    arrays, entry = residual.arrays, residual.pair(i, j)
    is_proposal = entry is not None and int(residual.worth.previous[i]) == j
    target = residual.node_of(i)
    if entry is None or target == residual.shape[1] or not (is_proposal or target == j):
        return NOTHING_CHANGES
    less = int(residual.worth.base[i] - residual.own_base[i]) if is_proposal else 0
    hi, lo, via, by = compiled_residual().shortest(arrays, NOBODY, i, target, j, less, residual.within)
    _check_within(residual, hi)
    steps = residual.steps_to(target, via, by)
    return _effect(residual, tuple(step for step in steps if step.before != step.after), (hi, lo))


def by_id(effect: KnockOn, cohort: Cohort) -> tuple[MemberMove, ...]:
    """Name the members of an effect on a cohort's run, in the order of its moves."""
    seekers, supporters = cohort.seeker_ids, cohort.supporter_ids
    return tuple(
        MemberMove(
            seekers[move.seeker],
            _name(supporters, move.before),
            _name(supporters, move.after),
            _name(seekers, effect.takes_place_of(move)),
        )
        for move in effect.moves
    )


def _name(ids: Sequence[str], row: int) -> str | None:
    return None if row == WAITING else ids[row]


def effect_of_steps(residual: Residual, steps: Sequence[Step], loss: tuple[int, ...]) -> KnockOn:
    """Count what steps, given in sorted rows, change; the effect is in the caller's."""
    problem = residual.problem
    seekers, supporters = np.append(problem.seeker_order, WAITING), np.append(problem.supporter_order, WAITING)
    matched = score = kept = 0
    for seeker, before, after in steps:
        matched += (after != WAITING) - (before != WAITING)
        score += _score(residual, seeker, after) - _score(residual, seeker, before)
        previous = int(residual.worth.previous[seeker])
        kept += (after == previous != WAITING) - (before == previous != WAITING)
    moves = tuple(Step(int(seekers[s]), int(supporters[b]), int(supporters[a])) for s, b, a in steps)
    return KnockOn(matched, score, kept, moves, loss)


def _effect(residual: Residual, steps: Sequence[Step], words: tuple[int, int]) -> KnockOn:
    digits = residual.worth.digits_of(np.array([words[0]]), np.array([words[1]]))
    return effect_of_steps(residual, steps, tuple(digits[0].tolist()))


def _check_within(residual: Residual, cost: int) -> None:
    """Raise BeyondReachError where pairs that are not in the graph could make a cheaper way."""
    if residual.within != NO_END and cost > residual.within:
        raise BeyondReachError("cannot tell what this would do without looking at every pair there is")


def _score(residual: Residual, seeker: int, supporter: int) -> int:
    return 0 if supporter == WAITING else residual.score_between(seeker, supporter) or 0


def _words(residual: Residual, seeker: int, supporter: int, score: int) -> tuple[int, int]:
    """Give what a pair is worth, in two words."""
    problem, (i, j) = residual.problem, (np.array([seeker]), np.array([supporter]))
    [word] = residual.worth.words_of(i, j, np.array([score])).tolist()
    [tie] = ties_of(problem.seeker_keys[i], problem.supporter_keys[j]).tolist()
    return word, tie


def _rows(residual: Residual, seeker: int, supporter: int) -> tuple[int, int]:
    n, m = residual.shape
    if not (0 <= seeker < n and 0 <= supporter < m):
        raise MatchingError(f"cannot ask about seeker {seeker} and supporter {supporter} of {n} and {m}")
    return residual.seeker_row(seeker), residual.supporter_row(supporter)
