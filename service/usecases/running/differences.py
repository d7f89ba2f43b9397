"""What a run changes of the proposals that stand, pair by pair, each with its reason; of trials, what it would change.

A new reason is a member of `Why` and a row in `service/console/change_words.py`. How they are kept is told in
`change_lines.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from service.usecases.running.staging import plan_of

if TYPE_CHECKING:
    from matching.cohort import Cohort
    from matching.outcome import Outcome
    from service.usecases.running.snapshot_lines import Snapshot


class Fate(StrEnum):
    """What becomes of a pair."""

    NEW = "new"
    KEPT = "kept"
    WITHDRAWN = "withdrawn"
    DROPPED = "dropped"


class Why(StrEnum):
    """Why a pair comes, stays or goes."""

    FIRST = "first"  # the seeker had no proposal
    INSTEAD = "instead"  # in place of the seeker's proposal with another
    BEST = "best"  # part of the best matching, as before
    SEEKER_OUT = "seeker_out"  # takes no part now; `detail` says why
    SUPPORTER_OUT = "supporter_out"  # the same of the supporter
    RULE = "rule"  # a hard rule keeps them apart now; `detail` is its key
    TOO_LITTLE = "too_little"  # below the policy's minimum score now
    REARRANGED = "rearranged"  # the seeker has another pair, so that more or all fit better
    NEEDED_MORE = "needed_more"  # the place goes to somebody of a higher priority, or for whom it fits better
    MEANWHILE = "meanwhile"  # one of them, or their proposal, was changed while the run was at work


Reasons = dict[str, dict[str, int]]
"""Fate → why → how many pairs; what is none is absent."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One pair; `score` is None for one that goes, `detail` empty where the reason says all."""

    fate: Fate
    seeker_id: str
    supporter_id: str
    score: int | None
    why: Why
    detail: str = ""

    @property
    def pair(self) -> tuple[str, str]:
        """The two, the seeker first."""
        return self.seeker_id, self.supporter_id


def differences_of(outcome: Outcome, snapshot: Snapshot) -> tuple[Difference, ...]:
    """Compare an outcome with the proposals its snapshot found, by fate and then by seeker."""
    plan = plan_of(outcome.pairs, snapshot)
    had = {proposal.seeker_id for proposal in plan.leaving}
    found = [
        Difference(
            Fate.NEW, pair.seeker_id, pair.supporter_id, pair.score, Why.INSTEAD if pair.seeker_id in had else Why.FIRST
        )
        for pair in plan.new
    ]
    found += [Difference(Fate.KEPT, pair.seeker_id, pair.supporter_id, pair.score, Why.BEST) for _, pair in plan.kept]
    leaving = ((proposal.seeker_id, proposal.supporter_id) for proposal in plan.leaving)
    return (*found, *_leaving(outcome, sorted(leaving)))


def as_published(
    differences: Iterable[Difference], done: Mapping[Fate, Collection[tuple[str, str]]]
) -> tuple[Difference, ...]:
    """Give what a run changed, of what it was to change; `done` are the pairs of each fate that it could publish.

    A pair of two of whom one was changed meanwhile is dropped; a proposal that somebody decided on meanwhile is no
    longer the run's to take back, and left out.
    """
    return tuple(_published(differences, done))


def reasons_of(differences: Iterable[Difference]) -> Reasons:
    """Count pairs by fate and reason, in the order of both."""
    counted = Counter((each.fate, each.why) for each in differences)
    found: Reasons = {}
    for fate in Fate:
        of_fate = {why.value: counted[fate, why] for why in Why if counted[fate, why]}
        if of_fate:
            found[fate.value] = of_fate
    return found


def _published(
    differences: Iterable[Difference], done: Mapping[Fate, Collection[tuple[str, str]]]
) -> Iterator[Difference]:
    for each in differences:
        if each.pair in done[each.fate]:
            yield each
        elif each.fate is not Fate.WITHDRAWN:
            yield replace(each, fate=Fate.DROPPED, why=Why.MEANWHILE)


def _leaving(outcome: Outcome, pairs: list[tuple[str, str]]) -> Iterator[Difference]:
    cohort = outcome.cohort
    rows = {seeker_id: row for row, seeker_id in enumerate(cohort.seeker_ids)}
    columns = {supporter_id: row for row, supporter_id in enumerate(cohort.supporter_ids)}
    paired = {pair.seeker_id for pair in outcome.pairs}
    for seeker_id, supporter_id in pairs:
        why, detail = _why(cohort, rows.get(seeker_id), columns.get(supporter_id), seeker_id, supporter_id)
        if why is None:
            why = Why.REARRANGED if seeker_id in paired else Why.NEEDED_MORE
        yield Difference(Fate.WITHDRAWN, seeker_id, supporter_id, None, why, detail)


def _why(
    cohort: Cohort, row: int | None, column: int | None, seeker_id: str, supporter_id: str
) -> tuple[Why | None, str]:
    """Tell why the two may not meet any longer; None where they may."""
    from matching.reference import rule_that_forbids, score_of

    if row is None:
        return Why.SEEKER_OUT, _reason(cohort.left_out, seeker_id, "seeker")
    if column is None:
        return Why.SUPPORTER_OUT, _reason(cohort.left_out, supporter_id, "supporter")
    rule = rule_that_forbids(cohort, row, column)
    if rule is not None:
        return Why.RULE, rule
    return (Why.TOO_LITTLE if score_of(cohort, row, column) is None else None), ""


def _reason(left_out: Mapping[str, Mapping[str, str]], member_id: str, role: str) -> str:
    """Give why somebody takes no part: a `matching.eligibility.Reason`, or that they are no member in that role."""
    return str(left_out.get(member_id, {}).get(role, "left"))
