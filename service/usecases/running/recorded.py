"""Comparing a published run's pairs with the matches that are stored of it, both ways.

Matches are never deleted, so at any later time each new pair has the match that the run proposed, and each pair that
was an open proposal before has that match. Only pairs that were dropped while the run was published have none. Never
here: what has become of a match since.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from matching.errors import CertificateError
from matching.outcome import Pair
from service.records import kinds
from service.records.codec import read_as
from service.records.match import Match
from service.records.run import Run, RunCounts
from service.storage.store import Store
from service.usecases.reading import all_found
from service.usecases.running.snapshot_lines import OpenProposal, Snapshot
from service.usecases.running.staging import plan_of
from service.usecases.saving import in_commits

_SHOWN = 3
"""Pairs that an error names; it counts the others."""


def check_matches(
    store: Store, platform_id: str, *, run: Run, counts: RunCounts, pairs: Iterable[Pair], snapshot: Snapshot
) -> None:
    """Raise CertificateError, naming pairs, where the stored matches of a run are not those of its verified pairs."""
    plan = plan_of(pairs, snapshot)
    proposed = {(pair.seeker_id, pair.supporter_id) for pair in plan.new}
    matches = all_found(store, platform_id, Match, index=kinds.BY_RUN, value=run.run_id)
    recorded = Counter((match.seeker_id, match.supporter_id) for match in matches)
    _refuse("matches that are none of its pairs", recorded.keys() - proposed)
    _refuse("pairs with more than one match", (pair for pair, times in recorded.items() if times > 1))
    if len(recorded) < counts.new:
        _refuse(f"{counts.new} new proposals, and pairs without a match", proposed - recorded.keys())
    if (
        len(recorded) != counts.new
        or counts.kept > len(plan.kept)
        or counts.kept + counts.new + counts.dropped != counts.matched
    ):
        raise CertificateError("its counts of new, kept and dropped proposals are not those of its pairs")
    _check_reasons(counts)
    _refuse("pairs whose earlier proposal is gone", _without_proposal(store, platform_id, plan.kept))


def _check_reasons(counts: RunCounts) -> None:
    """Hold the reasons against the numbers they are reasons for; runs of older programs tell none."""
    if counts.reasons is None:
        return
    told = {fate: sum(whys.values()) for fate, whys in counts.reasons.items()}
    numbers = {fate: getattr(counts, fate) for fate in ("new", "kept", "withdrawn", "dropped")}
    if told != {fate: number for fate, number in numbers.items() if number}:
        raise CertificateError("the reasons it tells are not as many as its new, kept, withdrawn and dropped proposals")


def _without_proposal(
    store: Store, platform_id: str, kept: Iterable[tuple[OpenProposal, Pair]]
) -> Iterable[tuple[str, str]]:
    """Give the pairs whose open proposal is not stored any longer, or is now of other people."""
    for batch in in_commits(kept):
        stored = store.get_many(platform_id, Match.KIND, tuple(proposal.match_id for proposal, _ in batch))
        for proposal, pair in batch:
            people = pair.seeker_id, pair.supporter_id
            match = read_as(Match, stored[proposal.match_id]) if proposal.match_id in stored else None
            if match is None or (match.seeker_id, match.supporter_id) != people:
                yield people


def _refuse(what: str, pairs: Iterable[tuple[str, str]]) -> None:
    named = sorted(pairs)
    if named:
        shown = ", ".join(f"({seeker_id}, {supporter_id})" for seeker_id, supporter_id in named[:_SHOWN])
        others = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
        raise CertificateError(f"it has {what}: {shown}{others}")
