"""The compiled driver of rules and factors.

The driver is generated source that only calls the declared functions: the rules in order until one forbids, then the
factors. `code_cache.py` keeps it on disk, named by a digest of every source it calls. What compiled code sees of a
cohort is in `native.py`. Never here: what a rule or factor means, `parallel=True` (it aborts under threads and breaks
forks), numba before `load`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching import columns, declare, labels
from matching.code_cache import default_directory, digest_of, imported, package_directory
from matching.cohort import Cohort
from matching.factors import FACTORS
from matching.rules import RULES
from matching.week import Week


class Scored(NamedTuple):
    """A block of rows, compressed: feasible pairs a row, their supporters (ascending), their scores."""

    lengths: NDArray[np.int64]
    supporters: NDArray[np.int32]
    scores: NDArray[np.int64]


ScoreRows = Callable[[Cohort, int, int], Scored]
"""Scores the seeker rows from first to before end."""

_loaded: dict[Path, ScoreRows] = {}
_lock = Lock()

_ANY_DAY = date(2026, 1, 1)


def load(directory: Path | None = None) -> ScoreRows:
    """Give the compiled driver, compiling it where the directory holds none for these sources.

    Parameters
    ----------
    directory : where drivers are kept, writable; default beside the package's bytecode, or where that cannot be
        written a directory of this process alone, with a copy of what was compiled ahead.
    """
    with _lock:
        place = directory or default_directory()
        if place not in _loaded:
            _loaded[place] = _load(place)
        return _loaded[place]


def is_loaded() -> bool:
    """Tell whether this process has a compiled driver in memory."""
    return bool(_loaded)


def is_compiled(directory: Path | None = None) -> bool:
    """Tell whether a compiled driver for these sources, this numba and this Python is on disk."""
    return _mark_in(directory or package_directory()).exists()


def sources() -> tuple[Path, ...]:
    """List the sources the driver is made of: declared functions, primitives, columns, and its own making."""
    functions = [entry.function for entry in RULES] + [entry.function for entry in FACTORS] + declare.PRIMITIVES
    modules = {function.__module__ for function in functions} | {columns.__name__, labels.__name__, __name__}
    # The versions over words are part of it, but importing them would load numba.
    files = [Path(str(sys.modules[name].__file__)) for name in sorted(modules)]
    return (*files, Path(__file__).with_name("native.py"))


@cache
def digest() -> str:
    """Name the sources of this process."""
    return digest_of(sources())


def driver_source() -> str:
    """Write the driver: calls only, in the order of the registries."""
    rules = "\n".join(f"rule_{n} = njit(RULES[{key!r}].function)" for n, key in enumerate(RULES.keys()))
    factors = "\n".join(f"factor_{n} = njit(FACTORS[{key!r}].function)" for n, key in enumerate(FACTORS.keys()))
    checks = "".join(_CHECK.format(n=n) for n in range(len(RULES)))
    sums = "".join(_SUM.format(n=n) for n in range(len(FACTORS)))
    return _DRIVER.format(rules=rules, factors=factors, checks=checks, sums=sums)


_CHECK = """\
            if not rule_{n}(c, i, j):
                continue
"""

_SUM = """\
            if c.weights[{n}] != 0:
                numerator, denominator = factor_{n}(c, i, j)
                score += c.weights[{n}] * numerator // denominator
"""

_DRIVER = '''\
"""Written by matching/compiled.py. Calls the declared rules and factors; named by a digest of their sources."""

import numpy as np
from numba import njit

from matching.factors import FACTORS
from matching.labels import labels_allow, points_for_labels
from matching.native import columns_at
from matching.rules import RULES

{rules}
{factors}


@njit(nogil=True, cache=True)
def score_rows(table, first, end, m, minimum):
    c = columns_at(table)
    lengths = np.zeros(end - first, dtype=np.int64)
    supporters = np.empty(4096, dtype=np.int32)
    scores = np.empty(4096, dtype=np.int64)
    used = 0
    for i in range(first, end):
        before = used
        for j in range(m):
{checks}\
            if not labels_allow(c, i, j):
                continue
            score = points_for_labels(c, i, j)
{sums}\
            if score < minimum:
                continue
            if used == len(scores):
                supporters = np.concatenate((supporters, np.empty(used, dtype=np.int32)))
                scores = np.concatenate((scores, np.empty(used, dtype=np.int64)))
            supporters[used] = j
            scores[used] = score
            used += 1
        lengths[i - first] = used - before
    return lengths, supporters[:used].copy(), scores[:used].copy()
'''


def _load(directory: Path) -> ScoreRows:
    from matching import native

    driver = imported(f"pairs_{digest()}", driver_source(), directory)

    def score_rows(cohort: Cohort, first: int, end: int) -> Scored:
        table = native.table_of(cohort.columns)
        return Scored(*driver.score_rows(table, first, end, len(cohort.supporters), cohort.policy.minimum_score))

    nobody = Cohort.from_profiles((), week=Week(_ANY_DAY))
    score_rows(nobody, 0, 0)
    _mark_in(directory).touch()
    return score_rows


def _mark_in(directory: Path) -> Path:
    """Name the file that says the driver was compiled; numba's own index cannot be asked without loading numba."""
    return directory / f"pairs_{digest()}.{sys.implementation.cache_tag}-numba-{version('numba')}"
