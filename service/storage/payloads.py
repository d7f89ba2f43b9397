"""What an event says, and the code that vouches for it after it is forgotten.

An event is an envelope (sequence, type, time, `mac`) around a payload (subject, body, mentions). The `mac` is the
HMAC-SHA256 of the payload under a salt of the event's own. While payload and salt are there, anyone can see that the
payload is the one the envelope was made for; once both are forgotten, the `mac` tells nothing about them, and the
envelope stays as it was. Engines call `kept_events` before they touch anything and keep what it gives as it is.

The audit chain over envelopes is for `service/audit_chain.py`. Nothing here knows an engine.
"""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from service.storage.limits import decoded, encoded
from service.storage.store import Body, Event, NewEvent

_SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """An event as an engine keeps it: all texts, without its sequence, which the engine gives.

    Attributes
    ----------
    at : the moment in UTC, ISO 8601.
    body : JSON.
    mentions : every id under which it is forgotten, the subject included; sorted, each once.
    salt, mac : hexadecimal; see the module.
    """

    type: str
    subject: str
    at: str
    body: str
    mentions: tuple[str, ...]
    salt: str
    mac: str


def kept_events(events: tuple[NewEvent, ...]) -> tuple[KeptEvent, ...]:
    """Make new events ready to be kept, each with a salt and its `mac`; InvalidChanges as `encoded`."""
    return tuple(_kept(event) for event in events)


def mac_of(salt: str, subject: str, body: Body, mentions: tuple[str, ...]) -> str:
    """Compute the code of a payload; `mentions` as in `KeptEvent`."""
    payload = json.dumps([subject, body, mentions], allow_nan=False, separators=(",", ":"), sort_keys=True)
    return hmac.digest(bytes.fromhex(salt), payload.encode(), "sha256").hex()


def is_true(event: Event) -> bool:
    """Whether payload and `mac` of an event belong together; one that was forgotten whole is true as well."""
    if event.salt is None:
        return event.subject is None and not event.body and not event.mentions
    if event.subject is None:
        return False
    try:
        mac = mac_of(event.salt, event.subject, event.body, event.mentions)
    except ValueError:
        return False
    return hmac.compare_digest(mac.encode(), event.mac.encode())


def new_salt() -> str:
    """Draw a salt."""
    return secrets.token_hex(_SALT_BYTES)


def mentions_of(event: NewEvent) -> tuple[str, ...]:
    """Give every id under which an event is forgotten; sorted, each once."""
    return tuple(sorted({event.subject, *event.mentions}))


def instant_text(moment: datetime) -> str:
    """Write the moment of an event."""
    return moment.astimezone(UTC).isoformat()


def _kept(event: NewEvent) -> KeptEvent:
    body, mentions, salt = encoded(event.body), mentions_of(event), new_salt()
    # Computed over what a reader will read: JSON turns tuples into lists and keys into texts.
    mac = mac_of(salt, event.subject, decoded(body), mentions)
    return KeptEvent(event.type, event.subject, instant_text(event.at), body, mentions, salt, mac)
