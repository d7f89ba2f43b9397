"""A validated assignment problem: who may be paired at which score, how many places, who waits how urgently.

`read_problem` checks everything `assign` and `verify` take, before any work, and sorts both sides by key so that the
order of the input never matters; `Problem` is what the rest of the engine trusts. A new argument of `assign` is
validated here and nowhere else. What values are worth to an objective lives in `objective.py`, never here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.entries import INT64_MAX, Entries, Ints, integer_of, integer_values, integers_of, stored_entries
from matching.errors import ScoreError
from matching.keys import keys_of
from matching.policy import Objective

Keys = NDArray[np.uint64]
WAITING = -1
"""Stands for no supporter in `supporter_of` and `previous`."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Sparse scores and what belongs to them; seekers and supporters are sorted by key.

    Attributes
    ----------
    starts : (n + 1,) entries of seeker i are ``starts[i]:starts[i + 1]``.
    seekers, supporters, scores : (entries,) each feasible pair, row-major, and its score.
    capacity : (m,) places, ≥ 0. priority : (n,) ≥ 1. previous : (n,) supporter or `WAITING`.
    seeker_keys, supporter_keys : uint64, ascending, distinct.
    seeker_order, supporter_order : sorted position → the caller's index.
    """

    starts: Ints
    seekers: Ints
    supporters: Ints
    scores: Ints
    capacity: Ints
    priority: Ints
    previous: Ints
    seeker_keys: Keys
    supporter_keys: Keys
    seeker_order: Ints
    supporter_order: Ints
    objective: Objective
    keep_margin: int

    @property
    def shape(self) -> tuple[int, int]:
        """Seekers and supporters: (n, m)."""
        return self.priority.size, self.capacity.size

    def to_caller_order(self, supporter_of: Ints) -> Ints:
        """Rewrite a matching from sorted positions to the caller's indices."""
        answer = np.full(supporter_of.size, WAITING, dtype=np.int64)
        answer[self.seeker_order] = _relabelled(supporter_of, self.supporter_order)
        return answer

    def from_caller_order(self, supporter_of: Ints) -> Ints:
        """Rewrite a matching from the caller's indices, which must be in range, to sorted positions."""
        return _relabelled(supporter_of, _inverse(self.supporter_order))[self.seeker_order]


def read_problem(  # noqa: PLR0913 - the arguments of `assign`, in its order
    scores: Any,
    capacity: Any = None,
    priority: Any = None,
    previous: Any = None,
    *,
    objective: str = Objective.COVERAGE,
    keep_margin: int = 0,
    keys: Any = None,
) -> Problem:
    """Validate what `assign` takes (see there) and sort both sides by key; raises ScoreError before any work."""
    chosen = _objective(objective)
    margin = _margin(keep_margin)
    entries = stored_entries(scores)
    n, m = entries.shape
    places = _vector(capacity, m, field="capacity", default=1, least=0)
    urgency = _vector(priority, n, field="priority", default=1, least=1)
    held = _vector(previous, n, field="previous", default=WAITING, least=WAITING, most=m - 1)
    seeker_keys, supporter_keys = _key_pair(keys, n, m)
    seeker_order, supporter_order = np.argsort(seeker_keys), np.argsort(supporter_keys)
    sorted_entries = _sorted_entries(entries, _inverse(seeker_order), _inverse(supporter_order))
    return Problem(
        starts=np.concatenate(([0], np.cumsum(np.bincount(sorted_entries.rows, minlength=n)))).astype(np.int64),
        seekers=sorted_entries.rows,
        supporters=sorted_entries.columns,
        scores=sorted_entries.values,
        capacity=places[supporter_order],
        priority=urgency[seeker_order],
        previous=_relabelled(held, _inverse(supporter_order))[seeker_order],
        seeker_keys=seeker_keys[seeker_order],
        supporter_keys=supporter_keys[supporter_order],
        seeker_order=seeker_order,
        supporter_order=supporter_order,
        objective=chosen,
        keep_margin=margin,
    )


def _objective(objective: object) -> Objective:
    if isinstance(objective, str) and objective in set(Objective):
        return Objective(objective)
    raise ScoreError(f"cannot maximise {objective!r} (allowed: {', '.join(Objective)})", field="objective")


def _margin(keep_margin: object) -> int:
    margin = integers_of([keep_margin], field="keep_margin")[0]
    if margin < 0:
        raise ScoreError(f"cannot use a keep_margin of {margin} (allowed: 0 or more)", field="keep_margin")
    return int(margin)


def _vector(values: Any, length: int, *, field: str, default: int, least: int, most: int = INT64_MAX) -> Ints:
    if values is None:
        return np.full(length, default, dtype=np.int64)
    array = _integers(values, field=field)
    if array.shape != (length,):
        raise ScoreError(
            f"cannot read {field} of shape {array.shape} (allowed: one integer each, ({length},))", field=field
        )
    outside = np.flatnonzero((array < least) | (array > most))
    if outside.size:
        at = int(outside[0])
        bounds = f"{least} or more" if most == INT64_MAX else f"{least} to {most}"
        raise ScoreError(f"cannot use {int(array[at])} as {field} at position {at} (allowed: {bounds})", field=field)
    return array


def _integers(values: Any, *, field: str) -> Ints:
    if hasattr(values, "dtype"):
        return integer_values(values, field=field)
    if not isinstance(values, Sequence) or isinstance(values, str | bytes | bytearray):
        raise ScoreError(
            f"cannot read {field} from {type(values).__name__} (allowed: a sequence of integers)", field=field
        )
    return integers_of(values, field=field)


def _key_pair(keys: Any, n: int, m: int) -> tuple[Keys, Keys]:
    if keys is None:
        return np.arange(n, dtype=np.uint64), np.arange(m, dtype=np.uint64)
    if not isinstance(keys, tuple | list) or len(keys) != 2:
        raise ScoreError("cannot read keys (allowed: None, or a pair: seekers' keys, supporters' keys)", field="keys")
    return _side_keys(keys[0], n, "seekers"), _side_keys(keys[1], m, "supporters")


def _side_keys(keys: Any, length: int, side: str) -> Keys:
    listed = keys.tolist() if isinstance(keys, np.ndarray) else keys
    if not isinstance(listed, Sequence) or isinstance(listed, str | bytes | bytearray) or len(listed) != length:
        raise ScoreError(f"cannot read the keys of the {side} (allowed: a sequence of {length})", field="keys")
    array = _hashed(listed) if all(isinstance(key, str) for key in listed) else _plain_keys(listed)
    if np.unique(array).size != length:
        raise ScoreError(f"cannot order the {side}: two of them share a key (allowed: distinct keys)", field="keys")
    return array


def _hashed(ids: Iterable[str]) -> Keys:
    try:
        return keys_of(ids)
    except UnicodeEncodeError as error:
        raise ScoreError(f"cannot make a key of {error.object!r}: it is no valid text", field="keys") from error


def _plain_keys(keys: Iterable[object]) -> Keys:
    numbers = [integer_of(key, field="keys") for key in keys]
    if any(not 0 <= number < 2**64 for number in numbers):
        raise ScoreError("cannot use a key outside 0 … 2⁶⁴ − 1", field="keys")
    return np.array(numbers, dtype=np.uint64)


def _inverse(order: Ints) -> Ints:
    inverse = np.empty_like(order)
    inverse[order] = np.arange(order.size)
    return inverse


def _relabelled(supporter_of: Ints, label_of: Ints) -> Ints:
    # A last element for WAITING, which numpy reads as the index from the end.
    return np.append(label_of, WAITING)[supporter_of]


def _sorted_entries(entries: Entries, new_row: Ints, new_column: Ints) -> Entries:
    rows, columns = new_row[entries.rows], new_column[entries.columns]
    cells = rows * entries.shape[1] + columns
    if (cells[1:] > cells[:-1]).all():
        return Entries(rows, columns, entries.values, entries.shape)
    order = np.argsort(cells)
    return Entries(rows[order], columns[order], entries.values[order], entries.shape)
