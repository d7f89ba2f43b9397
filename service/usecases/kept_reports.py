"""Funders' reports that this process has counted, so that thousands of pairs are not read at every look.

Up to `MOST_COUNTED` pairs a report is counted while somebody waits. Of more it is counted in a thread, and given again
as long as nothing has happened on the platform, and for `FRESH` whatever has happened: a report is of months. Only
figures are kept, in which small counts are hidden already. Never here: what is counted (`funders.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from service.kept import PATIENCE_SECONDS, Kept
from service.records import kinds
from service.records.match import Match, MatchState
from service.storage.store import Store
from service.usecases.events import last_sequence
from service.usecases.funders import FundersReport, funders_report

MOST_COUNTED: Final = 250
"""Pairs that began, up to which a report is counted at every look, within some tens of milliseconds."""

FRESH: Final = timedelta(minutes=1)

_MOST_KEPT: Final = 64
"""Reports; each is some hundreds of numbers."""


@dataclass(frozen=True, slots=True)
class _Counted:
    """A report, when it was counted, and the last event before."""

    report: FundersReport
    at: datetime
    seen: int


class FundersReports:
    """The reports of this process; safe to share between threads. `patience` as `Kept`."""

    def __init__(self, *, patience: float = PATIENCE_SECONDS) -> None:
        self._kept: Kept[_Counted] = Kept(_MOST_KEPT, setting="", patience=patience)

    def of(
        self,
        store: Store,
        platform_id: str,
        *,
        first: date,
        last: date,
        now: datetime,
        patience: float | None = None,
    ) -> FundersReport:
        """Give the report of a period; StillPreparing as `Kept.of`."""
        if not _are_many(store, platform_id):
            return funders_report(store, platform_id, first=first, last=last, now=now)
        key = (platform_id, first, last, now.date())

        def counted() -> _Counted:
            # Before anything else: what happens while pairs are read shows as news afterwards.
            seen = last_sequence(store, platform_id)
            return _Counted(funders_report(store, platform_id, first=first, last=last, now=now), now, seen)

        kept = self._kept.of(key, 1, counted, patience=patience)
        if now < kept.at + FRESH or not store.events(platform_id, after=kept.seen, limit=1):
            return kept.report
        self._kept.forget(key)
        return self._kept.of(key, 1, counted, patience=patience).report


def _are_many(store: Store, platform_id: str) -> bool:
    states = (MatchState.ACTIVE, MatchState.PAUSED, MatchState.CLOSING, MatchState.ENDED)
    counts = (store.count(platform_id, Match.KIND, index=kinds.BY_STATE, value=state.value) for state in states)
    return sum(counts) > MOST_COUNTED
