"""The table of match states: every triple of state, action and actor, and the history that results."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.policy import OfferOrder
from service.errors import ActionNotAllowed, Forbidden, InvalidInput
from service.lifecycle import (
    ACTORS_OF,
    NEEDS_BOTH,
    REASONS_OF,
    TRANSITIONS,
    Action,
    actors_of,
    allowed_actions,
    propose,
    transition,
)
from service.reasons import BY_HAND, MUST_SAY_WHY, PauseReason
from service.records.match import Actor, ActorRole, Match, MatchState

T0 = datetime(2026, 11, 22, 9, tzinfo=UTC)
COORDINATOR = Actor(ActorRole.COORDINATOR, "c-1")
SAFEGUARDING = Actor(ActorRole.SAFEGUARDING, "c-2")
SYSTEM = Actor(ActorRole.SYSTEM)
ADA = Actor(ActorRole.SEEKER, "ada")
BEN = Actor(ActorRole.SUPPORTER, "ben")
ID_OF = {ActorRole.SEEKER: "ada", ActorRole.SUPPORTER: "ben"}


def proposal(order: OfferOrder = OfferOrder.SUPPORTER_FIRST) -> Match:
    blank = Match(
        "match_1",
        "run_1",
        "ada",
        "ben",
        MatchState.PROPOSED,
        7000,
        is_thin=False,
        created_at=T0,
        updated_at=T0,
        offer_order=order,
    )
    return propose(blank, by=SYSTEM, at=T0)


def reason_for(action: Action, *, role: ActorRole = ActorRole.COORDINATOR) -> str | None:
    """A reason that this actor may give, where one must be given."""
    if action not in MUST_SAY_WHY:
        return None
    return min(REASONS_OF[action] if role is ActorRole.SYSTEM else REASONS_OF[action] & BY_HAND)


def after(match: Match, *steps: tuple[str, Actor], reason: str | None = None) -> Match:
    """Take these steps one after the other."""
    for action, by in steps:
        why = reason or reason_for(Action(action), role=by.role)
        day = T0.date() if action == "plan_ending" else None
        match = transition(match, action, by=by, at=T0, reason=why, closing_on=day)
    return match


OFFER = (("approve", COORDINATOR),)
FIRST_YES = (*OFFER, ("accept", BEN))
BOTH = (*FIRST_YES, ("accept", ADA))
WAYS = {
    MatchState.PROPOSED: (),
    MatchState.OFFERED: OFFER,
    MatchState.ACTIVE: BOTH,
    MatchState.PAUSED: (*BOTH, ("pause", ADA)),
    MatchState.CLOSING: (*BOTH, ("plan_ending", BEN)),
    MatchState.ENDED: (*BOTH, ("plan_ending", BEN), ("end", SYSTEM)),
    MatchState.REJECTED: (("reject", COORDINATOR),),
    MatchState.WITHDRAWN: (("withdraw", SYSTEM),),
    MatchState.EXPIRED: (*OFFER, ("expire", SYSTEM)),
    MatchState.DECLINED: (*OFFER, ("decline", BEN)),
}


def in_state(state: MatchState) -> Match:
    """A match in this state, led there by the table."""
    return after(proposal(), *WAYS[state])


@pytest.mark.parametrize("state", MatchState)
def test_every_state_is_reached(state):
    assert in_state(state).state is state


def test_the_table_is_the_published_one():
    assert {(str(state), str(action), str(to)) for (state, action), to in TRANSITIONS.items()} == {
        ("proposed", "approve", "offered"),
        ("proposed", "reject", "rejected"),
        ("proposed", "withdraw", "withdrawn"),
        ("proposed", "expire", "expired"),
        ("offered", "accept", "active"),
        ("offered", "decline", "declined"),
        ("offered", "withdraw", "withdrawn"),
        ("offered", "expire", "expired"),
        ("offered", "reopen", "proposed"),
        ("rejected", "reopen", "proposed"),
        ("active", "pause", "paused"),
        ("active", "plan_ending", "closing"),
        ("active", "end", "ended"),
        ("paused", "resume", "active"),
        ("paused", "plan_ending", "closing"),
        ("paused", "end", "ended"),
        ("closing", "pause", "paused"),
        ("closing", "end", "ended"),
    }


SITUATIONS = {
    **{str(state): WAYS[state] for state in MatchState},
    "offered, the supporter has said yes": FIRST_YES,
    "paused for care": (*BOTH, ("hold", SAFEGUARDING)),
}
ASKED = {"offered": {"supporter"}, "offered, the supporter has said yes": {"seeker", "supporter"}}
AWAITED = {"offered": {"supporter"}, "offered, the supporter has said yes": {"seeker"}}


def situation(name: str) -> Match:
    if name == "paused for care":
        return transition(in_state(MatchState.ACTIVE), "pause", by=SAFEGUARDING, at=T0, reason="hold")
    return after(proposal(), *SITUATIONS[name])


def is_expected(name: str, state: MatchState, action: Action, role: ActorRole) -> str:
    """Say what the design says of a triple: ``taken``, ``not now`` (409) or ``not you`` (403)."""
    if (state, action) not in TRANSITIONS:
        return "not now"
    if action is Action.ACCEPT and role in ID_OF and role not in AWAITED[name]:
        return "not now"
    if action is Action.DECLINE and role in ID_OF and role not in ASKED[name]:
        return "not now"
    if action is Action.REOPEN and name == "offered, the supporter has said yes":
        return "not now"
    allowed = ACTORS_OF[action]
    if state is MatchState.CLOSING and action is Action.PAUSE:
        allowed = {ActorRole.SAFEGUARDING, ActorRole.SYSTEM}
    if name == "paused for care" and action in (Action.RESUME, Action.PLAN_ENDING):
        allowed = {ActorRole.SAFEGUARDING}
    return "taken" if role in allowed else "not you"


@pytest.mark.parametrize("name", SITUATIONS)
@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", ActorRole)
def test_every_state_action_and_actor_follows_the_table_or_is_refused_with_what_is_allowed(name, action, role):
    match = situation(name)
    actor = Actor(role, ID_OF.get(role, "somebody"))
    day = T0.date() if action is Action.PLAN_ENDING else None

    def act() -> Match:
        return transition(match, action, by=actor, at=T0, reason=reason_for(action, role=role), closing_on=day)

    expected = is_expected(name, match.state, action, role)
    allowed = allowed_actions(match, by=role, at=T0)
    assert (action in allowed) == (expected == "taken")
    if expected == "not now":
        with pytest.raises(ActionNotAllowed) as refused:
            act()
        assert refused.value.allowed == allowed
    elif expected == "not you":
        with pytest.raises(Forbidden) as forbidden:
            act()
        assert forbidden.value.needed == ", ".join(sorted(actors_of(match, action)))
    else:
        reached = act()
        is_first_yes = action in NEEDS_BOTH and not match.answered
        assert reached.state is (match.state if is_first_yes else TRANSITIONS[match.state, action])
        assert reached.history[:-1] == match.history


@pytest.mark.parametrize(
    ("order", "first", "second"),
    [(OfferOrder.SUPPORTER_FIRST, BEN, ADA), (OfferOrder.SEEKER_FIRST, ADA, BEN)],
)
def test_the_second_is_asked_after_the_first_ones_yes(order, first, second):
    offered = after(proposal(order), *OFFER)

    assert (offered.asked, offered.awaited) == ({first.role}, (first.role,))
    for action in ("accept", "decline"):
        with pytest.raises(ActionNotAllowed) as refused:
            transition(offered, action, by=second, at=T0)
        assert refused.value.allowed == ()
    one_yes = transition(offered, "accept", by=first, at=T0 + timedelta(hours=1))
    assert (one_yes.state, one_yes.answered, one_yes.awaited) == ("offered", {first.role}, (second.role,))
    assert one_yes.asked_at == {first.role: T0, second.role: T0 + timedelta(hours=1)}
    assert transition(one_yes, "accept", by=second, at=T0 + timedelta(hours=2)).state == "active"


@pytest.mark.parametrize("order", [(ADA, BEN), (BEN, ADA)])
def test_asked_together_either_may_answer_first(order):
    offered = after(proposal(OfferOrder.TOGETHER), *OFFER)

    assert offered.awaited == ("seeker", "supporter")
    assert after(offered, *(("accept", one) for one in order)).state == "active"


def test_a_yes_may_be_taken_back_until_both_have_said_it():
    one_yes = after(proposal(), *FIRST_YES)

    assert transition(one_yes, "decline", by=BEN, at=T0).state == "declined"


def test_a_doubled_yes_is_refused_and_changes_nothing():
    one_yes = after(proposal(), *FIRST_YES)

    with pytest.raises(ActionNotAllowed) as refused:
        transition(one_yes, "accept", by=BEN, at=T0)

    assert refused.value.allowed == ("decline",)


def test_what_was_said_about_an_earlier_offer_does_not_count_again():
    undone = after(proposal(OfferOrder.TOGETHER), *OFFER, ("reopen", COORDINATOR))
    again = after(undone, *OFFER)

    assert undone.answered == again.answered == frozenset()
    assert undone.asked == {"seeker", "supporter"}
    assert undone.awaited == ()


def test_nobody_answers_for_a_pair_they_are_not_in():
    offered = after(proposal(), *OFFER)

    with pytest.raises(Forbidden):
        transition(offered, "accept", by=Actor(ActorRole.SUPPORTER, "bob"), at=T0)
    with pytest.raises(Forbidden):
        transition(offered, "accept", by=Actor(ActorRole.SUPPORTER, "ada"), at=T0)


@pytest.mark.parametrize("by", [COORDINATOR, SAFEGUARDING, Actor(ActorRole.PLATFORM, "key")])
def test_a_coordinator_passes_on_an_answer(by):
    offered = after(proposal(), *OFFER)

    told = transition(offered, "accept", by=by, at=T0, on_behalf_of=ActorRole.SUPPORTER)

    assert told.answered == {"supporter"}
    assert (told.history[-1].by, told.history[-1].voice) == (by, "supporter")


@pytest.mark.parametrize(
    ("by", "role"),
    [(BEN, ActorRole.SEEKER), (SYSTEM, ActorRole.SEEKER), (COORDINATOR, ActorRole.SYSTEM)],
)
def test_others_speak_for_nobody(by, role):
    with pytest.raises(Forbidden):
        transition(in_state(MatchState.OFFERED), "accept", by=by, at=T0, on_behalf_of=role)


def test_a_coordinator_does_not_say_yes_in_their_own_name():
    with pytest.raises(Forbidden) as refused:
        transition(in_state(MatchState.OFFERED), "accept", by=COORDINATOR, at=T0)

    assert str(refused.value) == "cannot accept a match as coordinator (allowed: seeker, supporter)"


def test_a_planned_ending_keeps_its_day_and_its_reason():
    closing = transition(
        in_state(MatchState.ACTIVE),
        "plan_ending",
        by=BEN,
        at=T0,
        reason="goal_reached",
        closing_on=date(2026, 12, 24),
    )

    assert closing.closing_on == date(2026, 12, 24)
    ended = transition(closing, "end", by=SYSTEM, at=T0)
    assert (ended.closing_on, ended.history[-1].reason) == (None, "goal_reached")
    assert transition(closing, "end", by=ADA, at=T0, reason="other").history[-1].reason == "other"


@pytest.mark.parametrize("day", [None, date(2026, 11, 21), date(2027, 11, 24)])
def test_an_ending_is_planned_for_a_day_that_can_be_told(day):
    with pytest.raises(InvalidInput) as refused:
        transition(in_state(MatchState.ACTIVE), "plan_ending", by=BEN, at=T0, reason="other", closing_on=day)

    assert refused.value.problems[0].field == "closing_on"


def test_no_other_action_takes_a_day():
    with pytest.raises(InvalidInput):
        transition(in_state(MatchState.ACTIVE), "end", by=BEN, at=T0, reason="other", closing_on=T0.date())


@pytest.mark.parametrize(("action", "reason"), [("pause", "hold"), ("pause", "rule"), ("withdraw", "run")])
def test_what_the_service_finds_nobody_claims(action, reason):
    match = in_state(MatchState.ACTIVE if action == "pause" else MatchState.OFFERED)

    with pytest.raises(InvalidInput):
        transition(match, action, by=COORDINATOR, at=T0, reason=reason)
    assert transition(match, action, by=SYSTEM, at=T0, reason=reason).history[-1].reason == reason


def test_a_pause_says_why_it_is_while_it_lasts():
    paused = transition(in_state(MatchState.ACTIVE), "pause", by=SYSTEM, at=T0, reason="rule")

    assert paused.paused_because == PauseReason.RULE
    assert transition(paused, "resume", by=COORDINATOR, at=T0).paused_because == ""


def test_a_match_counts_from_the_second_yes():
    match = after(proposal(), *FIRST_YES)
    active = transition(match, "accept", by=ADA, at=T0 + timedelta(days=3))
    paused = transition(active, "pause", by=ADA, at=T0 + timedelta(days=4))

    assert match.active_since is None
    assert transition(paused, "resume", by=ADA, at=T0 + timedelta(days=9)).active_since == T0 + timedelta(days=3)


def test_a_refusal_reads_as_a_sentence_with_the_choices():
    with pytest.raises(ActionNotAllowed) as refused:
        transition(in_state(MatchState.OFFERED), "approve", by=COORDINATOR, at=T0)

    assert str(refused.value) == "cannot approve a match that is offered (allowed: withdraw, reopen)"


def test_a_step_adds_one_entry_to_the_history_and_leaves_the_old_match_as_it_was():
    match = proposal()

    rejected = transition(match, "reject", by=COORDINATOR, at=T0 + timedelta(hours=2), reason="not_now")

    assert len(match.history) == 1
    assert rejected.history[:-1] == match.history
    entry = rejected.history[-1]
    assert (entry.action, entry.from_state, entry.to_state) == ("reject", "proposed", "rejected")
    assert (entry.by, entry.at, entry.reason) == (COORDINATOR, T0 + timedelta(hours=2), "not_now")
    assert rejected.updated_at == T0 + timedelta(hours=2)


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

    assert refused.value.problems[0].message == "one of " + ", ".join(Action)


@given(st.lists(st.tuples(st.sampled_from(Action), st.sampled_from(ActorRole), st.integers(0, 40)), max_size=40))
def test_any_sequence_of_attempts_leaves_a_complete_history_that_follows_the_table(attempts):
    match, now = proposal(), T0
    for action, role, hours in attempts:
        now += timedelta(hours=hours)
        allowed = allowed_actions(match, by=role, at=now)
        try:
            match = transition(
                match,
                action,
                by=Actor(role, ID_OF.get(role, "x")),
                at=now,
                reason=reason_for(action, role=role),
                closing_on=now.date() if action is Action.PLAN_ENDING else None,
            )
        except (ActionNotAllowed, Forbidden):
            assert action not in allowed
        else:
            assert action in allowed

    steps = match.history
    assert steps[0].from_state is None
    assert match.state is steps[-1].to_state
    for before, later in pairwise(steps):
        assert later.from_state is before.to_state
        leads_to = TRANSITIONS[later.from_state, Action(later.action)]
        assert later.to_state is leads_to or (later.action in NEEDS_BOTH and later.to_state is later.from_state)
        assert before.at <= later.at
