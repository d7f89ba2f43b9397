"""`alongside demo`, `serve`, `worker` and `openapi`: starting what runs on, and the document that describes it."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

import click

from service.cli.output import say

port_option = click.option(
    "--port", type=click.IntRange(1, 65535), default=None, help="Port to listen on; ALONGSIDE_PORT (8000) if left out."
)


@click.command()
@click.option("--once", is_flag=True, help="Stop after the summary; start no server.")
@port_option
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Folder of the sample community; ./data if left out.",
)
def demo(port: int | None, data: Path | None, *, once: bool) -> int:
    """Match a sample community, show the outcome, and serve it.

    Starting again keeps what is there. Ctrl-C stops everything.
    """
    from service.demo import run_demo
    from service.settings import Settings

    return run_demo(Settings.from_environment(), once=once, port=port, data=data)


@click.command()
@port_option
def serve(port: int | None) -> None:
    """Serve API and console with gunicorn."""
    from service.backups.unfinished import open_whole_store
    from service.children import port_kept
    from service.secret_keys import load_secret_keys
    from service.settings import Settings
    from service.storage.patient import opened_patiently

    settings = Settings.from_environment()
    port = port or settings.port
    # Told here in one line; gunicorn would start worker after worker and fail with a traceback each time. A store that
    # is away may come back: until then the server answers 503.
    load_secret_keys(settings)
    opened_patiently(partial(open_whole_store, settings.store)).close()
    with port_kept(settings.host, port):
        pass
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    options = ["--config", "python:service.gunicorn_conf", "--bind", f"{host}:{port}"]
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *options, "service.app:create_app()"])


@click.command()
def worker() -> None:
    """Do what was asked for or falls due, until stopped."""
    from service.jobs.worker import work
    from service.logs import configure_logs
    from service.settings import Settings

    settings = Settings.from_environment()
    configure_logs(level=settings.log_level, log_format=settings.log_format)
    work(settings)


@click.command()
def openapi() -> None:
    """Print the API's description (openapi.yaml)."""
    from service.api.document import openapi_yaml

    say(openapi_yaml().rstrip("\n"))
