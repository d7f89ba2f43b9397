"""Measures are scored as they were published."""

from datetime import UTC, datetime

import pytest

from service.records.check_in import CheckIn
from service.records.match import ActorRole


def said(**answers):
    return CheckIn("checkin_1", "match_1", ActorRole.SEEKER, "m-1", datetime(2026, 11, 22, tzinfo=UTC), **answers)


@pytest.mark.parametrize(("answers", "total"), [((1, 1, 1), 3), ((2, 1, 3), 6), ((3, 3, 3), 9)])
def test_the_three_answers_of_ucla_are_summed(answers, total):
    assert said(ucla3=answers).ucla3_sum == total


@pytest.mark.parametrize(
    ("answers", "total"),
    [
        # Nobody lonely: no emptiness, enough people. The other end: emptiness, nobody to lean on.
        ((3, 3, 3, 1, 1, 1), 0),
        ((1, 1, 1, 3, 3, 3), 6),
        ((2, 2, 2, 2, 2, 2), 6),
        ((1, 3, 3, 1, 1, 1), 1),
        ((3, 3, 3, 1, 1, 3), 1),
        ((3, 2, 3, 1, 2, 1), 2),
    ],
)
def test_de_jong_giervelds_six_are_scored_with_more_or_less_as_lonely_and_the_social_ones_turned(answers, total):
    assert said(de_jong_gierveld=answers).de_jong_gierveld_sum == total


def test_what_was_not_answered_has_no_score():
    assert (said().ucla3_sum, said().de_jong_gierveld_sum) == (None, None)
