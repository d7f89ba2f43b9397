"""Standing by: a restored store may be a copy of one that is in use, and must not speak or act in its place.

While it stands by, no webhook is called and no scheduled run is made; everything that somebody asks for by hand is
done, and what is to be told waits. Whatever else would reach out of the store by itself asks here first.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from service.records.codec import put_of
from service.records.standby import STORE, Standby
from service.storage.store import GLOBAL_SCOPE, Changes, Delete, Store
from service.usecases.reading import maybe_found

LOOK_AGAIN: Final = timedelta(seconds=30)
"""When whoever is kept from something looks again."""


def standing_by_since(store: Store) -> datetime | None:
    """Give since when the store stands by; None while it is the one in use."""
    standby = maybe_found(store, GLOBAL_SCOPE, Standby, STORE)
    return None if standby is None else standby.since


def stand_by(store: Store, *, now: datetime) -> None:
    """Have the store stand by from now on."""
    store.commit(GLOBAL_SCOPE, Changes(puts=(put_of(Standby(now)),)))


def go_live(store: Store) -> bool:
    """Say that the store is the one in use; False when it was already."""
    if standing_by_since(store) is None:
        return False
    store.commit(GLOBAL_SCOPE, Changes(deletes=(Delete(Standby.KIND, STORE),)))
    return True
