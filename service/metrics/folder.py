"""The folder in which the processes of one machine count: each has a numbered place there for as long as it lives.

A place is a lock that ends with its process. Who comes next takes the first free one and goes on counting in its files,
so there are never more files than processes at once, and what was counted stays. Never here: what is counted.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

from service.errors import ConfigurationError

_MOST: Final = 1000
_LAYOUT: Final = "1"
"""Another one whenever labels or buckets change, so that old files are not read as new ones."""


def taken_place(parent: Path) -> tuple[Path, str, int]:
    """Give the folder, the name of this process's place in it, and the descriptor that keeps it.

    Raises ConfigurationError where the folder cannot be used, or is somebody else's.
    """
    folder = _own(parent) / _LAYOUT
    folder.mkdir(mode=0o700, exist_ok=True)
    for number in range(_MOST):
        descriptor = os.open(folder / f"{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
        else:
            return folder, f"place{number}", descriptor
    raise ConfigurationError(f"cannot count in {folder}: {_MOST} processes do already")


def _own(parent: Path) -> Path:
    """Make the folder, or take one that is ours: in a place where everybody may write it might be a trap."""
    try:
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if parent.stat().st_uid != os.getuid() or parent.is_symlink():
            raise ConfigurationError(
                f"cannot count in {parent}: it belongs to somebody else (ALONGSIDE_METRICS_FOLDER)"
            )
    except OSError as error:
        raise ConfigurationError(f"cannot count in {parent}: {error.strerror} (ALONGSIDE_METRICS_FOLDER)") from error
    return parent
