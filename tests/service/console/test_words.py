from __future__ import annotations

from datetime import date, timedelta

import pytest

from matching.eligibility import Reason
from matching.profile import Gender, Mode, Pace
from matching.rules import RULES
from service.console.words import (
    ANSWERS,
    CHECKS,
    ENDINGS,
    FAREWELLS,
    GENDERS,
    LEFT_OUT,
    MODES,
    PACES,
    PAUSES,
    REASONS_AGAINST,
    STATES,
    fit,
    language_name,
    listed,
    waited,
    why,
)
from service.reasons import DeclineReason, EndReason, PauseReason, RejectReason, WithdrawReason
from service.records.match import MatchState

TODAY = date(2026, 11, 23)
NOT_LOOKING = {Reason.NO_CONSENT, Reason.PAUSED, Reason.HAS_SUPPORTER, Reason.NO_PLACES}


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "Waiting since today"),
        (-3, "Waiting since today"),
        (1, "Waiting 1 day"),
        (13, "Waiting 13 days"),
        (14, "Waiting 2 weeks"),
        (111, "Waiting 15 weeks"),
        (112, "Waiting 3 months"),
        (365, "Waiting 12 months"),
    ],
)
def test_a_wait_is_said_as_one_would(days: int, words: str) -> None:
    assert waited(TODAY - timedelta(days=days), TODAY) == words


@pytest.mark.parametrize(
    ("score", "most", "words"),
    [
        (7500, 10000, "A very good fit"),
        (7499, 10000, "A good fit"),
        (5000, 10000, "A good fit"),
        (2500, 10000, "A fair fit"),
        (2499, 10000, "A few things in common"),
        (28, 28, "A very good fit"),
        (0, 0, "A few things in common"),
    ],
)
def test_fit_is_measured_by_what_the_policy_can_give(score: int, most: int, words: str) -> None:
    assert fit(score, most) == words


@pytest.mark.parametrize(
    ("words", "said"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (list("abc"), "a, b and c")]
)
def test_words_are_joined_as_in_speech(words: list[str], said: str) -> None:
    assert listed(words) == said


@pytest.mark.parametrize(
    ("tag", "name"),
    [("en-GB", "English"), ("zh-Hant", "Chinese (traditional)"), ("pl", "Polish"), ("rom", "rom")],
)
def test_languages_have_names(tag: str, name: str) -> None:
    assert language_name(tag) == name


@pytest.mark.parametrize(
    ("table", "closed_set"),
    [
        (STATES, set(MatchState)),
        (MODES, set(Mode)),
        (PACES, set(Pace)),
        (GENDERS, set(Gender)),
        (REASONS_AGAINST, set(RejectReason)),
        (ENDINGS, set(WithdrawReason)),
        (PAUSES, set(PauseReason)),
        (FAREWELLS, set(EndReason)),
        (ANSWERS, set(DeclineReason)),
        (LEFT_OUT, set(Reason) - NOT_LOOKING),
        (CHECKS, set(RULES.keys())),
    ],
)
def test_nothing_that_can_be_shown_is_without_words(table: dict[str, object], closed_set: set[str]) -> None:
    assert set(table) == closed_set


def test_a_kept_reason_is_said_in_words() -> None:
    assert why("reject", "poor_fit") == "They would not suit each other"
    assert why("withdraw", "another_match") == "one of them has another match now"
    assert why("end", "poor_fit") == "they did not suit each other"
    assert why("withdraw", "some_new_reason") == "some new reason"
