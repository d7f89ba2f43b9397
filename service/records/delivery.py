"""A delivery: one event on its way to one webhook, from its first attempt to its last.

It holds the event's number and type and never what it says: that is read when it is sent, and gone when a member whom
it names is erased.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar, Final, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json, maybe_instant_from_json, maybe_instant_to_json
from service.storage.store import Entries, Stored


class DeliveryState(StrEnum):
    """The states of a delivery; only a waiting one is tried again."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"  # it was tried for days; somebody may have it tried anew
    DROPPED = "dropped"  # what it was to say has been erased


KEPT: Final[Mapping[DeliveryState, timedelta]] = MappingProxyType(
    {
        DeliveryState.DELIVERED: timedelta(days=7),
        DeliveryState.DROPPED: timedelta(days=7),
        DeliveryState.DEAD: timedelta(days=30),
    }
)
"""How long a delivery that is over is kept."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one webhook.

    Attributes
    ----------
    sequence, event_id, event_type : of the event.
    since : from when its attempts are counted: its first one, or when somebody had it tried anew.
    due_at : when it is tried next; None when it is over.
    attempts : how often it was sent since.
    last_at, failure, status : of the last attempt; a word of `service.webhooks.sending.Failure`, empty when it arrived.
    ended_at : when it was over.
    """

    KIND: ClassVar[str] = kinds.DELIVERY
    FORMAT: ClassVar[int] = 1

    webhook_id: str
    sequence: int
    event_id: str
    event_type: str
    state: DeliveryState
    since: datetime
    due_at: datetime | None
    attempts: int = 0
    last_at: datetime | None = None
    failure: str = ""
    status: int | None = None
    ended_at: datetime | None = None
    version: int = 0

    @property
    def delivery_id(self) -> str:
        """The webhook's id and the event's number: one event has one delivery to a webhook."""
        return delivery_id_of(self.webhook_id, self.sequence)

    @property
    def record_id(self) -> str:
        """Its own id."""
        return self.delivery_id

    @property
    def until(self) -> datetime:
        """When one that is over is removed."""
        return (self.ended_at or self.since) + KEPT.get(self.state, timedelta())

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {
            "webhook_id": self.webhook_id,
            "sequence": self.sequence,
            "event_id": self.event_id,
            "event_type": self.event_type,
            "state": self.state.value,
            "since": instant_to_json(self.since),
            "due_at": maybe_instant_to_json(self.due_at),
            "attempts": self.attempts,
            "last_at": maybe_instant_to_json(self.last_at),
            "failure": self.failure,
            "status": self.status,
            "ended_at": maybe_instant_to_json(self.ended_at),
        }

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        return cls(
            webhook_id=body["webhook_id"],
            sequence=body["sequence"],
            event_id=body["event_id"],
            event_type=body["event_type"],
            state=DeliveryState(body["state"]),
            since=instant_from_json(body["since"]),
            due_at=maybe_instant_from_json(body["due_at"]),
            attempts=body["attempts"],
            last_at=maybe_instant_from_json(body["last_at"]),
            failure=body["failure"],
            status=body["status"],
            ended_at=maybe_instant_from_json(body["ended_at"]),
            version=stored.version,
        )

    def index_entries(self) -> Entries:
        """By webhook, and by webhook and state; waiting ones by when they are due, others by when they are removed."""
        found = (
            (kinds.BY_WEBHOOK, self.webhook_id),
            (kinds.BY_WEBHOOK_AND_STATE, kinds.joined(self.webhook_id, self.state)),
        )
        if self.due_at is not None:
            due = instant_to_json(self.due_at)
            return (*found, (kinds.BY_DUE, due), (kinds.due_of(self.webhook_id), due))
        return (*found, (kinds.BY_ENDED, instant_to_json(self.until)))

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()


def delivery_id_of(webhook_id: str, sequence: int) -> str:
    """Give the id of an event's delivery to a webhook; those of one webhook are in the order of events."""
    return f"{webhook_id}.{sequence:012d}"
