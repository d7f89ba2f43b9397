"""The source of the compiled driver, written from the registries: calls only, in the order of declaration.

It visits the tiles of supporters that a layout (`layout.py`) leaves open, reads off chunks of bits who is left there,
and asks those what is left to ask. Beside it stand the functions of `answer_source.py`. Never here: what a rule or
factor means, numba itself (the written source imports it).
"""

from __future__ import annotations

from matching.answer_source import answer_source, each
from matching.factors import FACTORS
from matching.rules import RULES
from matching.screens import TILE_WORDS, overlaps, parts


def driver_source() -> str:
    """Write the driver."""
    return (
        _HEAD
        + _functions()
        + _TILES.format(
            words=TILE_WORDS,
            masks="".join(f"mask_{number}, " for number, _ in overlaps()),
            find_bits=_overlap(_FIND_BITS),
            overlaps=_overlap(_OVERLAP),
            asked=each(_ASKED, len(RULES)),
            added=each(_ADDED, len(FACTORS)),
        )
        + answer_source()
    )


def _functions() -> str:
    functions = {
        **{f"rule_{n}": f"RULES[{key!r}].function" for n, key in enumerate(RULES.keys())},
        **{f"part_{n}": f"parts()[{n}][1]" for n, _ in enumerate(parts())},
        **{f"factor_{n}": f"FACTORS[{key!r}].function" for n, key in enumerate(FACTORS.keys())},
    }
    return "".join(f"{name} = njit({function}, **INLINE)\n" for name, function in functions.items())


def _overlap(text: str) -> str:
    blocks = [f"c.{overlap.block_of}[i]" if overlap.block_of else "0" for _, overlap in overlaps()]
    return "".join(
        text.format(n=number, seeker=overlap.seeker, block=block)
        for (number, overlap), block in zip(overlaps(), blocks, strict=True)
    )


_HEAD = '''\
"""Written by matching/driver_source.py. Calls the declared rules and factors; named by a digest of their sources."""

import numpy as np
from numba import njit

from matching.factors import FACTORS
from matching.labels import label_points, labels_allow, points_for_labels
from matching.native import INLINE, columns_at
from matching.native_driver import bits_of, keep_sharing, share, zeros_below
from matching.rules import RULES
from matching.screens import parts

'''

_FIND_BITS = """\
    ones_{n}, ends_{n} = bits_of(c.{seeker}, rows)
"""

_OVERLAP = """\
            if mask_{n}.size:
                row = (tile * mask_{n}.shape[1] + {block}) * mask_{n}.shape[2] * WORDS
                keep_sharing(mask_{n}, row, ones_{n}, ends_{n}[q], ends_{n}[q + 1], chunk)
"""

_ASKED = """\
            if left_rules[i, {n}]:
                kept = 0
                for at in range(count):
                    found[kept] = found[at]
                    kept += rule_{n}(c, i, np.int64(found[at]))
                count = kept
"""

_ADDED = """\
            if left_factors[{n}] and c.weights[{n}] != 0:
                weight = c.weights[{n}]
                for at in range(count):
                    numerator, denominator = factor_{n}(c, i, np.int64(found[at]))
                    points[at] += share(weight, numerator, denominator)
"""

_TILES = '''

WORDS = {words}
SIZE = 64 * WORDS


@njit(nogil=True, cache=True)
def score_tiles(
    table, rows, order, wanted, minimum,
    codes, index, chunks, {masks}
    table_rows, table_groups, table_points,
    left_rules, left_factors, left_label_rules, left_label_factors,
):
    c = columns_at(table)
    m = len(order)
    tiles = index.shape[0]
    lengths = np.zeros((tiles, len(rows)), dtype=np.int32)
    supporters = np.empty(1 << 16, dtype=np.int32)
    scores = np.empty(1 << 16, dtype=np.int32)
    # Without a sign: indices that may be negative are looked at twice.
    found = np.empty(SIZE, dtype=np.uint64)
    points = np.empty(SIZE, dtype=np.int64)
    chunk = np.empty(WORDS, dtype=np.uint64)
    used = 0
{find_bits}\
    for tile in range(tiles):
        is_wanted = False
        for w in range(WORDS):
            is_wanted |= wanted[tile, w] != 0
        if not is_wanted:
            continue
        for q in range(len(rows)):
            i = rows[q]
            is_open = True
            for r in range(codes.shape[1]):
                if index[tile, codes[i, r]] == 0:
                    is_open = False
                    break
            if not is_open:
                continue
            for w in range(WORDS):
                chunk[w] = wanted[tile, w]
            for r in range(codes.shape[1]):
                number = index[tile, codes[i, r]]
                if number != 1:
                    for w in range(WORDS):
                        chunk[w] &= chunks[number, w]
{overlaps}\
            count = 0
            for w in range(WORDS):
                word = chunk[w]
                first = tile * SIZE + w * 64
                while word != 0:
                    found[count] = np.uint64(first + zeros_below(word))
                    count += 1
                    word &= word - np.uint64(1)
{asked}\
            for n in range(len(left_label_rules)):
                kept = 0
                for at in range(count):
                    found[kept] = found[at]
                    kept += label_points(c, left_label_rules[n], i, np.int64(found[at])) != 0
                count = kept
            if count == 0:
                continue
            for at in range(count):
                points[at] = 0
            for k in range(table_rows.shape[1]):
                row = np.uint64(table_rows[i, k])
                first = np.uint64(k * m)
                for at in range(count):
                    points[at] += table_points[row + np.uint64(table_groups[first + found[at]])]
{added}\
            for n in range(len(left_label_factors)):
                for at in range(count):
                    points[at] += label_points(c, left_label_factors[n], i, np.int64(found[at]))
            if used + count > len(scores):
                supporters = np.concatenate((supporters, np.empty(used + count, dtype=np.int32)))
                scores = np.concatenate((scores, np.empty(used + count, dtype=np.int32)))
            least = points[0]
            for at in range(count):
                least = min(least, points[at])
            before = used
            if least >= minimum:
                for at in range(count):
                    supporters[np.uint64(before + at)] = order[found[at]]
                    scores[np.uint64(before + at)] = points[at]
                used += count
            else:
                for at in range(count):
                    supporters[used] = order[found[at]]
                    scores[used] = points[at]
                    used += points[at] >= minimum
            lengths[tile, q] = used - before
    return _by_row(lengths, supporters, scores, used)


@njit(nogil=True, cache=True)
def _by_row(lengths, supporters, scores, used):
    """Bring what was found tile by tile into the order of rows."""
    tiles, rows = lengths.shape
    sums = np.zeros(rows, dtype=np.int64)
    for tile in range(tiles):
        for q in range(rows):
            sums[q] += lengths[tile, q]
    ends = np.empty(rows, dtype=np.int64)
    end = 0
    for q in range(rows):
        ends[q] = end
        end += sums[q]
    out_supporters = np.empty(used, dtype=np.int32)
    out_scores = np.empty(used, dtype=np.int32)
    at = 0
    for tile in range(tiles):
        for q in range(rows):
            to = ends[q]
            for k in range(lengths[tile, q]):
                out_supporters[to + k] = supporters[at + k]
                out_scores[to + k] = scores[at + k]
            ends[q] += lengths[tile, q]
            at += lengths[tile, q]
    return sums, out_supporters, out_scores
'''
