"""Exit codes of every command, and which error ends with which: the one table, for people, cron and monitoring.

A new kind of failure is a row of `_CODES`, the narrowest class first. Commands never call `sys.exit`: they return a
code or raise.
"""

from __future__ import annotations

from enum import IntEnum

from matching.errors import Cancelled, CertificateError, MatchingError
from service.children import PortTaken
from service.errors import (
    ConfigurationError,
    Conflict,
    FenceLost,
    InvalidChanges,
    InvalidInput,
    LeaseHeld,
    NotFound,
    RunInProgress,
    ServiceError,
    SignpostingMissing,
    SlotDone,
    StoreUnavailable,
    UnknownFormat,
)


class ExitCode(IntEnum):
    """What the number a command ends with means."""

    DONE = 0
    SOME_FAILED = 1  # some platforms failed, others are done
    USAGE = 2  # the command line is wrong
    BAD_INPUT = 65  # a file or a name in it cannot be used
    STORE_UNREACHABLE = 69
    REFUSED = 70  # a self-check or certificate was refused, or a fault of ours
    BUSY = 75  # another run holds the lock, or this slot was done already
    CONFIGURATION = 78  # a setting only the operator can change
    INTERRUPTED = 130  # Ctrl-C


_CODES: tuple[tuple[type[Exception], ExitCode], ...] = (
    (ConfigurationError, ExitCode.CONFIGURATION),
    (PortTaken, ExitCode.CONFIGURATION),
    (UnknownFormat, ExitCode.CONFIGURATION),
    (SignpostingMissing, ExitCode.CONFIGURATION),
    (InvalidInput, ExitCode.BAD_INPUT),
    (NotFound, ExitCode.BAD_INPUT),
    (FenceLost, ExitCode.BUSY),
    (SlotDone, ExitCode.BUSY),
    (Conflict, ExitCode.BAD_INPUT),
    (InvalidChanges, ExitCode.REFUSED),
    (RunInProgress, ExitCode.BUSY),
    (LeaseHeld, ExitCode.BUSY),
    (StoreUnavailable, ExitCode.STORE_UNREACHABLE),
    (CertificateError, ExitCode.REFUSED),
    (Cancelled, ExitCode.BUSY),
    (MatchingError, ExitCode.BAD_INPUT),
    (ServiceError, ExitCode.REFUSED),
)
EXPECTED = (ServiceError, MatchingError)
"""Errors raised on purpose; any other is a fault of ours and shows its traceback."""


def exit_code_of(error: Exception) -> ExitCode:
    """Give the code for an error; anything unexpected is a fault of ours."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), ExitCode.REFUSED)
