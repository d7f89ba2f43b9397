"""Every error the API answers, as RFC 9457 problem details: the one place that knows HTTP statuses.

An error of the service is a class of `service/errors.py` and one row of `STATUS_OF`; a subclass without a row has its
parent's status. Errors of HTTP itself (no such path, a body too large) have a row of `CODE_OF`. What is an error is
never decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from itertools import islice
from typing import Any

import structlog
from flask import Response, json, request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from schemas.problem import pointer_to, pointers
from service.errors import (
    CallUnderWay,
    Conflict,
    DoesNotFit,
    Forbidden,
    InvalidInput,
    LeaseHeld,
    NotFound,
    RunInProgress,
    ServiceError,
    SignpostingMissing,
    StaleVersion,
    TemporaryError,
    Unauthorized,
)
from service.wsgi import REQUEST_ID

PROBLEM_TYPE = "application/problem+json"

MOST_ERRORS = 100
"""Bad fields that one answer names; a body of a megabyte could have a hundred thousand."""

STATUS_OF: Mapping[type[ServiceError], int] = {
    InvalidInput: 422,
    NotFound: 404,
    Unauthorized: 401,
    Forbidden: 403,
    StaleVersion: 412,
    Conflict: 409,
    SignpostingMissing: 409,
    RunInProgress: 409,
    CallUnderWay: 409,
    LeaseHeld: 409,
    TemporaryError: 503,
    ServiceError: 500,
}
"""Error → HTTP status; the nearest class in the error's ancestry counts."""

TITLE_OF: Mapping[int, str] = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    428: "Precondition Required",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
"""Status → title; spelt out, as Python's own names differ between versions."""

CODE_OF: Mapping[int, tuple[str, str]] = {
    404: (
        "not_found",
        "there is nothing at this address: all are listed at /docs, begin with /v1/ and end without a slash; "
        "ids hold only A-Z a-z 0-9 . _ : - and no slash",
    ),
    405: ("method_not_allowed", "this address does not take this method; the header Allow lists those it does"),
    429: ("too_many_requests", "too many requests with this key; the header Retry-After says when to come back"),
    500: ("internal_error", "something went wrong on our side; nothing you can change. Name the request id to us"),
}
"""Status → stable code and sentence, for errors that HTTP itself raises."""

_log = structlog.get_logger(__name__)


class RequestError(ServiceError):
    """A request that HTTP itself does not allow; `status` is one of `TITLE_OF`."""

    def __init__(self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message, code=code)
        self.status = status
        self.headers = dict(headers or {})


class WrongParameter(InvalidInput):
    """A query or path parameter that cannot be used."""

    def __init__(self, error: ValidationError | InvalidInput) -> None:
        if isinstance(error, InvalidInput):
            super().__init__(error.message, code=error.code)
            found: Iterable[tuple[str, str]] = ((f"#/{each.field}", each.message) for each in error.problems)
        else:
            super().__init__("cannot use these parameters")
            found = pointers(error.messages)
        self.errors = [
            {"parameter": pointer.removeprefix("#/") or "query", "detail": detail}
            for pointer, detail in islice(found, MOST_ERRORS)
        ]


def problem(
    status: int, code: str, detail: str, *, errors: list[dict[str, str]] | None = None, headers: Any = None
) -> Response:
    """Make the answer for one problem."""
    body = {
        "type": "about:blank",
        "title": TITLE_OF.get(status) or HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        **({"errors": errors} if errors else {}),
        "request_id": request.environ.get(REQUEST_ID, ""),
    }
    return Response(json.dumps(body), status, headers=headers, content_type=PROBLEM_TYPE)


def problem_of_service_error(error: ServiceError) -> Response:
    """Answer an error of the service."""
    if isinstance(error, RequestError):
        return problem(error.status, error.code, error.message, headers=error.headers)
    status = next(STATUS_OF[ancestor] for ancestor in type(error).__mro__ if ancestor in STATUS_OF)
    if status == 500:
        _log.error("request_failed", exc_info=error, code=error.code)
        return problem(500, *CODE_OF[500])
    return problem(status, error.code, error.message, errors=_errors_of(error), headers=_headers_of(error))


def problem_of_validation_error(error: ValidationError) -> Response:
    """Answer a body that a schema refuses: each bad field by its JSON Pointer."""
    found = list(islice(pointers(error.messages), MOST_ERRORS + 1))
    errors = [{"pointer": pointer, "detail": detail} for pointer, detail in found[:MOST_ERRORS]]
    named = "each bad field" if len(found) <= MOST_ERRORS else f"the first {MOST_ERRORS} bad fields"
    return problem(422, InvalidInput.code, f"cannot use this body; `errors` names {named}", errors=errors)


def problem_of_http_error_outside_console(error: HTTPException) -> Response | HTTPException:
    """Answer errors of HTTP itself; redirects, and what happens in the console, stay as they are."""
    if (error.code or 500) < 400 or request.path.startswith("/console"):
        return error
    return problem_of_http_error(error)


def problem_of_http_error(error: HTTPException) -> Response:
    """Answer an error of HTTP itself."""
    status = error.code or 500
    code, detail = CODE_OF.get(status) or ("http_error", str(error.description or error.name))
    kept = ("allow", "retry-after", "location")
    headers = [(name, value) for name, value in error.get_headers() if name.lower() in kept]
    return problem(status, code, detail, headers=headers)


def _errors_of(error: ServiceError) -> list[dict[str, str]]:
    if isinstance(error, WrongParameter):
        return error.errors
    if not isinstance(error, InvalidInput | DoesNotFit | NotFound):
        return []
    return [
        {"pointer": pointer_to(found.names or _names(found.field)), "detail": found.message} for found in error.problems
    ]


def _names(field: str) -> tuple[str, ...]:
    return tuple(field.split(".")) if field else ()


def _headers_of(error: ServiceError) -> dict[str, str]:
    if isinstance(error, Unauthorized):
        return {"WWW-Authenticate": 'Bearer realm="alongside"'}
    if isinstance(error, TemporaryError):
        return {"Retry-After": str(error.retry_after_seconds)}
    return {}
