"""API and workers restarted one after the other while clients work: nobody notices."""

import pytest

from tests.reliability.rolling import restart_in_turns
from tests.reliability.stores import EVERY_STORE


@pytest.mark.parametrize("store_name", EVERY_STORE)
def test_a_rolling_restart_fails_no_request_and_loses_and_doubles_no_job(tmp_path, store_name):
    rolled = restart_in_turns(tmp_path, store_name, rounds=2, seed=20261130)

    assert rolled.failed == {}
    assert rolled.answered > 100
    assert rolled.broken == ()
    assert rolled.exits == (0, 0)
    assert rolled.published > 0
    # What a leaving worker gave back was begun once more, and nothing was done twice: a job that is handed back counts
    # no attempt.
    assert set(rolled.attempts) == {1}
