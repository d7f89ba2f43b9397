"""A platform: one community that calls the service, the tenant everything else belongs to.

A `Platform` is kept in its own scope, so that `current_run` can move in one commit with events and jobs of that
platform. A `PlatformEntry` in the global scope is how platforms are found and listed; it is written last when one is
created.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from service.errors import FieldProblem, InvalidInput
from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json
from service.storage.store import Entries, Stored

PLATFORM_ID_RULE = "1 to 40 of a-z 0-9 and -, beginning and ending with a letter or digit"

# No underscore: it parts the pieces of an API key, and begins the global scope.
_PLATFORM_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


def is_platform_id(text: str) -> bool:
    """Whether the text has the form of a platform id."""
    return _PLATFORM_ID.fullmatch(text) is not None


def check_platform_id(platform_id: str) -> str:
    """Give the id back when it is one; otherwise raise InvalidInput."""
    if not is_platform_id(platform_id):
        problem = FieldProblem("platform_id", PLATFORM_ID_RULE)
        raise InvalidInput(f"cannot use this as a platform id (allowed: {PLATFORM_ID_RULE})", problems=(problem,))
    return platform_id


@dataclass(frozen=True, slots=True)
class Platform:
    """One community; `current_run` is the run whose proposals are visible, None before the first."""

    KIND: ClassVar[str] = kinds.PLATFORM
    FORMAT: ClassVar[int] = 1

    platform_id: str
    name: str
    created_at: datetime
    current_run: str | None = None
    version: int = 0

    @property
    def record_id(self) -> str:
        """Its own id."""
        return self.platform_id

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {
            "name": self.name,
            "created_at": instant_to_json(self.created_at),
            "current_run": self.current_run,
        }

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        return cls(
            platform_id=stored.record_id,
            name=body["name"],
            created_at=instant_from_json(body["created_at"]),
            current_run=body["current_run"],
            version=stored.version,
        )

    def index_entries(self) -> Entries:
        """None: there is one in each scope."""
        return ()

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()


@dataclass(frozen=True, slots=True)
class PlatformEntry:
    """The line of one platform in the global list."""

    KIND: ClassVar[str] = kinds.PLATFORM_ENTRY
    FORMAT: ClassVar[int] = 1

    platform_id: str
    created_at: datetime
    version: int = 0

    @property
    def record_id(self) -> str:
        """The platform's id."""
        return self.platform_id

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {"created_at": instant_to_json(self.created_at)}

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        created_at = instant_from_json(stored.body["created_at"])
        return cls(platform_id=stored.record_id, created_at=created_at, version=stored.version)

    def index_entries(self) -> Entries:
        """None: the list is read by id."""
        return ()

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()
