"""What became of a call that named an Idempotency-Key, kept for a day so that the same call gives the same answer.

Only digests of the key and of the call are kept: keys are their sender's own words. The answer may name members, so an
erasure takes it away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Final, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json
from service.storage.store import Entries, Stored

KEPT_FOR: Final = timedelta(hours=24)
BUSY_FOR: Final = timedelta(minutes=3)
"""How long a call may take; after that its process is taken for dead. Longer than the server lets a request take."""


class CallState(StrEnum):
    """How far a call has come."""

    UNDER_WAY = "under_way"  # nothing that it shall do is saved yet
    TOOK_EFFECT = "took_effect"  # some of it is saved, its answer is not
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it went out, without what is told once only."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """One call.

    Attributes
    ----------
    call_id : digest of route and Idempotency-Key.
    fingerprint : digest of all that must be the same for the call to be the same.
    busy_until : while it is not answered: from when on its process is taken for dead.
    forget_at : from when on the key is as if it had never been named.
    answer : None until it is answered, and after it was erased.
    """

    KIND: ClassVar[str] = kinds.KEPT_ANSWER
    FORMAT: ClassVar[int] = 1

    call_id: str
    fingerprint: str
    state: CallState
    busy_until: datetime
    forget_at: datetime
    answer: Answer | None = None
    version: int = 0

    @property
    def record_id(self) -> str:
        """The call's digest."""
        return self.call_id

    def answered(self, answer: Answer) -> KeptAnswer:
        """Give the record of the call with its answer."""
        return replace(self, state=CallState.ANSWERED, answer=answer)

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        answer = self.answer
        return {
            "fingerprint": self.fingerprint,
            "state": self.state.value,
            "busy_until": instant_to_json(self.busy_until),
            "forget_at": instant_to_json(self.forget_at),
            "answer": answer and {"status": answer.status, "headers": dict(answer.headers), "body": answer.body},
        }

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        return cls(
            call_id=stored.record_id,
            fingerprint=body["fingerprint"],
            state=CallState(body["state"]),
            busy_until=instant_from_json(body["busy_until"]),
            forget_at=instant_from_json(body["forget_at"]),
            answer=Answer(**body["answer"]) if body["answer"] else None,
            version=stored.version,
        )

    def index_entries(self) -> Entries:
        """By the moment it is forgotten."""
        return ((kinds.BY_DUE, instant_to_json(self.forget_at)),)

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()
