"""Which seekers a rule must answer alike, so that it need be asked only once for all of them and each supporter.

Two seekers are of one kind to a rule when they are equal in every seekers' column that the rule reads. What it reads is
found in its code, never in what it declares of itself: a declaration that lies would mislead engine and verifier alike.
A column that is not listed here makes a rule one that is asked for every pair: slower, never wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any, NamedTuple

import numpy as np

from matching.columns import Columns
from matching.entries import Ints

OF_SEEKERS = frozenset(
    {
        "seeker_languages",
        "seeker_modes",
        "seeker_age",
        "seeker_age_wish",
        "seeker_gender",
        "seeker_gender_wish",
        "seeker_pace",
        "seeker_topics",
        "seeker_boundaries",
        "seeker_interests",
        "seeker_access",
        "required_training",
        "seeker_session",
        "seeker_starts",
        "seeker_need",
        "seeker_x",
        "seeker_y",
        "seeker_z",
        "seeker_reach",
        "seeker_labels",
        "seeker_label_sets",
    }
)
"""Columns of which a rule reads the seeker's own row alone; `seeker_labels` has one row a seeker and comparison."""

OF_OTHERS = ("supporter_", "label_", "weights")
"""How columns begin that hold nothing of seekers."""


class Kinds(NamedTuple):
    """Seekers by kind: `of` (n,) the kind of each, `examples` (kinds,) the first seeker of each."""

    of: Ints
    examples: Ints


def kinds_for(function: Callable[..., object], columns: Columns, n: int, *, most: int) -> Kinds | None:
    """Sort n seekers by kind to a rule; None for more than `most` kinds, or a rule that reads anything unlisted."""
    read = columns_read(function)
    if read is None:
        return None
    own = sorted(name for name in read if not name.startswith(OF_OTHERS))
    if not OF_SEEKERS.issuperset(own):
        return None
    kinds = Kinds(np.zeros(n, dtype=np.int64), np.zeros(min(n, 1), dtype=np.int64))
    for part in _parts(columns, own, n):
        together = np.column_stack((kinds.of, np.unique(part, return_inverse=True)[1].reshape(-1)))
        codes = together[:, 0] * (int(together[:, 1].max(initial=0)) + 1) + together[:, 1]
        _, examples, of = np.unique(codes, return_index=True, return_inverse=True)
        kinds = Kinds(of.reshape(-1).astype(np.int64), examples.astype(np.int64))
        if kinds.examples.size > most:
            return None
    return kinds


def columns_read(function: Callable[..., object]) -> frozenset[str] | None:
    """Name the columns a declared function can read, itself or through what it calls; None where that is not plain."""
    names: set[str] = set()
    seen: set[Callable[..., object]] = set()
    waiting = [function]
    while waiting:
        asked = waiting.pop()
        if asked in seen:
            continue
        seen.add(asked)
        if not isinstance(asked, FunctionType) or asked.__closure__ is not None:
            return None
        for name in _names_in(asked.__code__):
            names.add(name)
            called = asked.__globals__.get(name)
            if isinstance(called, FunctionType):
                waiting.append(called)
            elif called is not None and not isinstance(called, int):
                return None
    return frozenset(names & set(Columns._fields)) if "getattr" not in names else None


def _names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)


def _parts(columns: Columns, names: list[str], n: int) -> Iterator[Any]:
    """Cut columns into arrays of one number a seeker."""
    for name in names:
        array: Any = getattr(columns, name)
        if name == "seeker_labels":
            yield from array.reshape(-1, n) if n else ()
        elif array.ndim == 1:
            yield array
        else:
            yield from array.T
