"""What metrics tell of the platforms: read from the store when somebody asks, at most every few seconds.

All are reads of one record, one entry of an index or a kept count, some ten a platform; nobody's record is read. A new
figure is a line in `_families` and a line where it is filled.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from service.clock import Clock
from service.errors import ServiceError
from service.jobs.registry import declared
from service.metrics.meters import PREFIX
from service.records import kinds
from service.records.codec import instant_from_json
from service.records.job import Job, JobState
from service.records.platform import Platform
from service.records.run import Run
from service.storage.store import Store
from service.usecases.heartbeats import workers_seen
from service.usecases.platforms import platform_ids
from service.usecases.reading import maybe_found
from service.usecases.standby import standing_by_since
from service.usecases.webhooks.managing import list_webhooks
from service.usecases.webhooks.replaying import oldest_waiting
from service.usecases.wording import is_ready_to_publish

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

_FRESH_SECONDS: Final = 5.0

FIGURES: Final = {
    "store_up": ("Whether the store could be read.", ()),
    "platforms": ("Platforms there are.", ()),
    "platforms_not_ready": ("Platforms whose runs may not propose yet: they have not said where help is.", ()),
    "standby": ("Whether the store was restored and stands by: no webhook is called, no scheduled run made.", ()),
    "workers": ("Workers that were seen within the last minute.", ()),
    "jobs": ("Jobs by state, of all platforms.", ("state",)),
    "job_lag_seconds": ("How long the oldest job of a lane has been due.", ("lane",)),
    "webhook_deliveries": ("Events to be sent again (waiting), or given up (dead).", ("platform", "state")),
    "webhook_oldest_waiting_seconds": ("How long the oldest event waits to arrive somewhere.", ("platform",)),
    "last_run_timestamp_seconds": ("When the latest published run ended.", ("platform",)),
    "coverage_ratio": ("Seekers matched by the latest run, of those who took part.", ("platform",)),
    "matched_seekers": ("Seekers matched by the latest run.", ("platform",)),
    "waiting_seekers": ("Seekers still looking after the latest run, by days of waiting.", ("platform", "days")),
}
"""Name without the prefix → help, labels."""


class StoreFigures:
    """A collector for `prometheus_client` over a store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._kept: list[Metric] = []
        self._kept_until = 0.0
        self._lock = Lock()

    def collect(self) -> Iterator[Metric]:
        """Give the figures; of a store that is away, only that it is."""
        with self._lock:
            if time.monotonic() >= self._kept_until:
                self._kept = list(self._families())
                self._kept_until = time.monotonic() + _FRESH_SECONDS
            yield from self._kept

    def _families(self) -> Iterable[Metric]:
        families = _Families()
        try:
            self._fill(families)
        except ServiceError:
            families = _Families()
            families.add("store_up", 0)
        else:
            families.add("store_up", 1)
        return families.filled()

    def _fill(self, families: _Families) -> None:
        now = self._clock.now()
        platforms = tuple(platform_ids(self._store))
        families.add("platforms", len(platforms))
        families.add("standby", int(standing_by_since(self._store) is not None))
        not_ready = sum(not is_ready_to_publish(self._store, platform_id) for platform_id in platforms)
        families.add("platforms_not_ready", not_ready)
        families.add("workers", len(workers_seen(self._store, now=now)))
        counts: Counter[str] = Counter()
        lags = dict.fromkeys((task.lane.value for task in declared().tasks.values()), 0.0)
        for platform_id in platforms:
            self._count_jobs(platform_id, now, counts, lags)
            self._tell_webhooks(platform_id, now, families)
            self._tell_latest_run(platform_id, families)
        for state in JobState:
            families.add("jobs", counts[state.value], state.value)
        for lane, lag in lags.items():
            families.add("job_lag_seconds", lag, lane)

    def _count_jobs(self, platform_id: str, now: datetime, counts: Counter[str], lags: dict[str, float]) -> None:
        for state in JobState:
            counts[state.value] += self._store.count(platform_id, Job.KIND, index=kinds.BY_STATE, value=state.value)
        for task in declared().tasks.values():
            page = self._store.page(platform_id, Job.KIND, index=kinds.due_of(task.name), limit=1)
            for stored in page.records:
                lag = (now - instant_from_json(stored.body["due_at"])).total_seconds()
                lags[task.lane.value] = max(lags[task.lane.value], lag)

    def _tell_webhooks(self, platform_id: str, now: datetime, families: _Families) -> None:
        views = list_webhooks(self._store, platform_id)
        if not views:
            return
        families.add("webhook_deliveries", sum(view.waiting for view in views), platform_id, "waiting")
        families.add("webhook_deliveries", sum(view.dead for view in views), platform_id, "dead")
        since = (oldest_waiting(self._store, platform_id, view) for view in views)
        waits = ((now - each).total_seconds() for each in since if each is not None)
        families.add("webhook_oldest_waiting_seconds", max(waits, default=0.0), platform_id)

    def _tell_latest_run(self, platform_id: str, families: _Families) -> None:
        platform = maybe_found(self._store, platform_id, Platform, platform_id)
        current = platform.current_run if platform is not None else None
        run = None if current is None else maybe_found(self._store, platform_id, Run, current)
        if run is None or run.counts is None or run.finished_at is None:
            return
        counts = run.counts
        families.add("last_run_timestamp_seconds", run.finished_at.timestamp(), platform_id)
        families.add("matched_seekers", counts.matched, platform_id)
        families.add("coverage_ratio", counts.matched / counts.seekers if counts.seekers else 1.0, platform_id)
        for days, count in (counts.waiting or {}).items():
            families.add("waiting_seekers", count, platform_id, days)


class _Families:
    """The families of one answer, filled one value after the other."""

    def __init__(self) -> None:
        from prometheus_client.core import GaugeMetricFamily

        self._by_name: dict[str, Any] = {
            name: GaugeMetricFamily(f"{PREFIX}_{name}", says, labels=labels) for name, (says, labels) in FIGURES.items()
        }

    def add(self, name: str, value: float, *labels: str) -> None:
        """Tell one value."""
        self._by_name[name].add_metric(labels, value)

    def filled(self) -> list[Metric]:
        """Give those that have a value."""
        return [family for family in self._by_name.values() if family.samples]
