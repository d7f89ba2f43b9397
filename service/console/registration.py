"""Putting the console into an app."""

from __future__ import annotations

from flask import Flask

from service.console import (
    another,
    around,
    audit,
    care,
    elsewhere,
    explained,
    failures,
    imports,
    looking,
    matches,
    members,
    notes,
    owners,
    policy,
    proposals,
    report,
    review,
    run_changes,
    runs,
    shortages,
    sign_in,
    staff,
    steps,
    today,
    what_if,
)
from service.console.blueprint import console, csrf
from service.console.session import register_sessions
from service.console.translation import register_translation

_PAGES = (
    sign_in,
    elsewhere,
    today,
    review,
    proposals,
    another,
    around,
    steps,
    notes,
    owners,
    matches,
    members,
    care,
    explained,
    looking,
    shortages,
    runs,
    run_changes,
    report,
    imports,
    policy,
    what_if,
    staff,
    audit,
    failures,
)
"""Importing a module of pages puts its views on the blueprint; a new one is named here."""


def register(app: Flask) -> None:
    """Add the console to an app that has a secret key, and its store at ``app.extensions["alongside"]``."""
    # Only the console has forms: its own blueprint asks for the token, the API has none.
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    # A form may stay open as long as the session: a proposal read over lunch can still be decided.
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    csrf.init_app(app)
    register_sessions(app)
    register_translation(app)
    app.register_blueprint(console)
