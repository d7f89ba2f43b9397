"""Signing in with an account elsewhere, where the operator has set a provider up: going there, and coming back.

A link leads there and not a form, since the policy of our pages lets forms go nowhere else. Whoever looks after several
platforms is asked which one. Nobody is made by it: an account that stands for no coordinator opens nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from flask import current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from service.console.blueprint import console, now, store
from service.console.session import start_session
from service.console.sign_in import own_path, sign_in_form
from service.console.translation import N_, Words
from service.errors import NotFound, TemporaryError, Unauthorized
from service.openid import OpenId, SignInRefused
from service.records.platform import is_platform_id
from service.usecases.elsewhere import Account, known_as, tie
from service.usecases.platforms import get_platform

_ACCOUNT = "account_elsewhere"
_NEXT = "next_after_elsewhere"

_CHOOSE_WITHIN = timedelta(minutes=5)

_REFUSED: Mapping[str, str] = Words(
    {
        "not_signed_in": N_("You were not signed in at %(name)s. Nothing was changed; you can try again."),
        "started_elsewhere": N_("That took too long, or it was begun in another window. Please start once more."),
        "not_trusted": N_(
            "What %(name)s answered cannot be trusted, so nobody was signed in. Please tell whoever looks after "
            "Alongside for you."
        ),
        "unreachable": N_("%(name)s cannot be reached just now. Please try again soon, or use your password."),
        "no_email": N_("%(name)s does not vouch for an e-mail address of yours, so we cannot tell who you are here."),
        "nobody": N_(
            "There is no coordinator here with the e-mail address that %(name)s knows you by. Whoever looks after "
            "Alongside for you can add you."
        ),
    }
)


@console.get("/sign-in/elsewhere")
def get_elsewhere() -> ResponseReturnValue:
    """Go to the provider."""
    provider = _provider()
    session[_NEXT] = request.args.get("next", "")
    try:
        return provider.begin(url_for("console.get_back_from_elsewhere", _external=True))
    except SignInRefused as refused:
        return _refused(provider, refused.code), 502
    except TemporaryError as error:
        return _refused(provider, "unreachable"), 503, {"Retry-After": str(error.retry_after_seconds)}


@console.get("/sign-in/back")
def get_back_from_elsewhere() -> ResponseReturnValue:
    """Come back from the provider: signed in, or told kindly why not."""
    provider = _provider()
    try:
        account = provider.finish()
    except SignInRefused as refused:
        return _refused(provider, refused.code), 401
    except TemporaryError as error:
        return _refused(provider, "unreachable"), 503, {"Retry-After": str(error.retry_after_seconds)}
    known = known_as(store(), account)
    if not known:
        return _refused(provider, "nobody" if account.email else "no_email"), 403
    if len(known) == 1:
        return _signed_in(next(iter(known)), account)
    session[_ACCOUNT] = [account.issuer, account.subject, account.email, now().timestamp()]
    names = [(platform_id, get_platform(store(), platform_id).name) for platform_id in known]
    return render_template("console/which_platform.html", platforms=names)


@console.post("/sign-in/platform")
def post_platform() -> ResponseReturnValue:
    """Sign in to one of several platforms, after the provider has told who it is."""
    provider = _provider()
    *who, at = session.pop(_ACCOUNT, None) or ("", "", "", 0)
    if now() - datetime.fromtimestamp(at, UTC) > _CHOOSE_WITHIN:
        return _refused(provider, "started_elsewhere"), 401
    try:
        return _signed_in(request.form.get("platform", ""), Account(*who))
    except (NotFound, Unauthorized):
        return _refused(provider, "nobody"), 403


def _signed_in(platform_id: str, account: Account) -> ResponseReturnValue:
    if not is_platform_id(platform_id):
        raise NotFound("platform")
    wanted = session.get(_NEXT, "")
    start_session(platform_id, tie(store(), platform_id, account, now=now()))
    return redirect(own_path(wanted), code=303)


def _refused(provider: OpenId, code: str) -> str:
    return sign_in_form(problem=_REFUSED[code] % {"name": provider.name})


def _provider() -> OpenId:
    provider: OpenId | None = current_app.extensions.get("alongside_openid")
    if provider is None:
        raise NotFound("provider")
    return provider
