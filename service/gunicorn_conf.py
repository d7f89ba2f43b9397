"""How gunicorn serves the app: ``gunicorn -c python:service.gunicorn_conf "service.app:create_app()"``.

Threads, because a sync worker is killed in the middle of a slow upload. Anything here may be overridden on gunicorn's
command line; address and log lines come from the settings of the service.
"""

from __future__ import annotations

import logging
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


def post_worker_init(worker: Any) -> None:
    """Keep gunicorn's lines about malformed requests out of the log: they quote the request, which may hold ids."""
    worker.log.error_log.setLevel(logging.ERROR)
