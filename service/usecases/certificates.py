"""The certificate of a run as rows that anyone can check: pairs, prices and surpluses, one after the other.

They are read from what is stored of the run, a piece at a time, whatever the size of the platform, and without the
engine. Whether they hold is for the verifier (`verifying.py`), or for whoever asks: docs/engine.md says how.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from service.errors import Conflict
from service.records.run import Run, RunState
from service.storage.store import Store
from service.usecases.reading import found
from service.usecases.running.parts import RESULT_PART, PartReader

_SIDES: Final = (
    ("supporter", "supporters", "places", "places", "supporter_price", "price"),
    ("seeker", "seekers", "priorities", "priority", "seeker_surplus", "surplus"),
)
"""A row's kind; where a stored block has the ids; where it has a number of each, and what a row calls it; likewise for
the digits of each."""

Row = dict[str, Any]


def certificate_of(store: Store, platform_id: str, *, run_id: str) -> Iterator[Row]:
    """Give the rows of a run's certificate: the run, then supporters, seekers and pairs.

    Digits are text, since they may pass 2⁵³. NotFound (``run_not_found``); Conflict (``run_without_certificate``) for
    a run that is not done, that only counted, or whose time was up before anything was proven.
    """
    run = found(store, platform_id, Run, run_id)
    if run.state is not RunState.DONE or run.is_dry_run or run.proof is None or run.proof.primal is None:
        raise Conflict(
            "this run has no certificate (allowed: published runs that were proven)", code="run_without_certificate"
        )
    return _rows(run, iter(PartReader(store, platform_id, run_id=run_id, name=RESULT_PART)))


def _rows(run: Run, lines: Iterator[Any]) -> Iterator[Row]:
    head = next(lines)
    yield {
        "row": "run",
        "run_id": run.run_id,
        "objective": run.proof.objective if run.proof else "",
        "policy_version": run.policy_version,
        "planned_for": run.planned_for.isoformat() if run.planned_for else None,
        "primal": list(map(str, head["primal"])),
        "dual": list(map(str, head["dual"])),
        "matched": head["matched"],
        "total_score": head["total_score"],
        "kept": head["kept"],
        "pairs_checked": head["pairs_checked"],
        "pairs_feasible": head["pairs_feasible"],
        "digest": head["digest"],
        "snapshot_sha256": run.proof.snapshot_sha256 if run.proof else "",
    }
    # Format 1 had both sides in its head, and a line a pair.
    if head["format"] == 1:
        yield from _members(head)
        yield from map(_pair, lines)
        return
    for block in lines:
        yield from _members(block)
        yield from map(_pair, block.get("pairs", ()))


def _members(block: dict[str, Any]) -> Iterator[Row]:
    for row, ids, numbers, number, vectors, vector in _SIDES:
        if ids in block:
            for member_id, count, digits in zip(block[ids], block[numbers], block[vectors], strict=True):
                yield {"row": row, "member_id": member_id, number: count, vector: list(map(str, digits))}


def _pair(pair: list[Any]) -> Row:
    names = ("seeker_id", "supporter_id", "score", "kept", "thin")
    return {"row": "pair", **dict(zip(names, pair, strict=True))}
