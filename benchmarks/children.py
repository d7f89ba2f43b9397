"""Work in a child process of its own: its memory is its own, and it is stopped when its time is over.

A piece of work (`Work`) says `ready` when it has loaded what it works on, then `ran` after each run. Each wait for the
next word is limited. Nothing but a pipe connects parent and child.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from benchmarks.measure import limit_memory
from benchmarks.question import CannotGoError, WrongAnswerError

LOADING_SECONDS = 1200.0
"""For drawing, encoding and warming up, which nobody is timed for."""

Say = Callable[[str, Any], None]
Work = Callable[[Say, dict[str, Any]], dict[str, Any]]
"""Gets `say` and its arguments; gives what was measured."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for one run, bytes of memory for the process."""

    seconds: float
    memory: int


def in_child(work: Work, arguments: dict[str, Any], limits: Limits) -> dict[str, Any]:
    """Do the work in a new process; raises CannotGoError with the reason when it does not end well,
    WrongAnswerError when the work found one.

    Runs that were completed before the time was over are not lost: what the last `ran` said is given back.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.works"])
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(theirs, work, arguments, limits.memory))
    child.start()
    theirs.close()
    try:
        return _listen(child, ours, limits.seconds)
    finally:
        child.kill()
        child.join()
        ours.close()


def _listen(child: BaseProcess, words: Connection, seconds: float) -> dict[str, Any]:
    last: dict[str, Any] | None = None
    wait = LOADING_SECONDS
    while True:
        word, what = _next_word(child, words, wait)
        if word == "done":
            return dict(what)
        if word == "wrong":
            raise WrongAnswerError(what)
        if word == "refused" or (word == "late" and last is None):
            raise CannotGoError(what if word == "refused" else f"not done within {wait:g} s")
        if word == "late" and last is not None:
            return last
        if word == "ran":
            last = dict(what)
        wait = seconds


def _next_word(child: BaseProcess, words: Connection, wait: float) -> tuple[str, Any]:
    try:
        if not words.poll(wait):
            return "late", None
        word, what = words.recv()
    except EOFError:
        child.join()
        return "refused", _how_it_ended(child.exitcode)
    return word, what


def _how_it_ended(code: int | None) -> str:
    if code is not None and code < 0:
        return f"ended by {signal.Signals(-code).name}, as libraries do that run out of memory"
    return f"ended with exit code {code}"


def _child(words: Connection, work: Work, arguments: dict[str, Any], memory: int) -> None:
    def say(word: str, what: Any = None) -> None:
        words.send((word, what))

    limit_memory(memory)
    try:
        say("done", work(say, arguments))
    except MemoryError:
        say("refused", f"out of memory at {memory / 2**30:.0f} GiB")
    except CannotGoError as reason:
        say("refused", str(reason))
    except WrongAnswerError as error:
        say("wrong", str(error))
    except Exception as error:  # noqa: BLE001 - whatever a library raises is why it cannot go on, and is shown
        say("refused", f"{type(error).__name__}: {error}"[:200])
