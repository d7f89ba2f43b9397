"""The console's blueprint, and what holds for each of its requests: signed in, from our own forms, closed to other
sites.

A page is a view in the module of its subject (`review.py`, `runs.py` …) on the `console` blueprint made here; it is
behind the sign-in unless its endpoint is in `OPEN_ENDPOINTS`, and open to the roles that `access.py` names. Nothing
here knows what a page shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect

from service.clock import Clock
from service.console.access import Need, may, need_of
from service.console.translation import N_, language
from service.errors import Forbidden
from service.sealed_text import NOTES, TextSeal
from service.secret_keys import SecretKeys
from service.storage.store import Store
from service.usecases.insight.studies import Studies
from service.usecases.kept_reports import FundersReports
from service.usecases.warm.cohorts import WarmCohorts

OPEN_ENDPOINTS = frozenset(
    {
        "console.get_sign_in",
        "console.post_sign_in",
        "console.get_elsewhere",
        "console.get_back_from_elsewhere",
        "console.post_platform",
        "console.static",
    }
)
"""What may be seen without signing in."""

ANYBODYS = frozenset({"console.get_nothing", "console.post_sign_out"})
"""Besides these, what everybody who is signed in may send."""


@dataclass(frozen=True, slots=True)
class NavPage:
    """A page at the top: its title, its endpoint, what it needs, and how the paths of its pages begin."""

    title: str
    endpoint: str
    need: Need = Need.READ
    parts: tuple[str, ...] = ()


NAV_PAGES: tuple[NavPage, ...] = (
    NavPage(N_("Today"), "console.get_today", parts=("today", "tasks", "care")),
    NavPage(N_("Review"), "console.get_review", parts=("review", "proposals")),
    NavPage(N_("People"), "console.get_members", parts=("people",)),
    NavPage(N_("Still looking"), "console.get_looking", parts=("still-looking", "whom-to-ask-in")),
    NavPage(N_("Matches"), "console.get_matches", parts=("matches",)),
    NavPage(N_("Runs"), "console.get_runs", parts=("runs",)),
    NavPage(N_("Report"), "console.get_report", parts=("report",)),
    NavPage(N_("Bring people in"), "console.get_import", Need.MANAGE, ("import",)),
    NavPage(N_("Policy"), "console.get_policy_page", Need.MANAGE, ("policy",)),
    NavPage(N_("Access"), "console.get_staff", Need.MANAGE, ("access",)),
    NavPage(N_("Audit"), "console.get_audit", Need.MANAGE, ("audit", "erasures")),
)
"""The pages at the top; a new page is a row."""

_CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

_PAGE_HEADERS = {
    "Content-Security-Policy": _CSP,
    # Forms over https are checked by their Referer too, so it must reach ourselves and nobody else.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""Beside what every answer carries (`service/app.py`)."""

csrf = CSRFProtect()

console = Blueprint(
    "console",
    __name__,
    url_prefix="/console",
    template_folder="templates",
    static_folder="static",
    static_url_path="/static",
)


def store() -> Store:
    """Give the store this app was made with."""
    held: Store = current_app.extensions["alongside"]
    return held


def studies() -> Studies:
    """Give the runs that this process keeps ready for questions."""
    studies: Studies = current_app.extensions["alongside_studies"]
    return studies


def patience() -> float:
    """Give how long a page waits for what is being made ready, in seconds: it asks again by itself."""
    seconds: float = current_app.config.setdefault("PAGE_PATIENCE", 0.1)
    return seconds


def warm() -> WarmCohorts:
    """Give the peer supporters that this process keeps ready."""
    warm: WarmCohorts = current_app.extensions["alongside_warm"]
    return warm


def funders_reports() -> FundersReports:
    """Give the reports that this process has counted."""
    reports: FundersReports = current_app.extensions["alongside_reports"]
    return reports


def text_seal() -> TextSeal:
    """Give what seals and opens notes."""
    keys: SecretKeys = current_app.extensions["alongside_secret_keys"]
    return TextSeal(keys, NOTES)


def is_part() -> bool:
    """Tell whether a page of ours fetches a part of this one: then nothing of the session is used up by it."""
    return "X-Part" in request.headers


def now() -> datetime:
    """Give the present moment by this app's clock."""
    clock: Clock = current_app.extensions["alongside_clock"]
    return clock.now()


@console.before_request
def require_sign_in() -> ResponseReturnValue | None:
    """Send a stranger to the sign-in page, and back afterwards; refuse forms that are not ours, and other roles."""
    is_open = request.endpoint in OPEN_ENDPOINTS
    if not is_open and not current_user.is_authenticated:
        return redirect(url_for("console.get_sign_in", next=_page_wanted()), code=303)
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        csrf.protect()
    if not is_open and request.endpoint not in ANYBODYS:
        need = need_of(current_app.view_functions.get(request.endpoint or ""), request.method)
        if need is None or not may(current_user.role, need):
            raise Forbidden(f"this is not for the role {current_user.role}", needed=str(need or ""))
    return None


def _page_wanted() -> str | None:
    """Give the page to return to after signing in: for a decision, the proposal it was about."""
    if request.method in ("GET", "HEAD"):
        return request.full_path.rstrip("?")
    match_id = (request.view_args or {}).get("match_id")
    return url_for("console.get_proposal", match_id=match_id) if match_id else None


@console.after_request
def close_to_others(response: Response) -> Response:
    """Add the headers of every page; own files are kept by browsers while their address has their digest."""
    response.headers.update(_PAGE_HEADERS)
    if request.endpoint == "console.static":
        kept = "public, max-age=31536000, immutable" if request.args.get("v") else "no-cache"
        response.headers["Cache-Control"] = kept
    else:
        response.headers["Cache-Control"] = "no-store"
    return response


@console.context_processor
def words_of_every_page() -> dict[str, object]:
    """Give what the base template needs."""
    endpoint = request.endpoint or ""
    return {
        # Not resolved here: a page that tells of a store out of reach must not ask it who is signed in.
        "current_user": current_user,
        "nav_pages": NAV_PAGES,
        "endpoint": endpoint,
        "part": request.path.removeprefix(f"{console.url_prefix}/").partition("/")[0],
        "may": lambda need: may(current_user.role, Need(need)),
        "language": language(),
        "is_part": is_part(),
        "static_url": static_url,
    }


def static_url(filename: str) -> str:
    """Address one of our own files so that a changed file has a new address."""
    return url_for("console.static", filename=filename, v=_digest_of(filename))


@cache
def _digest_of(filename: str) -> str:
    return sha256((Path(__file__).parent / "static" / filename).read_bytes()).hexdigest()[:12]
