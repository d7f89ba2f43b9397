"""The compiled driver of rules and factors, and its cache on disk.

The driver is generated source that only calls the declared functions: the rules in order until one forbids, then the
factors. numba's cache does not notice an edited function in another file, so the driver's file is named by a digest
of every source it calls; an edit makes a new file. What compiled code sees of a cohort is in `native.py`. Never here:
what a rule or factor means, `parallel=True` (it aborts under threads and breaks forks), numba before `load`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from shutil import copytree
from tempfile import NamedTemporaryFile, TemporaryDirectory
from threading import Lock
from types import ModuleType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching import columns, declare, labels
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
        place = directory or _default_directory()
        if place not in _loaded:
            _loaded[place] = _load(place)
        return _loaded[place]


def is_loaded() -> bool:
    """Tell whether this process has a compiled driver in memory."""
    return bool(_loaded)


def is_compiled(directory: Path | None = None) -> bool:
    """Tell whether a compiled driver for these sources, this numba and this Python is on disk."""
    return _mark_in(directory or _package_directory()).exists()


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


def digest_of(files: Iterable[Path]) -> str:
    """Name sources: the same digest only for the same text in the same order."""
    return blake2b(b"\0".join(file.read_bytes() for file in files), digest_size=8).hexdigest()


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

    source = directory / f"pairs_{digest()}.py"
    if not source.exists():
        _write_whole(source, driver_source())
    driver = _imported(source)

    def score_rows(cohort: Cohort, first: int, end: int) -> Scored:
        table = native.table_of(cohort.columns)
        return Scored(*driver.score_rows(table, first, end, len(cohort.supporters), cohort.policy.minimum_score))

    nobody = Cohort.from_profiles((), week=Week(_ANY_DAY))
    score_rows(nobody, 0, 0)
    _mark_in(directory).touch()
    return score_rows


def _package_directory() -> Path:
    return Path(__file__).parent / "__pycache__" / "kernels"


def _mark_in(directory: Path) -> Path:
    """Name the file that says the driver was compiled; numba's own index cannot be asked without loading numba."""
    return directory / f"pairs_{digest()}.{sys.implementation.cache_tag}-numba-{version('numba')}"


@cache
def _default_directory() -> Path:
    return writable(_package_directory())


def writable(preferred: Path) -> Path:
    """Give the directory, or where it cannot be written a directory of this process with a copy of its content."""
    try:
        preferred.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=preferred):
            return preferred
    except OSError:
        # numba refuses a cache it cannot write beside, even a complete one.
        _private.append(TemporaryDirectory(prefix="alongside-kernels-"))
        own = Path(_private[-1].name) / "kernels"
        if preferred.is_dir():
            copytree(preferred, own)
        own.mkdir(exist_ok=True)
        return own


_private: list[TemporaryDirectory[str]] = []
"""Kept as long as the process: a temporary directory goes when its object does."""


def _write_whole(path: Path, text: str) -> None:
    """Write a file at once: two processes that compile side by side must never read half of one."""
    with NamedTemporaryFile("w", dir=path.parent, suffix=".unfinished", delete=False, encoding="utf-8") as unfinished:
        unfinished.write(text)
    Path(unfinished.name).replace(path)


def _imported(source: Path) -> ModuleType:
    spec = spec_from_file_location(source.stem, source)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot import the pair kernel {source.name}", path=str(source))
    module = module_from_spec(spec)
    # Compiled code refers to its module by name when numba reads it back.
    sys.modules[source.stem] = module
    spec.loader.exec_module(module)
    return module
