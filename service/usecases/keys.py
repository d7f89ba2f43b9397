"""API keys: how a platform's own programs sign in. What a key looks like is told in `service/records/api_key.py`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from service.errors import Conflict, FieldProblem, InvalidInput, Unauthorized
from service.events import new_event
from service.records.api_key import ApiKey, Scope, digest_of, new_api_key, parts_of
from service.records.codec import delete_of, put_of, read_as
from service.records.key_use import KeyUse
from service.storage.store import Changes, Delete, Page, Store, Stored
from service.usecases.platforms import get_platform
from service.usecases.reading import as_page, found
from service.usecases.saving import until_saved

MOST_KEYS = 100

ROTATION_OVERLAP = timedelta(days=7)
"""How long the old key still counts beside the new one, unless told otherwise."""

_MOST_READ: Final = 1000
_read: dict[tuple[str, str], tuple[Stored, ApiKey]] = {}
"""Keys as they were last read, with what they were read from; of use only while that is the same."""


def create_key(
    store: Store,
    platform_id: str,
    *,
    name: str,
    scopes: Iterable[Scope],
    now: datetime,
    valid_until: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; the text is what its holder presents, and it can never be shown again.

    InvalidInput for a `valid_until` that is over; Conflict (``too_many_keys``) past `MOST_KEYS`.
    """
    get_platform(store, platform_id)
    if valid_until is not None and valid_until <= now:
        told = FieldProblem("valid_until", "must be in the future")
        raise InvalidInput("cannot make a key that counts no longer", problems=(told,))
    if store.count(platform_id, ApiKey.KIND) >= MOST_KEYS:
        raise Conflict(f"a platform may have {MOST_KEYS} keys: revoke those that nobody uses", code="too_many_keys")
    key, secret = new_api_key(platform_id, name=name, scopes=scopes, now=now, valid_until=valid_until)
    event = new_event("key.created", key.key_id, now, scopes=" ".join(sorted(key.scopes)))
    store.commit(platform_id, Changes(puts=(put_of(key, expected_version=0),), events=(event,)))
    return key, secret


def rotate_key(
    store: Store, platform_id: str, *, key_id: str, now: datetime, overlap: timedelta = ROTATION_OVERLAP
) -> tuple[ApiKey, str]:
    """Make a key with the same name and scopes, and let the old one count for `overlap` more, if it would have.

    Keys of this name that count no longer are removed with it. NotFound (``api_key_not_found``) for one that is gone.
    """
    old = found(store, platform_id, ApiKey, key_id)
    until = now + overlap
    last_day = until if old.valid_until is None else min(until, old.valid_until)
    key, secret = new_api_key(platform_id, name=old.name, scopes=old.scopes, now=now)
    old_keys = [replace(old, valid_until=last_day), *(k for k in list_keys(store, platform_id) if k.key_id != key_id)]
    over = [k for k in old_keys if k.name == old.name and k.valid_until is not None and k.valid_until <= now]
    puts = [put_of(key, expected_version=0)]
    if last_day > now:
        puts.append(put_of(old_keys[0], expected_version=old.version))
    deletes = tuple(delete for k in over for delete in _removal(k))
    event = new_event("key.rotated", key_id, now, new_key_id=key.key_id)
    store.commit(platform_id, Changes(puts=tuple(puts), deletes=deletes, events=(event,)))
    return key, secret


def revoke_key(store: Store, platform_id: str, *, key_id: str, now: datetime) -> None:
    """Remove a key at once; NotFound (``api_key_not_found``) when it is gone already."""

    def attempt() -> None:
        key = found(store, platform_id, ApiKey, key_id)
        event = new_event("key.revoked", key_id, now)
        store.commit(platform_id, Changes(deletes=_removal(key), events=(event,)))

    until_saved(attempt)


def get_key(store: Store, platform_id: str, *, key_id: str) -> ApiKey:
    """Read a key; NotFound (``api_key_not_found``) when there is none."""
    return found(store, platform_id, ApiKey, key_id)


def page_of_keys(store: Store, platform_id: str, *, after: str | None, limit: int) -> Page[ApiKey]:
    """Read some keys by id; `after` is the `next` of the page before."""
    return as_page(ApiKey, store.page(platform_id, ApiKey.KIND, after=after, limit=limit))


def list_keys(store: Store, platform_id: str) -> tuple[ApiKey, ...]:
    """List a platform's keys by id; never a secret."""
    return tuple(read_as(ApiKey, stored) for stored in store.each(platform_id, ApiKey.KIND))


def find_key(store: Store, secret: str, *, now: datetime) -> ApiKey:
    """Find the key whose whole text is presented; Unauthorized when it is none, revoked, or out of date.

    A key id that does not exist takes the same comparison as one that does.
    """
    parts = parts_of(secret)
    stored = store.get(parts.platform_id, ApiKey.KIND, parts.key_id)
    key = None if stored is None else _key_in(stored)
    if not (key or _nobodys_key(now)).is_valid(parts.secret, now) or key is None:
        raise Unauthorized("this API key is not valid (any longer)")
    return key


def _removal(key: ApiKey) -> tuple[Delete, Delete]:
    return delete_of(key, expected_version=key.version), Delete(KeyUse.KIND, key.key_id)


def _key_in(stored: Stored) -> ApiKey:
    """Read a key, or take what was read before from the very same; each call of the API comes through here."""
    place = stored.scope, stored.record_id
    known = _read.get(place)
    if known is None or known[0] != stored:
        if len(_read) >= _MOST_READ:
            _read.clear()
        known = _read[place] = stored, read_as(ApiKey, stored)
    return known[1]


def _nobodys_key(now: datetime) -> ApiKey:
    return ApiKey("", "", "", frozenset(), digest_of("nobody's"), created_at=now)
