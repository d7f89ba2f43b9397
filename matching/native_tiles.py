"""Compiled loops that lay supporters' bits side by side in tiles: the inner loops of `layout.py`.

Never imported under this name: `layout.py` has `code_cache` keep a copy named by a digest of this text, so it may call
nothing of ours. A tile is `WORDS` words of 64 supporters, the last one padded with nobody. Never here: what a bit
means.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

Array = Any

WORD = 64
NONE, ALL = 0, 1


@njit(nogil=True, cache=True)
def _turn(block: Array) -> None:
    """Turn 64 × 64 bits in place: bit b of word w becomes bit w of word b."""
    width = 32
    mask = np.uint64(0x00000000FFFFFFFF)
    while width > 0:
        shift = np.uint64(width)
        k = 0
        while k < WORD:
            other = k + width
            swap = ((block[k] >> shift) ^ block[other]) & mask
            block[k] ^= swap << shift
            block[other] ^= swap
            k = (k + width + 1) & ~width
        width >>= 1
        mask ^= mask << np.uint64(width)


@njit(nogil=True, cache=True)
def turned(bits: Array, order: Array, blocks: int, tile_words: int, tiles: int) -> Array:
    """Turn bitsets of supporters into bitsets of bits: (tiles, blocks, bits, tile_words) uint64.

    `bits` is (blocks × supporters, words) uint64; the supporter at position p is row `order[p]` of each block.
    """
    m, words = order.size, bits.shape[1]
    out = np.zeros((tiles, blocks, words * WORD, tile_words), dtype=np.uint64)
    square = np.empty(WORD, dtype=np.uint64)
    for first in range(0, m, WORD):
        tile, at = first // (tile_words * WORD), first // WORD % tile_words
        here = min(WORD, m - first)
        for block in range(blocks):
            for word in range(words):
                for k in range(here):
                    square[k] = bits[block * m + order[first + k], word]
                square[here:] = 0
                _turn(square)
                for k in range(WORD):
                    out[tile, block, word * WORD + k, at] = square[k]
    return out


@njit(nogil=True, cache=True)
def kinds_of_chunks(answers: Array, codes: Array, size: int, tiles: int) -> Array:
    """Tell for each group of seekers and tile: 0 nobody there is allowed, 1 everybody, 2 some; (groups, tiles) uint8.

    `codes` are the groups of the supporters in tile order, `answers` (groups, groups) uint8.
    """
    groups = answers.shape[0]
    kinds = np.zeros((groups, tiles), dtype=np.uint8)
    last_seen = np.full(answers.shape[1], -1, dtype=np.int64)
    present = np.empty(answers.shape[1], dtype=np.int64)
    for tile in range(tiles):
        count = 0
        for position in range(tile * size, min((tile + 1) * size, codes.size)):
            group = codes[position]
            if last_seen[group] != tile:
                last_seen[group] = tile
                present[count] = group
                count += 1
        for seeker in range(groups):
            allowed = 0
            for k in range(count):
                allowed += answers[seeker, present[k]]
            kinds[seeker, tile] = NONE if allowed == 0 else (ALL if allowed == count else 2)
    return kinds


@njit(nogil=True, cache=True)
def fill_chunks(answers: Array, codes: Array, kinds: Array, numbers: Array, chunks: Array) -> None:
    """Write the words of each mixed chunk into ``chunks[numbers[group, tile]]``, which holds zeros."""
    size = chunks.shape[1] * WORD
    for tile in range(kinds.shape[1]):
        for seeker in range(kinds.shape[0]):
            if kinds[seeker, tile] == 2:
                chunk = chunks[numbers[seeker, tile]]
                for position in range(tile * size, min((tile + 1) * size, codes.size)):
                    at = position - tile * size
                    chunk[at // WORD] |= np.uint64(answers[seeker, codes[position]]) << np.uint64(at % WORD)


@njit(nogil=True, cache=True)
def pairs_visited(rows: Array, codes: Array, index: Array, size: int, m: int) -> int:
    """Count the pairs of those seeker rows in tiles where no group forbids everybody."""
    visited = 0
    for tile in range(index.shape[0]):
        here = min(size, m - tile * size)
        for row in rows:
            is_open = True
            for r in range(codes.shape[1]):
                if index[tile, codes[row, r]] == NONE:
                    is_open = False
                    break
            visited += here if is_open else 0
    return visited
