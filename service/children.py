"""Processes that live and die together: started, watched, and all stopped at the end, whatever the end is.

`Children.run_until_told` returns on Ctrl-C, SIGTERM or a closed terminal, and raises when one of them ends by itself.
Each child has a session of its own, so that a Ctrl-C reaches only the parent, who then stops them. What is run does not
belong here.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self

from service.errors import TemporaryError

GRACE_SECONDS = 15.0
"""How long a child may take to finish what it is doing before it is killed."""

_LOOK_EVERY_SECONDS = 0.2
_TOLD_BY = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class PortTaken(TemporaryError):  # noqa: N818 - named like its siblings in errors.py
    """Somebody else listens on the port."""

    code = "port_taken"


class ChildEnded(TemporaryError):  # noqa: N818
    """A process that should have gone on has ended by itself; the others were stopped."""

    code = "process_ended"


@contextmanager
def port_kept(host: str, port: int) -> Iterator[None]:
    """Hold a port for the length of the block, so that nobody takes it before the server is started.

    Raises PortTaken when somebody listens there already, or the host is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as held:
        # As servers do: a port whose last connections are still closing is free.
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            held.bind((host, port))
        except OSError as error:
            advice = "stop the program that uses it, or choose another port with --port or ALONGSIDE_PORT"
            raise PortTaken(f"cannot serve on {host}:{port}: {error.strerror} ({advice})") from error
        yield


class Children:
    """Child processes by name; leaving the block stops those that still run."""

    def __init__(self, *, grace_seconds: float = GRACE_SECONDS) -> None:
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._grace_seconds = grace_seconds
        self._is_told = threading.Event()
        self._handlers: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> Self:
        for number in _TOLD_BY:
            self._handlers[number] = signal.signal(number, self._tell)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A second Ctrl-C while stopping must not leave anybody behind, so handlers come back last.
        self._stop()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def start(self, name: str, command: Sequence[str], *, environment: Mapping[str, str]) -> None:
        """Start a process; what it prints goes where ours goes."""
        self._children[name] = subprocess.Popen(
            command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, start_new_session=True
        )

    @property
    def is_told(self) -> bool:
        """Whether somebody asked to stop."""
        return self._is_told.is_set()

    def run_until_told(self) -> None:
        """Wait until somebody asks to stop; raise ChildEnded when a child ends first."""
        while not self._is_told.wait(_LOOK_EVERY_SECONDS):
            self.check()

    def wait_for(self, is_ready: Callable[[], bool], *, seconds: float) -> bool:
        """Wait until something is so; False when somebody asks to stop first.

        Raises ChildEnded when a child ends first, or when it is not so in time.
        """
        until = time.monotonic() + seconds
        while not is_ready():
            self.check()
            if self._is_told.wait(_LOOK_EVERY_SECONDS):
                return False
            if time.monotonic() > until:
                raise ChildEnded(f"the processes did not get ready within {seconds:.0f} seconds; all were stopped")
        return True

    def check(self) -> None:
        """Raise ChildEnded when a child has ended."""
        for name, child in self._children.items():
            code = child.poll()
            if code is not None:
                how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
                raise ChildEnded(f"the {name} has ended by itself ({how}), so the other processes were stopped too")

    def _tell(self, _number: int, _frame: FrameType | None) -> None:
        self._is_told.set()

    def _stop(self) -> None:
        """Ask all of them at once, latest first; kill whoever does not listen, with everything they started."""
        running = [child for child in reversed(self._children.values()) if child.poll() is None]
        for child in running:
            child.terminate()
        until = time.monotonic() + self._grace_seconds
        for child in running:
            try:
                child.wait(max(until - time.monotonic(), 0))
            except subprocess.TimeoutExpired:
                # Its whole session: whatever it started goes with it. Its id is its own until it is waited for.
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
