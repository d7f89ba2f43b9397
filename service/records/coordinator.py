"""Coordinators: the people of a platform who review pairs in the console."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json
from service.storage.store import Entries, Stored


class Role(StrEnum):
    """What a coordinator may see and do in the console."""

    COORDINATOR = "coordinator"
    LEAD = "lead"
    SAFEGUARDING = "safeguarding"
    READ_ONLY = "read_only"


def normal_login(login: str) -> str:
    """Give the form in which logins are compared: no blanks around, no capitals."""
    return login.strip().casefold()


@dataclass(frozen=True, slots=True)
class Coordinator:
    """One coordinator; `password_hash` is Argon2's own text with its parameters.

    `subject` marks the account elsewhere with which they sign in (`service/openid.py`); empty until they first do.
    """

    KIND: ClassVar[str] = kinds.COORDINATOR
    FORMAT: ClassVar[int] = 2

    coordinator_id: str
    login: str
    role: Role
    password_hash: str
    created_at: datetime
    version: int = 0
    subject: str = ""

    @property
    def record_id(self) -> str:
        """A random id: logins may change, and are often addresses."""
        return self.coordinator_id

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {
            "login": self.login,
            "role": self.role.value,
            "password_hash": self.password_hash,
            "created_at": instant_to_json(self.created_at),
            "subject": self.subject,
        }

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        return cls(
            coordinator_id=stored.record_id,
            login=body["login"],
            role=Role(body["role"]),
            password_hash=body["password_hash"],
            created_at=instant_from_json(body["created_at"]),
            version=stored.version,
            subject=body["subject"],
        )

    def index_entries(self) -> Entries:
        """None: a platform's coordinators are few."""
        return ()

    def unique_keys(self) -> Entries:
        """The login, and the account elsewhere, so that each signs in one person."""
        account = ((kinds.SUBJECT, self.subject),) if self.subject else ()
        return ((kinds.LOGIN, normal_login(self.login)), *account)
