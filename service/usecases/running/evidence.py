"""What a run is verified from, years later: the snapshot it saw, and the result with its certificate, as its parts.

The result is kept as the engine gave it and read back as the engine's own value; whether it is true is for the verifier
(`usecases/verifying.py`). A new number of the result is a key of `lines_of` and of `outcome_from`, and a higher FORMAT.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matching.certificate import Certificate
from matching.cohort import Cohort
from matching.kernel import score_pairs
from matching.outcome import Assignment, Outcome, Pair
from matching.problem import WAITING
from service.errors import UnknownFormat
from service.records.run import RunCounts, RunProof
from service.storage.store import Store
from service.usecases.running.parts import PartReader
from service.usecases.running.snapshot import Snapshot, snapshot_from
from service.usecases.running.staging import plan_of
from service.usecases.running.versions import engine_version, tzdata_version

FORMAT: Final = 1
SNAPSHOT: Final = "snapshot"
RESULT: Final = "result"


@dataclass(frozen=True, slots=True)
class KeptResult:
    """A result as it was stored: `head` as `lines_of` wrote it, and the pairs."""

    head: dict[str, Any]
    pairs: tuple[Pair, ...]


def counts_of(outcome: Outcome, snapshot: Snapshot) -> RunCounts:
    """Count an outcome, as if all of it were published."""
    plan = plan_of(outcome.pairs, snapshot)
    cohort = outcome.cohort
    left_out = Counter(reason for roles in cohort.left_out.values() for reason in set(roles.values()))
    return RunCounts(
        seekers=len(cohort.seekers),
        supporters=len(cohort.supporters),
        places=outcome.places,
        pairs_checked=outcome.pairs_checked,
        pairs_feasible=outcome.pairs_feasible,
        matched=outcome.matched,
        still_looking=len(outcome.still_looking),
        kept=len(plan.kept),
        thin=sum(pair.is_thin for pair in outcome.pairs),
        total_score=outcome.total_score,
        new=len(plan.new),
        withdrawn=len(plan.leaving),
        left_out=dict(sorted(left_out.items())),
    )


def proof_of(outcome: Outcome, *, checked_at: datetime) -> RunProof:
    """Give the proof of an outcome that the verifier accepted at this moment."""
    certificate = outcome.result.certificate
    return RunProof(
        objective=str(outcome.policy.objective),
        primal=certificate.primal,
        dual=certificate.dual,
        digest=outcome.digest,
        engine_version=engine_version(),
        tzdata_version=tzdata_version(),
        checked_at=checked_at,
    )


def lines_of(outcome: Outcome) -> Iterator[Any]:
    """Write a result as lines: a head with prices, places and priorities in the cohort's order, then every pair."""
    cohort, result = outcome.cohort, outcome.result
    yield {
        "format": FORMAT,
        "seekers": list(cohort.seeker_ids),
        "supporters": list(cohort.supporter_ids),
        "places": cohort.capacity.tolist(),
        "priorities": cohort.priority.tolist(),
        "seeker_surplus": result.certificate.seeker_surplus.tolist(),
        "supporter_price": result.certificate.supporter_price.tolist(),
        "primal": list(result.certificate.primal),
        "dual": list(result.certificate.dual),
        "matched": outcome.matched,
        "kept": outcome.kept,
        "total_score": outcome.total_score,
        "pairs_checked": outcome.pairs_checked,
        "pairs_feasible": outcome.pairs_feasible,
        "digest": outcome.digest,
    }
    for pair in outcome.pairs:
        yield [pair.seeker_id, pair.supporter_id, pair.score, pair.is_kept, pair.is_thin]


def read_snapshot(store: Store, platform_id: str, *, run_id: str) -> tuple[Snapshot, str]:
    """Read the snapshot a run saw, and the SHA-256 of what is stored of it."""
    reader = PartReader(store, platform_id, run_id=run_id, name=SNAPSHOT)
    snapshot = snapshot_from(reader)
    return snapshot, reader.sha256


def read_result(store: Store, platform_id: str, *, run_id: str) -> KeptResult:
    """Read the result of a run; UnknownFormat when a newer program wrote it."""
    return _result_from(PartReader(store, platform_id, run_id=run_id, name=RESULT))


def outcome_from(kept: KeptResult, cohort: Cohort, snapshot: Snapshot) -> Outcome:
    """Give a stored result as the engine's value, over a cohort that is encoded and scored anew."""
    head = kept.head
    paired = {pair.seeker_id for pair in kept.pairs}
    certificate = Certificate(
        seeker_surplus=_vectors(head["seeker_surplus"], digits=len(head["primal"])),
        supporter_price=_vectors(head["supporter_price"], digits=len(head["primal"])),
        primal=tuple(head["primal"]),
        dual=tuple(head["dual"]),
    )
    counted = {name: head[name] for name in ("matched", "total_score", "kept")}
    return Outcome(
        cohort=cohort,
        policy=snapshot.policy,
        previous=snapshot.previous,
        scores=score_pairs(cohort),
        result=Assignment(supporter_of=_supporter_of(kept.pairs, cohort), certificate=certificate, **counted),
        pairs=kept.pairs,
        still_looking=tuple(sorted(set(cohort.seeker_ids) - paired)),
        pairs_checked=head["pairs_checked"],
        pairs_feasible=head["pairs_feasible"],
        places=sum(head["places"]),
        digest=head["digest"],
        **counted,
    )


def _result_from(lines: Iterable[Any]) -> KeptResult:
    rest = iter(lines)
    head = next(rest)
    if head["format"] > FORMAT:
        raise UnknownFormat("result", found=head["format"], known=FORMAT)
    return KeptResult(head, tuple(Pair(*line) for line in rest))


def _supporter_of(pairs: Iterable[Pair], cohort: Cohort) -> NDArray[np.int64]:
    row_of = {supporter_id: row for row, supporter_id in enumerate(cohort.supporter_ids)}
    paired_with = {pair.seeker_id: row_of.get(pair.supporter_id, WAITING) for pair in pairs}
    return np.array([paired_with.get(seeker_id, WAITING) for seeker_id in cohort.seeker_ids], dtype=np.int64)


def _vectors(rows: list[list[int]], *, digits: int) -> NDArray[np.int64]:
    return np.array(rows, dtype=np.int64).reshape(len(rows), digits)
