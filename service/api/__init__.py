"""The HTTP API under /v1: views that load, call one use case and dump. How an endpoint is declared: see `blueprint.py`.

A new resource is one module here, one in `schemas/`, a use case, and its blueprint in `resources`. The console is a
sibling: neither imports the other.
"""

from __future__ import annotations

from flask import Flask, Response, current_app, request
from flask_smorest import Blueprint
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from service.api.allowance import told_allowance
from service.api.body import JSON_TYPE, PATCH_TYPE
from service.api.compressing import compress
from service.api.errors import (
    problem_of_http_error_outside_console,
    problem_of_service_error,
    problem_of_validation_error,
)
from service.api.json_answers import Answers
from service.api.requests import this_call, this_request
from service.errors import ServiceError
from service.wsgi import more_headers


def register(app: Flask) -> None:
    """Put the API on an app, whose extensions ``alongside…`` (store, clock, meter and so on) serve every call.

    Its document is made elsewhere, when somebody asks for it (`document.py`): that takes as long as all of this.
    """
    from service.api.reference import reference, register_reference

    app.json = Answers(app)
    # An address with two slashes in a row is none of ours: a problem like every other, not a page that leads elsewhere.
    app.url_map.merge_slashes = False
    app.register_error_handler(HTTPException, problem_of_http_error_outside_console)
    app.register_error_handler(ServiceError, problem_of_service_error)
    app.register_error_handler(ValidationError, problem_of_validation_error)
    for resource in resources():
        app.register_blueprint(resource)
        app.after_request_funcs.setdefault(resource.name, []).append(_close)
    register_reference(app)
    app.after_request_funcs.setdefault(reference.name, []).append(_close)


def resources() -> tuple[Blueprint, ...]:  # noqa: PLR0915 - a line a resource
    """Give every resource, in the order of the document; a new one is two lines here."""
    from service.api.audit import audit
    from service.api.boosts import boosts
    from service.api.bulk import bulk
    from service.api.check_ins import check_ins
    from service.api.deliveries import deliveries
    from service.api.erasures import erasures
    from service.api.events import events
    from service.api.exports import exports
    from service.api.health import health
    from service.api.imports import imports
    from service.api.insight import insight
    from service.api.keys import keys
    from service.api.matches import matches
    from service.api.meeting import meeting
    from service.api.members import members
    from service.api.notes import notes
    from service.api.policies import policies
    from service.api.proposing import proposing
    from service.api.runs import runs
    from service.api.safety import safety
    from service.api.stats import stats
    from service.api.supporters import supporters
    from service.api.tasks import tasks
    from service.api.webhooks import webhooks
    from service.api.wording import wording

    return (
        members,
        imports,
        runs,
        matches,
        boosts,
        proposing,
        bulk,
        meeting,
        check_ins,
        notes,
        tasks,
        supporters,
        stats,
        wording,
        safety,
        policies,
        insight,
        events,
        webhooks,
        deliveries,
        audit,
        erasures,
        exports,
        keys,
        health,
    )


_CONDITIONS = frozenset(("HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH"))

_HEADERS = (
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
)
"""What an answer carries that does not say something else itself."""


def _tell_methods(response: Response) -> None:
    """Name the methods of this very address; of another one that has an id there others may be taken."""
    if request.url_rule is not None:
        here = request.url_rule.rule
        same = (each for each in current_app.url_map.iter_rules() if each.rule == here)
        allowed = {method for each in same for method in each.methods or ()}
        response.allow.clear()
        response.allow.update(sorted(allowed))
    if "PATCH" in response.allow:
        response.headers["Accept-Patch"] = f"{PATCH_TYPE}, {JSON_TYPE}"


def _close(response: Response) -> Response:
    """Answer 304 to whoever has this version already, compress, and keep answers out of caches and frames."""
    environ = this_request().environ
    method = environ["REQUEST_METHOD"]
    if method in ("GET", "HEAD"):
        if response.status_code == 200 and not _CONDITIONS.isdisjoint(environ):
            response.make_conditional(environ)
    elif method == "OPTIONS":
        _tell_methods(response)
    more_headers(environ, (*told_allowance(this_call()), *_HEADERS))
    compress(response)
    return response
