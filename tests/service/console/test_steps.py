"""What a coordinator passes on and does with matches that go on: answers, check-ins, pauses, endings."""

from __future__ import annotations

import pytest

from service.aliases import alias_of
from service.lifecycle import Action
from service.records.coordinator import Role
from service.records.match import Actor, ActorRole, Match, MatchState
from service.usecases.check_ins import list_check_ins
from service.usecases.matches import act_on_match, get_match
from tests.service.console.browsing import Visitor, forms_of
from tests.service.console.scenario import Community, seeker
from tests.service.console.test_today import _met, _offered


def _match(community: Community, match_id: str) -> Match:
    return get_match(community.store, community.platform_id, match_id=match_id)


def test_answers_on_the_phone_are_passed_on_for_each_side(maria: Visitor, harbour: Community) -> None:
    match_id = harbour.propose("s-2", "p-1")
    _offered(harbour, match_id)

    assert "What the peer supporter said" in maria.go(f"/console/proposals/{match_id}")
    words = maria.send("/answer", side="supporter", answer="accept")
    assert "What the person looking for company said" in words
    assert _match(harbour, match_id).state is MatchState.OFFERED
    assert "Yes by the peer supporter" in words

    form = next(
        each for each in forms_of(maria.page) if each.action.endswith("/answer") and each.values["side"] == "seeker"
    )
    maria.page = maria.client.post(form.action, data={**form.values, "answer": "accept"}, follow_redirects=True)
    match = _match(harbour, match_id)
    assert match.state is MatchState.ACTIVE
    assert match.history[-1].on_behalf_of is ActorRole.SEEKER
    assert match.history[-1].by == Actor(ActorRole.COORDINATOR, harbour.coordinator_id)


def test_not_this_time_needs_no_reason(maria: Visitor, harbour: Community) -> None:
    match_id = harbour.propose("s-2", "p-1")
    _offered(harbour, match_id)
    maria.go(f"/console/proposals/{match_id}")

    words = maria.send("/answer", answer="decline")

    assert _match(harbour, match_id).state is MatchState.DECLINED
    assert "Not this time by the peer supporter" in words


def test_an_answer_that_was_given_meanwhile_is_not_given_twice(maria: Visitor, harbour: Community) -> None:
    match_id = harbour.propose("s-2", "p-1")
    _offered(harbour, match_id)
    maria.go(f"/console/proposals/{match_id}")
    act_on_match(
        harbour.store,
        harbour.platform_id,
        match_id=match_id,
        action=Action.DECLINE,
        by=Actor(ActorRole.SUPPORTER, "p-1"),
        now=harbour.now,
    )

    assert "Somebody else was quicker" in maria.send("/answer", answer="accept")
    assert maria.page.status_code == 409
    assert _match(harbour, match_id).state is MatchState.DECLINED


def test_an_answer_has_to_be_chosen(maria: Visitor, harbour: Community) -> None:
    match_id = harbour.propose("s-2", "p-1")
    _offered(harbour, match_id)
    maria.go(f"/console/proposals/{match_id}")

    assert "Please choose what they said." in maria.send("/answer")
    assert maria.page.status_code == 422
    assert _match(harbour, match_id).version == 2


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"action": "pause"}, MatchState.PAUSED),
        ({"action": "plan_ending", "reason": "goal_reached"}, MatchState.CLOSING),
        ({"action": "end", "reason": "became_friends"}, MatchState.ENDED),
    ],
)
def test_a_running_match_takes_its_steps(
    maria: Visitor, harbour: Community, values: dict[str, str], state: MatchState
) -> None:
    match_id = harbour.propose("s-2", "p-1")
    _met(harbour, match_id)
    maria.go(f"/console/proposals/{match_id}")

    assert "Done. This is how it stands now." in maria.send("/step", **values)
    assert _match(harbour, match_id).state is state


def test_a_pause_ends_again(maria: Visitor, harbour: Community) -> None:
    match_id = harbour.propose("s-2", "p-1")
    _met(harbour, match_id)
    maria.go(f"/console/proposals/{match_id}")
    maria.send("/step", action="pause")

    maria.send("/step", action="resume")

    assert _match(harbour, match_id).state is MatchState.ACTIVE


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"action": "end"}, "Please choose why it ends."),
        ({"action": "plan_ending", "reason": "other", "closing_on": "soon"}, "Please give a day"),
        ({"action": "plan_ending", "reason": "other", "closing_on": "2031-01-01"}, "Please choose a day from today on"),
        ({"action": "approve"}, "Please choose what you would like to do."),
    ],
)
def test_what_is_missing_in_a_step_is_said_and_the_rest_kept(
    maria: Visitor, harbour: Community, values: dict[str, str], told: str
) -> None:
    match_id = harbour.propose("s-2", "p-1")
    _met(harbour, match_id)
    maria.go(f"/console/proposals/{match_id}")
    before = _match(harbour, match_id).version

    words = maria.send("/step", **values)

    assert maria.page.status_code == 422
    assert told in words or told in maria.page.text
    assert _match(harbour, match_id).version == before


def test_how_it_goes_is_kept_for_whoever_told(maria: Visitor, harbour: Community) -> None:
    match_id = harbour.propose("s-2", "p-1")
    _met(harbour, match_id)
    maria.go(f"/console/proposals/{match_id}")

    words = maria.send(
        "/check-in",
        side="seeker",
        met="yes",
        wants_to_continue="yes",
        felt_understood="4",
        ucla3_1="2",
        ucla3_2="1",
        ucla3_3="3",
        feels_lonely="occasionally",
    )

    assert "their words are kept" in words
    (said,) = list_check_ins(harbour.store, harbour.platform_id, member_id="s-2").records
    assert (said.met, said.felt_understood, said.ucla3, said.not_safe) == (True, 4, (2, 1, 3), False)
    assert said.things_in_common is None


def test_half_of_the_measure_is_not_kept(maria: Visitor, harbour: Community) -> None:
    match_id = harbour.propose("s-2", "p-1")
    _met(harbour, match_id)
    maria.go(f"/console/proposals/{match_id}")

    words = maria.send("/check-in", side="seeker", ucla3_1="2")

    assert "Please fill in all three of these questions, or none." in words
    assert list_check_ins(harbour.store, harbour.platform_id, member_id="s-2").records == ()


def test_somebody_who_does_not_feel_safe_is_paused_for_care_at_once(
    visitor: Visitor, maria: Visitor, harbour: Community
) -> None:
    match_id = harbour.propose("s-2", "p-1")
    _met(harbour, match_id)
    maria.go(f"/console/proposals/{match_id}")

    words = maria.send("/check-in", side="seeker", not_safe="yes")

    assert "They are paused for care now" in words
    assert harbour.member("s-2").care.is_on_hold
    assert _match(harbour, match_id).state is MatchState.PAUSED
    # Only safeguarding lets it go on.
    assert not any(each.values.get("action") == "resume" for each in forms_of(maria.page))
    harbour.add_coordinator("guard", Role.SAFEGUARDING)
    maria.send("/sign-out")
    visitor.sign_in(harbour.platform_id, login="guard")
    visitor.go(f"/console/proposals/{match_id}")
    assert any(each.values.get("action") == "resume" for each in forms_of(visitor.page))


def test_matches_are_listed_by_how_they_stand(maria: Visitor, harbour: Community) -> None:
    harbour.save(seeker("s-4", waiting_since=harbour.now.date()))
    _met(harbour, harbour.propose("s-2", "p-1"))
    _offered(harbour, harbour.propose("s-3", "p-2"))

    assert maria.go("/console/matches").count(f"{alias_of('s-2')} with {alias_of('p-1')}") == 1
    assert "We wait for the peer supporter." in maria.go("/console/matches?state=offered")
    assert "None just now" in maria.go("/console/matches?state=ended")
