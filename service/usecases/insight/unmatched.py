"""Whom a run found nobody for, a page at a time, and what stood in the way of each."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.records.run import Run
from service.storage.store import Page, Store
from service.usecases.insight.explaining import removed_told
from service.usecases.insight.studies import Studies
from service.usecases.reading import found


@dataclass(frozen=True, slots=True)
class Unmatched:
    """One seeker whom a run left waiting; `removed` and `would_fit` as plain values."""

    member_id: str
    waiting_since: date | None
    removed: tuple[dict[str, Any], ...]
    would_fit: dict[str, Any]


def list_unmatched(
    store: Store, studies: Studies, platform_id: str, *, run_id: str, after: str | None, limit: int
) -> tuple[Page[Unmatched], int]:
    """Give some of them by id, and how many there are; `after` is the `next` of the page before.

    NotFound (``run_not_found``); Conflict and the others as `Studies.of` says.
    """
    study = studies.of(store, platform_id, found(store, platform_id, Run, run_id))
    everybody = study.outcome.still_looking
    start = 0 if after is None else bisect_right(everybody, after)
    ids = everybody[start : start + limit]
    told = []
    for member_id, why in zip(ids, study.why(ids), strict=True):
        removed, would_fit = removed_told(why)
        side = study.cohort.seekers[study.row_of(member_id)].seeker
        told.append(Unmatched(member_id, side.waiting_since if side else None, tuple(removed), would_fit))
    following = ids[-1] if ids and start + limit < len(everybody) else None
    return Page(tuple(told), following), len(everybody)
