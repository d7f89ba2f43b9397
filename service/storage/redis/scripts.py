"""The Lua scripts, each in a file of `lua/` that begins with its KEYS and ARGV."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).with_name("lua")


@dataclass(frozen=True, slots=True)
class Script:
    """A script: its text, and the digest under which a server that has seen it knows it."""

    text: str
    digest: str


@cache
def script(name: str) -> Script:
    """Read a script, once in a process."""
    text = (_FOLDER / f"{name}.lua").read_text(encoding="utf-8")
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())
