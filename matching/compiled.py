"""The compiled driver of rules and factors: loading it, and compiling it where nobody has yet.

Its source is written from the registries (`driver_source.py`) and only calls the declared functions. `code_cache.py`
keeps it on disk, named by a digest of every source it calls. What compiled code sees of a cohort is in `native.py`.
Never here: what a rule or factor means, `parallel=True` (it aborts under threads and breaks forks), numba before
`load`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching import answer_source, columns, declare, driver_source, labels, screens
from matching.code_cache import default_directory, digest_of, imported, package_directory
from matching.cohort import Cohort
from matching.columns import Columns
from matching.factors import FACTORS
from matching.layout import plain_layout
from matching.listed_words import words_listed
from matching.rules import RULES
from matching.week import Week

_loaded: dict[Path, ModuleType] = {}
_lock = Lock()

_ANY_DAY = date(2026, 1, 1)


class Table:
    """Where the driver finds each column; `addresses` are valid as long as the table is kept.

    Parameters
    ----------
    is_listed : whether the words of wide bitsets that are not 0 are listed beforehand, which pays for many pairs.
    """

    def __init__(self, of: Columns, *, is_listed: bool = False) -> None:
        from matching import native

        self._columns = of
        self._listed: Mapping[str, NDArray[np.uint8]] = words_listed(of) if is_listed else {}
        self.addresses: NDArray[np.int64] = native.table_of(of, self._listed)


def load(directory: Path | None = None) -> ModuleType:
    """Give the compiled driver, compiling it where the directory holds none for these sources.

    Parameters
    ----------
    directory : where drivers are kept, writable; default beside the package's bytecode, or where that cannot be
        written a directory of this process alone, with a copy of what was compiled ahead.
    """
    with _lock:
        place = directory or default_directory()
        if place not in _loaded:
            driver = imported(f"pairs_{digest()}", driver_source.driver_source(), place)
            _call_all(driver)
            _mark_in(place).touch()
            _loaded[place] = driver
        return _loaded[place]


def is_loaded() -> bool:
    """Tell whether this process has a compiled driver in memory."""
    return bool(_loaded)


def is_compiled(directory: Path | None = None) -> bool:
    """Tell whether a compiled driver for these sources, this numba and this Python is on disk."""
    return _mark_in(directory or package_directory()).exists()


def sources() -> tuple[Path, ...]:
    """List the sources the driver is made of: declared functions, primitives, columns, and its own making."""
    functions: list[Any] = [entry.function for entry in (*RULES, *FACTORS)] + declare.PRIMITIVES
    functions += [part for rule in RULES for part in rule.parts]
    modules = {function.__module__ for function in functions}
    modules |= {module.__name__ for module in (columns, labels, screens, driver_source, answer_source)} | {__name__}
    # The versions over words are part of it, but importing them would load numba.
    files = [Path(str(sys.modules[name].__file__)) for name in sorted(modules)]
    return (*files, *(Path(__file__).with_name(name) for name in ("native.py", "native_driver.py")))


@cache
def digest() -> str:
    """Name the sources of this process."""
    return digest_of(sources())


def _call_all(driver: ModuleType) -> None:
    """Call every function of a driver for nobody, so that all of it is compiled or read from disk."""
    cohort = Cohort.from_profiles((), week=Week(_ANY_DAY))
    layout, table = plain_layout(cohort), Table(cohort.columns).addresses
    codes, _, _, _ = screened = layout.screens
    nobody, no_flags = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint8)
    rest = (*screened[:3], *layout.masks, *layout.points, *layout.left)
    driver.score_tiles(table, nobody, layout.supporters, screens.wanted_of(nobody, 0), 0, *rest)
    driver.score_cells(table, nobody, nobody, 0)
    driver.open_rows(table, 0, codes, no_flags, layout.left.rules, layout.left.label_rules)
    for ask in (driver.ask_part, driver.ask_factor, driver.ask_label):
        ask(table, 0, nobody, nobody)


def _mark_in(directory: Path) -> Path:
    """Name the file that says the driver was compiled; numba's own index cannot be asked without loading numba."""
    return directory / f"pairs_{digest()}.{sys.implementation.cache_tag}-numba-{version('numba')}"
