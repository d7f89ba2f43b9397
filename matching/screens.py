"""Rules as bits of many supporters at once: what is known of a pair before it is looked at.

People are grouped by what a rule reads (`blocking.py`). For each group of seekers and tile of supporters there is a
chunk of bits, one a supporter; a chunk may be nobody, and then the tile is never visited, or everybody. A rule declared
as an overlap of two bitsets has those of the supporters turned: for each bit, who has it. Never here: what a rule
means, the loop over pairs (`driver_source.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.blocking import Grouped
from matching.code_cache import default_directory, digest_of, imported
from matching.columns import WORD_BITS, Columns
from matching.declare import Overlap, RuleFunction
from matching.rules import RULES

TILE_WORDS = 16
TILE = WORD_BITS * TILE_WORDS
"""Supporters in a tile."""

NOBODY, EVERYBODY, SOME = range(3)
"""The first two chunks; a third kind has its own."""

MOST_CHUNKS = 1 << 20
"""Chunks kept for all screens (128 MiB); a screen that would need more is left out, and its rule asked."""

MOST_MASK_BYTES = 1 << 30
"""Bound of turned bitsets; where they would be larger the rule is asked."""

Flags = NDArray[np.uint8]


class Screen(NamedTuple):
    """The answers of one rule's part, or of one label rule, by groups.

    Attributes
    ----------
    rule : number of the rule, or of the label rule's comparison.
    is_label : which of the two.
    """

    rule: int
    is_label: bool
    grouped: Grouped


class Screens(NamedTuple):
    """Screens laid out in tiles.

    Attributes
    ----------
    codes : (n, screens) int32, the column of `numbers` of each seeker's group.
    numbers : (tiles, groups) int32, chunk of a group of seekers in a tile.
    chunks : (chunks, TILE_WORDS) uint64; the first two are `NOBODY` and `EVERYBODY`.
    kept : the screens themselves, in that order.
    """

    codes: NDArray[np.int32]
    numbers: NDArray[np.int32]
    chunks: NDArray[np.uint64]
    kept: tuple[Screen, ...]

    def allowed(self, supporter: int) -> Flags:
        """Tell for each group of seekers (column of `numbers`) whether it may have this supporter, given by number."""
        columns = [screen.grouped.answers[:, screen.grouped.supporters[supporter]] != 0 for screen in self.kept]
        return np.concatenate([np.empty(0, dtype=np.uint8), *columns]).astype(np.uint8)


def parts() -> tuple[tuple[int, RuleFunction], ...]:
    """List what may be a screen: (number of the rule, function), parts in place of rules that have them."""
    return tuple(
        (number, function)
        for number, rule in enumerate(RULES)
        if rule.overlap is None
        for function in rule.parts or (rule.function,)
    )


def overlaps() -> tuple[tuple[int, Overlap], ...]:
    """List the rules that are overlaps of two bitsets, by number."""
    return tuple((number, rule.overlap) for number, rule in enumerate(RULES) if rule.overlap is not None)


def tiles_of(m: int) -> int:
    """Count the tiles of m supporters."""
    return -(-m // TILE)


def wanted_of(positions: NDArray[np.int64], m: int) -> NDArray[np.uint64]:
    """Give the bits of some of m supporters, by position: (tiles, TILE_WORDS)."""
    is_there = np.zeros(tiles_of(m) * TILE, dtype=np.bool_)
    is_there[positions] = True
    return np.packbits(is_there, bitorder="little").view("<u8").astype(np.uint64).reshape(-1, TILE_WORDS)


def alike_together(keys: Iterable[NDArray[Any]], members: int) -> NDArray[np.int64]:
    """Sort members by keys, the first key first: alike people become neighbours."""
    return np.lexsort([np.arange(members), *reversed([*keys])])


def laid_out(screens: Iterable[Screen], seekers: NDArray[np.int64], supporters: NDArray[np.int64]) -> Screens:
    """Cut screens into chunks, each screen as long as `MOST_CHUNKS` suffice for it too; members in those orders."""
    tiles = tiles_of(supporters.size)
    kept: list[Screen] = []
    codes = [np.empty((seekers.size, 0), dtype=np.int32)]
    index = [np.empty((tiles, 0), dtype=np.int32)]
    chunks = [_two_chunks()]
    groups, count = 0, len(chunks[0])
    for screen in screens:
        numbers, own = _chunks_of(screen.grouped, supporters, first=count, most=MOST_CHUNKS - count)
        if own is None:
            continue
        kept.append(screen)
        codes.append((screen.grouped.seekers[seekers] + groups)[:, np.newaxis])
        index.append(numbers)
        chunks.append(own)
        groups, count = groups + numbers.shape[1], count + len(own)
    return Screens(
        np.ascontiguousarray(np.hstack(codes), dtype=np.int32),
        np.ascontiguousarray(np.hstack(index), dtype=np.int32),
        np.vstack(chunks),
        tuple(kept),
    )


def turned(columns: Columns, overlap: Overlap, order: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Turn the supporters' bitsets of an overlap: (tiles, blocks, bits, TILE_WORDS), empty where that is too large."""
    # Always of one type to the compiler: columns are read-only, copies of them need not be.
    bits: Any = getattr(columns, overlap.supporter).view()
    bits.setflags(write=False)
    blocks = max(len(bits) // max(order.size, 1), 1)
    if bits.nbytes > MOST_MASK_BYTES:
        return np.empty((0, 0, 0, 0), dtype=np.uint64)
    tiles = tiles_of(order.size)
    masks: NDArray[np.uint64] = compiled_tiles().turned(bits, order, blocks, TILE_WORDS, tiles)
    return masks


@cache
def compiled_tiles(directory: Path | None = None) -> ModuleType:
    """Give the compiled loops, compiling them where the directory (default: `code_cache`'s) holds none of this text."""
    source = Path(__file__).with_name("native_tiles.py")
    return imported(f"tiles_{digest_of([source])}", source.read_text("utf-8"), directory or default_directory())


def compile_tiles() -> None:
    """Call every compiled loop for one supporter, so that all are compiled or read from disk."""
    native, nobody, one = compiled_tiles(), np.empty(0, dtype=np.int64), np.zeros(1, dtype=np.int64)
    grouped = Grouped(np.zeros(1, dtype=np.int32), np.zeros(2, dtype=np.int32), np.ones((1, 1), dtype=np.int64))
    screens = laid_out([Screen(0, False, grouped)], one, np.arange(2))
    native.pairs_visited(nobody, screens.codes, screens.numbers, TILE, 2)
    bits = np.zeros((1, 1), dtype=np.uint64)
    bits.setflags(write=False)
    native.turned(bits, one, 1, TILE_WORDS, 1)


def _two_chunks() -> NDArray[np.uint64]:
    chunks = np.zeros((2, TILE_WORDS), dtype=np.uint64)
    chunks[EVERYBODY] = np.iinfo(np.uint64).max
    return chunks


def _chunks_of(
    grouped: Grouped, supporters: NDArray[np.int64], *, first: int, most: int
) -> tuple[NDArray[np.int32], NDArray[np.uint64] | None]:
    """Give the numbers of a screen's chunks (tiles, groups), its own counted from `first`, and these or None."""
    native = compiled_tiles()
    answers, groups = grouped.answers.astype(np.uint8), grouped.supporters[supporters]
    kinds = native.kinds_of_chunks(answers, groups, TILE, tiles_of(groups.size))
    is_mixed = kinds == SOME
    numbers = kinds.astype(np.int32)
    count = int(is_mixed.sum())
    if count > most:
        return numbers.T, None
    chunks = np.zeros((count, TILE_WORDS), dtype=np.uint64)
    numbers[is_mixed] = np.arange(count)
    native.fill_chunks(answers, groups, kinds, numbers, chunks)
    numbers[is_mixed] += first
    return numbers.T, chunks
