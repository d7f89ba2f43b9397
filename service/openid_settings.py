"""The settings of signing in elsewhere, at a provider of OpenID Connect: all of them, or none.

A public client has no secret; a secret comes from a file alone. Nothing here calls the provider (`openid.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from environs import Env, ValidationError

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class OpenIdSettings:
    """Where coordinators may sign in besides, and as whom we ask there.

    Attributes
    ----------
    issuer : the provider's own name, a URL as it says it itself (``ALONGSIDE_OIDC_ISSUER``).
    client_id : ours there (``ALONGSIDE_OIDC_CLIENT_ID``).
    client_secret : what the file ``ALONGSIDE_OIDC_CLIENT_SECRET_FILE`` says; None for a public client.
    name : how the provider is called on the page (``ALONGSIDE_OIDC_NAME``); its host where nothing is said.
    """

    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    name: str = ""

    @property
    def shown_name(self) -> str:
        """Give the name that people read."""
        return self.name or str(urlsplit(self.issuer).hostname)


def openid_settings(env: Env, problems: list[str]) -> OpenIdSettings | None:
    """Read them; None where there are none, and what must change is added to `problems`."""
    issuer = env.str("OIDC_ISSUER", None, validate=_check_issuer)
    client_id = env.str("OIDC_CLIENT_ID", None)
    file = env.path("OIDC_CLIENT_SECRET_FILE", None)
    name = env.str("OIDC_NAME", "")
    if issuer is None:
        # Named for a provider that is not: most often a line that was forgotten.
        if client_id or file or name:
            problems.append("ALONGSIDE_OIDC_ISSUER must be set where another ALONGSIDE_OIDC_ setting is")
        return None
    if not client_id:
        problems.append("ALONGSIDE_OIDC_CLIENT_ID must be set where ALONGSIDE_OIDC_ISSUER is")
    return OpenIdSettings(issuer, client_id or "", _secret(file, problems), name)


def is_safe_url(url: str) -> bool:
    """Tell whether an address may be called for signing in: https, or this very machine."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname)))


def _is_here(host: str | None) -> bool:
    return host in _LOOPBACK


def _check_issuer(issuer: str) -> None:
    parts = urlsplit(issuer)
    if not is_safe_url(issuer) or parts.query or parts.fragment or parts.username:
        raise ValidationError("must be the provider's https:// URL, as it names itself, without ? and #")


def _secret(file: Path | None, problems: list[str]) -> str | None:
    if file is None:
        return None
    try:
        secret = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        secret = ""
    if not secret:
        problems.append("ALONGSIDE_OIDC_CLIENT_SECRET_FILE must name a file with the secret that this user can read")
    return secret or None
