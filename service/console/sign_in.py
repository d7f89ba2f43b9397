"""Signing in and out.

A platform's id is part of the sign-in, since logins are unique in a platform only. It is not asked for while there is
but one platform, and never offered as a list: who uses this server is nobody else's business.
"""

from __future__ import annotations

from itertools import islice
from urllib.parse import urlsplit

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from service.console.blueprint import console, now, store
from service.console.session import end_session, start_session
from service.console.translation import N_, _
from service.console.words import counted
from service.errors import TemporaryError, Unauthorized
from service.records.coordinator import Coordinator
from service.records.platform import is_platform_id
from service.usecases.coordinators import MOST_LOGIN
from service.usecases.platforms import platform_ids
from service.usecases.signing_in import TOO_MANY_TRIES, sign_in_slowly

_NOT_RIGHT = N_("That sign-in name and password do not belong together. Please check both and try again.")


@console.get("/sign-in")
def get_sign_in() -> ResponseReturnValue:
    """Show the sign-in form, or go on when somebody is signed in."""
    if current_user.is_authenticated:
        return redirect(own_path(request.args.get("next", "")))
    return sign_in_form(platform=request.args.get("platform", ""))


@console.post("/sign-in")
def post_sign_in() -> ResponseReturnValue:
    """Sign a coordinator in and bring them to where they were going."""
    platform_id = request.form.get("platform", "").strip().lower()
    login = request.form.get("login", "")
    try:
        coordinator = _checked(platform_id, login, request.form.get("password", ""))
    except Unauthorized:
        return sign_in_form(platform=platform_id, login=login, problem=_(_NOT_RIGHT)), 401
    except TemporaryError as error:
        return _too_early(error, platform=platform_id, login=login)
    start_session(platform_id, coordinator)
    return redirect(own_path(request.form.get("next", "")), code=303)


@console.post("/sign-out")
def post_sign_out() -> ResponseReturnValue:
    """End the session, for every copy of its cookie."""
    end_session(current_user)
    flash(_("You are signed out. See you soon!"))
    return redirect(url_for("console.get_sign_in"), code=303)


def _checked(platform_id: str, login: str, password: str) -> Coordinator:
    if not is_platform_id(platform_id) or not login.isprintable() or len(login) > MOST_LOGIN:
        raise Unauthorized("no platform or coordinator can have this name")
    return sign_in_slowly(store(), platform_id, login=login, password=password, now=now())


def _too_early(error: TemporaryError, *, platform: str, login: str) -> ResponseReturnValue:
    if error.code != TOO_MANY_TRIES:
        raise error
    minutes = counted(-(-error.retry_after_seconds // 60), "minute", "minutes")
    problem = _(
        "There were many wrong passwords for this name. Please wait %(minutes)s, then try once more.", minutes=minutes
    )
    page = sign_in_form(platform=platform, login=login, problem=problem)
    return page, 429, {"Retry-After": str(error.retry_after_seconds)}


def sign_in_form(*, platform: str = "", login: str = "", problem: str = "") -> str:
    """Show the form, with what was typed where there was a problem."""
    first = tuple(islice(platform_ids(store()), 2))
    provider = current_app.extensions.get("alongside_openid")
    return render_template(
        "console/sign_in.html",
        only_platform=first[0] if len(first) == 1 else None,
        platform=platform,
        login=login,
        problem=problem,
        next_path=request.values.get("next", ""),
        provider=provider.name if provider else "",
    )


def own_path(wanted: str) -> str:
    """Give the page somebody wanted, if it is one of ours: never an address elsewhere."""
    parts = urlsplit(wanted)
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith("/console/") and "\\" not in wanted
    return wanted if is_ours and wanted.isprintable() else url_for("console.get_home")
