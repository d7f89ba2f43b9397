"""The audit chain: a hash over the envelopes of all events of a platform, each over the one before. Pure.

An envelope is sequence, type, time and `mac` of an event, which are kept for ever; what the event said is behind its
`mac` (`service/storage/payloads.py`) and may be erased without touching the chain. The chain begins with the SHA-256 of
``alongside audit 1``, a line's end and the platform's id; every head after that is the SHA-256 of the head before (32
bytes) and the envelope's line. Anyone who has the envelopes can compute it again: docs/operations.md says it in full.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from service.records.codec import instant_to_json
from service.storage.store import Event

SEALED: Final = "audit.sealed"
"""The type of the event that tells a new head to the world outside."""

LINK_CHARACTERS: Final = 16
"""Of each head a seal keeps so many hexadecimal characters, so that the first event that does not fit can be named."""


def first_head(scope: str) -> bytes:
    """Give the head of a chain without events."""
    return sha256(f"alongside audit 1\n{scope}".encode()).digest()


def head_after(head: bytes, event: Event) -> bytes:
    """Give the head once this event has joined."""
    line = f"{event.sequence}\n{event.type}\n{instant_to_json(event.at)}\n{event.mac}\n"
    return sha256(head + line.encode()).digest()


def links_of(heads: Iterable[bytes]) -> str:
    """Shorten the heads after each event of a seal to what the seal keeps of them."""
    return "".join(link_of(head) for head in heads)


def link_of(head: bytes) -> str:
    """Shorten a head."""
    return head.hex()[:LINK_CHARACTERS]
