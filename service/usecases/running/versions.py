"""The versions of what a run's answer follows from, beside its snapshot."""

from __future__ import annotations

import zoneinfo
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_ZONE_LIST = "tzdata.zi"
_MARK = "# version "


def engine_version() -> str:
    """Give the version of this program."""
    return version("alongside")


@cache
def tzdata_version() -> str:
    """Give the version of the time-zone data that `zoneinfo` reads here: the machine's, else the package's."""
    for directory in zoneinfo.TZPATH:
        listed = Path(directory) / _ZONE_LIST
        if listed.is_file():
            with listed.open(encoding="utf-8") as lines:
                first = lines.readline().strip()
            return first.removeprefix(_MARK) if first.startswith(_MARK) else "unknown"
    if any(Path(directory).is_dir() for directory in zoneinfo.TZPATH):
        return "unknown"
    try:
        return version("tzdata")
    except PackageNotFoundError:
        return "unknown"
