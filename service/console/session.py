"""Who is signed in: a session that belongs to one platform, one coordinator and one password.

The cookie is signed, not secret: it holds ids, moments and a fingerprint of the password's hash, never the hash. A
new password or a removed coordinator ends the session, so do 12 hours, or 2 hours without a request; signing out ends
it for every copy of the cookie. How a password is checked is told in `service/usecases/coordinators.py`, not here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from flask import Flask, Request, current_app, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_login import LoginManager, UserMixin, login_user, logout_user

from service.console.access import Need, may
from service.console.blueprint import is_part, now, store
from service.errors import NotFound
from service.records.codec import new_id, put_of
from service.records.coordinator import Coordinator, Role
from service.records.ended_session import EndedSession
from service.records.match import Actor, ActorRole
from service.storage.store import Changes
from service.usecases.coordinators import get_coordinator
from service.usecases.platforms import get_platform

LONGEST_SESSION = timedelta(hours=12)
LONGEST_PAUSE = timedelta(hours=2)

_HOME = "/console"
"""Below this the cookie is sent, and nowhere else."""

_SEEN_EVERY = timedelta(minutes=1)

_SIGNED_IN_AT = "signed_in_at"
_SEEN_AT = "seen_at"
_SESSION_ID = "session_id"
_BETWEEN = "/"  # neither platform ids, record ids nor fingerprints hold one


@dataclass(frozen=True, slots=True)
class SignedIn(UserMixin):
    """The coordinator at the other end: what `flask_login.current_user` gives behind the sign-in."""

    platform_id: str
    platform_name: str
    coordinator_id: str
    login: str
    role: Role
    fingerprint: str

    def get_id(self) -> str:
        """Give what the cookie keeps."""
        return _BETWEEN.join((self.platform_id, self.coordinator_id, self.fingerprint))

    @property
    def may_act(self) -> bool:
        """Whether they may decide."""
        return may(self.role, Need.DECIDE)

    def may(self, need: Need) -> bool:
        """Whether they may do what needs this."""
        return may(self.role, need)

    @property
    def actor(self) -> Actor:
        """Name them in the history of a match."""
        is_safeguarding = self.role is Role.SAFEGUARDING
        return Actor(ActorRole.SAFEGUARDING if is_safeguarding else ActorRole.COORDINATOR, self.coordinator_id)


class ConsoleCookies(SecureCookieSessionInterface):
    """Flask's signed cookie, sent back over https only when it came over https, and to the console only."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the cookie; where it is never sent there is none to read or to keep."""
        return super().open_session(app, request) if request.path.startswith(_HOME) else None

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 - Flask's signature
        """Decide by the request, so that a laptop without https works and a server with it never leaks."""
        is_secure: bool = request.is_secure
        return is_secure

    def get_cookie_path(self, app: Flask) -> str:  # noqa: ARG002 - Flask's signature
        """Keep the cookie away from the API."""
        return _HOME


def start_session(platform_id: str, coordinator: Coordinator) -> None:
    """Sign a coordinator in; whatever another one left in this browser's session goes."""
    session.clear()
    moment = now().timestamp()
    session[_SIGNED_IN_AT] = session[_SEEN_AT] = moment
    session[_SESSION_ID] = new_id("session", now())
    login_user(_signed_in(platform_id, coordinator))


def end_session(signed_in: SignedIn) -> None:
    """Sign a coordinator out, wherever a copy of this session's cookie may be."""
    until = datetime.fromtimestamp(session[_SIGNED_IN_AT], UTC) + LONGEST_SESSION
    put = put_of(EndedSession(session[_SESSION_ID], until), expected_version=None)
    store().commit(signed_in.platform_id, Changes(puts=(put,)))
    logout_user()
    session.clear()


def register_sessions(app: Flask) -> None:
    """Let the app know its coordinators by their session."""
    app.session_interface = ConsoleCookies()
    app.config.update(
        SESSION_COOKIE_NAME="alongside_console",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    manager = LoginManager()
    # Addresses change under people who move between networks; the fingerprint and the clock guard the session.
    manager.session_protection = None
    manager.user_loader(_load)
    manager.init_app(app, add_context_processor=False)
    # Nobody is remembered beyond a session; every call of the API would be looked through for it.
    app.after_request_funcs[None].remove(manager._update_remember_cookie)


def _load(session_id: str) -> SignedIn | None:
    """Give the coordinator of a session that still stands."""
    if _is_over(now()):
        session.clear()
        return None
    platform_id, coordinator_id, fingerprint = session_id.split(_BETWEEN)
    if _is_ended(platform_id):
        session.clear()
        return None
    try:
        signed_in = _signed_in(platform_id, get_coordinator(store(), platform_id, coordinator_id=coordinator_id))
    except NotFound:
        session.clear()
        return None
    if signed_in.fingerprint != fingerprint:
        session.clear()
        return None
    seen = now().timestamp()
    # Not with every request: of two answers that cross, the later one would undo what the other put into the cookie.
    if not is_part() and seen - session[_SEEN_AT] >= _SEEN_EVERY.total_seconds():
        session[_SEEN_AT] = seen
    return signed_in


def _is_over(at: datetime) -> bool:
    age = timedelta(seconds=at.timestamp() - session.get(_SIGNED_IN_AT, 0))
    pause = timedelta(seconds=at.timestamp() - session.get(_SEEN_AT, 0))
    return age > LONGEST_SESSION or pause > LONGEST_PAUSE


def _is_ended(platform_id: str) -> bool:
    """Tell whether it was signed out; one that has no id is of a program that could not tell."""
    own_id = session.get(_SESSION_ID)
    return own_id is None or store().get(platform_id, EndedSession.KIND, own_id) is not None


def _signed_in(platform_id: str, coordinator: Coordinator) -> SignedIn:
    return SignedIn(
        platform_id=platform_id,
        platform_name=get_platform(store(), platform_id).name,
        coordinator_id=coordinator.coordinator_id,
        login=coordinator.login,
        role=coordinator.role,
        fingerprint=_fingerprint(coordinator),
    )


def _fingerprint(coordinator: Coordinator) -> str:
    """Tell one password and account elsewhere from the next; the key ties it to this server: elsewhere it says nothing.

    A password alone gives what it always gave, so that no session ends by a newer version of this program.
    """
    key = str(current_app.secret_key).encode()[:64]
    known_by = f"{coordinator.password_hash}{coordinator.subject}"
    return blake2b(known_by.encode(), key=key, digest_size=16).hexdigest()
