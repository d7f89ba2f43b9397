"""What only the compiled driver needs: bits one by one, many supporters at once, points.

Imported by written drivers (`driver_source.py`) alone. Never here: rules and factors.
"""

# An intrinsic is called without the context it is written with.
# mypy: disable-error-code="call-arg, var-annotated, unreachable, no-untyped-call, import-untyped, untyped-decorator"
# ruff: noqa: ARG001

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from matching.columns import WORD_BITS
from matching.declare import count
from matching.native import INLINE, word_at
from matching.screens import TILE_WORDS


@intrinsic
def zeros_below(_context: Any, word: Any) -> Any:
    """Count the zeros below the lowest bit of a word that has one."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], context.get_constant(types.boolean, True))

    return types.int64(word), generate


@njit(nogil=True)
def bits_of(bitset: Any, rows: Any) -> Any:
    """List the bits of some rows, row after row, and where each row's begin."""
    ends = np.zeros(len(rows) + 1, dtype=np.int64)
    for q in range(len(rows)):
        ends[q + 1] = ends[q] + count(bitset, rows[q])
    ones = np.empty(ends[-1], dtype=np.int64)
    at = 0
    for q in range(len(rows)):
        for w in range(bitset.words):
            word = word_at(bitset, rows[q], w)
            while word != 0:
                ones[at] = w * WORD_BITS + zeros_below(word)
                at += 1
                word &= word - np.uint64(1)
    return ones, ends


LANES = 4
"""Words in a register of the processor."""


@intrinsic
def keep_sharing(_context: Any, masks: Any, first: Any, ones: Any, begin: Any, end: Any, chunk: Any) -> Any:
    """Keep in a chunk the supporters who have one of ``ones[begin:end]``; not more than that, in whole registers.

    The words of bit b are ``masks[first + b × TILE_WORDS:][:TILE_WORDS]``.
    """
    words = TILE_WORDS
    signature = types.void(masks, types.int64, ones, types.int64, types.int64, chunk)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word = context.get_value_type(types.uint64)
        lanes = ir.VectorType(word, LANES)

        def data_of(number: int) -> Any:
            return context.make_array(signature.args[number])(context, builder, arguments[number]).data

        def lanes_at(pointer: Any, offset: Any) -> Any:
            return builder.bitcast(builder.gep(pointer, [offset]), lanes.as_pointer())

        def constant(number: int) -> Any:
            return context.get_constant(types.int64, number)

        masks_data, ones_data, chunk_data = data_of(0), data_of(2), data_of(5)
        sums = [cgutils.alloca_once_value(builder, ir.Constant(lanes, [0] * LANES)) for _ in range(words // LANES)]
        with cgutils.for_range_slice(builder, arguments[3], arguments[4], constant(1)) as (at, _):
            one = builder.load(builder.gep(ones_data, [at]))
            row = builder.add(arguments[1], builder.mul(one, constant(words)))
            for number, total in enumerate(sums):
                found = builder.load(lanes_at(masks_data, builder.add(row, constant(number * LANES))), align=8)
                builder.store(builder.or_(builder.load(total), found), total)
        for number, total in enumerate(sums):
            kept = lanes_at(chunk_data, constant(number * LANES))
            builder.store(builder.and_(builder.load(kept, align=8), builder.load(total)), kept, align=8)
        return context.get_dummy_value()

    return signature, generate


SMALL = 64
SHIFT = 34
RECIPROCALS: Any = np.array([0, *(2**SHIFT // d + 1 for d in range(1, SMALL + 1))], dtype=np.int64)


@njit(nogil=True, **INLINE)
def share(weight: Any, numerator: Any, denominator: Any) -> Any:
    """Give ``weight × numerator // denominator``; by multiplication where the denominator is small, as most are.

    With d the denominator, a = weight × numerator ≤ 10⁶ × 64 < 2²⁶ and r = ⌊2³⁴ / d⌋ + 1: r × d exceeds 2³⁴ by at most
    d, so a × r / 2³⁴ exceeds a / d by at most a × d / (2³⁴ × d) < 2²⁶ / 2³⁴ < 1 / d and never reaches the next integer.
    """
    if denominator <= SMALL:
        return (weight * numerator * RECIPROCALS[np.uint64(denominator)]) >> SHIFT
    return weight * numerator // denominator
