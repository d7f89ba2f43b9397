"""Reading a JSON body, with the limits that hold for every call: size, type, encoding, depth, no name twice.

What is in the body is for the schemas. A limit is changed here and nowhere else.
"""

from __future__ import annotations

import json
from typing import Any

from flask import g, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from service.api.errors import RequestError

MAX_BODY_BYTES = 1 << 20
"""Of a JSON body; far above any profile or policy."""

MAX_DEPTH = 32
_UNSUPPORTED = "unsupported_media_type"
_TOO_DEEP = f"it nests deeper than {MAX_DEPTH}"


JSON_TYPE = "application/json"
PATCH_TYPE = "application/merge-patch+json"


def json_body(*, is_required: bool = True, is_patch: bool = False) -> Any:
    """Read the request's body as JSON; an empty one is an empty object where none is required.

    Raises RequestError: 413 for one that is too large, 415 for another type, 400 for one that is not JSON.
    """
    text = body_text()
    if text.startswith("\ufeff"):
        raise _unusable("it begins with a byte order mark; leave that out")
    if not text.strip() and not is_required:
        return {}
    if is_patch:
        _check_patch_type()
    elif not request.is_json:
        raise RequestError(415, _UNSUPPORTED, "the body must be JSON, with Content-Type: application/json")
    try:
        body = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise RequestError(400, "invalid_json", f"the body is not JSON: {error.msg} at {where}") from error
    except RecursionError as error:
        raise _unusable(_TOO_DEEP) from error
    except ValueError as error:
        # The only other thing that Python's reader refuses.
        raise _unusable("a number in it has too many digits") from error
    _check(body, MAX_DEPTH)
    return body


def body_text() -> str:
    """Read the request's body as text, once; errors as `json_body`."""
    if "body_text" not in g:
        g.body_text = _text()
    text: str = g.body_text
    return text


def _check_patch_type() -> None:
    # Other kinds of patch are JSON, too.
    if request.mimetype not in (PATCH_TYPE, JSON_TYPE):
        allowed = f"{PATCH_TYPE}, {JSON_TYPE}"
        raise RequestError(
            415,
            _UNSUPPORTED,
            f"the body must be a merge patch, with Content-Type: {PATCH_TYPE}",
            headers={"Accept-Patch": allowed},
        )


def _text() -> str:
    # Before the type: whoever sends too much learns that first, whatever else is wrong.
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise _too_large()
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise RequestError(415, _UNSUPPORTED, "the body must be sent as it is, without Content-Encoding")
    # One more than allowed: a stream without a length is cut at the limit in silence, and must be seen to pass it.
    request.max_content_length = MAX_BODY_BYTES + 1
    try:
        body = request.get_data(cache=False)
        if len(body) > MAX_BODY_BYTES:
            raise _too_large()
        return body.decode("utf-8")
    except RequestEntityTooLarge as error:
        raise _too_large() from error
    except UnicodeDecodeError as error:
        raise RequestError(400, "invalid_json", "the body is not UTF-8") from error
    except (ClientDisconnected, OSError) as error:
        raise RequestError(400, "bad_request", "the body ended before it was complete") from error


def _too_large() -> RequestError:
    return RequestError(413, "body_too_large", f"the body may have at most {MAX_BODY_BYTES:,} bytes")


def _unusable(why: str) -> RequestError:
    return RequestError(400, "invalid_json", f"the body cannot be used: {why}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _unusable("a name comes twice in one object")
    return found


def _no_constant(_name: str) -> None:
    raise _unusable("NaN and Infinity are not JSON")


def _check(value: Any, depth: int) -> None:
    """Refuse what JSON can write but no store can keep: deep nests, and halves of characters."""
    if depth == 0:
        raise _unusable(_TOO_DEEP)
    if isinstance(value, str):
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise _unusable("it holds half a character (surrogate)")
    elif isinstance(value, list):
        for element in value:
            _check(element, depth - 1)
    elif isinstance(value, dict):
        for name, element in value.items():
            _check(name, depth)
            _check(element, depth - 1)
