"""The compiled loops of `native/`, compiled when first wanted and kept on disk by `code_cache`.

`loops()` gives them; `python -m matching.kernel` compiles them ahead. Never here: what they do.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from matching.code_cache import default_directory, digest_of, imported

STEPS = (
    "lists", "core", "asking", "levels", "auction", "repair", "lowering", "notes", "local", "falling", "arcs",
    "choosing", "dues",
)  # fmt: skip
"""The files of `native/` whose functions are called; `words` is what they share."""

Loops = SimpleNamespace
"""Every compiled function of the steps, by name."""


@cache
def loops(directory: Path | None = None) -> Loops:
    """Give the compiled functions, compiling those that the directory (default: `code_cache`'s) does not hold."""
    place = directory or default_directory()
    name = digest_of(sources())
    found: dict[str, Callable[..., Any]] = {}
    for step in STEPS:
        text = _file_of(step).read_text("utf-8")
        module = imported(f"{step}_{name}", text, place)
        found |= {key: value for key, value in vars(module).items() if key[0] != "_" and _is_of(value, module)}
    return SimpleNamespace(**found)


def _is_of(value: Any, module: ModuleType) -> bool:
    return hasattr(value, "py_func") and value.py_func.__module__ == module.__name__


def sources() -> tuple[Path, ...]:
    """List the files the loops are made of."""
    return tuple(_file_of(step) for step in ("words", *STEPS))


def _file_of(step: str) -> Path:
    return Path(__file__).with_name("native") / f"{step}.py"
