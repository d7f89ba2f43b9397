"""How far a webhook has been told what happened, and how well that goes: written by whoever delivers, nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from service.records import kinds
from service.records.codec import maybe_instant_from_json, maybe_instant_to_json
from service.storage.store import Entries, Stored


@dataclass(frozen=True, slots=True)
class WebhookProgress:
    """How far one webhook has come.

    Attributes
    ----------
    handed_to : the sequence of the last event that was looked at; later ones have no delivery yet.
    failures : how often in a row nothing arrived; 0 after anything did.
    failing_since : since when; None while `failures` is 0.
    retry_at : nothing is sent before; None: whatever is due.
    is_slow : it took long to answer, and waits only for others who do.
    last_success_at, last_failure_at : None before there was one.
    last_failure, last_status : of the last failure, a word of `service.webhooks.sending.Failure` and the status of the
        answer; empty and None without one.
    """

    KIND: ClassVar[str] = kinds.WEBHOOK_PROGRESS
    FORMAT: ClassVar[int] = 1

    webhook_id: str
    handed_to: int
    failures: int = 0
    failing_since: datetime | None = None
    retry_at: datetime | None = None
    is_slow: bool = False
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_failure: str = ""
    last_status: int | None = None
    version: int = 0

    @property
    def record_id(self) -> str:
        """The webhook's."""
        return self.webhook_id

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {
            "handed_to": self.handed_to,
            "failures": self.failures,
            "failing_since": maybe_instant_to_json(self.failing_since),
            "retry_at": maybe_instant_to_json(self.retry_at),
            "is_slow": self.is_slow,
            "last_success_at": maybe_instant_to_json(self.last_success_at),
            "last_failure_at": maybe_instant_to_json(self.last_failure_at),
            "last_failure": self.last_failure,
            "last_status": self.last_status,
        }

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        return cls(
            webhook_id=stored.record_id,
            handed_to=body["handed_to"],
            failures=body["failures"],
            failing_since=maybe_instant_from_json(body["failing_since"]),
            retry_at=maybe_instant_from_json(body["retry_at"]),
            is_slow=body["is_slow"],
            last_success_at=maybe_instant_from_json(body["last_success_at"]),
            last_failure_at=maybe_instant_from_json(body["last_failure_at"]),
            last_failure=body["last_failure"],
            last_status=body["last_status"],
            version=stored.version,
        )

    def index_entries(self) -> Entries:
        """None: it is found by the webhook's id."""
        return ()

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()
