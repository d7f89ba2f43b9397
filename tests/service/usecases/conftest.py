"""A real embedded store in a folder of the test's own, with two platforms."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.clock import FixedClock
from service.storage import open_store
from service.storage.store import Store
from service.usecases.members import put_members
from service.usecases.platforms import create_platform
from tests.service.usecases.cast import CAST, NOW, OTHER, P


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'store.sqlite3'}"


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    for platform_id in (P, OTHER):
        create_platform(opened, platform_id=platform_id, name=platform_id.title(), now=NOW, signposting="Call 112.")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def cast(store: Store) -> Store:
    """The store with the cast in the first platform."""
    put_members(store, P, profiles=CAST, now=NOW)
    return store
