"""Every engine's stores, for the contract suite."""

import pytest

from service.storage import open_store
from tests.service.storage.engines import ENGINES, EVERY_ENGINE


@pytest.fixture(params=EVERY_ENGINE)
def store_url(request, tmp_path):
    return ENGINES[request.param](tmp_path)


@pytest.fixture
def path(tmp_path):
    """Where the embedded store is, for tests that ask for no other: they say so by a `store_url` of their own."""
    return tmp_path / "data" / "store.sqlite3"


@pytest.fixture
def store(store_url):
    opened = open_store(store_url)
    yield opened
    opened.close()
