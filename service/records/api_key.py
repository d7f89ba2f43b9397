"""API keys: how a platform's own programs sign in.

A key reads ``alk_<platform id>_<key id>_<secret>``: it names its platform, so finding it is one read in that platform's
scope and needs no index across scopes. The record holds the SHA-256 of the secret, never the secret; 256 random bits
need no slow hash. A new scope is a row of `Scope` and a row in the documentation.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, ClassVar, NamedTuple, Self

from service.errors import Unauthorized
from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json, maybe_instant_from_json, maybe_instant_to_json
from service.records.platform import is_platform_id
from service.storage.store import Entries, Stored

PREFIX = "alk"
_KEY_ID_BYTES = 6
_SECRET_BYTES = 32
_PRESENTED = re.compile(rf"{PREFIX}_([^_]+)_([0-9a-f]{{1,{2 * _SECRET_BYTES}}})_([0-9a-f]{{1,{2 * _SECRET_BYTES}}})")


class Scope(StrEnum):
    """What a key may do."""

    MEMBERS_READ = "members:read"
    MEMBERS_WRITE = "members:write"
    MATCHES_READ = "matches:read"
    MATCHES_RESPOND = "matches:respond"
    REVIEW = "review"
    RUNS = "runs"
    POLICY = "policy"
    SAFETY = "safety"
    EVENTS = "events"
    STATS = "stats"
    ADMIN = "admin"


class KeyParts(NamedTuple):
    """The pieces of a key as it was presented."""

    platform_id: str
    key_id: str
    secret: str


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key; `valid_until` None: until it is revoked or rotated."""

    KIND: ClassVar[str] = kinds.API_KEY
    FORMAT: ClassVar[int] = 1

    key_id: str
    platform_id: str
    name: str
    scopes: frozenset[Scope]
    secret_sha256: str
    created_at: datetime
    valid_until: datetime | None = None
    version: int = 0

    @property
    def record_id(self) -> str:
        """The key id, which is no secret."""
        return self.key_id

    def is_valid(self, secret: str, now: datetime) -> bool:
        """Whether this is its secret, and it still counts at `now`; takes the same time whatever the secret."""
        is_same = hmac.compare_digest(digest_of(secret), self.secret_sha256)
        return is_same and (self.valid_until is None or now < self.valid_until)

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {
            "platform_id": self.platform_id,
            "name": self.name,
            "scopes": sorted(scope.value for scope in self.scopes),
            "secret_sha256": self.secret_sha256,
            "created_at": instant_to_json(self.created_at),
            "valid_until": maybe_instant_to_json(self.valid_until),
        }

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        return cls(
            key_id=stored.record_id,
            platform_id=body["platform_id"],
            name=body["name"],
            scopes=frozenset(Scope(scope) for scope in body["scopes"]),
            secret_sha256=body["secret_sha256"],
            created_at=instant_from_json(body["created_at"]),
            valid_until=maybe_instant_from_json(body["valid_until"]),
            version=stored.version,
        )

    def index_entries(self) -> Entries:
        """None: a platform's keys are few."""
        return ()

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()


def new_api_key(
    platform_id: str, *, name: str, scopes: Iterable[Scope], now: datetime, valid_until: datetime | None = None
) -> tuple[ApiKey, str]:
    """Make a key; the text is what its holder presents, and nobody can give it a second time."""
    secret = secrets.token_hex(_SECRET_BYTES)
    key = ApiKey(
        key_id=secrets.token_hex(_KEY_ID_BYTES),
        platform_id=platform_id,
        name=name,
        scopes=frozenset(scopes),
        secret_sha256=digest_of(secret),
        created_at=now,
        valid_until=valid_until,
    )
    return key, f"{PREFIX}_{platform_id}_{key.key_id}_{secret}"


def parts_of(text: str) -> KeyParts:
    """Take a presented key apart; raise Unauthorized when it has not the form of one."""
    found = _PRESENTED.fullmatch(text)
    if found is None or not is_platform_id(found[1]):
        raise Unauthorized("this is not an API key (it reads alk_<platform>_<key id>_<secret>)")
    return KeyParts(found[1], found[2], found[3])


def digest_of(secret: str) -> str:
    """Give the SHA-256 of a key's secret as hexadecimal text."""
    return sha256(secret.encode()).hexdigest()
