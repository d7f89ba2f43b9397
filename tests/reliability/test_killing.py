"""A few kills at random, as `python -m tests.reliability kill` does by the hundred; and that a loss would show."""

from __future__ import annotations

import pytest

from tests.reliability.killing import kill_at_random
from tests.reliability.stores import EVERY_STORE


@pytest.mark.parametrize("store_name", EVERY_STORE)
def test_killing_server_worker_runs_and_store_loses_nothing(tmp_path, store_name):
    killed = kill_at_random(tmp_path, store_name, kills=6, seed=20261130)

    assert killed.broken == ()
    assert killed.acknowledged > 50
    assert killed.published > 0
