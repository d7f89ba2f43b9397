"""The meters themselves: names, help and labels of all that processes count. Everything here is a name operators use.

A new meter is a line in `Meters`, a function in `service/metrics/__init__.py` that counts, and a row in
docs/operations.md; a test holds dashboard and alerts to the names here and in `store_figures.py`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from service.metrics.folder import taken_place

PREFIX: Final = "alongside"

_QUICK: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LONG: Final = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 60.0, 180.0, 600.0, 1800.0, 7200.0)


class Meters:
    """The meters of this process; made once, as they write into files."""

    def __init__(self, parent: Path) -> None:
        self.folder, place, self._lock = taken_place(parent)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(self.folder)
        from prometheus_client import CollectorRegistry, Counter, Histogram, values

        # Not the process id: a place outlives its process.
        values.ValueClass = values.MultiProcessValue(lambda: place)
        registry = CollectorRegistry()

        def counter(name: str, says: str, *labels: str) -> Counter:
            return Counter(f"{PREFIX}_{name}", says, labels, registry=registry)

        def histogram(name: str, says: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"{PREFIX}_{name}", says, labels, registry=registry, buckets=buckets)

        self.requests = counter("http_requests", "Requests that were answered.", "method", "route", "status")
        self.request_seconds = histogram("http_request_seconds", "Until the answer began.", _QUICK, "method", "route")
        self.runs = counter("runs", "Runs that ended, by how.", "kind", "result")
        self.run_seconds = histogram("run_seconds", "From beginning to end of a run.", _LONG, "kind")
        self.jobs = counter("job_attempts", "Attempts at jobs that ended, by how.", "task", "result")
        self.job_wait_seconds = histogram("job_wait_seconds", "From due to taken.", _LONG, "lane")
        self.webhook_attempts = counter("webhook_attempts", "Messages that were sent.", "kind", "result")
        self.webhook_attempt_seconds = histogram("webhook_attempt_seconds", "Sent until answered.", _QUICK, "kind")
        self.webhook_delay_seconds = histogram("webhook_delay_seconds", "From an event to its arrival.", _LONG)
        self.store_seconds = histogram("store_call_seconds", "Calls of the store.", _QUICK, "engine", "call")
        self.store_refusals = counter("store_refusals", "Calls the store refused.", "engine", "call", "code")
