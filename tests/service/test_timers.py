"""The table of timers, on a driven clock: what is due, from which moment, and that each moment fires once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.policy import OfferOrder, Timings
from service.lifecycle import transition
from service.records.match import Fired, MatchState
from service.timers import TIMERS, due, marked, next_due, timed
from tests.service.test_lifecycle import ADA, BEN, COORDINATOR, T0, after, in_state, proposal

DAY = timedelta(days=1)
DEFAULT = Timings()


def deeds(match, now):
    return [firing.timer.key for firing in due(match, DEFAULT, now)]


def active():
    return in_state(MatchState.ACTIVE)


@pytest.mark.parametrize(
    ("state", "days", "key"),
    [
        (MatchState.PROPOSED, 14, "proposal"),
        (MatchState.OFFERED, 3.5, "supporter_reminder"),
        (MatchState.OFFERED, 7, "supporter_answer"),
        (MatchState.ACTIVE, 14, "first_meeting"),
        (MatchState.ACTIVE, 7, "check_in"),
        (MatchState.CLOSING, 0.625, "closing"),
    ],
)
def test_each_timer_is_due_from_its_moment_on_and_not_before(state, days, key):
    match = in_state(state)

    assert key not in deeds(match, T0 + days * DAY - timedelta(seconds=1))
    assert key in deeds(match, T0 + days * DAY)


def test_the_seeker_has_two_weeks_from_the_supporters_yes():
    offered = after(proposal(), ("approve", COORDINATOR))
    asked = transition(offered, "accept", by=BEN, at=T0 + 5 * DAY)

    assert deeds(asked, T0 + 12 * DAY - timedelta(seconds=1)) == []
    assert deeds(asked, T0 + 12 * DAY) == ["seeker_reminder"]
    assert deeds(asked, T0 + 19 * DAY) == ["seeker_reminder", "seeker_answer"]


def test_asked_together_both_are_waited_for():
    offered = after(proposal(OfferOrder.TOGETHER), ("approve", COORDINATOR))

    assert deeds(offered, T0 + 7 * DAY) == ["supporter_reminder", "supporter_answer", "seeker_reminder"]


@pytest.mark.parametrize(
    "state", [MatchState.ENDED, MatchState.REJECTED, MatchState.WITHDRAWN, MatchState.EXPIRED, MatchState.DECLINED]
)
def test_nothing_is_due_any_more_when_it_is_over(state):
    assert next_due(in_state(state), DEFAULT) is None
    assert deeds(in_state(state), T0 + 4000 * DAY) == []


def test_a_break_stops_what_would_be_due():
    paused = in_state(MatchState.PAUSED)

    assert deeds(paused, T0 + 400 * DAY) == []
    assert next_due(paused, DEFAULT) is None


def test_who_has_met_is_not_asked_about_a_first_meeting():
    assert "first_meeting" not in deeds(replace(active(), has_met=True), T0 + 30 * DAY)


def test_check_ins_are_due_on_the_days_named_and_then_every_half_year():
    match, fired = replace(active(), has_met=True), []
    now = T0
    while now < T0 + 600 * DAY:
        now += DAY
        firings = due(match, DEFAULT, now)
        fired += [(now - T0) // DAY for firing in firings if firing.timer.key == "check_in"]
        match = marked(match, firings)

    assert fired == [7, 42, 84, 168, 350, 532]


def test_after_an_outage_what_was_missed_fires_once():
    firings = due(active(), DEFAULT, T0 + 200 * DAY)

    assert [firing.timer.key for firing in firings] == ["first_meeting", "check_in"]
    assert deeds(marked(active(), firings), T0 + 200 * DAY) == []


def test_a_planned_ending_ends_when_its_day_is_over():
    closing = transition(active(), "plan_ending", by=ADA, at=T0, reason="other", closing_on=date(2026, 12, 24))

    assert next_due(closing, DEFAULT).isoformat() == "2026-12-25T00:00:00+00:00"


def test_a_second_offer_begins_its_timers_anew():
    once = after(proposal(), ("approve", COORDINATOR))
    once = marked(once, due(once, DEFAULT, T0 + 4 * DAY))
    undone = transition(once, "reopen", by=COORDINATOR, at=T0 + 5 * DAY)
    again = transition(undone, "approve", by=COORDINATOR, at=T0 + 6 * DAY)

    assert deeds(once, T0 + 4 * DAY) == []
    assert deeds(again, T0 + 9 * DAY) == []
    assert deeds(again, T0 + 9.5 * DAY) == ["supporter_reminder"]


def test_a_changed_policy_fires_nothing_twice():
    match = after(proposal(), ("approve", COORDINATOR))
    match = marked(match, due(match, DEFAULT, T0 + 4 * DAY))

    assert due(match, Timings(supporter_answer_days=20), T0 + 15 * DAY) == ()


@given(st.integers(0, 3), st.lists(st.integers(1, 60), min_size=1, max_size=40), st.booleans())
def test_whenever_it_is_looked_at_each_moment_fires_once_and_none_is_forgotten(offset, steps, has_met):
    match, now, seen = replace(active(), has_met=has_met), T0, []
    for days in steps:
        now += days * DAY + timedelta(hours=offset)
        promised = next_due(match, DEFAULT)
        firings = due(match, DEFAULT, now)
        assert bool(firings) == (promised is not None and promised <= now)
        seen += [(firing.timer.key, firing.due_at) for firing in firings]
        match = marked(match, firings)

    assert len(set(seen)) == len(seen)
    assert due(match, DEFAULT, now) == ()
    assert timed(match, DEFAULT).due_at == next_due(match, DEFAULT) > now


def test_every_timer_has_a_key_of_its_own():
    assert len({timer.key for timer in TIMERS}) == len(TIMERS)


def test_what_a_timer_kept_that_there_was_once_is_dropped():
    match = replace(active(), fired=(Fired("supervision", T0, 3),))

    assert marked(match, due(match, DEFAULT, T0)).fired == ()
