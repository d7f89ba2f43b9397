"""A platform's own words in one language: texts in place of ours, and where help is to be found at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json
from service.storage.store import Entries, Stored


@dataclass(frozen=True, slots=True)
class Wording:
    """One language.

    Attributes
    ----------
    language : its BCP 47 tag.
    signposting : where help is to be found at once; empty where it is not said in this language.
    texts : event → audience → text; what is missing is said in our words.
    """

    KIND: ClassVar[str] = kinds.WORDING
    FORMAT: ClassVar[int] = 1

    language: str
    signposting: str
    updated_at: datetime
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    version: int = 0

    @property
    def record_id(self) -> str:
        """The language's tag."""
        return self.language

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        texts = {event: dict(audiences) for event, audiences in self.texts.items()}
        return {"signposting": self.signposting, "texts": texts, "updated_at": instant_to_json(self.updated_at)}

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        moment = instant_from_json(body["updated_at"])
        return cls(stored.record_id, body["signposting"], moment, body["texts"], stored.version)

    def index_entries(self) -> Entries:
        """None: there are few, read by their language or all at once."""
        return ()

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()
