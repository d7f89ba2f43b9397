"""Which columns a declared function reads, found in its bytecode, and what in them belongs to one member.

A function names every column it may read (`c.seeker_modes`), itself or in the functions it calls; so the names in its
code are all it can read, and more at worst. Two members with the same values in those columns are the same to the
function, as long as it does not answer by row numbers. A new column needs nothing here as long as it is named
`seeker_…` or `supporter_…` and has a row a member. Never here: what a column means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.columns import Columns

SEEKERS_TOO = frozenset({"required_training"})
"""Columns with a row for each seeker that are not called so."""

SEQUENCES = {
    "seeker_language_list": "seeker_language_starts",
    "supporter_language_list": "supporter_language_starts",
}
"""Columns that hold a list for each member, and the columns with the lists' starts."""

MOST_IN_A_SEQUENCE = 16
"""Longest list whose members are told apart by it."""

Keys = tuple[NDArray[Any], ...]
"""Arrays with one integer a member; members with equal integers in all of them are alike."""


class Reads(NamedTuple):
    """What a function may read: columns of each side, and columns where rows of one member cannot be told."""

    seeker: tuple[str, ...]
    supporter: tuple[str, ...]
    other: tuple[str, ...]

    @property
    def is_of_members(self) -> bool:
        """Whether members can be grouped by what the function reads."""
        return not self.other


def reads_of(function: Callable[..., object]) -> Reads:
    """List the columns a function may read, in the order of `Columns`."""
    names = set(_names_in(function, set()))
    found = [name for name in Columns._fields if name in names]
    lists = set(SEQUENCES) | set(SEQUENCES.values())
    sides: dict[str, list[str]] = {"seeker": [], "supporter": [], "other": []}
    for name in found:
        sides[_side_in_pairs(name)].append(name)
    # Starts without their list, or a list without its starts, say nothing about one member.
    for name in lists & names:
        if not {name, *_partners(name)} <= names:
            sides["other"].append(name)
    return Reads(*(tuple(sides[side]) for side in Reads._fields))


def keys_of_members(columns: Columns, names: tuple[str, ...], members: int, *, first: int | None = None) -> Keys | None:
    """Take what tells the members of one side apart in those columns; None where it cannot be written so.

    Parameters
    ----------
    members : of that side.
    first : of so many members only; default all.
    """
    keys: list[NDArray[Any]] = []
    for name in names:
        if name in SEQUENCES.values():
            continue
        array = getattr(columns, name)
        is_list = name in SEQUENCES
        rows = (
            _sequences(array, getattr(columns, SEQUENCES[name]), first) if is_list else _blocks(array, members, first)
        )
        if rows is None:
            return None
        keys.extend(rows)
    return tuple(keys)


def _names_in(function: Callable[..., object], seen: set[object]) -> Iterator[str]:
    if not isinstance(function, FunctionType) or function in seen:
        return
    seen.add(function)
    if function.__closure__:
        raise TypeError(f"cannot tell what {function.__name__} reads: it uses names of a function around it")
    for code in _codes_in(function.__code__):
        for name in code.co_names:
            yield name
            called = function.__globals__.get(name)
            if isinstance(called, ModuleType):
                raise TypeError(f"cannot tell what {function.__name__} reads: import from {name} what it calls")
            if isinstance(called, FunctionType):
                yield from _names_in(called, seen)


def _codes_in(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes_in(constant)


def side_of(name: str) -> str:
    """Tell whose rows a column has: a block or more of `seeker`s or `supporter`s; empty for nobody's."""
    if name.startswith("seeker_") or name in SEEKERS_TOO:
        return "seeker"
    return "supporter" if name.startswith("supporter_") else ""


def _side_in_pairs(name: str) -> str:
    # Of labels there is a block of rows for each comparison: which is read depends on the comparison.
    return "other" if name.endswith("_labels") else side_of(name) or "other"


def _partners(name: str) -> set[str]:
    return {name, SEQUENCES.get(name, name)} | {lists for lists, starts in SEQUENCES.items() if starts == name}


def _blocks(array: NDArray[Any], members: int, first: int | None) -> list[NDArray[Any]] | None:
    """Split rows of members, block after block of them, into arrays of one integer a member."""
    if members == 0 or len(array) % members:
        return None
    blocks = array.reshape(len(array) // members, members, -1)[:, :first]
    return list(blocks.transpose(0, 2, 1).reshape(-1, blocks.shape[1]))


def _sequences(listed: NDArray[np.int64], starts: NDArray[np.int64], first: int | None) -> list[NDArray[Any]] | None:
    """Write lists side by side: their first entries, their second entries, …; -1 where a list has ended."""
    starts = starts if first is None else starts[: first + 1]
    lengths = np.diff(starts)
    longest = int(lengths.max(initial=0))
    if longest > MOST_IN_A_SEQUENCE:
        return None
    keys = []
    for place in range(longest):
        key = np.full(len(lengths), -1, dtype=np.int64)
        has = lengths > place
        key[has] = listed[starts[:-1][has] + place]
        keys.append(key)
    return keys
