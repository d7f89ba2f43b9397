"""The OpenAPI document: what stands in it beside the endpoints, and how it is written.

Endpoints, schemas and examples come from the code (`blueprint.py`); `openapi.yaml` at the top of the repository is
written by ``alongside openapi`` and a test fails when it is out of date. A new kind of problem is a row of `_PROBLEMS`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml
from flask import Flask
from flask_smorest import Api

from schemas.fields import Mapped
from schemas.page import MOST_PER_PAGE
from schemas.problem import ProblemOut
from service.api.auth import SECURITY_SCHEME
from service.api.body import MAX_BODY_BYTES
from service.api.errors import CODE_OF, PROBLEM_TYPE, TITLE_OF

API_VERSION = "1.0.0"

_DESCRIPTION = f"""\
Alongside pairs people who would like company with peer supporters. A platform tells it about its members, asks for
runs, and reads the matches; a coordinator reviews every pair. No names and no contact details: members are known by the
platform's own ids.

**Keys.** Send `Authorization: Bearer <key>`. A key belongs to one platform and has scopes; ids of other platforms
answer 404, like ids that never were.

**Errors** are problem details (RFC 9457) with a stable `code` and, for a bad body, a JSON Pointer for each bad field.

**Versions.** Members, matches and the policy carry an `ETag`. Send it as `If-Match` and the call is answered 412 when
somebody else was quicker. `If-None-Match` answers 304 when you have the newest version already. Where an answer is
compressed its ETag is weak; send it back as it came.

**Sending again.** Every POST takes an `Idempotency-Key` of yours. Within 24 hours the same call with it gives the first
answer again and is done once; secrets that are told once are left out of it. Another call with the key is answered 422,
and 409 `call_under_way` tells that the first one is not answered yet. A call that was refused may be sent again. An
import takes none: the same lines sent again change nothing.

**Pages.** Lists take `limit` and `after`; the header `Link` and the field `next` lead to the next page, and stay right
while others write.

**Limits.** A JSON body may have at most {MAX_BODY_BYTES:,} bytes, a page {MOST_PER_PAGE} entries. Fields that are not
described here are refused by name. How many calls a key may make is told by `RateLimit-Policy` and `RateLimit` in every
answer; beyond that it is 429, and `Retry-After` says when to come back.
"""

_PROBLEMS: Mapping[str, tuple[str, int, str, str]] = {
    "BadRequest": ("The body is not JSON.", 400, "invalid_json", "the body is not JSON: Expecting value at line 1"),
    "Unauthorized": ("No key, or none that is valid.", 401, "unauthorized", "this API key is not valid (any longer)"),
    "Forbidden": ("The key lacks the scope.", 403, "forbidden", "this key may not do this: it needs the scope review"),
    "NotFound": ("There is none in this platform.", 404, "member_not_found", "there is no member with this id"),
    "NotNow": (
        "The present state does not allow it.",
        409,
        "action_not_allowed",
        "cannot approve a match that is ended (allowed: nothing)",
    ),
    "Changed": ("It has changed since.", 412, "stale_version", "cannot save this policy: expected version 3, found 4"),
    "TooLarge": (
        "The body is too large.",
        413,
        "body_too_large",
        f"the body may have at most {MAX_BODY_BYTES:,} bytes",
    ),
    "UnsupportedType": ("The body is not JSON by its type.", 415, "unsupported_media_type", "the body must be JSON"),
    "Invalid": (
        "Something cannot be used.",
        422,
        "invalid_input",
        "cannot use this body; `errors` names each bad field",
    ),
    "TooMany": ("No calls left just now.", 429, *CODE_OF[429]),
    "VersionRequired": ("If-Match is missing.", 428, "if_match_required", "read it, and send its ETag as If-Match"),
    "Unavailable": ("Try later; see Retry-After.", 503, "store_unavailable", "the store cannot be reached just now"),
    "Problem": ("Any other problem.", 500, "internal_error", "something went wrong on our side"),
}
"""Component → what it means, and an example: status, code, detail."""


_TOP = ("openapi", "info", "servers", "tags", "paths", "components")
_OPERATION = ("operationId", "summary", "description", "tags", "security", "parameters", "requestBody", "responses")


class _ProblemApi(Api):
    """flask-smorest's Api, with problem details for every error; for the document alone."""

    DEFAULT_ERROR_RESPONSE_NAME = "Problem"
    ERROR_SCHEMA = ProblemOut

    def __init__(self, app: Flask) -> None:
        app.config.update(API_TITLE="Alongside", API_VERSION=API_VERSION, OPENAPI_VERSION="3.1.0")
        super().__init__(
            app,
            spec_kwargs={
                "info": {"description": _DESCRIPTION},
                "servers": [{"url": "/", "description": "Where the service runs."}],
            },
        )
        self.ma_plugin.converter.add_attribute_function(_names_of)
        self.spec.components.security_scheme(
            SECURITY_SCHEME, {"type": "http", "scheme": "bearer", "description": "A platform's API key."}
        )
        for name, (meaning, status, code, detail) in _PROBLEMS.items():
            self.spec.components.response(name, _response(meaning, status, code, detail))


def openapi_yaml() -> str:
    """Write the OpenAPI document; it needs no store and no settings."""
    return yaml.dump(openapi_document(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def openapi_document() -> dict[str, Any]:
    """Give the OpenAPI document in the order in which it is read."""
    from service.api import resources

    # On an app that serves nobody: reading every schema takes half a second, which a start need not wait for.
    api = _ProblemApi(Flask("alongside"))
    for resource in resources():
        api.register_blueprint(resource)
    # Through JSON, so that nothing but plain values is left.
    document = _in_order(json.loads(json.dumps(api.spec.to_dict())), _TOP)
    # flask-smorest describes its own pages, which no list here has.
    del document["components"]["schemas"]["PaginationMetadata"]
    for path in document["paths"].values():
        for method in path.keys() - {"parameters"}:
            path[method] = _in_order(path[method], _OPERATION)
            path[method]["responses"] = dict(sorted(path[method]["responses"].items()))
    return document


def _names_of(converter: Any, field: Any, **_kwargs: Any) -> dict[str, Any]:
    """Say which names an object may have whose names are the caller's own."""
    names = field.key_field if isinstance(field, Mapped) else None
    return {} if names is None else {"propertyNames": converter.field2property(names)}


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such."""


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def _in_order(given: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: given[name] for name in (*names, *given) if name in given}


def _response(meaning: str, status: int, code: str, detail: str) -> dict[str, Any]:
    example: dict[str, Any] = {"type": "about:blank", "title": TITLE_OF[status], "status": status, "code": code}
    example |= {"detail": detail, "request_id": "4f1d2c3b4a596877"}
    if status == 422:
        example["errors"] = [{"pointer": "#/languages/0", "detail": "must be text"}]
    return {"description": meaning, "content": {PROBLEM_TYPE: {"schema": ProblemOut, "example": example}}}
