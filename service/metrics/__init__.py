"""Metrics: what every process counts of its own work, for Prometheus. Off unless `ALONGSIDE_METRICS_PORT` is set.

* This module is all that other code calls. A new thing to count is a function here and a meter in `meters.py`.
* `folder.py`: processes write into files of one folder of this machine, and a process that comes later goes on with the
  file of one that has ended: nothing is lost when a gunicorn worker or a run ends, and files do not pile up.
* `store_figures.py`: what is read from the store when somebody asks (coverage, waiting, lags).
* `listener.py`: whoever has the port answers for all.

Labels are words of the program and ids of platforms: route templates, names of tasks, codes of errors. Nothing about a
member is ever counted by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from matching.errors import MatchingError
from service.errors import ServiceError

if TYPE_CHECKING:
    from service.metrics.meters import Meters
    from service.settings import Settings

S = TypeVar("S")

_TIMED: Final = frozenset(
    {
        "get",
        "get_many",
        "page",
        "count",
        "find_unique",
        "events",
        "commit",
        "ping",
        "acquire_lease",
        "renew_lease",
        "release_lease",
    }
)
"""Calls of a store that answer at once; those that give an iterator take as long as whoever reads them."""

_METHODS: Final = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))

_meters: Meters | None = None


def begin(settings: Settings) -> None:
    """Count from now on in this process, where the settings ask for it; after the last fork, and once."""
    global _meters  # noqa: PLW0603 - like logging: one for the process, so that nothing is handed through every call
    if settings.metrics_port is not None and _meters is None:
        from service.metrics.meters import Meters

        _meters = Meters(settings.metrics_folder)


def request_ended(method: str, route: str, status: int, seconds: float) -> None:
    """Count an answered request by its route's template; empty: no route fits."""
    if _meters is not None:
        # A client may send any word as its method, and each would be kept for ever.
        labels = (method if method in _METHODS else "other", route or "none")
        _meters.requests.labels(*labels, str(status)).inc()
        _meters.request_seconds.labels(*labels).observe(seconds)


@contextmanager
def run_counted(*, is_dry_run: bool) -> Iterator[None]:
    """Count the run that the block does: ``done``, or the code of the error that ends it."""
    began, result = time.perf_counter(), "internal_error"
    try:
        yield
        result = "done"
    except (ServiceError, MatchingError) as error:
        result = error.code
        raise
    finally:
        if _meters is not None:
            kind = "trial" if is_dry_run else "run"
            _meters.runs.labels(kind, result).inc()
            _meters.run_seconds.labels(kind).observe(time.perf_counter() - began)


def job_taken(lane: str, waited_seconds: float) -> None:
    """Count how long a job was due before a worker took it."""
    if _meters is not None:
        _meters.job_wait_seconds.labels(lane).observe(max(waited_seconds, 0.0))


def job_ended(task: str, result: str) -> None:
    """Count what became of a job's attempt: ``done``, ``again``, ``handed_back``, ``retry`` or ``failed``."""
    if _meters is not None:
        _meters.jobs.labels(task, result).inc()


def message_sent(kind: str, failure: str | None, seconds: float) -> None:
    """Count an attempt at telling a webhook: of an ``event`` or a ``challenge``, and how it failed, None where not."""
    if _meters is not None:
        _meters.webhook_attempts.labels(kind, failure or "arrived").inc()
        _meters.webhook_attempt_seconds.labels(kind).observe(seconds)


def event_arrived(seconds: float) -> None:
    """Count how long after it happened an event has arrived at a webhook."""
    if _meters is not None:
        _meters.webhook_delay_seconds.observe(max(seconds, 0.0))


def metered(store: S, *, engine: str) -> S:
    """Give the store with its calls timed; the store itself where nothing is counted."""
    return store if _meters is None else cast("S", _Metered(store, engine, _meters))


class _Metered:
    """Hands every call on to a store, and notes how long it took and whether it was refused."""

    def __init__(self, store: object, engine: str, meters: Meters) -> None:
        self._store, self._engine, self._meters = store, engine, meters

    def __getattr__(self, name: str) -> Any:
        """Give a method of the store, a timed one where it answers at once; made once."""
        found = getattr(self._store, name)
        if name in _TIMED:
            found = self._timed(name, found)
            setattr(self, name, found)
        return found

    def _timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        seconds = self._meters.store_seconds.labels(self._engine, name)

        @wraps(call)
        def timed(*arguments: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return call(*arguments, **named)
            except ServiceError as error:
                self._meters.store_refusals.labels(self._engine, name, error.code).inc()
                raise
            finally:
                seconds.observe(time.perf_counter() - began)

        return timed
