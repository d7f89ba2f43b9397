"""Who may call what: API keys and their scopes.

A route declares its scopes beside itself with `@needs(Scope.…)`, which also tells the OpenAPI document. A route without
it answers anybody and must be on the list of `tests/service/api/test_access.py`. How keys are kept is for the use
cases.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar, cast

from marshmallow import ValidationError

from service.api.allowance import count_call
from service.api.blueprint import documented, takes_a_query
from service.api.errors import WrongParameter
from service.api.requests import caller, now, this_call, this_request
from service.errors import Forbidden, Unauthorized
from service.records.api_key import ApiKey, Scope
from service.storage.store import Store
from service.usecases.keys import find_key

SECURITY_SCHEME = "apiKey"

_NO_QUERY = ["is not a known parameter: this call takes none"]

View = TypeVar("View", bound=Callable[..., Any])


def needs(*scopes: Scope) -> Callable[[View], View]:
    """Let a view be called with a valid key only, and one that has any of the scopes; none named: any valid key.

    A call that takes no query is refused with one: what a caller meant by ``POST /v1/runs?dry_run=true`` must not pass
    unheard.
    """

    def decorate(view: View) -> View:
        has_query = takes_a_query(view)

        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            call, at = this_call(), now()
            call.key = key = _presented_key(call.store, at)
            count_call(call, key)
            call.extensions["alongside_key_uses"].note(call.store, key, now=at)
            if scopes:
                require(*scopes)
            if not has_query and this_request().environ.get("QUERY_STRING") and this_request().args:
                raise WrongParameter(ValidationError({name: _NO_QUERY for name in this_request().args}))
            return view(*args, **kwargs)

        told = documented(
            operationId=view.__name__,
            security=[{SECURITY_SCHEME: [scope.value]} for scope in scopes] or [{SECURITY_SCHEME: []}],
            responses={"401": "Unauthorized", "422": "Invalid", "429": "TooMany"}
            | ({"403": "Forbidden"} if scopes else {}),
        )
        return cast("View", told(guarded))

    return decorate


def require(*scopes: Scope) -> None:
    """Raise Forbidden unless the caller's key has one of the scopes: for views where the body decides which."""
    if not caller().scopes & set(scopes):
        needed = " or ".join(scopes)
        raise Forbidden(f"this key may not do this: it needs the scope {needed}", needed=needed)


def _presented_key(store: Store, at: datetime) -> ApiKey:
    scheme, _, secret = this_request().environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Unauthorized("an API key is needed: send it as Authorization: Bearer <key>")
    return find_key(store, secret.strip(), now=at)
