"""Traces for OpenTelemetry, where it is installed: a span for each request, job and run. Elsewhere nothing at all.

Only the API of OpenTelemetry is used: whoever wants traces installs its distribution and starts the commands by
``opentelemetry-instrument``, which says where they go. Attributes are words of the program, as in log lines: route
templates, names of tasks, numbers. Never an id of a member, never a path.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from typing import Any

_NAME = "alongside"
_NOTHING: Mapping[str, str] = {}


class Span:
    """What is known of some work while it goes on; without OpenTelemetry it forgets everything."""

    def __init__(self, span: Any = None) -> None:
        self._span = span

    def tell(self, name: str = "", **attributes: str | int | float | bool) -> None:
        """Give it a better name, or attributes."""
        if self._span is not None:
            if name:
                self._span.update_name(name)
            for key, value in attributes.items():
                self._span.set_attribute(key.replace("__", "."), value)


_NOBODY = nullcontext(Span())


def spanned(
    name: str, *, carried: Mapping[str, str] = _NOTHING, is_server: bool = False
) -> AbstractContextManager[Span]:
    """Trace the block.

    Parameters
    ----------
    carried : headers in which a caller may have sent its own trace (``traceparent``); the block becomes part of it.
    is_server : whether the block answers somebody else's call.
    """
    trace = _api()
    return _NOBODY if trace is None else _traced(trace, name, carried, is_server=is_server)


@contextmanager
def _traced(trace: Any, name: str, carried: Mapping[str, str], *, is_server: bool) -> Iterator[Span]:
    from opentelemetry.propagate import extract

    kind = trace.SpanKind.SERVER if is_server else trace.SpanKind.INTERNAL
    # Never the message of an exception: it may quote what somebody sent.
    with trace.get_tracer(_NAME).start_as_current_span(
        name, context=extract(dict(carried)), kind=kind, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield Span(span)
        except BaseException as error:
            span.set_status(trace.StatusCode.ERROR, type(error).__name__)
            raise


def _api() -> Any:
    """Give the API of OpenTelemetry; None where it is not installed, or nobody has said where traces go."""
    trace = _installed()
    # Until somebody has, a proxy stands there, whose spans go nowhere and take as long as reading a member.
    return None if trace is None or isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider) else trace


@cache
def _installed() -> Any:
    try:
        from opentelemetry import trace
    except ImportError:
        return None
    return trace
