"""How an endpoint is declared: what it takes and answers stands beside it, and the OpenAPI document reads it there.

The decorators of a view, from the top: the route, `needs` (auth.py), `takes_json` or `takes_query`, `answers`. A view
then loads, calls one use case, and returns what its schema dumps. Nothing here knows a resource.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from flask import request
from flask_smorest.utils import deepupdate
from marshmallow import Schema, ValidationError

from schemas.base import In
from schemas.fields import Whole
from service.api.body import JSON_TYPE, PATCH_TYPE, json_body
from service.api.errors import WrongParameter
from service.errors import InvalidInput

View = TypeVar("View", bound=Callable[..., Any])

Headers = dict[str, str]

VERSION_HEADER = {"ETag": {"description": "The record's version.", "schema": {"type": "string", "example": '"v3"'}}}
LOCATION_HEADER = {"Location": {"description": "Where to ask for it.", "schema": {"type": "string"}}}
LINK_HEADER = {"Link": {"description": "The next page, as rel=next (RFC 8288).", "schema": {"type": "string"}}}


def documented(**told: Any) -> Callable[[View], View]:
    """Tell the document of a view, as `Blueprint.doc` does, which puts one call more before each call of the view."""

    def decorate(view: View) -> View:
        known: dict[str, Any] = getattr(view, "_apidoc", {})
        described: Any = view
        described._apidoc = {
            **known,
            "manual_doc": deepupdate(deepcopy(known.get("manual_doc", {})), deepcopy(told)),
        }
        return view

    return decorate


def parameters(*more: Mapping[str, Any]) -> Callable[[View], View]:
    """Tell the document of parameters, beside those that other decorators tell of."""

    def decorate(view: View) -> View:
        known = getattr(view, "_apidoc", {}).get("manual_doc", {}).get("parameters", [])
        return documented(parameters=[*more, *known])(view)

    return decorate


def takes_json(
    schema: type[Schema], *, example: Mapping[str, Any], is_required: bool = True, is_patch: bool = False
) -> Callable[[View], View]:
    """Give the view the parsed body as its first argument; loading it with the schema is the view's first step."""

    def decorate(view: View) -> View:
        @wraps(view)
        def reading(*args: Any, **kwargs: Any) -> Any:
            return view(json_body(is_required=is_required, is_patch=is_patch), *args, **kwargs)

        types = (PATCH_TYPE, JSON_TYPE) if is_patch else (JSON_TYPE,)
        content = {each: {"schema": schema, "example": example} for each in types}
        told = documented(
            requestBody={"required": is_required, "content": content},
            responses={"400": "BadRequest", "413": "TooLarge", "415": "UnsupportedType", "422": "Invalid"},
        )
        return cast("View", told(reading))

    return decorate


def takes_query(schema: type[In]) -> Callable[[View], View]:
    """Give the view the checked query parameters as its first argument; one that nobody declared is refused.

    What a use case finds wrong with one of them (InvalidInput that names it) is told of a parameter, too.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def reading(*args: Any, **kwargs: Any) -> Any:
            query = _query(schema())
            try:
                return view(query, *args, **kwargs)
            except InvalidInput as error:
                if isinstance(error, WrongParameter) or not _are_parameters(error, schema):
                    raise
                raise WrongParameter(error) from error

        told = documented(responses={"422": "Invalid"})
        return cast("View", told(parameters({"in": "query", "schema": schema})(reading)))

    return decorate


def takes_a_query(view: Callable[..., Any]) -> bool:
    """Tell whether a view has `takes_query`."""
    known = getattr(view, "_apidoc", {}).get("manual_doc", {}).get("parameters", [])
    return any(each["in"] == "query" for each in known)


def takes_if_match(*, is_required: bool = False, is_put: bool = False) -> Callable[[View], View]:
    """Tell the document that the view honours If-Match; the view passes `expected_version` to its use case."""
    header = {
        "in": "header",
        "name": "If-Match",
        "required": is_required,
        "description": "The ETag of the version you read; answered 412 when it has changed since.",
        "schema": {"type": "string", "example": '"v1"'},
    }
    create_only = {
        "in": "header",
        "name": "If-None-Match",
        "description": "`*`: only if there is none yet, else 412. An ETag: only if this is not the version there is.",
        "schema": {"type": "string", "example": "*"},
    }
    told = documented(responses={"412": "Changed"} | ({"428": "VersionRequired"} if is_required else {}))
    headers = parameters(header, create_only) if is_put else parameters(header)
    return cast("Callable[[View], View]", lambda view: told(headers(view)))


def raises(**responses: str) -> Callable[[View], View]:
    """Tell the document of further problems: ``raises(_404="NotFound")``."""
    return documented(responses={name.strip("_"): response for name, response in responses.items()})


def leads_to(*operations: str, on: int | tuple[int, ...] = 200, **parameters: str) -> Callable[[View], View]:
    """Tell the document which operations may follow an answer, and where in it their parameters are (OpenAPI links).

    ``leads_to("get_run", on=202, run_id="$response.body#/run_id")``
    """
    links = {name: {"operationId": name, "parameters": dict(parameters)} for name in operations}
    statuses = (on,) if isinstance(on, int) else on
    return documented(responses={status: {"links": links} for status in statuses})


def path_id(
    name: str, description: str, pattern: str | None = None, *, text_format: str | None = None
) -> dict[str, Any]:
    """Describe an id in a path."""
    more = {"pattern": pattern, "format": text_format}
    schema = {"type": "string", "minLength": 1, **{key: value for key, value in more.items() if value}}
    return {"in": "path", "name": name, "required": True, "description": description, "schema": schema}


def next_page(after: str | None) -> dict[str, str]:
    """Make the Link header of a page whose following one begins after this cursor."""
    if after is None:
        return {}
    arguments = {**request.args.to_dict(), "after": after}
    return {"Link": f'<{request.path}?{urlencode(arguments)}>; rel="next"'}


def _are_parameters(error: InvalidInput, schema: type[In]) -> bool:
    return bool(error.problems) and all(each.field in schema().fields for each in error.problems)


def _query(schema: In) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, values in request.args.lists():
        given[name] = values[0] if len(values) == 1 else values
        if isinstance(schema.fields.get(name), Whole) and isinstance(given[name], str):
            given[name] = int(given[name]) if re.fullmatch(r"-?[0-9]{1,9}", given[name]) else given[name]
    try:
        loaded: dict[str, Any] = schema.load(given)
    except ValidationError as error:
        raise WrongParameter(error) from error
    return loaded
