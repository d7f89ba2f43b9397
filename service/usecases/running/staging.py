"""The proposals of a run before anyone sees them: what is new, kept and leaving, and staged matches of what is new.

A staged match is an ordinary one whose run is not done; every reader leaves it out (`matches.visible`). If the run
never gets done, `discard` removes what it staged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from service.lifecycle import propose
from service.records import kinds
from service.records.codec import new_ids, put_of
from service.records.match import Match, MatchState
from service.storage.store import MAX_PAGE, Changes, Delete, Fence, Store
from service.timers import timed
from service.usecases.moves import SYSTEM
from service.usecases.running.orders import delete_orders
from service.usecases.running.parts import delete_parts
from service.usecases.running.progress import OnProgress
from service.usecases.running.snapshot_lines import OpenProposal, Snapshot
from service.usecases.saving import RECORDS_AT_ONCE, in_commits, in_step

if TYPE_CHECKING:
    from matching.cohort import Cohort
    from matching.explain import PairExplanation
    from matching.outcome import Pair


_OF_A_FACTOR = ("key", "title", "points", "most", "phrase")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a matching changes: pairs to propose, open proposals that stay (each with its pair), and those that go."""

    new: tuple[Pair, ...]
    kept: tuple[tuple[OpenProposal, Pair], ...]
    leaving: tuple[OpenProposal, ...]


@dataclass(frozen=True, slots=True)
class Staged:
    """What publishing needs to know of a staged match: of a large run all of them are in memory at once."""

    match_id: str
    seeker_id: str
    supporter_id: str
    score: int


def plan_of(pairs: Iterable[Pair], snapshot: Snapshot) -> Plan:
    """Compare a matching with the open proposals; of two for the same pair the later one stays."""
    open_for = {(proposal.seeker_id, proposal.supporter_id): proposal for proposal in snapshot.proposals}
    new: list[Pair] = []
    kept: list[tuple[OpenProposal, Pair]] = []
    for pair in pairs:
        proposal = open_for.get((pair.seeker_id, pair.supporter_id))
        if proposal is None:
            new.append(pair)
        else:
            kept.append((proposal, pair))
    staying = {proposal.match_id for proposal, _ in kept}
    leaving = tuple(proposal for proposal in snapshot.proposals if proposal.match_id not in staying)
    return Plan(tuple(new), tuple(kept), leaving)


def explanations_of(cohort: Cohort, pairs: Iterable[Pair]) -> Iterator[dict[str, Any]]:
    """Explain the pairs of a verified outcome, each as it is kept with its match."""
    from matching.explain import explain_matched

    yield from map(explanation_json, explain_matched(cohort, pairs))


def explanation_json(explained: PairExplanation) -> dict[str, Any]:
    """Write why two were put together as it is kept with their match."""
    # `dataclasses.asdict` would copy everything: a third of the time of staging a large run.
    factors = [
        {**{name: getattr(factor, name) for name in _OF_A_FACTOR}, "evidence": list(factor.evidence)}
        for factor in explained.factors
    ]
    return {"score": explained.score, "factors": factors, "rules_checked": list(explained.rules_checked)}


def stage(  # noqa: PLR0913 - one write, described by names
    store: Store,
    platform_id: str,
    *,
    run_id: str,
    pairs: Sequence[Pair],
    cohort: Cohort,
    now: datetime,
    fence: Fence,
    on_progress: OnProgress | None = None,
) -> tuple[Staged, ...]:
    """Save a match for every new pair, unseen until the run is done; `on_progress` is told (saved, all)."""
    staged: list[Staged] = []

    def changes() -> Iterator[Changes]:
        # By seeker: what follows each other is then near each other in the store's indexes, too.
        in_order = sorted(pairs, key=lambda pair: pair.seeker_id)
        for batch in in_commits(_matches(run_id, in_order, cohort, now), size=RECORDS_AT_ONCE):
            staged.extend(Staged(match.match_id, match.seeker_id, match.supporter_id, match.score) for match in batch)
            yield Changes(puts=tuple(put_of(match, expected_version=0) for match in batch), fence=fence)

    saved = 0
    for committed in in_step(partial(store.commit, platform_id), changes()):
        saved += len(committed.versions)
        if on_progress is not None:
            on_progress(saved, len(pairs))
    return tuple(staged)


def unstage(store: Store, platform_id: str, match_ids: Iterable[str], *, fence: Fence) -> None:
    """Remove staged matches."""
    for batch in in_commits(match_ids, size=RECORDS_AT_ONCE):
        deletes = tuple(Delete(Match.KIND, match_id) for match_id in batch)
        store.commit(platform_id, Changes(deletes=deletes, fence=fence))


def discard(store: Store, platform_id: str, *, run_id: str, fence: Fence) -> None:
    """Remove everything that a run which is not done has staged and stored."""
    while True:
        page = store.page(platform_id, Match.KIND, index=kinds.BY_RUN, value=run_id, limit=MAX_PAGE)
        unstage(store, platform_id, [stored.record_id for stored in page.records], fence=fence)
        if page.next is None:
            break
    delete_parts(store, platform_id, run_id=run_id, fence=fence)
    delete_orders(store, platform_id, run_id=run_id, fence=fence)


def _matches(run_id: str, pairs: Sequence[Pair], cohort: Cohort, now: datetime) -> Iterator[Match]:
    ids = new_ids("match", now)
    explained = zip(pairs, explanations_of(cohort, pairs), strict=True)
    for match_id, (pair, explanation) in zip(ids, explained, strict=False):
        match = Match(
            match_id=match_id,
            run_id=run_id,
            seeker_id=pair.seeker_id,
            supporter_id=pair.supporter_id,
            state=MatchState.PROPOSED,
            score=pair.score,
            is_thin=pair.is_thin,
            created_at=now,
            updated_at=now,
            explanation=explanation,
        )
        yield timed(propose(match, by=SYSTEM, at=now), cohort.policy.timings)
