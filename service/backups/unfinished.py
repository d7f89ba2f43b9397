"""Restores that are not finished: until whoever was erased is erased again, nobody else may work with the store.

The mark is in a scope of its own, which a restore neither empties nor compares. Everything that works with a store
opens it by `open_whole_store`; only `restore` itself and `doctor` do not.
"""

from __future__ import annotations

from typing import Final

from service.errors import ConfigurationError
from service.storage import open_store
from service.storage.operated import OperatedStore
from service.storage.store import Changes, Put, Store

_SCOPE: Final = "_restoring"
_MARK: Final = "restoring"

MESSAGE: Final = (
    "the store is half restored, and may hold people who were erased: stop the service and run "
    "`alongside restore FILE` again, to its end"
)


def open_whole_store(url: str) -> OperatedStore:
    """Open a store as `open_store` does; ConfigurationError while a restore into it is not finished."""
    store = open_store(url)
    try:
        if is_unfinished(store):
            raise ConfigurationError(MESSAGE)
    except BaseException:
        store.close()
        raise
    return store


def is_unfinished(store: Store) -> bool:
    """Whether a restore was begun and not finished."""
    return store.get(_SCOPE, _MARK, _MARK) is not None


def mark_unfinished(store: Store) -> None:
    """Say, before anything is changed, that a restore is under way."""
    store.commit(_SCOPE, Changes(puts=(Put(_MARK, _MARK, {}),)))


def mark_finished(store: OperatedStore) -> None:
    """Say that the store may be used again."""
    store.clear(_SCOPE)
