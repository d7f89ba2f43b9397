"""The header Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a POST that is done once, however often sent.

`@idempotent()` stands right below `needs`, so that nobody reads an answer whose call they may not make. How a call is
done once is told in `service/usecases/once.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any, TypeVar, cast

from flask import Response, current_app, request

from service.api.blueprint import documented, parameters
from service.api.body import body_text
from service.api.errors import RequestError
from service.api.requests import caller, now, platform_id, store, this_call
from service.records.kept_answer import Answer
from service.storage.store import Store
from service.usecases.once import once

View = TypeVar("View", bound=Callable[..., Any])

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
_QUOTED, _BARE = r"[ !#-\[\]-~]{1,255}", r"[!#-+\--~]{1,255}"
_KEY = re.compile(f'"(?P<quoted>{_QUOTED})"|(?P<bare>{_BARE})')
"""A string of RFC 9651 without escapes, or the same without its quotes, as many clients write it."""
_KEPT_HEADERS = ("Content-Type", "Location", "ETag")

_PARAMETER = {
    "in": "header",
    "name": HEADER,
    "description": "Made by you, a new one for each call you mean. The same call sent again with it, within 24 hours, "
    f"gives the first answer again (with the header {REPLAYED}) and changes nothing; another call with it is refused.",
    "schema": {
        "type": "string",
        "pattern": f'^("{_QUOTED}"|{_BARE})$',
        "example": '"8e03978e-40d5-43e8-bc93-6894a57f9324"',
    },
}


def idempotent(*, told_once: str = "") -> Callable[[View], View]:
    """Let a POST be sent again without being done again; the field `told_once` of its answer is not kept."""

    def decorate(view: View) -> View:
        @wraps(view)
        def done_once(*args: Any, **kwargs: Any) -> Any:
            key = _key()
            if key is None:
                return view(*args, **kwargs)
            answers: list[Response] = []

            def do(through: Store) -> Answer:
                this_call().store = through
                answers.append(current_app.make_response(view(*args, **kwargs)))
                return _kept(answers[-1], told_once)

            whole = store()
            try:
                kept = once(whole, platform_id(), call_id=_call_id(key), fingerprint=_fingerprint(), now=now(), do=do)
            finally:
                this_call().store = whole
            return answers[-1] if kept is None else _again(kept)

        told = documented(responses={"400": "BadRequest", "409": "NotNow", "422": "Invalid"})
        return cast("View", told(parameters(_PARAMETER)(done_once)))

    return decorate


def _key() -> str | None:
    given = request.headers.get(HEADER)
    if given is None:
        return None
    found = _KEY.fullmatch(given.strip())
    if found is None:
        raise RequestError(
            400, "invalid_idempotency_key", f"{HEADER} must be 1 to 255 printable ASCII characters in double quotes"
        )
    return found["quoted"] or found["bare"]


def _call_id(key: str) -> str:
    return _digest(request.endpoint, key)


def _fingerprint() -> str:
    """Tell calls apart by all that decides what they do: path, query, body, and what the key may do."""
    text = body_text()
    try:
        # The order of names and blanks do not make another call.
        body = json.dumps(json.loads(text), sort_keys=True)
    except (ValueError, RecursionError):
        body = text
    return _digest(request.path, request.query_string.decode("latin-1"), sorted(caller().scopes), body)


def _digest(*parts: Any) -> str:
    return sha256(json.dumps(parts).encode()).hexdigest()


def _kept(response: Response, told_once: str) -> Answer:
    body = response.get_data(as_text=True)
    if told_once:
        body = json.dumps({**json.loads(body), told_once: None})
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return Answer(response.status_code, headers, body)


def _again(kept: Answer) -> Response:
    headers = {**kept.headers, REPLAYED: "true"}
    return Response(kept.body, kept.status, headers=headers)
