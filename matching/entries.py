"""The stored entries of any scipy sparse array, one by one: nothing dropped, nothing summed, nothing taken on trust.

A stored entry is a feasible pair, so a conversion that adds duplicates up or forgets an explicit zero would change
who may meet whom. A new sparse format gets one reader in `_READERS`. What entries mean (places, priority, keys) lives
in `problem.py`, never here.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from matching.errors import BoundError, ScoreError

Ints = NDArray[np.int64]
INT64_MAX = 2**63 - 1
_UNCLEAR_ZERO = (
    "cannot read scores in {format} format: its zeros may be padding or feasible pairs that score 0, "
    "and nothing tells which (allowed: csr, csc, coo, lil, dok; or {format} without zeros)"
)


class Entries(NamedTuple):
    """Stored entries in row-major order, each pair once."""

    rows: Ints
    columns: Ints
    values: Ints
    shape: tuple[int, int]


def stored_entries(scores: Any) -> Entries:
    """Read every stored entry of a two-dimensional scipy sparse array or matrix of integers.

    Raises ScoreError for anything else: dense arrays, floats (NaN among them), booleans, objects, duplicate entries,
    indices out of range; BoundError for unsigned values beyond int64.
    """
    if not issparse(scores):
        raise ScoreError(
            f"cannot read scores from {type(scores).__name__}: a missing entry must differ from a zero score "
            "(allowed: a scipy sparse array or matrix, whose stored entries are the feasible pairs)"
        )
    array: Any = scores
    if array.ndim != 2:
        raise ScoreError(f"cannot read scores with {array.ndim} dimension(s) (allowed: seekers × supporters)")
    rows, columns, values = _READERS[array.format](array)
    shape = (int(array.shape[0]), int(array.shape[1]))
    values = integer_values(values, field="scores")
    if not rows.shape == columns.shape == values.shape or rows.ndim != 1:
        raise ScoreError("cannot read scores: row, column and value arrays differ in length")
    return _in_row_major_order(_indices(rows, shape[0], "row"), _indices(columns, shape[1], "column"), values, shape)


def integer_values(values: Any, *, field: str) -> Ints:
    """Take an array of any integer dtype as int64; ScoreError for other dtypes, BoundError for values beyond it."""
    if isinstance(values, np.ma.MaskedArray):
        raise ScoreError(f"cannot read {field} from a masked array: a masked number is none", field=field)
    array = np.asarray(values)
    _check_dtype(array.dtype, field=field)
    if array.dtype.kind == "u" and array.size and int(array.max()) > INT64_MAX:
        raise BoundError(f"cannot read {field}: {int(array.max())} does not fit 64 signed bits", field=field)
    return array.astype(np.int64)


def integers_of(values: Iterable[object], *, field: str) -> Ints:
    """Take Python or numpy integers, one by one, as int64; ScoreError for anything else, BoundError beyond it."""
    numbers = [integer_of(value, field=field) for value in values]
    if any(not -INT64_MAX - 1 <= number <= INT64_MAX for number in numbers):
        raise BoundError(f"cannot read {field}: a value does not fit 64 signed bits", field=field)
    return np.array(numbers, dtype=np.int64)


def integer_of(value: object, *, field: str) -> int:
    """Take one integer of any size; ScoreError for anything else, truth values and arrays too."""
    if not isinstance(value, bool | np.bool_ | np.ndarray):
        try:
            return operator.index(value)  # type: ignore[arg-type] # refused below when it is none
        except TypeError:
            pass
    raise ScoreError(f"cannot read {value!r} in {field} (allowed: integers)", field=field)


def _check_dtype(dtype: np.dtype[Any], *, field: str) -> None:
    if dtype.kind not in "iu":
        raise ScoreError(f"cannot read {field} of dtype {dtype} (allowed: any integer dtype)", field=field)


def _indices(indices: Any, length: int, axis: str) -> Ints:
    array = integer_values(indices, field="scores")
    if array.size and not 0 <= int(array.min()) <= int(array.max()) < length:
        raise ScoreError(f"cannot read scores: a {axis} index lies outside 0…{length - 1}")
    return array


def _in_row_major_order(rows: Ints, columns: Ints, values: Ints, shape: tuple[int, int]) -> Entries:
    if shape[0] * shape[1] > INT64_MAX:
        raise BoundError(f"cannot read scores of shape {shape}: it has more cells than 64 signed bits can count")
    cells = rows * shape[1] + columns
    if not (cells[1:] > cells[:-1]).all():
        order = np.argsort(cells, kind="stable")
        rows, columns, values, cells = rows[order], columns[order], values[order], cells[order]
        twice = np.flatnonzero(cells[1:] == cells[:-1])
        if twice.size:
            at = (int(rows[twice[0]]), int(columns[twice[0]]))
            raise ScoreError(f"cannot read scores: the pair {at} is stored more than once (allowed: each pair once)")
    return Entries(rows, columns, values, shape)


_Triplets = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]


def _compressed(scores: Any, length: int) -> _Triplets:
    """Expand csr (csc: with the axes swapped) by hand: scipy's conversions may add duplicates up."""
    starts = integer_values(scores.indptr, field="scores")
    indices, values = np.asarray(scores.indices), scores.data
    is_sound = (
        starts.shape == (length + 1,)
        and starts[0] == 0
        and bool((starts[1:] >= starts[:-1]).all())
        and starts[-1] <= min(indices.size, values.size)
    )
    if not is_sound:
        raise ScoreError(f"cannot read scores: the index pointer of the {scores.format} array is broken")
    stored = int(starts[-1])
    return np.repeat(np.arange(length), np.diff(starts)), indices[:stored], values[:stored]


def _read_csr(scores: Any) -> _Triplets:
    return _compressed(scores, scores.shape[0])


def _read_csc(scores: Any) -> _Triplets:
    columns, rows, values = _compressed(scores, scores.shape[1])
    return rows, columns, values


def _read_coo(scores: Any) -> _Triplets:
    return np.asarray(scores.row), np.asarray(scores.col), scores.data


def _read_rows(scores: Any) -> _Triplets:
    """Read lil row by row: its conversion to coo goes through sums, and its lists may hold anything."""
    _check_dtype(scores.dtype, field="scores")
    counts = [len(row) for row in scores.rows]
    if counts != [len(row) for row in scores.data]:
        raise ScoreError("cannot read scores: a row of the lil array has more or fewer values than columns")
    columns = integers_of((column for row in scores.rows for column in row), field="scores")
    values = integers_of((value for row in scores.data for value in row), field="scores")
    return np.repeat(np.arange(scores.shape[0]), counts), columns, values


def _read_blocks(scores: Any) -> _Triplets:
    if scores.blocksize != (1, 1) and not np.asarray(scores.data).all():
        raise ScoreError(_UNCLEAR_ZERO.format(format="bsr"))
    return _read_coo(scores.tocoo())


def _read_diagonals(scores: Any) -> _Triplets:
    expanded = scores.tocoo()
    if expanded.nnz != scores.nnz:
        raise ScoreError(_UNCLEAR_ZERO.format(format="dia"))
    return _read_coo(expanded)


def _read_keyed(scores: Any) -> _Triplets:
    """Read dok cell by cell: its conversion to coo casts whatever its dictionary holds."""
    _check_dtype(scores.dtype, field="scores")
    cells = integers_of((index for cell in scores.keys() for index in cell), field="scores").reshape(-1, 2)  # noqa: SIM118 - an array, not a dict
    return cells[:, 0], cells[:, 1], integers_of(scores.values(), field="scores")


_READERS: dict[str, Callable[[Any], _Triplets]] = {
    "csr": _read_csr,
    "csc": _read_csc,
    "coo": _read_coo,
    "lil": _read_rows,
    "dok": _read_keyed,
    "bsr": _read_blocks,
    "dia": _read_diagonals,
}
