"""Who may sign in here, and which programs may call: added, given a new secret, removed, by a lead.

A secret is shown on the page that made it and nowhere else, ever. Safeguarding's accounts, and keys that may read
concerns or make other keys, are for whoever runs the service: a lead cannot open by these what is closed to leads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from service.console.access import Need, needs
from service.console.blueprint import console, now, store
from service.console.forms import FormConflictError, FormError, choice, kept, typed
from service.console.translation import N_, Words, _
from service.console.words import day
from service.errors import Conflict, Forbidden, InvalidInput
from service.records.api_key import ApiKey, Scope
from service.records.coordinator import Coordinator, Role
from service.usecases.coordinators import (
    MOST_LOGIN,
    add_coordinator,
    get_coordinator,
    list_coordinators,
    remove_coordinator,
    set_password,
)
from service.usecases.key_uses import last_uses
from service.usecases.keys import create_key, get_key, list_keys, revoke_key, rotate_key

MOST_NAME = 100

ROLES = Words(
    {
        Role.COORDINATOR: N_("Coordinator: decides on pairs"),
        Role.LEAD: N_("Lead: decides, and looks after people, runs, policy, access and audit"),
        Role.SAFEGUARDING: N_("Safeguarding: reads concerns, lets people go on"),
        Role.READ_ONLY: N_("Reads only"),
    }
)

SCOPES = Words(
    {
        Scope.MEMBERS_READ: N_("read people"),
        Scope.MEMBERS_WRITE: N_("send people"),
        Scope.MATCHES_READ: N_("read pairs"),
        Scope.MATCHES_RESPOND: N_("pass answers on"),
        Scope.REVIEW: N_("review pairs"),
        Scope.RUNS: N_("start runs"),
        Scope.POLICY: N_("change the policy"),
        Scope.SAFETY: N_("read concerns, let people go on"),
        Scope.EVENTS: N_("be told what happens"),
        Scope.STATS: N_("read statistics"),
        Scope.ADMIN: N_("make keys"),
    }
)

NOT_OURS_TO_GIVE = frozenset((Scope.SAFETY, Scope.ADMIN))
GIVEN_ROLES = tuple(role for role in Role if role is not Role.SAFEGUARDING)
GIVEN_SCOPES = tuple(scope for scope in Scope if scope not in NOT_OURS_TO_GIVE)


@dataclass(frozen=True, slots=True)
class Somebody:
    """A coordinator: `may_change` is False for oneself and for those whom a lead leaves alone."""

    coordinator_id: str
    login: str
    role: str
    since: str
    may_change: bool


@dataclass(frozen=True, slots=True)
class Key:
    """An API key; `used` is empty where it never was, `until` where it does not run out."""

    key_id: str
    name: str
    may: tuple[str, ...]
    since: str
    used: str
    until: str
    may_renew: bool


@dataclass(frozen=True, slots=True)
class Secret:
    """What was just made, shown this once."""

    title: str
    text: str


@console.get("/access")
@needs(Need.MANAGE)
def get_staff() -> ResponseReturnValue:
    """Show who may sign in, and which keys there are."""
    return _page()


@console.post("/access/people")
@needs(Need.MANAGE)
def post_coordinator() -> ResponseReturnValue:
    """Add somebody who may sign in."""
    return _shown(_added)


def _added() -> Secret:
    role = choice("role", Role, _("Please choose what they may do."))
    if role not in GIVEN_ROLES:
        raise FormError("role", _("Accounts of safeguarding are made by whoever runs Alongside for you."))
    try:
        added, password = add_coordinator(store(), current_user.platform_id, login=typed("login"), role=role, now=now())
    except InvalidInput as error:
        allowed = _("Please give a name or an e-mail address, at most %(most)s characters.", most=MOST_LOGIN)
        raise FormError("login", allowed) from error
    except Conflict as error:
        raise FormConflictError("login", _("Somebody signs in with this name already.")) from error
    return Secret(_("The password of %(who)s", who=added.login), password)


@console.post("/access/people/<coordinator_id>/password")
@needs(Need.MANAGE)
def post_new_password(coordinator_id: str) -> ResponseReturnValue:
    """Give somebody a new password; their sessions end."""
    return _shown(lambda: _new_password(_in_our_hands(coordinator_id)))


def _new_password(somebody: Coordinator) -> Secret:
    changed, password = set_password(store(), current_user.platform_id, login=somebody.login, now=now())
    return Secret(_("The new password of %(who)s", who=changed.login), password)


@console.post("/access/people/<coordinator_id>/remove")
@needs(Need.MANAGE)
def post_coordinator_gone(coordinator_id: str) -> ResponseReturnValue:
    """Let somebody sign in no longer; their sessions end."""
    somebody = _in_our_hands(coordinator_id)
    remove_coordinator(store(), current_user.platform_id, login=somebody.login, now=now())
    flash(_("%(who)s can no longer sign in here.", who=somebody.login), "done")
    return redirect(url_for("console.get_staff"), code=303)


@console.post("/access/keys")
@needs(Need.MANAGE)
def post_key() -> ResponseReturnValue:
    """Make a key for a program."""
    return _shown(_made_key)


def _made_key() -> Secret:
    name, wanted = typed("name"), request.form.getlist("scope")
    if not name or len(name) > MOST_NAME or not name.isprintable():
        raise FormError("name", _("Please say what the key is for, in at most %(most)s characters.", most=MOST_NAME))
    if not wanted or not set(wanted) <= set(GIVEN_SCOPES):
        raise FormError("scope", _("Please choose what the program may do."))
    scopes = [Scope(scope) for scope in wanted]
    try:
        key, secret = create_key(store(), current_user.platform_id, name=name, scopes=scopes, now=now())
    except Conflict as error:
        raise FormConflictError("name", _("There are too many keys: take back those that nobody uses.")) from error
    return Secret(_("The key %(name)s", name=key.name), secret)


@console.post("/access/keys/<key_id>/renew")
@needs(Need.MANAGE)
def post_key_renewed(key_id: str) -> ResponseReturnValue:
    """Make a key in place of another one, which counts for a week more."""
    return _shown(lambda: _renewed(key_id))


def _renewed(key_id: str) -> Secret:
    old = get_key(store(), current_user.platform_id, key_id=key_id)
    if old.scopes & NOT_OURS_TO_GIVE:
        raise Forbidden("this key may do what a lead may not give")
    key, secret = rotate_key(store(), current_user.platform_id, key_id=key_id, now=now())
    return Secret(_("The new key %(name)s; the old one counts for seven days more", name=key.name), secret)


@console.post("/access/keys/<key_id>/revoke")
@needs(Need.MANAGE)
def post_key_revoked(key_id: str) -> ResponseReturnValue:
    """Take a key back at once."""
    revoke_key(store(), current_user.platform_id, key_id=key_id, now=now())
    flash(_("The key counts no longer."), "done")
    return redirect(url_for("console.get_staff"), code=303)


def _shown(make: Callable[[], Secret]) -> ResponseReturnValue:
    """Make something that has a secret, and show it this once; or say beside its field what stands in the way."""
    try:
        return _page(secret=make())
    except FormConflictError as problem:
        return _page(problem=problem), 409
    except FormError as problem:
        return _page(problem=problem), 422


def _in_our_hands(coordinator_id: str) -> Coordinator:
    """Give a coordinator whom a lead may change; Forbidden for oneself and for safeguarding."""
    somebody = get_coordinator(store(), current_user.platform_id, coordinator_id=coordinator_id)
    if not _may_change(somebody):
        raise Forbidden("this account is not in a lead's hands")
    return somebody


def _may_change(somebody: Coordinator) -> bool:
    return somebody.role in GIVEN_ROLES and somebody.coordinator_id != current_user.coordinator_id


def _page(*, secret: Secret | None = None, problem: FormError | None = None) -> str:
    platform_id = current_user.platform_id
    keys = list_keys(store(), platform_id)
    used = last_uses(store(), platform_id, [key.key_id for key in keys])
    return render_template(
        "console/staff.html",
        people=[_somebody(each) for each in list_coordinators(store(), platform_id)],
        keys=[_key(key, {name: day(at.date()) for name, at in used.items()}) for key in keys],
        given_roles=[(role.value, ROLES[role]) for role in GIVEN_ROLES],
        given_scopes=[(scope.value, SCOPES[scope]) for scope in GIVEN_SCOPES],
        chosen=request.form.getlist("scope"),
        secret=secret,
        problem=problem,
        typed=kept() if problem else {},
    )


def _somebody(coordinator: Coordinator) -> Somebody:
    return Somebody(
        coordinator.coordinator_id,
        coordinator.login,
        ROLES[coordinator.role],
        day(coordinator.created_at.date()),
        _may_change(coordinator),
    )


def _key(key: ApiKey, used: Mapping[str, str]) -> Key:
    return Key(
        key_id=key.key_id,
        name=key.name,
        may=tuple(SCOPES[scope] for scope in Scope if scope in key.scopes),
        since=day(key.created_at.date()),
        used=used.get(key.key_id, ""),
        until=day(key.valid_until.date()) if key.valid_until else "",
        may_renew=not key.scopes & NOT_OURS_TO_GIVE,
    )
