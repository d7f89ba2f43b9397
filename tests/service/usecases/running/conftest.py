"""The store and cast of the use-case tests, and the lease under which parts are written."""

from datetime import timedelta

import pytest

from service.storage.store import Fence
from tests.service.usecases.cast import NOW, P
from tests.service.usecases.conftest import cast, clock, store, store_url

__all__ = ["cast", "clock", "fence", "store", "store_url"]


@pytest.fixture
def fence(store):
    lease = store.acquire_lease(P, "run", owner="run_1", ttl=timedelta(seconds=60), now=NOW)
    return Fence(lease.name, lease.token)
