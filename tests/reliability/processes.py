"""Processes that a failure test starts: each is known by its id, and nothing else is ever signalled."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

DEADLINE_SECONDS = 60.0


class Program:
    """A program that can be started again and again with the same command."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self._command = tuple(command)
        self._environment = dict(environment)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it in a session of its own, so that a kill of the test reaches everything that it started."""
        assert not self.is_running
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env={**os.environ, **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """End it as a power cut would, without a word, and with everything that it started."""
        # Held still first: what it would start while its children are counted would outlive it.
        os.kill(self.pid, signal.SIGSTOP)
        family = [self.pid, *descendants(self.pid)]
        for pid in family:
            kill(pid)
        assert self._process is not None
        self._process.wait(DEADLINE_SECONDS)
        wait_until(lambda: not any(map(is_alive, family)), what=f"the processes of {self.name} are gone")

    def stop(self) -> int:
        """Ask it to end, see that it does, and give its exit code; 0 where it was never started."""
        if self._process is None:
            return 0
        if self.is_running:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(DEADLINE_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
        return int(self._process.returncode)

    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""


def kill(pid: int) -> bool:
    """Send SIGKILL; False when it had ended by itself."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        return True
    return False


def is_alive(pid: int) -> bool:
    """Whether a process runs: a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def children(pid: int) -> list[int]:
    """Give the processes that a process started and that still run."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            found += map(int, task.read_text().split())
    return [child for child in found if is_alive(child)]


def descendants(pid: int) -> list[int]:
    return [below for child in children(pid) for below in (child, *descendants(child))]


def wait_until(is_so: Callable[[], bool], *, what: str, seconds: float = DEADLINE_SECONDS) -> None:
    """Look again and again until something is so; AssertionError when it is not in time."""
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.02)


def words(log: str, *patterns: str) -> Iterator[str]:
    """Give the lines of a log that hold one of the words."""
    return (line for line in log.splitlines() if any(pattern in line for pattern in patterns))
