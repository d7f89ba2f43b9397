"""Wrong sign-ins in a row, counted so that passwords cannot be guessed quickly.

How many are free and how long others wait is for `service/usecases/signing_in.py`. Nothing typed is ever kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, ClassVar, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json
from service.records.coordinator import normal_login
from service.storage.store import Entries, Stored

_DIGITS = 3
"""4096 counters a platform: a stranger who makes logins up cannot fill the store, and few people share a counter."""


@dataclass(frozen=True, slots=True)
class SignInTries:
    """How many sign-ins in a row have failed under a counter, those under way included, and when the last one began."""

    KIND: ClassVar[str] = kinds.SIGN_IN_TRIES
    FORMAT: ClassVar[int] = 1

    counter: str
    count: int
    last_at: datetime
    version: int = 0

    @property
    def record_id(self) -> str:
        """The counter's name: see `counter_of`."""
        return self.counter

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {"count": self.count, "last_at": instant_to_json(self.last_at)}

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        return cls(
            counter=stored.record_id,
            count=stored.body["count"],
            last_at=instant_from_json(stored.body["last_at"]),
            version=stored.version,
        )

    def index_entries(self) -> Entries:
        """None: it is found by the login."""
        return ()

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()


def counter_of(login: str) -> str:
    """Give the counter of a login, whether or not anybody has it."""
    return sha256(normal_login(login).encode()).hexdigest()[:_DIGITS]
