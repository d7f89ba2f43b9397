"""Processes that live and die together, with real ones."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from service.children import ChildEnded, Children, PortTaken, port_kept

FOREVER = "import signal, pathlib; pathlib.Path({here!r}).touch(); signal.pause()"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + FOREVER
WITH_CHILD = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', {deaf!r}]); " + DEAF


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Killed, but its new parent has not taken note yet: as good as gone.
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    return False


def all_gone(pids: list[int], *, seconds: float = 20) -> bool:
    """A signal to a whole session does not wait until everybody is dead: look until they are."""
    until = time.monotonic() + seconds
    while any(alive(pid) for pid in pids):
        if time.monotonic() > until:
            return False
        os.sched_yield()
    return True


def test_leaving_the_block_stops_every_child(tmp_path: Path):
    with Children() as children:
        for name in ("one", "two"):
            children.start(name, python(FOREVER.format(here=str(tmp_path / name))), environment={})
        assert children.wait_for(lambda: len(list(tmp_path.iterdir())) == 2, seconds=20)
        pids = [child.pid for child in children._children.values()]

    assert not any(alive(pid) for pid in pids)


def test_a_child_sees_what_it_is_given_and_nothing_of_our_input(tmp_path: Path):
    code = (
        "import os, pathlib, sys; "
        f"pathlib.Path({str(tmp_path / 'seen')!r}).write_text(os.environ['GIVEN'] + repr(sys.stdin.read())); "
        f"import signal; signal.pause()"
    )
    with Children() as children:
        children.start("reader", python(code), environment={"GIVEN": "yes"})
        assert children.wait_for(
            lambda: (tmp_path / "seen").exists() and (tmp_path / "seen").read_text() != "", seconds=20
        )

    assert (tmp_path / "seen").read_text() == "yes''"


def test_a_child_that_ends_by_itself_is_named_and_takes_the_others_with_it(tmp_path: Path):
    with Children() as children:
        children.start("web server", python(FOREVER.format(here=str(tmp_path / "up"))), environment={})
        children.start("worker", python("raise SystemExit(3)"), environment={})
        server = children._children["web server"].pid
        with pytest.raises(ChildEnded, match=r"the worker has ended by itself \(exit code 3\)"):
            children.run_until_told()

    assert not alive(server)


def test_a_child_that_was_killed_is_told_apart(tmp_path: Path):
    with Children() as children:
        children.start("worker", python(FOREVER.format(here=str(tmp_path / "up"))), environment={})
        children.wait_for((tmp_path / "up").exists, seconds=20)
        os.kill(children._children["worker"].pid, signal.SIGKILL)
        with pytest.raises(ChildEnded, match="signal SIGKILL"):
            children.run_until_told()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_being_told_to_stop_ends_the_wait_and_is_not_an_error(number: signal.Signals, tmp_path: Path):
    with Children() as children:
        children.start("worker", python(FOREVER.format(here=str(tmp_path / "up"))), environment={})
        children.wait_for((tmp_path / "up").exists, seconds=20)
        os.kill(os.getpid(), number)
        children.run_until_told()
        assert children.is_told
        worker = children._children["worker"].pid

    assert not alive(worker)


def test_being_told_to_stop_ends_the_wait_for_readiness(tmp_path: Path):
    with Children() as children:
        os.kill(os.getpid(), signal.SIGTERM)
        assert not children.wait_for((tmp_path / "never").exists, seconds=20)


def test_signals_mean_afterwards_what_they_meant_before():
    before = signal.getsignal(signal.SIGTERM)

    with Children():
        assert signal.getsignal(signal.SIGTERM) != before

    assert signal.getsignal(signal.SIGTERM) == before


def test_a_child_that_does_not_listen_is_killed_with_what_it_started(tmp_path: Path):
    deaf = DEAF.format(here=str(tmp_path / "grandchild"))
    code = WITH_CHILD.format(deaf=deaf, here=str(tmp_path / "child"))
    with Children(grace_seconds=0.3) as children:
        children.start("deaf", python(code), environment={})
        children.wait_for(lambda: len(list(tmp_path.iterdir())) == 2, seconds=20)
        session = children._children["deaf"].pid
        members = [pid for pid in _processes() if _session_of(pid) == session]
        assert len(members) == 2

    assert all_gone(members)


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _session_of(pid: int) -> int:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return 0


def test_what_does_not_get_ready_in_time_is_said():
    with Children() as children, pytest.raises(ChildEnded, match="within 0 seconds"):
        children.wait_for(lambda: False, seconds=0.0)


def test_a_taken_port_is_refused_with_advice():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with (
            pytest.raises(PortTaken, match=f"cannot serve on 127.0.0.1:{port}: .*--port"),
            port_kept("127.0.0.1", port),
        ):
            pytest.fail("the port is taken")


def test_a_kept_port_is_kept_and_then_free():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with port_kept("127.0.0.1", port), socket.socket() as late, pytest.raises(OSError, match="in use"):
        late.bind(("127.0.0.1", port))
    with port_kept("127.0.0.1", port):
        pass


def test_a_host_of_another_machine_is_refused():
    with pytest.raises(PortTaken, match=r"192\.0\.2\.1"), port_kept("192.0.2.1", 8000):
        pytest.fail("not ours")
