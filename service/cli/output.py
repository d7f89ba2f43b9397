"""What commands print: results on stdout, errors and progress on stderr, plain words, 80 columns.

Numbers are written for people; `--json` goes through `print_json`. No command prints in another way, and nothing here
knows what a run or a member is.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

Advance = Callable[[int, int], None]
"""(done, of how many) → shows it."""

Rename = Callable[[str], None]
"""What is done now → shows it."""


def say(text: str = "") -> None:
    """Print one line of a result."""
    click.echo(text)


def warn(text: str) -> None:
    """Print one line beside the result, on stderr."""
    click.echo(text, err=True)


def tell_error(error: Exception, *, about: str = "") -> None:
    """Print an error as one line, and one more for each field it names; `about` says which of several platforms."""
    first, *others = str(error).splitlines() or [type(error).__name__]
    warn(f"alongside: {about}: {first}" if about else f"alongside: {first}")
    for line in others:
        warn(f"  {line}")
    problems: Iterable[Any] = getattr(error, "problems", ())
    for problem in problems:
        field, message = getattr(problem, "field", ""), getattr(problem, "message", "")
        if message and message not in str(error):
            warn(f"  {field}: {message}" if field else f"  {message}")


def print_json(document: object) -> None:
    """Print one JSON document."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def print_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows in columns as wide as they need, under a header; nothing but the header when there are none."""
    lines = [tuple(header), *(tuple(map(str, row)) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(header))]
    for line in lines:
        say("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def counted(number: int, one: str, many: str = "") -> str:
    """Write a number with its noun: ``1 pair``, ``1,204 pairs``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def at_terminal() -> bool:
    """Whether a person reads what is printed."""
    return sys.stdout.isatty()


@contextmanager
def progress(title: str) -> Iterator[Advance]:
    """Show a bar on a terminal while the work goes on; give the function that moves it. Elsewhere: nothing."""
    with stages(title) as (advance, _rename):
        yield advance


@contextmanager
def stages(title: str) -> Iterator[tuple[Advance, Rename]]:
    """Show a bar as `progress`, for work in stages; give also the function that names the next one, and clears it."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None, lambda _stage: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)

        def rename(stage: str) -> None:
            bar.reset(task, total=None, description=f"{title}: {stage}")

        yield lambda done, total: bar.update(task, completed=done, total=total or None), rename
