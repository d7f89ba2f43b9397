"""What the seeker of a match answers over time: every measure by itself, and the last beside the first."""

from dataclasses import replace
from datetime import timedelta

import pytest

from matching.profile import Measures
from service.errors import NotFound
from service.records.check_in import CheckIn, HowOften
from service.records.codec import new_id, put_of
from service.records.match import ActorRole
from service.storage.store import Changes
from service.usecases.measures import Answers, measures_of_match, ucla3_sums
from service.usecases.members import put_members
from tests.service.usecases.cast import NOW, P, seeker, supporter
from tests.service.usecases.test_outcomes import begun

DAY = timedelta(days=1)


def say(store, match, *, after, role=ActorRole.SEEKER, **answers):
    who = match.seeker_id if role is ActorRole.SEEKER else match.supporter_id
    said = CheckIn(new_id("checkin", NOW + after), match.match_id, role, who, NOW + after, **answers)
    store.commit(P, Changes(puts=(put_of(said, expected_version=0),)))


@pytest.fixture
def match(store):
    ada = seeker("s-1")
    measured = replace(ada, seeker=replace(ada.seeker, measures=Measures(NOW.date() - 10 * DAY, (3, 3, 3))))
    put_members(store, P, profiles=(measured, supporter("t-1")), now=NOW)
    return begun(store, 1)


def measured(store, match):
    return measures_of_match(store, P, match_id=match.match_id)


def test_it_begins_with_what_was_answered_before_the_match(store, match):
    say(store, match, after=42 * DAY, ucla3=(1, 2, 2))

    found = measured(store, match)

    assert [each.ucla3_sum for each in found.answers] == [9, 5]
    assert found.ucla3_change == -4
    assert (found.felt_lonely, found.de_jong_gierveld_change) == (None, None)
    assert ucla3_sums(store, P, match) == tuple((each.at, each.ucla3_sum) for each in found.answers)


def test_each_measure_is_compared_with_its_own_first_answer(store, match):
    say(store, match, after=2 * DAY, feels_lonely=HowOften.OFTEN_OR_ALWAYS, de_jong_gierveld=(1, 1, 1, 3, 3, 3))
    say(store, match, after=30 * DAY, ucla3=(1, 1, 1), feels_lonely=HowOften.SOME_OF_THE_TIME)
    say(store, match, after=60 * DAY, feels_lonely=HowOften.NEVER, de_jong_gierveld=(3, 3, 3, 1, 1, 3))

    found = measured(store, match)

    assert (found.ucla3_change, found.de_jong_gierveld_change) == (3 - 9, 1 - 6)
    assert found.felt_lonely == (HowOften.OFTEN_OR_ALWAYS, HowOften.NEVER)
    assert found.answers[1] == Answers(NOW + 2 * DAY, None, HowOften.OFTEN_OR_ALWAYS, 6)


def test_one_answer_is_no_change(store, match):
    say(store, match, after=2 * DAY, feels_lonely=HowOften.NEVER, de_jong_gierveld=(3, 3, 3, 1, 1, 1))

    found = measured(store, match)

    assert (found.ucla3_change, found.de_jong_gierveld_change, found.felt_lonely) == (None, None, None)


def test_answers_come_by_time_and_only_the_seekers_and_only_measures(store, match):
    say(store, match, after=40 * DAY, ucla3=(1, 1, 2))
    say(store, match, after=20 * DAY, ucla3=(2, 2, 2))
    say(store, match, after=21 * DAY, met=True)
    say(store, match, after=22 * DAY, role=ActorRole.SUPPORTER, ucla3=(1, 1, 1))

    assert [each.ucla3_sum for each in measured(store, match).answers] == [9, 6, 4]


def test_a_match_that_is_not_there_has_none(store):
    with pytest.raises(NotFound):
        measures_of_match(store, P, match_id="match_none")
