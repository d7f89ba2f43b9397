"""A version of a platform's policy as it was saved; all are kept, so that a run can say what it followed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from matching.policy import Policy
from schemas.policy import dump_policy, load_policy
from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json
from service.storage.store import Entries, Stored


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One version of the policy, never changed; `version` is the record's own, `policy.version` the policy's."""

    KIND: ClassVar[str] = kinds.POLICY
    FORMAT: ClassVar[int] = 1

    policy: Policy
    created_at: datetime
    version: int = 0

    @property
    def record_id(self) -> str:
        """The policy's version with leading zeros, so that ids come in order."""
        return self.id_of(self.policy.version)

    @staticmethod
    def id_of(number: int) -> str:
        """Give the id of the policy of this version."""
        return f"{number:010d}"

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {"policy": dump_policy(self.policy), "created_at": instant_to_json(self.created_at)}

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        created_at = instant_from_json(stored.body["created_at"])
        return cls(load_policy(stored.body["policy"]), created_at, stored.version)

    def index_entries(self) -> Entries:
        """None: versions are read by id."""
        return ()

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()
