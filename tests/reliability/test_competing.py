"""Many coordinators at once: places are never exceeded, and every loser is told why."""

import pytest

from tests.reliability.competing import compete
from tests.reliability.stores import EVERY_STORE

PLACES = 2 * (1 + 2 + 3)


@pytest.mark.parametrize("store_name", EVERY_STORE)
def test_every_place_is_taken_once_and_every_loser_is_told_why(tmp_path, store_name):
    contest = compete(tmp_path, store_name, clients=12, seekers=30, supporters=6)

    assert contest.broken == ()
    assert contest.won == PLACES
    assert set(contest.lost) <= {"no_place_left", "action_not_allowed", "stale_version"}
    assert contest.lost["no_place_left"] > 0
    assert contest.other == {}
