"""The verifier's compiled driver: rules in order until one forbids, factors, and what the pair is weighed against.

Its source is generated and only calls the declared functions and those of `weighing.py`; `code_cache.py` keeps it on
disk, named by a digest of every source it calls. Of the engine it shares `native.py`, how compiled code sees columns,
and no loop. Never here: what a rule or factor means, what is decided about a pair, numba before `load`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from textwrap import indent
from threading import Lock
from typing import Any

from matching import columns, declare, labels
from matching.code_cache import default_directory, digest_of, imported, package_directory
from matching.factors import FACTORS
from matching.labels import labels_allow
from matching.rules import RULES
from matching.verifying import weighing

QUESTIONS: tuple[Callable[..., object], ...] = (*(rule.function for rule in RULES), labels_allow)
"""What is asked about a pair before its score, in order; the driver knows them by position."""

TILE_WORDS = 16
"""Supporters, in words of 64, that a block of seekers goes through before the next ones: what a core's cache holds."""

_loaded: dict[Path, Any] = {}
_lock = Lock()


def load(directory: Path | None = None) -> Any:
    """Give the compiled driver's module, compiling it where the directory holds none for these sources.

    Its functions are described in the source below. `directory` as for `code_cache.default_directory`.
    """
    with _lock:
        place = directory or default_directory()
        if place not in _loaded:
            _loaded[place] = imported(f"verifier_{digest()}", driver_source(), place)
        return _loaded[place]


def is_ready(directory: Path | None = None) -> bool:
    """Tell whether a driver for these sources is in memory or, marked by `mark`, compiled on disk."""
    return bool(_loaded) or _mark_in(directory or package_directory()).exists()


def mark(directory: Path | None = None) -> None:
    """Note on disk that all of the driver is compiled."""
    _mark_in(directory or default_directory()).touch()


def sources() -> tuple[Path, ...]:
    """List the sources the driver is made of."""
    functions = [*QUESTIONS, *(factor.function for factor in FACTORS), *declare.PRIMITIVES]
    modules = {function.__module__ for function in functions}
    modules |= {columns.__name__, labels.__name__, weighing.__name__, __name__}
    # Importing the types of compiled code would load numba.
    files = [Path(str(sys.modules[name].__file__)) for name in sorted(modules)]
    return (*files, Path(columns.__file__).with_name("native.py"))


@cache
def digest() -> str:
    """Name the sources of this process."""
    return digest_of(sources())


def driver_source() -> str:
    """Write the driver: calls only, in the order of the registries."""
    keys = RULES.keys()
    rules = "\n".join(f"asked_{n} = njit(RULES[{key!r}].function)" for n, key in enumerate(keys))
    factors = "\n".join(f"factor_{n} = njit(FACTORS[{key!r}].function)" for n, key in enumerate(FACTORS.keys()))
    checks = "".join(_CHECK.format(n=n, bit=1 << n) for n in range(len(QUESTIONS)))
    sums = "".join(_SUM.format(n=n) for n in range(len(FACTORS)))
    settling = "".join(_SETTLE.format(n=n) + indent(_SUM.format(n=n), " " * 12) for n in range(len(FACTORS)))
    return _DRIVER.format(
        rules=f"{rules}\nasked_{len(keys)} = labels_allow",
        factors=factors,
        askers="".join(_ASKER.format(n=n) for n in range(len(QUESTIONS))),
        names=", ".join(f"ask_{n}" for n in range(len(QUESTIONS))),
        checks=checks,
        sums=sums,
        pair_checks=indent(checks, " " * 12),
        pair_sums=settling,
        tile_words=TILE_WORDS,
    )


_ASKER = """\


@njit(nogil=True, cache=True)
def ask_{n}(table, examples, m, masks):
    c = columns_at(table)
    for k in range(len(examples)):
        for j in range(m):
            if asked_{n}(c, examples[k], j):
                masks[k, j >> 6] |= ONE << np.uint64(j & 63)
"""

_CHECK = """\
        if open_questions & {bit} and not asked_{n}(c, i, j):
            continue
"""

_SUM = """\
        if c.weights[{n}] != 0:
            numerator, denominator = factor_{n}(c, i, j)
            score += c.weights[{n}] * numerator // denominator
"""

_SETTLE = """\
                    best = (score + rest[{n}], MOST_TIE)
                    value = value_of(digit, is_kept, best, form)
                    if score >= minimum and is_settled(surplus, price, value, best, own, worst):
                        feasible += 1
                        continue
"""

_DRIVER = '''\
"""Written by matching/verifying/driver.py. Calls the declared functions; named by a digest of their sources."""

import numpy as np
from numba import njit, types
from numba.extending import intrinsic, register_jitable

from matching.factors import FACTORS
from matching.labels import labels_allow, points_for_labels
from matching.native import columns_at
from matching.rules import RULES
from matching.verifying import weighing
from matching.verifying.weighing import (
    DIGIT,
    HAS_PRICE,
    HELD,
    MOST_TIE,
    OWN_SCORE,
    OWN_TIE,
    PREVIOUS,
    SEEKER_KEY,
    SHORT,
    SUPPORTER_KEY,
    TIGHT,
    WORST_SCORE,
    WORST_TIE,
    is_blocking,
    is_settled,
    value_of,
    weighed,
)

ONE = np.uint64(1)
TILE_WORDS = {tile_words}
for function in weighing.DECISIONS:
    register_jitable(function)
{rules}
{factors}


@intrinsic
def lowest_bit(_context, word):
    def generate(context, builder, _signature, arguments):
        return builder.cttz(arguments[0], context.get_constant(types.boolean, True))

    return types.int64(types.uint64), generate
{askers}

ASKERS = ({names},)


@njit
def tie_of(seeker_key, supporter_key):
    turned = (supporter_key << np.uint64(32)) | (supporter_key >> np.uint64(32))
    z = (seeker_key ^ turned) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return np.int64(z >> np.uint64(24))


@njit
def meeting(wanted, i, having, w):
    everybody = np.uint64(0)
    for v in range(wanted.shape[1]):
        bits = wanted[i, v]
        while bits != 0:
            everybody |= having[64 * v + lowest_bit(bits), w]
            bits &= bits - ONE
    return everybody


@njit
def keep_meeting(open_words, left, right, wanted, i, having):
    found = np.zeros(TILE_WORDS, dtype=np.uint64)
    for v in range(wanted.shape[1]):
        bits = wanted[i, v]
        while bits != 0:
            row = 64 * v + lowest_bit(bits)
            for w in range(left, right):
                found[w - left] |= having[row, w]
            bits &= bits - ONE
    for w in range(left, right):
        open_words[w - left] &= found[w - left]


@njit(nogil=True, cache=True)
def judge_cells(table, rows, columns, minimum, rest, open_questions, masks, mask_of, wanted, block_of, turned):
    c = columns_at(table)
    are_feasible = np.zeros(len(rows), dtype=np.bool_)
    scores = np.zeros(len(rows), dtype=np.int64)
    for n in range(len(rows)):
        i, j = rows[n], columns[n]
        bit = ONE << np.uint64(j & 63)
        for k in range(mask_of.shape[1]):
            bit &= masks[mask_of[i, k], j >> 6]
        if len(turned) != 0:
            bit &= meeting(wanted, i, turned[block_of[i]], j >> 6)
        if bit == 0:
            continue
{checks}\
        score = points_for_labels(c, i, j)
{sums}\
        if score < minimum:
            continue
        are_feasible[n] = True
        scores[n] = score
    return are_feasible, scores


@njit(nogil=True, cache=True)
def judge_rows(
    table, rows, minimum, rest, open_questions, masks, mask_of, wanted, block_of, turned,
    seekers, supporters, is_score_first, margin
):
    c = columns_at(table)
    form = (is_score_first, margin)
    feasible, blocking = 0, 0
    m = len(supporters)
    # Cells are row × m + column; this one stands for none.
    short, first_blocking = len(seekers) * m, len(seekers) * m
    tight = np.empty(1024, dtype=np.int64)
    used = 0
    words = masks.shape[1]
    open_words = np.empty(TILE_WORDS, dtype=np.uint64)
    for left in range(0, words, TILE_WORDS):
        right = min(left + TILE_WORDS, words)
        for i in rows:
            for w in range(left, right):
                open_words[w - left] = masks[0, w]
            for k in range(mask_of.shape[1]):
                row = mask_of[i, k]
                for w in range(left, right):
                    open_words[w - left] &= masks[row, w]
            if len(turned) != 0:
                keep_meeting(open_words, left, right, wanted, i, turned[block_of[i]])
            for w in range(left, right):
                bits = open_words[w - left]
                while bits != 0:
                    j = 64 * w + lowest_bit(bits)
                    bits &= bits - ONE
{pair_checks}\
                    surplus = (seekers[i, 0], seekers[i, 1], seekers[i, 2], seekers[i, 3])
                    price = (supporters[j, 0], supporters[j, 1], supporters[j, 2], supporters[j, 3])
                    digit, is_kept = seekers[i, DIGIT], seekers[i, PREVIOUS] == j
                    own = (seekers[i, OWN_SCORE], seekers[i, OWN_TIE])
                    worst = (supporters[j, WORST_SCORE], supporters[j, WORST_TIE])
                    score = points_for_labels(c, i, j)
{pair_sums}\
                    if score < minimum:
                        continue
                    feasible += 1
                    rank = (score, tie_of(np.uint64(seekers[i, SEEKER_KEY]), np.uint64(supporters[j, SUPPORTER_KEY])))
                    verdict = weighed(surplus, price, value_of(digit, is_kept, rank, form))
                    if verdict == SHORT:
                        short = min(short, i * m + j)
                    elif verdict == TIGHT and supporters[j, HAS_PRICE] != 0 and seekers[i, HELD] != j:
                        if used == len(tight):
                            tight = np.concatenate((tight, np.empty(used, dtype=np.int64)))
                        tight[used] = i * m + j
                        used += 1
                    if is_blocking(rank, own, worst):
                        blocking += 1
                        first_blocking = min(first_blocking, i * m + j)
    return feasible, blocking, short, first_blocking, tight[:used].copy()
'''


def _mark_in(directory: Path) -> Path:
    """Name the file that says the driver was compiled; numba's own index cannot be asked without loading numba."""
    return directory / f"verifier_{digest()}.{sys.implementation.cache_tag}-numba-{version('numba')}"
