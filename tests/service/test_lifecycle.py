"""The table of match states: every triple of state, action and actor, and the history that results."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import ActionNotAllowed, Forbidden, InvalidInput
from service.lifecycle import (
    ACTORS_OF,
    REASONS_OF,
    TRANSITIONS,
    Action,
    allowed_actions,
    propose,
    transition,
)
from service.records.match import Actor, ActorRole, Match, MatchState

T0 = datetime(2026, 11, 22, 9, tzinfo=UTC)
COORDINATOR = Actor(ActorRole.COORDINATOR, "c-1")
SYSTEM = Actor(ActorRole.SYSTEM)


def proposal() -> Match:
    blank = Match(
        "match_1", "run_1", "ada", "ben", MatchState.PROPOSED, 7000, is_thin=False, created_at=T0, updated_at=T0
    )
    return propose(blank, by=SYSTEM, at=T0)


def in_state(state: MatchState) -> Match:
    """A match in this state, led there by the table where it leads there."""
    match = proposal()
    if state is MatchState.OFFERED:
        return transition(match, "approve", by=COORDINATOR, at=T0)
    if state is MatchState.REJECTED:
        return transition(match, "reject", by=COORDINATOR, at=T0, reason="poor_fit")
    if state is MatchState.WITHDRAWN:
        return transition(match, "withdraw", by=SYSTEM, at=T0, reason="run")
    return match


REACHED = (MatchState.PROPOSED, MatchState.OFFERED, MatchState.REJECTED, MatchState.WITHDRAWN)


def reason_for(action: Action) -> str | None:
    return min(REASONS_OF[action]) if action in REASONS_OF else None


@pytest.mark.parametrize(
    ("state", "action", "becomes"),
    [
        ("proposed", "approve", "offered"),
        ("proposed", "reject", "rejected"),
        ("proposed", "withdraw", "withdrawn"),
        ("offered", "withdraw", "withdrawn"),
        ("offered", "reopen", "proposed"),
        ("rejected", "reopen", "proposed"),
    ],
)
def test_each_row_leads_where_the_design_says(state, action, becomes):
    match = in_state(MatchState(state))

    after = transition(match, action, by=COORDINATOR, at=T0, reason=reason_for(Action(action)))

    assert after.state == becomes


def test_the_table_has_no_other_row():
    assert len(TRANSITIONS) == 6


@pytest.mark.parametrize("state", REACHED)
@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", ActorRole)
def test_every_state_action_and_actor_follows_the_table_or_is_refused_with_what_is_allowed(state, action, role):
    match = in_state(state)
    actor = Actor(role, "somebody")

    def act() -> Match:
        return transition(match, action, by=actor, at=T0, reason=reason_for(action))

    if (state, action) not in TRANSITIONS:
        with pytest.raises(ActionNotAllowed) as refused:
            act()
        assert refused.value.allowed == allowed_actions(match, by=role, at=T0)
    elif role not in ACTORS_OF[action]:
        with pytest.raises(Forbidden):
            act()
    else:
        assert act().state is TRANSITIONS[state, action]


def test_a_refusal_reads_as_a_sentence_with_the_choices():
    with pytest.raises(ActionNotAllowed) as refused:
        transition(in_state(MatchState.OFFERED), "approve", by=COORDINATOR, at=T0)

    assert str(refused.value) == "cannot approve a match that is offered (allowed: withdraw, reopen)"


def test_a_step_adds_one_entry_to_the_history_and_leaves_the_old_match_as_it_was():
    match = proposal()

    after = transition(match, "reject", by=COORDINATOR, at=T0 + timedelta(hours=2), reason="not_now")

    assert len(match.history) == 1
    assert after.history[:-1] == match.history
    entry = after.history[-1]
    assert (entry.action, entry.from_state, entry.to_state) == ("reject", "proposed", "rejected")
    assert (entry.by, entry.at, entry.reason) == (COORDINATOR, T0 + timedelta(hours=2), "not_now")
    assert after.updated_at == T0 + timedelta(hours=2)


def test_a_rejected_match_can_be_reopened_for_a_day_and_not_longer():
    rejected = in_state(MatchState.REJECTED)

    assert transition(rejected, "reopen", by=COORDINATOR, at=T0 + timedelta(days=1)).state == "proposed"
    with pytest.raises(ActionNotAllowed) as refused:
        transition(rejected, "reopen", by=COORDINATOR, at=T0 + timedelta(days=1, seconds=1))
    assert refused.value.allowed == ()


@pytest.mark.parametrize("reason", [None, "", "because", "run"])
def test_rejecting_needs_one_of_its_own_reasons(reason):
    with pytest.raises(InvalidInput) as refused:
        transition(proposal(), "reject", by=COORDINATOR, at=T0, reason=reason)

    assert refused.value.problems[0].field == "reason"
    assert "not_now, other, poor_fit, safety" in refused.value.problems[0].message


def test_approving_takes_no_reason():
    with pytest.raises(InvalidInput):
        transition(proposal(), "approve", by=COORDINATOR, at=T0, reason="not_now")


def test_an_unknown_action_is_refused_with_those_there_are():
    with pytest.raises(InvalidInput) as refused:
        transition(proposal(), "marry", by=COORDINATOR, at=T0)

    assert refused.value.problems[0].message == "one of approve, reject, withdraw, reopen"


@given(st.lists(st.tuples(st.sampled_from(Action), st.sampled_from(ActorRole), st.integers(0, 40)), max_size=30))
def test_any_sequence_of_attempts_leaves_a_complete_history_that_follows_the_table(attempts):
    match, now = proposal(), T0
    for action, role, hours in attempts:
        now += timedelta(hours=hours)
        allowed = allowed_actions(match, by=role, at=now)
        try:
            match = transition(match, action, by=Actor(role, "x"), at=now, reason=reason_for(action))
        except (ActionNotAllowed, Forbidden):
            assert action not in allowed
        else:
            assert action in allowed

    steps = match.history
    assert steps[0].from_state is None
    assert match.state is steps[-1].to_state
    for before, after in pairwise(steps):
        assert after.from_state is before.to_state
        assert TRANSITIONS[after.from_state, Action(after.action)] is after.to_state
        assert before.at <= after.at
