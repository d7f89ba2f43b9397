"""A real store of the test's own, with two platforms: an embedded one.

`ALONGSIDE_USECASES_ON=redis` runs every use case on the other engine, which takes longer than a suite may.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.clock import FixedClock
from service.storage import open_store
from service.storage.store import Store
from service.usecases.members import put_members
from service.usecases.platforms import create_platform
from tests.service.storage.engines import ENGINES
from tests.service.usecases.cast import CAST, NOW, OTHER, P

ENGINE = os.environ.get("ALONGSIDE_USECASES_ON", "sqlite")


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'store.sqlite3'}" if ENGINE == "sqlite" else ENGINES[ENGINE](tmp_path)


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
