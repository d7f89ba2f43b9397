"""How gunicorn serves the app: ``gunicorn -c python:service.gunicorn_conf "service.app:create_app()"``.

Threads, because a sync worker is killed in the middle of a slow upload. Anything here may be overridden on gunicorn's
command line; address and log lines come from the settings of the service.
"""

from __future__ import annotations

import gc
import logging
import os
import select
import time
from pathlib import Path
from typing import Any

worker_class = "gthread"
workers = 2
threads = 8
"""A request mostly waits for the store; two workers use two cores, sixteen threads bear some slow clients."""

timeout = 60
graceful_timeout = 30
keepalive = 30
"""Longer than the usual pause between a client's calls, so that platforms keep their connections."""

limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190

accesslog = None
"""The service writes its own lines, with route templates: gunicorn's would hold members' ids."""

worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""The heartbeat file; on a disk, a stalled write would look like a dead worker."""

control_socket_disable = True
preload_app = False
"""Each worker opens its own store."""


max_requests = 100_000
max_requests_jitter = 20_000
"""A process is replaced after so many, each at another time: what a library may leak in months stays small."""

BOOT_SECONDS = 60.0
"""How long a restart waits for new processes before it asks the old ones to end."""

_booted: tuple[int, int] | None = None
"""While a restart waits: the pipe on which new processes say that they serve."""


def on_reload(server: Any) -> None:
    """Have new processes serve before the old ones are asked to end (SIGHUP).

    gunicorn would do both at once, and nobody would serve while the app is loaded. So as many as there are to be are
    started here, and none by gunicorn itself, which then ends the oldest.
    """
    global _booted  # noqa: PLW0603 - what a fork takes along
    count, before, _booted = server.num_workers, set(server.WORKERS), os.pipe()
    try:
        for _ in range(count):
            server.spawn_worker()
        until = time.monotonic() + BOOT_SECONDS
        while count and (left := until - time.monotonic()) > 0 and select.select([_booted[0]], [], [], left)[0]:
            count -= len(os.read(_booted[0], count))
    finally:
        for end in _booted:
            os.close(end)
        _booted = None
    server.cfg.set("workers", 0)
    # gunicorn then waits for the end of whoever is not younger than the last one it started, so these are made younger;
    # all that it starts until the next restart stay older than those of then.
    for pid in set(server.WORKERS) - before:
        server.WORKERS[pid].age += server.num_workers


def post_worker_init(worker: Any) -> None:
    """Say that this process serves; keep gunicorn's lines about malformed requests, with their ids, out of the log.

    What was loaded by now stays until the end: looking through it for garbage would stop every thread for 0.1 s.
    """
    worker.log.error_log.setLevel(logging.ERROR)
    gc.freeze()
    if _booted is not None:
        os.write(_booted[1], b".")
