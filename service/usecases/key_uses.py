"""Noting when API keys are used: an old key that somebody still uses can be told from one that nobody misses.

A process writes once an hour and key at most, and not where another one has.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from service.errors import StaleVersion, TemporaryError
from service.records.api_key import ApiKey
from service.records.codec import put_of, read_as
from service.records.key_use import KeyUse
from service.storage.store import Changes, Store
from service.usecases.reading import maybe_found

NOTED_EVERY: Final = timedelta(hours=1)


class KeyUses:
    """What this process has noted."""

    def __init__(self) -> None:
        self._noted: dict[tuple[str, str], datetime] = {}

    def note(self, store: Store, key: ApiKey, *, now: datetime) -> None:
        """Note that a key is used, now and then; where the store cannot be written, the call goes on without."""
        noted = self._noted.get((key.platform_id, key.key_id))
        if noted is not None and now - noted < NOTED_EVERY:
            return
        self._noted[key.platform_id, key.key_id] = now
        with suppress(TemporaryError, StaleVersion):
            known = maybe_found(store, key.platform_id, KeyUse, key.key_id)
            if known is None or now - known.used_at >= NOTED_EVERY:
                put = put_of(KeyUse(key.key_id, now), expected_version=known.version if known else 0)
                store.commit(key.platform_id, Changes(puts=(put,)))


def last_uses(store: Store, platform_id: str, key_ids: Iterable[str]) -> dict[str, datetime]:
    """Give when keys were last used, to the hour; those that never were are left out."""
    found = store.get_many(platform_id, KeyUse.KIND, tuple(key_ids))
    return {key_id: read_as(KeyUse, stored).used_at for key_id, stored in found.items()}
