"""Signing messages by the Standard Webhooks specification: id, moment and body under an HMAC-SHA256.

A secret reads ``whsec_`` and 32 random bytes in base64. While an older secret still counts, a message carries a
signature under each, so that a receiver may take up the new one whenever it likes.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32


def new_secret() -> str:
    """Draw a secret."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signed_headers(message_id: str, at: datetime, body: bytes, *, secrets_in_force: Iterable[str]) -> Mapping[str, str]:
    """Give the headers that go with a body: its id, when it is sent, and a signature under each secret."""
    moment = str(int(at.timestamp()))
    signatures = [_signature(secret, message_id, moment, body) for secret in secrets_in_force]
    return {"webhook-id": message_id, "webhook-timestamp": moment, "webhook-signature": " ".join(signatures)}


def _signature(secret: str, message_id: str, moment: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    digest = hmac.digest(key, f"{message_id}.{moment}.".encode() + body, "sha256")
    return "v1," + base64.b64encode(digest).decode()
