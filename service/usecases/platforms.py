"""Platforms: the communities the service works for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from service.errors import Conflict, NotFound, StaleVersion
from service.records.codec import put_of, read_as
from service.records.platform import Platform, PlatformEntry, check_platform_id
from service.records.wording import Wording
from service.storage.store import GLOBAL_SCOPE, Changes, Store
from service.usecases.reading import found, maybe_found
from service.wording.pack import check_signposting


def create_platform(
    store: Store, *, platform_id: str, name: str, now: datetime, signposting: str = "", language: str = "en"
) -> Platform:
    """Create a platform; `signposting` says in a language where help is to be found, before it first publishes.

    InvalidInput for an id that is none, Conflict (``platform_exists``) for one that is taken. A call that was cut off
    between the platform and its line in the list is completed by calling again.
    """
    check_platform_id(platform_id)
    check_signposting(signposting)
    entry = PlatformEntry(platform_id, created_at=now)
    if maybe_found(store, GLOBAL_SCOPE, PlatformEntry, platform_id) is not None:
        raise Conflict("there is a platform with this id already", code="platform_exists")
    if maybe_found(store, platform_id, Platform, platform_id) is None:
        platform = Platform(platform_id, name=name, created_at=now)
        words = (put_of(Wording(language, signposting, now), expected_version=0),) if signposting else ()
        store.commit(platform_id, Changes(puts=(put_of(platform, expected_version=0), *words)))
    try:
        store.commit(GLOBAL_SCOPE, Changes(puts=(put_of(entry, expected_version=0),)))
    except StaleVersion as error:
        raise Conflict("there is a platform with this id already", code="platform_exists") from error
    return get_platform(store, platform_id)


def get_platform(store: Store, platform_id: str) -> Platform:
    """Read one platform; NotFound (``platform_not_found``) otherwise."""
    if maybe_found(store, GLOBAL_SCOPE, PlatformEntry, platform_id) is None:
        raise NotFound(Platform.KIND, platform_id)
    return found(store, platform_id, Platform, platform_id)


def list_platforms(store: Store) -> tuple[Platform, ...]:
    """List all platforms by id."""
    return tuple(found(store, platform_id, Platform, platform_id) for platform_id in platform_ids(store))


def platform_ids(store: Store) -> Iterator[str]:
    """Go through the ids of all platforms in order."""
    for stored in store.each(GLOBAL_SCOPE, PlatformEntry.KIND):
        yield read_as(PlatformEntry, stored).platform_id
