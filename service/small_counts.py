"""Counts of people that point at nobody: those of one to four are not counted out, nor what would give them away.

The one place that hides counts, for whatever is told of groups: advice, statistics. Whoever knows the total of a list
of counts could work out a single hidden one, so others are hidden with it. Never here: whom a count is of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matching.groups import FEWEST

FEW = "fewer than five"
NOT_TOLD = "not told"


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a count; `count` None where it is hidden, and then `words` say how."""

    count: int | None
    words: str


def told(counts: Sequence[int]) -> tuple[Told, ...]:
    """Say counts, each at least 0, whose total anybody may know: each hidden one may still be at least two numbers.

    Where all of them together are fewer than five there is nothing to hide them behind: then all are hidden.
    """
    hidden = _hidden(counts)
    return tuple(_said(count, is_hidden=at in hidden) for at, count in enumerate(counts))


def told_alone(count: int) -> Told:
    """Say a count of which nobody knows what it is a part of."""
    return _said(count, is_hidden=False)


def _said(count: int, *, is_hidden: bool) -> Told:
    if 0 < count < FEWEST:
        return Told(None, FEW)
    return Told(None, NOT_TOLD) if is_hidden else Told(count, f"{count:,}")


def _hidden(counts: Sequence[int]) -> frozenset[int]:
    few = [at for at, count in enumerate(counts) if 0 < count < FEWEST]
    others = sorted((at for at, count in enumerate(counts) if count >= FEWEST), key=lambda at: (counts[at], at))
    with_them: list[int] = []
    while few and others and not _is_open([counts[at] for at in few], [counts[at] for at in with_them]):
        with_them.append(others.pop(0))
    return frozenset((*few, *with_them))


def _is_open(few: Sequence[int], others: Sequence[int]) -> bool:
    """Tell whether whoever knows the sum of all these cannot work out any of the few."""
    total = sum(few)
    if not others:
        return len(few) > 1 and len(few) < total < (FEWEST - 1) * len(few)
    return total > len(few) or sum(others) > FEWEST * len(others)
