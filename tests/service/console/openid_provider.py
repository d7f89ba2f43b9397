"""A small provider of OpenID Connect on this machine, for tests: discovery, keys, authorization, tokens; it may lie.

It keeps the protocol as far as a client can tell: PKCE is checked, a code counts once and for the address it was given
to, the client shows its secret. What a lying provider says is set by `Provider.says` and `Provider.signs`.
"""

from __future__ import annotations

import json
import secrets
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from time import time
from typing import Any
from urllib.parse import unquote_plus, urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from werkzeug.serving import make_server

from tests.service.console.live import Silent

CLIENT_ID = "alongside"
CLIENT_SECRET = "a secret of at least thirty-two characters"

Claims = dict[str, Any]


@dataclass
class Provider:
    """Who signs in there, and what it says of them.

    Attributes
    ----------
    says : changes the claims before they are signed. signs : makes a token of claims.
    lists : what its discovery document says besides, or otherwise. asked : what it was asked for, in order.
    """

    issuer: str = ""
    account: Claims = field(
        default_factory=lambda: {"sub": "account-1", "email": "maria@example.org", "email_verified": True}
    )
    says: Callable[[Claims], Claims] = lambda claims: claims
    signs: Callable[[Claims], str] | None = None
    lists: dict[str, Any] = field(default_factory=dict)
    is_refusing: bool = False
    asked: list[str] = field(default_factory=list)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}, private=True))
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def signed(self, claims: Claims, *, key: RSAKey | None = None) -> str:
        """Sign as an honest provider does."""
        used = key or self.key
        return jwt.encode({"alg": "RS256", "kid": used.kid}, claims, used)

    def signed_with_the_secret(self, claims: Claims) -> str:
        """Sign with what both sides know."""
        return jwt.encode({"alg": "HS256", "kid": self.key.kid}, claims, OctKey.import_key(CLIENT_SECRET))

    def unsigned(self, claims: Claims) -> str:
        """Say that no signature is needed."""
        parts = ({"alg": "none"}, claims)
        return ".".join(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."

    def app(self) -> Flask:
        """Make its pages."""
        app = Flask("provider")
        app.add_url_rule("/.well-known/openid-configuration", view_func=self._discovery)
        app.add_url_rule("/keys", view_func=self._keys)
        app.add_url_rule("/authorize", view_func=self._authorize)
        app.add_url_rule("/token", view_func=self._token, methods=["POST"])
        return app

    def _discovery(self) -> Response:
        self.asked.append("discovery")
        said = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }
        return jsonify({**said, **self.lists})

    def _keys(self) -> Response:
        self.asked.append("keys")
        return jsonify(KeySet([self.key]).as_dict(private=False))

    def _authorize(self) -> Any:
        self.asked.append("authorize")
        asked = request.args
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        if self.is_refusing:
            answer = {"error": "access_denied", "state": asked["state"]}
        else:
            code = secrets.token_urlsafe(16)
            self._codes[code] = dict(asked)
            answer = {"code": code, "state": asked["state"]}
        return redirect(f"{asked['redirect_uri']}?{urlencode(answer)}")

    def _token(self) -> Any:
        self.asked.append("token")
        given = request.form
        begun = self._codes.pop(given["code"], None)
        shown = b64decode(request.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        if begun is None or unquote_plus(shown) != f"{CLIENT_ID}:{CLIENT_SECRET}":
            return jsonify({"error": "invalid_client"}), 401
        if (
            create_s256_code_challenge(given["code_verifier"]) != begun["code_challenge"]
            or given["redirect_uri"] != begun["redirect_uri"]
        ):
            return jsonify({"error": "invalid_grant"}), 400
        moment = int(time())
        claims = {
            **{"iss": self.issuer, "aud": CLIENT_ID, "iat": moment, "exp": moment + 300, "nonce": begun["nonce"]},
            **self.account,
        }
        token = (self.signs or self.signed)(self.says(claims))
        return jsonify({"access_token": "x", "token_type": "Bearer", "expires_in": 300, "id_token": token})


@contextmanager
def provided() -> Iterator[Provider]:
    """Start a provider on a port of this machine."""
    provider = Provider()
    server = make_server("127.0.0.1", 0, provider.app(), threaded=True, request_handler=Silent)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
