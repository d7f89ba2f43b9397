"""The listener that Prometheus asks: on an address of its own, apart from the API, in whichever process has it.

Every gunicorn worker and every background worker tries for the port; one gets it and answers for all, as all count in
one folder. When it ends, another one has the port within seconds. Nobody needs a key: the address decides who can ask,
and it is this machine's own unless a setting says otherwise.
"""

from __future__ import annotations

import errno
import time
from threading import Thread
from typing import TYPE_CHECKING, Final

import structlog

from service.clock import Clock
from service.settings import Settings
from service.storage.store import Store

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

_TRY_AGAIN_SECONDS: Final = 2.0

_log = structlog.get_logger(__name__)


def listen(settings: Settings, store: Store, clock: Clock) -> None:
    """Answer Prometheus from now on, as soon as nobody else on this machine does; nothing where no port is set."""
    if settings.metrics_port is not None:
        Thread(target=_try_for, args=(settings, store, clock), name="metrics", daemon=True).start()


def registry_of(store: Store, clock: Clock) -> CollectorRegistry:
    """Give what is told: the counts of every process in the folder, and the figures of the store."""
    from prometheus_client import CollectorRegistry
    from prometheus_client.multiprocess import MultiProcessCollector

    from service.metrics.store_figures import StoreFigures

    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    registry.register(StoreFigures(store, clock))
    return registry


def _try_for(settings: Settings, store: Store, clock: Clock) -> None:
    from prometheus_client import start_http_server

    registry = registry_of(store, clock)
    while True:
        try:
            start_http_server(settings.metrics_port or 0, settings.metrics_host, registry)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                _log.exception("metrics cannot be told")
                return
            time.sleep(_TRY_AGAIN_SECONDS)
        else:
            return
