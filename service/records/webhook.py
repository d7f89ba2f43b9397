"""A webhook: a URL of a platform's that is told what happens, and the secrets that vouch for who tells it.

How far it has been told is a record beside it (`webhook_progress.py`), so that a webhook's version changes only when
somebody changes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json, maybe_instant_from_json, maybe_instant_to_json
from service.storage.store import Entries, Stored


class WebhookState(StrEnum):
    """The states of a webhook; only an active one is told anything."""

    UNVERIFIED = "unverified"  # it has not yet shown that it wants to be told
    ACTIVE = "active"
    PAUSED = "paused"  # by the platform
    DISABLED = "disabled"  # by the service: `disabled_because`


class DisabledBecause(StrEnum):
    """Why the service tells a webhook no more."""

    FAILING = "failing"  # nothing has arrived there for days
    GONE = "gone"  # it answered 410


@dataclass(frozen=True, slots=True)
class WebhookSecret:
    """A secret that signs; `sealed` as `service/sealed_text.py` gives it, `valid_until` None for the newest."""

    sealed: str
    made_at: datetime
    valid_until: datetime | None = None

    def counts_at(self, now: datetime) -> bool:
        """Whether messages still carry a signature under it."""
        return self.valid_until is None or now < self.valid_until


@dataclass(frozen=True, slots=True)
class Webhook:
    """One webhook.

    Attributes
    ----------
    url : checked when it was given (`service/webhooks/reach.py`), and again at each call; never logged.
    types : of the events it is told; empty: all, those of later versions included.
    secrets : the newest first, then older ones as long as they count.
    verified_at : when it answered its challenge; None before, and again after the URL was changed.
    """

    KIND: ClassVar[str] = kinds.WEBHOOK
    FORMAT: ClassVar[int] = 1

    webhook_id: str
    url: str
    secrets: tuple[WebhookSecret, ...]
    created_at: datetime
    updated_at: datetime
    name: str = ""
    types: tuple[str, ...] = ()
    state: WebhookState = WebhookState.UNVERIFIED
    disabled_because: str = ""
    verified_at: datetime | None = None
    version: int = 0

    @property
    def record_id(self) -> str:
        """Its own id."""
        return self.webhook_id

    @property
    def is_active(self) -> bool:
        """Whether it is told what happens."""
        return self.state is WebhookState.ACTIVE

    def wants(self, event_type: str) -> bool:
        """Whether it is to be told events of this type."""
        return not self.types or event_type in self.types

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {
            "url": self.url,
            "secrets": [
                {
                    "sealed": secret.sealed,
                    "made_at": instant_to_json(secret.made_at),
                    "valid_until": maybe_instant_to_json(secret.valid_until),
                }
                for secret in self.secrets
            ],
            "created_at": instant_to_json(self.created_at),
            "updated_at": instant_to_json(self.updated_at),
            "name": self.name,
            "types": list(self.types),
            "state": self.state.value,
            "disabled_because": self.disabled_because,
            "verified_at": maybe_instant_to_json(self.verified_at),
        }

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        return cls(
            webhook_id=stored.record_id,
            url=body["url"],
            secrets=tuple(
                WebhookSecret(
                    secret["sealed"],
                    instant_from_json(secret["made_at"]),
                    maybe_instant_from_json(secret["valid_until"]),
                )
                for secret in body["secrets"]
            ),
            created_at=instant_from_json(body["created_at"]),
            updated_at=instant_from_json(body["updated_at"]),
            name=body["name"],
            types=tuple(body["types"]),
            state=WebhookState(body["state"]),
            disabled_because=body["disabled_because"],
            verified_at=maybe_instant_from_json(body["verified_at"]),
            version=stored.version,
        )

    def index_entries(self) -> Entries:
        """By state."""
        return ((kinds.BY_STATE, self.state.value),)

    def unique_keys(self) -> Entries:
        """None beyond the id: two programs of a platform may be told at one URL."""
        return ()
