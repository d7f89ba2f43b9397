"""Sentences for people: what was found, in words of supply, and nobody's field shown to another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from matching.changes import Change, Kind
from matching.overrides import NOTHING_CHANGES, KnockOn
from matching.profile import Mode
from matching.ready import Between, ReadyToBeAsked
from matching.residual import Step
from matching.rivals import Rivals
from matching.sentences import (
    Audience,
    group,
    tell_change,
    tell_knock_on,
    tell_no_change,
    tell_place,
    tell_ready,
    tell_rivals,
    tell_shortage,
)
from matching.shortages import Shortage, Wanted
from matching.smallest_change import SmallestChange
from tests.matching.people import supporter

FORCED = KnockOn(0, -310, 0, (Step(1, -1, 0), Step(2, 0, 3), Step(4, 3, -1)), (0, 310, 0, 0))


def change(kind, member_id, what=""):
    return SmallestChange("ann", "ben", Change(kind, member_id, what, supporter(member_id)), 9, 0, 0)


def test_a_choice_is_told_with_all_that_follows():
    assert tell_knock_on(FORCED) == (
        "The fit of all pairs together would fall by 310 points; one person would have another peer supporter; "
        "one person would be without the one proposed for them."
    )
    assert tell_knock_on(NOTHING_CHANGES) == "Nothing else would change."


def test_a_place_is_told_by_who_would_find_company_and_by_the_fit():
    more = KnockOn(1, 4200, 0, (Step(1, -1, 0),), (-1, -4200, 0, 0))

    assert tell_place(more) == (
        "With one more place with them, one person more would find company and "
        "the fit of all pairs together would rise by 4,200 points."
    )
    assert "change nothing" in tell_place(NOTHING_CHANGES)


@pytest.mark.parametrize(
    ("count", "told"), [(0, "no person"), (1, "fewer than five people"), (4, "fewer than five people"), (5, "5 people")]
)
def test_small_groups_are_not_counted_out(count, told):
    assert group(count, "person", "people") == told


def test_rivals_are_told_in_numbers_that_point_at_nobody():
    many, few = np.arange(40), np.arange(3)

    assert tell_rivals(Rivals(many, few, 4)) == (
        "40 people could meet fewer than five peer supporters and nobody else; "
        "together they have fewer than five places."
    )
    assert tell_rivals(None) == "We do not yet have a peer supporter whom they could meet."


@pytest.mark.parametrize(
    ("kind", "what", "wish"),
    [
        (Kind.MORE_TIME, "mon 21:00–21:30", "also be free on mon 21:00–21:30"),
        (Kind.MORE_MODES, "video", "also meet by video"),
        (Kind.MORE_MODES, "in_person", "also meet in person"),
        (Kind.MORE_DISTANCE, "", "travel 5 km further"),
        (Kind.MORE_LANGUAGES, "pl", "also speak pl"),
        (Kind.MORE_PLACES, "", "take one more person"),
    ],
)
def test_members_read_what_they_could_do_and_nothing_of_anybody_else(kind, what, wish):
    assert wish in tell_change(change(kind, "ann", what), Audience.MEMBER)
    others = tell_change(change(kind, "ben", what), Audience.MEMBER)
    assert wish not in others
    assert "We do not yet have someone" in others
    assert wish in tell_change(change(kind, "ben", what))


def test_that_no_change_would_do_is_told_without_blame():
    assert tell_no_change().startswith("No single small change")


def test_a_shortage_says_whom_to_ask_in_and_points_at_nobody():
    wanted = Wanted("pl", "Europe/London", "weekday evenings", Mode.VOICE, "new_parent")

    assert tell_shortage(Shortage(wanted, 1, 3, ("a", "b", "c"))) == (
        "One more peer supporter who speaks pl, free on weekday evenings, meeting by voice, with lived experience of "
        "new parent: fewer than five more people would find company now."
    )
    assert tell_shortage(Shortage(replace(wanted, topic=""), 6, 12, ())).startswith(
        "6 more peer supporters who speak pl"
    )


def test_whoever_is_ready_to_be_asked_is_told_what_stands_between_first():
    ready = ReadyToBeAsked("ben", 1, (Between("language", "no language in common", 7),), 0)

    assert tell_ready(ready) == (
        "Ready to be asked. Between them and 7 people who look for company: no language in common."
    )
    assert "nobody is looking" in tell_ready(replace(ready, removed=()))
