"""Waiting a little for what a job works out, where the caller says so: ``Prefer: wait=10`` (RFC 7240, section 4.3)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import request

from service.api.blueprint import parameters

T = TypeVar("T")

MOST_SECONDS: Final = 20
"""Longer waits would take threads from other callers."""

_LOOK_EVERY_SECONDS: Final = 0.1
_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?([0-9]{1,6})")

RETRY_HEADER: Final = {
    "Retry-After": {"description": "Seconds after which to ask again.", "schema": {"type": "integer"}}
}


def takes_prefer_wait(view: Callable[..., Any]) -> Callable[..., Any]:
    """Tell the document that the view may be waited for."""
    header = {
        "in": "header",
        "name": "Prefer",
        "description": f"`wait=10`: wait so many seconds for the answer, {MOST_SECONDS} at most, before 202.",
        "schema": {"type": "string", "example": "wait=10"},
    }
    return parameters(header)(view)


def waited_for(ask: Callable[[], T], is_open: Callable[[T], bool]) -> T:
    """Ask again and again while the answer is open, for as long as the caller would wait; give the last answer."""
    until = time.monotonic() + _wait_seconds()
    while True:
        answer = ask()
        if not is_open(answer) or time.monotonic() >= until:
            return answer
        time.sleep(_LOOK_EVERY_SECONDS)


def patience() -> float | None:
    """Give how many seconds the caller would wait; None where they do not say."""
    return _wait_seconds() or None


def _wait_seconds() -> int:
    found = _WAIT.search(",".join(request.headers.getlist("Prefer")).lower())
    return min(int(found[1]), MOST_SECONDS) if found else 0
