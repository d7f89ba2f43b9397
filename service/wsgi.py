"""What every call goes through below Flask: its request id, its span, the headers of its answer, its log line.

Here, because a look into Flask's own headers and hooks costs as much as all of it. Views and blueprints say what they
add to an answer by `more_headers`; the log line tells the route's template, never the path, which holds ids.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

import structlog

from service import metrics
from service.logs import request_logged
from service.tracing import Span, spanned

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REQUEST_ID: Final = "alongside.request_id"
"""Where the WSGI environment holds the request's id."""

_HEADERS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
"""What an answer carries that does not say something else itself."""

_MORE: Final = "alongside.more_headers"
_CARRIED: Final = {"HTTP_TRACEPARENT": "traceparent", "HTTP_TRACESTATE": "tracestate"}
"""Headers that name the trace of the caller."""

_log = structlog.get_logger(__name__)


def more_headers(environ: WSGIEnvironment, headers: Iterable[tuple[str, str]]) -> None:
    """Have the answer to this call carry these, too, where it does not say something else itself."""
    environ.setdefault(_MORE, []).extend(headers)


class Named:
    """A WSGI app whose every call has a request id, in the environment, in each log line, and in the answer's headers.

    Each answer is logged, counted, and names its span when its head goes out. Where `is_served`, the logs are
    configured for good, and looking them up is spared.
    """

    def __init__(self, app: WSGIApplication, *, is_served: bool) -> None:
        self._app = app
        self._log: Any = _log.bind() if is_served else _log

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with the app."""
        started = time.perf_counter()
        carried = {name: environ[key] for key, name in _CARRIED.items() if key in environ}
        with (
            request_logged(environ.get("HTTP_X_REQUEST_ID")) as request_id,
            spanned("request", carried=carried, is_server=True) as span,
        ):
            environ[REQUEST_ID] = request_id

            def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
                self._tell(environ, status, started, span)
                held = {name.lower() for name, _ in headers}
                whole = [*headers, ("X-Request-ID", request_id)]
                for pair in (*_HEADERS, *environ.get(_MORE, ())):
                    if pair[0].lower() not in held:
                        whole.append(pair)  # noqa: PERF401 - half of what a generator takes, and every call is here
                return start_response(status, whole, *error)

            return self._app(environ, start)

    def _tell(self, environ: WSGIEnvironment, status: str, started: float, span: Span) -> None:
        """Write the log line of an answer, count it, and name its span."""
        route, method, code = route_of(environ), environ["REQUEST_METHOD"], int(status[:3])
        seconds = time.perf_counter() - started
        self._log.info("request", method=method, route=route, status=code, duration_ms=round(seconds * 1000, 1))
        metrics.request_ended(method, route, code, seconds)
        span.tell(f"{method} {route}".strip(), http__route=route, http__response__status_code=code)


def route_of(environ: WSGIEnvironment) -> str:
    """Give the template of the route that a call took, as Flask has found it; empty where none fits."""
    request = environ.get("werkzeug.request")
    rule = None if request is None else request.url_rule
    return "" if rule is None else rule.rule
