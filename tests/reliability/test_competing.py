"""Many coordinators at once: places are never exceeded, and every loser is told why."""

from tests.reliability.competing import compete

PLACES = 2 * (1 + 2 + 3)


def test_every_place_is_taken_once_and_every_loser_is_told_why(tmp_path):
    contest = compete(tmp_path, "sqlite", clients=12, seekers=30, supporters=6)

    assert contest.broken == ()
    assert contest.won == PLACES
    assert set(contest.lost) <= {"no_place_left", "action_not_allowed", "stale_version"}
    assert contest.lost["no_place_left"] > 0
    assert contest.other == {}
