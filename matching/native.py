"""How compiled code sees a cohort's columns: three numba types without reference counts, and the primitives on them.

numba's own tuples of arrays are no use here: seventy arrays copied and counted at every access made a pair cost 600
ns (tried). Instead the driver gets a table of addresses; `c` is a pointer to it, `c.name` a `ColumnType` (address,
rows) or a `WordsType` (address, rows, words a row, list of a row's words that are not 0), read without bounds checks.
The caller keeps the arrays alive meanwhile. A new primitive on bitsets gets its version over words here. Imported when
somebody wants compiled code. Never here: rules and factors, what only a driver needs (`native_driver.py`).
"""

# An intrinsic is called without the context it is written with, and compiled code knows no generator expressions.
# mypy: disable-error-code="call-arg, no-untyped-call, override, unreachable, untyped-decorator"
# ruff: noqa: ARG001, PLW0108, SIM110

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numba import types
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    infer_getattr,
    intrinsic,
    lower_getattr_generic,
    make_attribute_wrapper,
    models,
    overload,
    register_jitable,
    register_model,
)
from numpy.typing import NDArray

from matching import declare
from matching.columns import Columns

Table = NDArray[np.int64]

TABLE_FIELDS = 4
"""Entries of the table for each column: address, rows, words a row (0: one integer), address of listed words (or 0)."""

NOTHING_LISTED: Mapping[str, NDArray[np.uint8]] = MappingProxyType({})
"""For bitsets by name: (rows, 1 + words), how many words of a row are not 0, and which."""


class ColumnsType(types.Opaque):
    """A pointer to a table of addresses."""


class ColumnType(types.Type):
    """One int64 a row."""


class WordsType(types.Type):
    """Some uint64 words a row."""


COLUMNS = ColumnsType("Columns")
COLUMN = ColumnType("Column")
WORDS = WordsType("Words")
TYPE_OF = {
    name: WORDS if kind.__forward_arg__ == "Bitset" else COLUMN for name, kind in Columns.__annotations__.items()
}


def table_of(columns: Columns, listed: Mapping[str, NDArray[np.uint8]] = NOTHING_LISTED) -> Table:
    """Write down where each column is, and its listed words; valid as long as columns and lists are kept."""
    table = np.zeros((len(columns), TABLE_FIELDS), dtype=np.int64)
    arrays: tuple[Any, ...] = columns
    for n, (array, name) in enumerate(zip(arrays, Columns._fields, strict=True)):
        _check_layout(array, name)
        words = listed[name].ctypes.data if name in listed else 0
        table[n] = (array.ctypes.data, array.shape[0], array.shape[1] if array.ndim == 2 else 0, words)
    return table


def _check_layout(array: Any, name: str) -> None:
    dtype, dimensions = (np.uint64, 2) if TYPE_OF[name] is WORDS else (np.int64, 1)
    if array.dtype != dtype or array.ndim != dimensions or not array.flags.c_contiguous:
        raise TypeError(f"column {name} is no contiguous {dimensions}-d array of {np.dtype(dtype)}")


# --- Types ---------------------------------------------------------------------------------------------------------

register_model(ColumnsType)(models.OpaqueModel)


@register_model(ColumnType)
class _ColumnModel(models.StructModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, [("address", types.voidptr), ("rows", types.intp)])


@register_model(WordsType)
class _WordsModel(models.StructModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        numbers = [(name, types.intp) for name in ("rows", "words", "listed")]
        members: list[tuple[str, Any]] = [("address", types.voidptr), *numbers]
        super().__init__(manager, kind, members)


make_attribute_wrapper(ColumnType, "rows", "rows")
make_attribute_wrapper(WordsType, "rows", "rows")
make_attribute_wrapper(WordsType, "words", "words")
make_attribute_wrapper(WordsType, "listed", "listed")


@infer_getattr
class _ColumnsAttributes(AttributeTemplate):
    key = ColumnsType

    def generic_resolve(self, _kind: Any, name: str) -> Any:
        return TYPE_OF.get(name)


@lower_getattr_generic(ColumnsType)
def _column_of(context: Any, builder: Any, _kind: Any, pointer: Any, name: str) -> Any:
    """Read the column's address, rows and words out of the table."""
    kind = TYPE_OF[name]
    word = context.get_value_type(types.intp)
    table = builder.bitcast(pointer, word.as_pointer())
    first = Columns._fields.index(name) * TABLE_FIELDS

    def entry(offset: int) -> Any:
        return _load(builder, builder.gep(table, [context.get_constant(types.intp, first + offset)]))

    column = context.make_helper(builder, kind)
    column.address = builder.inttoptr(entry(0), context.get_value_type(types.voidptr))
    column.rows = entry(1)
    if kind is WORDS:
        column.words, column.listed = entry(2), entry(3)
    return column._getvalue()


def _load(builder: Any, pointer: Any) -> Any:
    """Read memory that does not change while the driver runs, so that reads move out of loops."""
    value = builder.load(pointer)
    value.set_metadata("invariant.load", builder.module.add_metadata([]))
    return value


@intrinsic
def columns_at(_context: Any, table: Any) -> Any:
    """Take a table (2-d int64 array) for columns."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        return builder.bitcast(array.data, context.get_value_type(COLUMNS))

    return COLUMNS(table), generate


@intrinsic
def _number_at(_context: Any, column: Any, row: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        numbers = context.make_helper(builder, signature.args[0], arguments[0]).address
        pointer = builder.bitcast(numbers, context.get_value_type(types.int64).as_pointer())
        return _load(builder, builder.gep(pointer, [arguments[1]]))

    return types.int64(column, types.intp), generate


def _pointer_to_word(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    words = context.make_helper(builder, signature.args[0], arguments[0])
    pointer = builder.bitcast(words.address, context.get_value_type(types.uint64).as_pointer())
    return builder.gep(pointer, [builder.add(builder.mul(arguments[1], words.words), arguments[2])])


@intrinsic
def word_at(_context: Any, bitset: Any, row: Any, word: Any) -> Any:
    """Read one word of a row."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _load(builder, _pointer_to_word(context, builder, signature, arguments))

    return types.uint64(bitset, types.intp, types.intp), generate


@intrinsic
def _word_alone_at(_context: Any, bitset: Any, row: Any, word: Any) -> Any:
    """Read a word as `word_at` does, but never several at once: counting bits in wide registers takes far longer."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _pointer_to_word(context, builder, signature, arguments)
        return builder.load_atomic(pointer, ordering="unordered", align=8)

    return types.uint64(bitset, types.intp, types.intp), generate


@intrinsic
def _listed_at(_context: Any, bitset: Any, row: Any, at: Any) -> Any:
    """Read from the list of a row's words that are not 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        words = context.make_helper(builder, signature.args[0], arguments[0])
        width = builder.add(words.words, context.get_constant(types.intp, 1))
        index = builder.add(builder.mul(arguments[1], width), arguments[2])
        pointer = builder.inttoptr(words.listed, context.get_value_type(types.uint8).as_pointer())
        return builder.zext(_load(builder, builder.gep(pointer, [index])), context.get_value_type(types.int64))

    return types.int64(bitset, types.intp, types.intp), generate


@intrinsic
def _bits_in(_context: Any, word: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(word), generate


@overload(operator.getitem, strict=False)
def _getitem(column: Any, row: Any) -> Any:
    if isinstance(column, ColumnType) and isinstance(row, types.Integer):
        return lambda column, row: _number_at(column, row)
    return None


@overload(len, strict=False)
def _len(column: Any) -> Any:
    return (lambda column: column.rows) if isinstance(column, ColumnType | WordsType) else None


# --- The primitives on bitsets -------------------------------------------------------------------------------------


def _shares(a: Any, i: int, b: Any, j: int) -> bool:
    if a.words == 1:
        return bool(word_at(a, i, 0) & word_at(b, j, 0))
    for w in range(a.words):
        if word_at(a, i, w) & word_at(b, j, w):
            return True
    return False


def _shares_within(a: Any, i: int, b: Any, j: int, masks: Any, k: int) -> bool:
    for w in range(a.words):
        if word_at(a, i, w) & word_at(b, j, w) & word_at(masks, k, w):
            return True
    return False


def _count_shared(a: Any, i: int, b: Any, j: int) -> int:
    if a.words == 1:
        return int(_bits_in(word_at(a, i, 0) & word_at(b, j, 0)))
    bits = 0
    if a.listed != 0:
        for at in range(_listed_at(a, i, 0)):
            w = _listed_at(a, i, at + 1)
            bits += _bits_in(word_at(a, i, w) & _word_alone_at(b, j, w))
        return bits
    for w in range(a.words):
        bits += _bits_in(word_at(a, i, w) & _word_alone_at(b, j, w))
    return bits


def _count(a: Any, i: int) -> int:
    if a.words == 1:
        return int(_bits_in(word_at(a, i, 0)))
    bits = 0
    for w in range(a.words):
        bits += _bits_in(_word_alone_at(a, i, w))
    return bits


def _covers(a: Any, i: int, b: Any, j: int) -> bool:
    for w in range(a.words):
        if word_at(a, i, w) & ~word_at(b, j, w):
            return False
    return True


OVER_WORDS: dict[Callable[..., object], Callable[..., object]] = {
    declare.shares: _shares,
    declare.shares_within: _shares_within,
    declare.count_shared: _count_shared,
    declare.count: _count,
    declare.covers: _covers,
}
"""Each primitive that touches a bitset's rows itself, and its version over words."""


INLINE: Any = {"forceinline": True}
"""A call for each pair would cost as much as most functions do."""


def _always(version: Callable[..., object]) -> Callable[..., Callable[..., object]]:
    """Answer numba's question which version suits the argument types: this one, whatever they are."""
    return lambda *_argument_types: version


for _primitive in declare.PRIMITIVES:
    if _primitive in OVER_WORDS:
        overload(_primitive, strict=False, jit_options=INLINE)(_always(OVER_WORDS[_primitive]))
    else:
        register_jitable(**INLINE)(_primitive)
