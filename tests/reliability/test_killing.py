"""A few kills at random, as `python -m tests.reliability kill` does by the hundred; and that lost writes would show."""

from __future__ import annotations

from tests.reliability.killing import kill_at_random


def test_killing_server_worker_and_runs_loses_nothing(tmp_path):
    killed = kill_at_random(tmp_path, "sqlite", kills=6, seed=20261130)

    assert killed.broken == ()
    assert killed.acknowledged > 50
    assert killed.published > 0
