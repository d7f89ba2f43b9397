"""Child processes that do heavy jobs: starting one, waiting for it, and seeing that it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from typing import IO, Final, Protocol

import structlog

from service.jobs import child
from service.jobs.doing import PROCESS_DIED_CODE
from service.jobs.held import Held

_LOOK_SECONDS: Final = 0.5
"""How long a stop or a renewal may wait while a child is at work."""
_END_SECONDS: Final = 5.0

_log = structlog.get_logger(__name__)


class Child(Protocol):
    """A process that does a job."""

    @property
    def code(self) -> str:
        """The code of the error it ended with; empty when it told none."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Give the exit code, negative after a signal; raise subprocess.TimeoutExpired while it goes on."""
        ...

    def terminate(self) -> None:
        """Ask it to end."""
        ...

    def kill(self) -> None:
        """End it."""
        ...


StartChild = Callable[[str, str], Child]
"""(platform id, job id) → the process that does the job."""


class ProcessChild:
    """A child that is a process; it ends when this one does, since the pipe to it closes then."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.code = ""
        self._process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Ctrl-C is for the worker, which ends the child in its own time.
            start_new_session=True,
        )
        self.pid = self._process.pid
        self._hearing = Thread(target=self._hear, args=(self._process.stdout,), name="child", daemon=True)
        self._hearing.start()

    def wait(self, timeout: float | None = None) -> int:
        """See `Child.wait`."""
        code = self._process.wait(timeout)
        # A grandchild may still hold the pipe: what it has to say is of no interest.
        self._hearing.join(_END_SECONDS)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        return code

    def terminate(self) -> None:
        """See `Child.terminate`."""
        self._process.terminate()

    def kill(self) -> None:
        """See `Child.kill`."""
        self._process.kill()

    def _hear(self, lines: IO[bytes]) -> None:
        # Read to the end, so that a library which prints never blocks on a full pipe; the last line is the code.
        for line in lines:
            self.code = line.decode(errors="replace").strip()


def do_in_child(held: Held, start_child: StartChild, is_stopping: Event, *, grace_seconds: float) -> None:
    """Have a job done in a process of its own, and leave it as what became of it."""
    if held.is_one_too_many:
        held.give_up(PROCESS_DIED_CODE)
        return
    work = held.work
    process = start_child(work.platform_id, work.job.job_id)
    try:
        exit_code = _exit_code(held, process, is_stopping, grace_seconds)
    finally:
        _end(process)
    if held.is_over:
        return
    _log.info("child ended", task=held.task.name, attempt=work.job.attempt, code=str(exit_code))
    if exit_code is None:
        held.hand_back()
    elif exit_code == child.DONE:
        held.finish()
    elif exit_code == child.FAILED and process.code:
        held.give_up(process.code)
    else:
        held.fail_or_retry(process.code or PROCESS_DIED_CODE)


def start_child_for(store_url: str) -> StartChild:
    """Give what starts a job's process on a store; the URL goes by the environment, as it may hold a password."""

    def start(platform_id: str, job_id: str) -> Child:
        command = [sys.executable, "-m", child.__name__, platform_id, job_id]
        return ProcessChild(command, {**os.environ, "ALONGSIDE_STORE": store_url})

    return start


def _exit_code(held: Held, process: Child, is_stopping: Event, grace_seconds: float) -> int | None:
    """Wait for the end; None when the worker was asked to stop and the grace is over, or the job is somebody else's."""
    while not is_stopping.is_set():
        with suppress(subprocess.TimeoutExpired):
            return process.wait(_LOOK_SECONDS)
        held.keep()
        if held.is_over:
            return None
    with suppress(subprocess.TimeoutExpired):
        return process.wait(grace_seconds)
    return None


def _end(process: Child) -> None:
    """See that the process is gone."""
    for ask in (process.terminate, process.kill):
        with suppress(subprocess.TimeoutExpired):
            process.wait(0)
            return
        ask()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_END_SECONDS)
