"""Child processes that do heavy jobs: having one ready, giving it a job, waiting for it, and seeing that it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock, Thread
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
    """A child that is a process; it ends when this one does, since the pipe to it closes then.

    `on_end` is called once it has closed its output, from a thread, if it was told a job.
    """

    def __init__(
        self, command: list[str], environment: dict[str, str], on_end: Callable[[], None] | None = None
    ) -> None:
        self.code = ""
        self._on_end = on_end
        self._has_job = False
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

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def tell(self, line: str) -> None:
        """Write a line to it; OSError when it is gone."""
        if self._process.stdin is not None:
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()
            self._has_job = True

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
        if self._on_end is not None and self._has_job:
            self._on_end()


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


class Children:
    """Starts the processes of jobs; one more is always kept that has loaded the engine and waits.

    The next one gets ready only when a job has ended: while one is at work, nobody shares its cores with a start-up.
    """

    def __init__(self, store_url: str) -> None:
        # By the environment, as the URL may hold a password.
        self._environment = {**os.environ, "ALONGSIDE_STORE": store_url}
        self._waiting: ProcessChild | None = None
        self._is_closed = False
        self._lock = Lock()

    def get_ready(self) -> None:
        """Have a process wait for the next job, unless there is one."""
        with self._lock:
            if not self._is_closed and (self._waiting is None or not self._waiting.is_running):
                self._waiting = self._started()

    def start(self, platform_id: str, job_id: str) -> Child:
        """Give the job to the process that waits, or to a new one: see `StartChild`."""
        with self._lock:
            waiting, self._waiting = self._waiting, None
        if waiting is not None and not _is_told(waiting, platform_id, job_id):
            _end(waiting)
            waiting = None
        if waiting is None:
            waiting = self._started()
            # One that is gone at once ends as every dead child does.
            _is_told(waiting, platform_id, job_id)
        return waiting

    def close(self) -> None:
        """Let go of the process that waits."""
        with self._lock:
            self._is_closed, waiting, self._waiting = True, self._waiting, None
        if waiting is not None:
            _end(waiting)

    def _started(self) -> ProcessChild:
        return ProcessChild([sys.executable, "-m", child.__name__], self._environment, self.get_ready)


def _is_told(process: ProcessChild, platform_id: str, job_id: str) -> bool:
    """Tell a process its job; no when it is gone."""
    with suppress(OSError):
        process.tell(f"{platform_id} {job_id}")
        return process.is_running
    return False


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
