"""Log lines: one JSON object or one console line each, with the request's id, and nobody's data.

Only the fields of `ALLOWED_FIELDS` are written, whatever a call passes, and texts only up to a length: ids, names,
profiles, query strings and secrets have no field. Of an exception the type and places are written, never the message,
which may quote what somebody sent. Of other libraries' lines the template is written, not what was filled in. A new
field is a row here; one that could name a person never is.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import traceback
from contextlib import suppress
from contextvars import ContextVar
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from service.settings import LogFormat, LogLevel

ALLOWED_FIELDS = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "logger",
        "request_id",
        # A request: the route's template, never the path.
        "route",
        "method",
        "status",
        "duration_ms",
        # A failure.
        "code",
        "error_type",
        "error_at",
        # Work of runs, jobs and imports, in numbers.
        "task",
        "state",
        "attempt",
        "count",
        "total",
        "seekers",
        "supporters",
        "matched",
        "still_looking",
        "signal",
        "pid",
        "version",
    }
)
LONGEST_TEXT = 300
_DEEPEST_PLACES = 8
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_request_id: ContextVar[str] = ContextVar("alongside_request_id")


def configure_logs(*, level: LogLevel, log_format: LogFormat, stream: TextIO | None = None) -> None:
    """Send our lines and those of libraries (warnings and worse) to `stream`, standard error unless one is given."""
    stream = stream or sys.stderr
    is_console = log_format is LogFormat.CONSOLE or (log_format is LogFormat.AUTO and stream.isatty())
    shared: list[Processor] = [
        _with_request_id,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _describe_exception,
        keep_allowed,
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=stream.isatty())
        if is_console
        else structlog.processors.JSONRenderer(serializer=_as_json)
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(_number(level)),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    handler = _LibraryHandler(logging.WARNING)
    logging.basicConfig(handlers=[handler], level=max(_number(level), logging.WARNING), force=True)


class request_logged:  # noqa: N801 - used like a function; a class, since every request goes through it
    """Give every line of the block a request id: the given one if it has the form of one, else a new one."""

    __slots__ = ("_before", "_request_id")

    def __init__(self, given_id: str | None) -> None:
        self._request_id = given_id if given_id and _REQUEST_ID.fullmatch(given_id) else secrets.token_hex(8)

    def __enter__(self) -> str:
        self._before = _request_id.set(self._request_id)
        return self._request_id

    def __exit__(self, *_: object) -> None:
        _request_id.reset(self._before)


def keep_allowed(_logger: WrappedLogger, _method: str, event_dict: EventDict) -> EventDict:
    """Drop every field that is not allowed, and every value that is no number, short text or truth value."""
    kept = {}
    for name, value in event_dict.items():
        if name in ALLOWED_FIELDS:
            is_short = type(value) is str and len(value) <= LONGEST_TEXT and value.isprintable()
            kept[name] = value if is_short or type(value) in _NUMBERS else _plain(value)
    return kept


_NUMBERS = frozenset((int, float, bool, type(None)))


def _as_json(line: EventDict, **_: object) -> str:
    """Write a line of plain values; one writer for all of them, where structlog would make one for each."""
    return _WRITER.encode(line)


_WRITER = json.JSONEncoder()


def _plain(value: object) -> object:
    if isinstance(value, int | float):
        return value
    # One line each: no value can forge the next one.
    text = value if isinstance(value, str) else type(value).__name__
    return text[:LONGEST_TEXT].replace("\n", " ").replace("\r", " ")


def _with_request_id(_logger: WrappedLogger, _method: str, event_dict: EventDict) -> EventDict:
    request_id = _request_id.get(None)
    if request_id is not None:
        event_dict.setdefault("request_id", request_id)
    return event_dict


def _describe_exception(_logger: WrappedLogger, _method: str, event_dict: EventDict) -> EventDict:
    given = event_dict.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else sys.exc_info()[1] if given else None
    if isinstance(given, tuple):
        error = given[1]
    if error is not None:
        event_dict["error_type"] = f"{type(error).__module__}.{type(error).__qualname__}"
        event_dict["error_at"] = _places(error)
    return event_dict


def _places(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-_DEEPEST_PLACES:]
    return " < ".join(f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno}" for frame in reversed(frames))


def _number(level: LogLevel) -> int:
    return logging.getLevelNamesMapping()[level.upper()]


class _LibraryHandler(logging.Handler):
    """Writes a line of another library through ours: its template only."""

    def emit(self, record: logging.LogRecord) -> None:
        level = logging.ERROR if record.levelno >= logging.ERROR else logging.WARNING
        # A library must not break because nobody reads any more; logging's own way out would write what was filled in.
        with suppress(OSError, ValueError):
            structlog.get_logger().log(level, str(record.msg), logger=record.name, exc_info=record.exc_info)
