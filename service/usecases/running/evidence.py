"""What a run is verified from, years later: the snapshot it saw, and the result with its certificate, as its parts.

The result is kept as the engine gave it (`result_lines.py` says how) and read back as the engine's own value; whether
it is true is for the verifier (`usecases/verifying.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matching.certificate import Certificate
from matching.cohort import Cohort
from matching.kernel import score_pairs
from matching.outcome import Assignment, Outcome, Pair
from matching.policy import Objective, Policy
from matching.problem import WAITING, read_problem
from matching.stability import count_blocking_pairs
from service.errors import UnknownFormat
from service.records.run import WAITING_DAYS, Run, RunCounts, RunProof
from service.storage.store import Fence, Store
from service.usecases.running.parts import (
    RESULT_PART,
    SNAPSHOT_PART,
    UNREADABLE,
    PackedLines,
    PartReader,
    write_packed,
    write_part,
)
from service.usecases.running.result_lines import KeptResult, lines_of, prices_from, result_from
from service.usecases.running.snapshot_lines import Snapshot, snapshot_from
from service.usecases.running.staging import plan_of
from service.usecases.running.versions import engine_version, tzdata_version

SNAPSHOT: Final = SNAPSHOT_PART
RESULT: Final = RESULT_PART


def counts_of(outcome: Outcome, snapshot: Snapshot) -> RunCounts:
    """Count an outcome, as if all of it were published."""
    plan = plan_of(outcome.pairs, snapshot)
    cohort = outcome.cohort
    left_out = Counter(reason for roles in cohort.left_out.values() for reason in set(roles.values()))
    return RunCounts(
        seekers=cohort.n,
        supporters=cohort.m,
        places=outcome.places,
        pairs_checked=outcome.pairs_checked,
        pairs_feasible=outcome.pairs_feasible,
        blocking_pairs=outcome.blocking_pairs,
        matched=outcome.matched,
        still_looking=len(outcome.still_looking),
        kept=len(plan.kept),
        thin=sum(pair.is_thin for pair in outcome.pairs),
        total_score=outcome.total_score,
        new=len(plan.new),
        withdrawn=len(plan.leaving),
        left_out=dict(sorted(left_out.items())),
        waiting=_waiting(outcome, snapshot),
    )


def _waiting(outcome: Outcome, snapshot: Snapshot) -> dict[str, int]:
    """Count how long those still looking have waited; who has no day of waiting yet, since today."""
    rows = np.array([snapshot.row_of[seeker_id] for seeker_id in outcome.still_looking], dtype=np.int64)
    since = np.broadcast_to(snapshot.standings.waiting_since, len(snapshot.row_of))[rows]
    today = np.datetime64(snapshot.week.today, "D")
    days = np.where(np.isnat(since), 0, (today - since).astype(np.int64))
    begins = [begin for _, begin in WAITING_DAYS]
    counts = np.bincount(np.searchsorted(begins, np.maximum(days, 0), side="right") - 1, minlength=len(begins))
    return {name: int(count) for (name, _), count in zip(WAITING_DAYS, counts, strict=True)}


def proof_of(outcome: Outcome, *, checked_at: datetime, max_seconds: int | None = None) -> RunProof:
    """Give the proof of an outcome that the verifier accepted at this moment; `max_seconds` the engine was given."""
    certificate, is_best = outcome.result.certificate, outcome.result.is_best
    return RunProof(
        objective=str(outcome.policy.objective),
        primal=certificate.primal if certificate else None,
        dual=certificate.dual if certificate else None,
        digest=outcome.digest,
        engine_version=engine_version(),
        tzdata_version=tzdata_version(),
        checked_at=checked_at,
        is_best=is_best,
        stopped_after_seconds=None if is_best else max_seconds,
    )


def write_evidence(
    store: Store, platform_id: str, *, run_id: str, snapshot: PackedLines, outcome: Outcome, fence: Fence
) -> str:
    """Write what a run saw and what came of it; give the SHA-256 of the snapshot as hexadecimal."""
    sha256 = write_packed(store, platform_id, run_id=run_id, name=SNAPSHOT, packed=snapshot, fence=fence)
    write_part(store, platform_id, run_id=run_id, name=RESULT, lines=lines_of(outcome), fence=fence)
    return sha256


def read_snapshot(store: Store, platform_id: str, *, run_id: str, policy: Policy | None = None) -> tuple[Snapshot, str]:
    """Read the snapshot a run saw, and the SHA-256 of what is stored of it; under another policy if one is given."""
    reader = PartReader(store, platform_id, run_id=run_id, name=SNAPSHOT)
    snapshot = snapshot_from(reader, policy=policy)
    return snapshot, reader.sha256


def read_result(store: Store, platform_id: str, *, run_id: str) -> KeptResult:
    """Read the result of a run; UnknownFormat when a newer program wrote it."""
    return result_from(PartReader(store, platform_id, run_id=run_id, name=RESULT))


def read_prices(store: Store, platform_id: str, *, run: Run, objective: Objective) -> Mapping[str, Sequence[int]]:
    """Give each supporter's price in an earlier run of this objective, by id; empty where it has none.

    They only say where to begin, so a part that is missing, damaged or of another format is as good as none.
    """
    if objective is Objective.STABLE or run.proof is None or run.proof.objective != objective:
        return {}
    try:
        return prices_from(PartReader(store, platform_id, run_id=run.run_id, name=RESULT))
    except (*UNREADABLE, UnknownFormat):
        return {}


def outcome_from(kept: KeptResult, cohort: Cohort, snapshot: Snapshot) -> Outcome:
    """Give a stored result as the engine's value, over a cohort that is encoded anew."""
    head, supporter_of = kept.head, _supporter_of(kept.pairs, cohort)
    paired = {pair.seeker_id for pair in kept.pairs}
    counted = {name: head[name] for name in ("matched", "total_score", "kept")}
    # Format 1 told neither: it was written of best matchings only, and claimed nothing that could be checked here.
    is_best = head.get("is_best", True)
    counted["blocking_pairs"] = (
        head["blocking_pairs"] if "blocking_pairs" in head else _blocking_pairs(cohort, supporter_of)
    )
    certificate = _certificate(kept)
    return Outcome(
        cohort=cohort,
        policy=snapshot.policy,
        previous=snapshot.previous,
        result=Assignment(supporter_of=supporter_of, certificate=certificate, is_best=is_best, **counted),
        pairs=kept.pairs,
        still_looking=tuple(sorted(set(cohort.seeker_ids) - paired)),
        pairs_checked=head["pairs_checked"],
        pairs_feasible=head["pairs_feasible"],
        places=sum(kept.places),
        digest=head["digest"],
        **counted,
    )


def _certificate(kept: KeptResult) -> Certificate | None:
    if kept.primal is None or kept.dual is None:
        return None
    return Certificate(
        seeker_surplus=kept.seeker_surplus,
        supporter_price=kept.supporter_price,
        primal=kept.primal,
        dual=kept.dual,
    )


def _blocking_pairs(cohort: Cohort, supporter_of: NDArray[np.int64]) -> int:
    problem = read_problem(score_pairs(cohort), cohort.capacity, keys=(cohort.seeker_keys, cohort.supporter_keys))
    return count_blocking_pairs(problem, problem.from_caller_order(supporter_of))


def _supporter_of(pairs: Iterable[Pair], cohort: Cohort) -> NDArray[np.int64]:
    row_of = {supporter_id: row for row, supporter_id in enumerate(cohort.supporter_ids)}
    paired_with = {pair.seeker_id: row_of.get(pair.supporter_id, WAITING) for pair in pairs}
    return np.array([paired_with.get(seeker_id, WAITING) for seeker_id in cohort.seeker_ids], dtype=np.int64)
