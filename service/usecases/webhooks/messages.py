"""What is sent to a webhook: the same bytes and the same id at every attempt, signed anew at each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from service.errors import ConfigurationError, UnreadableText
from service.events import event_id_of, told
from service.records.webhook import Webhook
from service.sealed_text import TextSeal
from service.secret_keys import SecretKeys
from service.storage.store import Event
from service.webhooks.signing import signed_headers

PURPOSE: Final = "webhook secrets"
CHALLENGE_TYPE: Final = "endpoint.verification"
"""The type of the message that asks a webhook whether it wants to be told; no event."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: an id and bytes."""

    message_id: str
    body: bytes


def message_of(event: Event) -> Message:
    """Give the message that tells of an event."""
    return Message(event_id_of(event), _encoded(told(event)))


def challenge_message(message_id: str, challenge: str, *, webhook_id: str, at: str) -> Message:
    """Give the message that asks for its challenge back."""
    data = {"webhook_id": webhook_id, "challenge": challenge}
    return Message(message_id, _encoded({"type": CHALLENGE_TYPE, "timestamp": at, "data": data}))


class Signer:
    """Signs messages with the secrets of webhooks, which are kept encrypted."""

    def __init__(self, keys: SecretKeys, platform_id: str) -> None:
        self._seal = TextSeal(keys, PURPOSE)
        self._platform_id = platform_id

    def seal(self, webhook_id: str, secret: str) -> str:
        """Encrypt a secret of a webhook, to be kept."""
        return self._seal.sealed(secret, of=self._owner(webhook_id))

    def headers(self, webhook: Webhook, message: Message, now: datetime) -> Mapping[str, str]:
        """Give the headers of a message that is sent now; ConfigurationError when a secret cannot be opened."""
        owner = self._owner(webhook.webhook_id)
        try:
            in_force = [
                self._seal.opened(secret.sealed, of=owner) for secret in webhook.secrets if secret.counts_at(now)
            ]
        except UnreadableText as error:
            raise ConfigurationError(f"cannot sign a message: {error}") from error
        return signed_headers(message.message_id, now, message.body, secrets_in_force=in_force)

    def _owner(self, webhook_id: str) -> str:
        return f"{self._platform_id}/{webhook_id}"


def _encoded(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
