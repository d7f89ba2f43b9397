"""Every engine's stores, for the contract suite."""

import pytest

from service.storage import open_store
from tests.service.storage.engines import ENGINES


@pytest.fixture(params=sorted(ENGINES))
def store_url(request, tmp_path):
    return ENGINES[request.param](tmp_path)


@pytest.fixture
def store(store_url):
    opened = open_store(store_url)
    yield opened
    opened.close()
