"""Whether every acknowledgement comes after an fsync: read from the system calls of the process that writes.

Killing a process cannot show a missing fsync, since the kernel still writes what it was handed; only the order of its
system calls tells what a power cut would leave. `strace` lists them, the judges here read them. The same commits with
durability switched off must be found out, or the judge is worth nothing.
"""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.reliability.processes import DEADLINE_SECONDS, wait_until

_CALLS = "fsync,fdatasync,read,recvfrom,recvmsg,write,writev,pwrite64,sendto,sendmsg"
_LINE = re.compile(r"(?P<thread>\d+)\s+(?P<call>\w+)\((?P<fd>\d+)<(?P<file>.*?)>(?P<rest>[,) ].*)")
_RESUMED = re.compile(r"(?P<thread>\d+)\s+<\.\.\. (?P<call>\w+) resumed>(?P<rest>.*)")


@dataclass(frozen=True, slots=True)
class Call:
    """A system call: `is_done` False when it has only begun (its end comes as a call of its own)."""

    thread: int
    name: str
    fd: int
    file: str
    rest: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many acknowledgements were seen, and how many of them came before their fsync."""

    acknowledged: int
    too_early: int


class Tracer:
    """Watches running processes, with all their threads, by strace for the length of the `with` block."""

    def __init__(self, pids: Sequence[int], output: Path) -> None:
        self._pids = tuple(pids)
        self._output = output
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Tracer:
        command = ["strace", "-f", "-yy", "-s", "96", "-e", f"trace={_CALLS}", "-o", str(self._output)]
        command += [f"--attach={pid}" for pid in self._pids]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        wait_until(self._is_attached, what="strace has attached")
        return self

    def __exit__(self, *_error: object) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        self._process.wait(DEADLINE_SECONDS)

    def calls(self) -> Iterator[Call]:
        """Give what was seen, in order."""
        with self._output.open(errors="replace") as lines:
            yield from calls_in(lines)

    def _is_attached(self) -> bool:
        tasks = [task for pid in self._pids for task in Path(f"/proc/{pid}/task").iterdir()]
        return all("TracerPid:\t0" not in (task / "status").read_text() for task in tasks)


def calls_in(lines: Iterable[str]) -> Iterator[Call]:
    """Read strace's lines; a call that others interrupt comes twice: as begun, and as done."""
    begun: dict[tuple[int, str], Call] = {}
    for line in lines:
        if found := _LINE.match(line):
            is_done = "<unfinished ...>" not in found["rest"]
            call = Call(
                int(found["thread"]), found["call"], int(found["fd"]), found["file"], found["rest"], is_done=is_done
            )
            if not is_done:
                begun[call.thread, call.name] = call
            yield call
        elif resumed := _RESUMED.match(line):
            first = begun.pop((int(resumed["thread"]), resumed["call"]), None)
            if first is not None:
                yield Call(first.thread, first.name, first.fd, first.file, resumed["rest"], is_done=True)


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read the calls of one kind of server.

    Attributes
    ----------
    whose : what ties a question to its answer: a thread, or a connection.
    asks, syncs, answers : whether a call brings a write to do, makes what was written durable, tells that it is done.
    is_shared : a sync makes durable what all have asked for by then, as of a server with one log; else only the
        caller's own.
    """

    whose: Callable[[Call], int]
    asks: Callable[[Call], bool]
    syncs: Callable[[Call], bool]
    answers: Callable[[Call], bool]
    is_shared: bool


OF_SQLITE_BEHIND_HTTP = Reading(
    whose=lambda call: call.thread,
    asks=lambda call: call.name == "recvfrom" and '"PUT /v1/members' in call.rest,
    syncs=lambda call: call.name in ("fdatasync", "fsync") and call.file.endswith("-wal"),
    answers=lambda call: call.name == "sendto" and '"HTTP/1.1 20' in call.rest,
    is_shared=False,
)

OF_REDIS = Reading(
    whose=lambda call: call.fd,
    asks=lambda call: call.name == "read" and call.file.startswith("TCP") and "EVALSHA" in call.rest,
    syncs=lambda call: call.name in ("fdatasync", "fsync") and ".aof" in call.file,
    answers=lambda call: call.name in ("write", "writev", "sendto") and call.file.startswith("TCP"),
    is_shared=True,
)


def judge(calls: Iterable[Call], reading: Reading) -> Verdict:
    """Count the answers, and those that left before anything was synced since their question came in."""
    unsynced: set[int] = set()
    asked: set[int] = set()
    acknowledged = too_early = 0
    for call in calls:
        who = reading.whose(call)
        if reading.syncs(call) and call.is_done:
            unsynced = set() if reading.is_shared else unsynced - {who}
        elif reading.asks(call) and call.is_done:
            unsynced.add(who)
            asked.add(who)
        elif reading.answers(call) and who in asked:
            asked.remove(who)
            acknowledged += 1
            too_early += who in unsynced
    return Verdict(acknowledged, too_early)
