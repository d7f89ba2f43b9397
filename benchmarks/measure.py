"""Time and memory of one piece of work, inside the process that does it."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

MIB = 2**20
_STATUS = Path("/proc/self/status")
_RESET_PEAK = Path("/proc/self/clear_refs")


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Do the work once; seconds on the wall, and its answer."""
    start = time.perf_counter()
    answer = work()
    return time.perf_counter() - start, answer


def peak_bytes() -> int:
    """Give the most memory this process has held so far, or since `restart_peak`."""
    if _STATUS.exists():
        return _kilobytes("VmHWM") * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def restart_peak() -> int:
    """Forget the peak where the system can (Linux); give what is held now, the baseline for what comes."""
    with suppress(OSError):
        _RESET_PEAK.write_text("5")
    return _kilobytes("VmRSS") * 1024 if _STATUS.exists() else peak_bytes()


def limit_memory(most: int) -> None:
    """Refuse allocations past so many bytes of address space, so that a solver fails before the machine does."""
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _kilobytes(field: str) -> int:
    for line in _STATUS.read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1])
    return 0
