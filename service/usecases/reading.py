"""Reading records as what they are: one, all of an index, or a page. Nothing is decided or saved here."""

from __future__ import annotations

from collections.abc import Iterator

from service.errors import NotFound
from service.records.codec import R, S, read_as
from service.storage.store import MAX_PAGE, Page, Store, Stored


def found(store: Store, scope: str, record_type: type[S], record_id: str) -> S:
    """Read a record that must be there; raise NotFound (``<kind>_not_found``) otherwise."""
    record = maybe_found(store, scope, record_type, record_id)
    if record is None:
        raise NotFound(record_type.KIND, record_id)
    return record


def maybe_found(store: Store, scope: str, record_type: type[S], record_id: str) -> S | None:
    """Read a record that may be missing."""
    stored = store.get(scope, record_type.KIND, record_id)
    return None if stored is None else read_as(record_type, stored)


def all_found(store: Store, scope: str, record_type: type[R], *, index: str, value: str) -> Iterator[R]:
    """Go through all records with an index entry, by id, a page at a time."""
    return (read_as(record_type, stored) for stored in all_stored(store, scope, record_type.KIND, index, value))


def all_stored(store: Store, scope: str, kind: str, index: str, value: str) -> Iterator[Stored]:
    """Go through the same as they are stored."""
    after = None
    while True:
        page = store.page(scope, kind, index=index, value=value, after=after, limit=MAX_PAGE)
        yield from page.records
        if page.next is None:
            return
        after = page.next


def as_page(record_type: type[S], page: Page[Stored]) -> Page[S]:
    """Read every record of a page."""
    return Page(tuple(read_as(record_type, stored) for stored in page.records), page.next)
