"""Two members who rest from each other do so whichever of them was the seeker."""

from datetime import timedelta

import pytest

from service.records.codec import put_of
from service.records.rest import Rest
from service.storage.store import Changes
from service.usecases.rests import are_resting
from service.usecases.work import Work
from tests.service.usecases.cast import NOW, P

WEEK = timedelta(days=7)


@pytest.mark.parametrize(("one", "other"), [("ada", "ben"), ("ben", "ada")])
@pytest.mark.parametrize(("until", "is_over"), [(NOW + WEEK, False), (None, False), (NOW, True), (NOW - WEEK, True)])
def test_who_was_the_seeker_makes_no_difference_to_a_rest(cast, one, other, until, is_over):
    rest = Rest("ada", "ben", "match_1", "not_now", since=NOW - 2 * WEEK, until=until)
    cast.commit(P, Changes(puts=(put_of(rest),)))
    work = Work(cast, P, NOW)

    assert are_resting(work, one, other) is not is_over
    assert not are_resting(work, "amy", "ben")
