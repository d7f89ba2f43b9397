"""Signing in at a provider of OpenID Connect: sending somebody there, and reading what it says when they come back.

The authorization code flow with PKCE, state and nonce is Authlib's; here it is held to what this service takes: tokens
of the issuer that was named and for us, signed with its published keys by an asymmetric algorithm. Whom an account
stands for is not decided here (`service/usecases/elsewhere.py`).
"""

from __future__ import annotations

from typing import Any, Final

import structlog
from flask import Flask
from flask.typing import ResponseReturnValue

from service.errors import PermanentError, TemporaryError
from service.openid_settings import OpenIdSettings, is_safe_url
from service.usecases.elsewhere import Account

SECONDS: Final = 10
"""How long an answer of the provider is waited for."""

LEEWAY_SECONDS: Final = 60
"""How far its clock may be from ours."""

ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
"""Signatures that only the provider can make: never ``none``, never one made with a secret that is ours, too."""

_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")

_log = structlog.get_logger(__name__)


class SignInRefused(PermanentError):  # noqa: N818 - it says what happened, as in `errors.py`
    """Nobody can be signed in with what came back; `code` says why: ``not_signed_in`` (they turned back, or the
    provider refused them), ``started_elsewhere`` (this browser did not begin it, or long ago) or ``not_trusted``.
    """


class OpenId:
    """A provider, as one app uses it."""

    def __init__(self, app: Flask, settings: OpenIdSettings) -> None:
        from authlib.integrations.flask_client import OAuth

        self.name = settings.shown_name
        self._issuer = settings.issuer
        self._client = OAuth(app).register(
            "openid",
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            server_metadata_url=f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid email",
                "code_challenge_method": "S256",
                "token_endpoint_auth_method": "client_secret_basic" if settings.client_secret else "none",
                "default_timeout": SECONDS,
            },
        )
        self._claims = {
            "iss": {"essential": True, "value": settings.issuer},
            "aud": {"essential": True, "value": settings.client_id},
        }

    def begin(self, redirect_uri: str) -> ResponseReturnValue:
        """Send somebody to the provider; TemporaryError while it cannot be reached."""
        self._check_provider()
        answer: ResponseReturnValue = self._client.authorize_redirect(redirect_uri)
        return answer

    def finish(self) -> Account:
        """Read with what somebody came back; SignInRefused, or TemporaryError while the provider cannot be reached."""
        from authlib.common.errors import AuthlibBaseError
        from authlib.integrations.base_client.errors import MismatchingStateError, OAuthError
        from joserfc.errors import JoseError
        from requests import RequestException

        self._check_provider()
        try:
            token = self._client.authorize_access_token(claims_options=self._claims, leeway=LEEWAY_SECONDS)
        except MismatchingStateError as error:
            raise SignInRefused("this browser did not begin this sign-in", code="started_elsewhere") from error
        except RequestException as error:
            raise self._unreachable() from error
        except OAuthError as error:
            raise SignInRefused("the provider did not sign them in", code="not_signed_in") from error
        except (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError) as error:
            raise self._not_trusted("token", error) from error
        return self._account(token.get("userinfo"))

    def _account(self, claims: Any) -> Account:
        if not claims or not isinstance(claims.get("sub"), str) or not claims["sub"]:
            raise self._not_trusted("no_subject")
        email = claims.get("email")
        is_verified = claims.get("email_verified") is True and isinstance(email, str)
        return Account(self._issuer, claims["sub"], email if is_verified else "")

    def _check_provider(self) -> None:
        """Read once who the provider says it is, and hold it to what was set up."""
        from requests import RequestException

        try:
            said = self._client.load_server_metadata()
        except (RequestException, ValueError) as error:
            raise self._unreachable() from error
        if said.get("issuer") != self._issuer:
            raise self._not_trusted("issuer")
        if not all(is_safe_url(str(said.get(name, ""))) for name in _ENDPOINTS):
            raise self._not_trusted("endpoints")
        offered = said.get("id_token_signing_alg_values_supported") or ("RS256",)
        # What Authlib takes is what stands here: a provider that lists `none` does not make us take it.
        said["id_token_signing_alg_values_supported"] = [each for each in offered if each in ALGORITHMS] or ["RS256"]

    def _unreachable(self) -> TemporaryError:
        _log.warning("sign_in_elsewhere", code="unreachable")
        return TemporaryError("the provider cannot be reached", code="provider_unreachable", retry_after_seconds=10)

    def _not_trusted(self, code: str, error: Exception | None = None) -> SignInRefused:
        _log.warning("sign_in_elsewhere", code=code, error_type=type(error).__name__ if error else "")
        return SignInRefused("what the provider says cannot be trusted", code="not_trusted")
