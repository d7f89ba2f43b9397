"""The web app: API and console on one store. What is connected at start is connected here, nothing at import.

gunicorn makes one app in each worker (``service.app:create_app()``, settings in `gunicorn_conf.py`); tests make their
own. The engine (scipy, networkx, numba) is not imported here or below: a web worker neither needs it nor waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue

from service import api, metrics
from service.api.allowance import rate_of
from service.api.body import MAX_BODY_BYTES
from service.backups.unfinished import open_whole_store
from service.clock import Clock, SystemClock
from service.drain import Draining
from service.late_rule import LateRule
from service.logs import configure_logs
from service.metrics.listener import listen
from service.openid import OpenId
from service.secret_keys import load_secret_keys
from service.settings import Settings
from service.storage.metering import open_meter
from service.storage.patient import opened_patiently
from service.usecases.insight.studies import Studies
from service.usecases.kept_reports import FundersReports
from service.usecases.key_uses import KeyUses
from service.usecases.warm.cohorts import WarmCohorts
from service.wsgi import Named, route_of

if TYPE_CHECKING:
    pass

_log = structlog.get_logger(__name__)


def create_app(settings: Settings | None = None, *, clock: Clock | None = None) -> Flask:
    """Make the app; without settings they come from the environment, and its log settings are put into force."""
    is_served = settings is None
    if settings is None:
        settings = Settings.from_environment()
        configure_logs(level=settings.log_level, log_format=settings.log_format)
    metrics.begin(settings)
    app = _App("service", static_folder=None)
    keys = load_secret_keys(settings)
    app.config.update(
        SECRET_KEY=keys.current.secret,
        SECRET_KEY_FALLBACKS=[key.secret for key in keys.older],
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
    )
    store = metrics.metered(opened_patiently(partial(open_whole_store, settings.store)), engine=settings.engine)
    app.extensions["alongside"] = store
    app.extensions["alongside_clock"] = clock or SystemClock()
    if is_served:
        listen(settings, store, SystemClock())
    app.extensions["alongside_studies"] = Studies(settings.insight_memory_mb << 20)
    app.extensions["alongside_warm"] = WarmCohorts(settings.cohort_memory_mb << 20)
    app.extensions["alongside_meter"] = open_meter(settings.store)
    app.extensions["alongside_rate"] = rate_of(settings.requests_per_second)
    app.extensions["alongside_key_uses"] = KeyUses()
    app.extensions["alongside_secret_keys"] = keys
    app.extensions["alongside_webhook_reach"] = settings.webhook_reach
    api.register(app)
    _register_console(app, settings)
    app.wsgi_app = Draining(Named(app.wsgi_app, is_served=is_served))  # type: ignore[method-assign]
    return app


class _App(Flask):
    """Flask, but for how it logs a fault: with the route's template, never the path, which holds ids."""

    url_rule_class = LateRule

    def log_exception(self, exc_info: Any) -> None:
        """Write the fault's kind and places; the rest of the line is of `wsgi.py`."""
        _log.error("request_failed", exc_info=exc_info, route=route_of(request.environ), method=request.method)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Give the function as it is: none here is a coroutine, and Flask would ask that four times a call."""
        return func


def _register_console(app: Flask, settings: Settings) -> None:
    from service import console

    if settings.openid is not None:
        app.extensions["alongside_openid"] = OpenId(app, settings.openid)
    app.extensions["alongside_reports"] = FundersReports()
    console.register(app)
    app.add_url_rule("/", "home", _home)


def _home() -> ResponseReturnValue:
    return redirect("/console/")
