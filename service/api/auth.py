"""Who may call what: API keys and their scopes.

A route declares its scope beside itself with `@needs(Scope.…)`, which also tells the OpenAPI document. A route without
it answers anybody and must be on the list of `tests/service/api/test_access.py`. How keys are kept is for the use
cases.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import g, request
from flask_smorest import Blueprint

from service.api.requests import caller, now, store
from service.errors import Forbidden, Unauthorized
from service.records.api_key import Scope
from service.usecases.keys import find_key

SECURITY_SCHEME = "apiKey"

View = TypeVar("View", bound=Callable[..., Any])


def needs(scope: Scope | None) -> Callable[[View], View]:
    """Let a view be called with a valid key only, and one that has the scope; None: any valid key."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            g.api_key = _presented_key()
            if scope is not None and scope not in caller().scopes:
                raise Forbidden(f"this key may not do this: it needs the scope {scope}", needed=scope)
            return view(*args, **kwargs)

        told = Blueprint.doc(
            operationId=view.__name__,
            security=[{SECURITY_SCHEME: [] if scope is None else [scope.value]}],
            responses={"401": "Unauthorized"} | ({} if scope is None else {"403": "Forbidden"}),
        )
        return cast("View", told(guarded))

    return decorate


def _presented_key() -> Any:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Unauthorized("an API key is needed: send it as Authorization: Bearer <key>")
    return find_key(store(), secret.strip(), now=now())
