from __future__ import annotations

from datetime import timedelta

import pytest

from service.aliases import alias_of
from service.clock import FixedClock
from service.lifecycle import Action
from service.records.coordinator import Role
from service.records.match import Actor, ActorRole, HistoryEntry, MatchState
from service.records.member import Member
from service.usecases.matches import act_on_match, get_match
from service.usecases.members import delete_member
from tests.service.console.browsing import Visitor, forms_of
from tests.service.console.scenario import Community, seeker, supporter

SCRIPT = "<script>alert(1)</script>"


def _pair(seeker_id: str, supporter_id: str) -> str:
    return f"{alias_of(seeker_id)} with {alias_of(supporter_id)}"


def _state(community: Community, match_id: str) -> MatchState:
    return get_match(community.store, community.platform_id, match_id=match_id).state


def _last(community: Community, match_id: str) -> HistoryEntry:
    return get_match(community.store, community.platform_id, match_id=match_id).history[-1]


def _decided_by_another(community: Community, match_id: str, action: Action, reason: str | None = None) -> None:
    by = Actor(ActorRole.COORDINATOR, "someone-else")
    act_on_match(
        community.store,
        community.platform_id,
        match_id=match_id,
        action=action,
        by=by,
        now=community.now,
        reason=reason,
    )


def test_the_queue_begins_with_who_has_waited_longest(maria: Visitor, harbour: Community) -> None:
    harbour.propose("s-1", "p-1")
    harbour.propose("s-2", "p-2")

    words = maria.go("/console/review")

    assert "2 pairs are waiting" in words
    assert words.index(_pair("s-2", "p-2")) < words.index(_pair("s-1", "p-1"))
    assert "Waiting 11 weeks" in words
    assert "8,000 points" in words


def test_an_empty_queue_says_so_kindly(maria: Visitor) -> None:
    assert "Nothing to review right now" in maria.go("/console/review")


def test_a_proposal_shows_reasons_points_times_and_checks(maria: Visitor, harbour: Community) -> None:
    words = maria.go(f"/console/proposals/{harbour.propose('s-3', 'p-2')}")

    assert "A good fit 6,625 of 10,000 points Waiting 7 weeks" in words
    assert f"{alias_of('p-2')} has lived experience of bereavement." in words
    assert "Both like chess." in words
    assert "Shared: bereavement new parent Shared: bereavement burnout" in words
    assert f"Monday 18:00–20:30 (19:00–21:30 for {alias_of('p-2')})" in words
    assert "Topics 1,500 of 3,000" in words
    assert "All 15 checks, all met" in words
    assert "s-3" in words


def test_a_pair_with_little_in_common_is_flagged(maria: Visitor, harbour: Community) -> None:
    match_id = harbour.propose("s-3", "p-2", is_thin=True)

    assert "Little in common" in maria.go("/console/review")
    assert "not this pair is a fine answer too" in maria.go(f"/console/proposals/{match_id}")


def test_approving_leads_to_the_next_pair_and_can_be_undone_there(maria: Visitor, harbour: Community) -> None:
    first, second = harbour.propose("s-2", "p-1"), harbour.propose("s-3", "p-2")
    maria.go(f"/console/proposals/{first}")

    words = maria.send("/approve")

    assert _state(harbour, first) is MatchState.OFFERED
    assert _last(harbour, first).by == Actor(ActorRole.COORDINATOR, harbour.coordinator_id)
    assert words.startswith(f"Approved. Next: {_pair('s-3', 'p-2')}")
    assert maria.page.request.path == f"/console/proposals/{second}"

    assert "Undone: this pair is back in the queue." in maria.send("/undo")
    assert _state(harbour, first) is MatchState.PROPOSED


def test_not_this_pair_is_kept_with_its_reason(maria: Visitor, harbour: Community) -> None:
    match_id = harbour.propose("s-2", "p-1")
    maria.go(f"/console/proposals/{match_id}")

    words = maria.send("/not-this-pair", reason="not_now")

    assert _state(harbour, match_id) is MatchState.REJECTED
    assert _last(harbour, match_id).reason == "not_now"
    assert "Not this pair:" in words
    assert "Nothing to review right now" in words


def test_not_this_pair_without_a_reason_asks_for_one(maria: Visitor, harbour: Community) -> None:
    match_id = harbour.propose("s-2", "p-1")
    maria.go(f"/console/proposals/{match_id}")

    words = maria.send("/not-this-pair")

    assert maria.page.status_code == 422
    assert "Please choose what speaks against it." in words
    assert _state(harbour, match_id) is MatchState.PROPOSED


def test_not_this_pair_can_be_undone_for_a_day_only(maria: Visitor, harbour: Community, clock: FixedClock) -> None:
    match_id = harbour.propose("s-2", "p-1")
    _decided_by_another(harbour, match_id, Action.REJECT, "poor_fit")

    maria.go(f"/console/proposals/{match_id}")
    assert any(form.action.endswith("/undo") for form in forms_of(maria.page))

    clock.advance(timedelta(days=1, seconds=1))
    maria.sign_in(harbour.platform_id)
    maria.go(f"/console/proposals/{match_id}")
    assert not any(form.action.endswith("/undo") for form in forms_of(maria.page))


def test_a_page_that_another_overtook_says_so_and_shows_how_it_stands(maria: Visitor, harbour: Community) -> None:
    match_id = harbour.propose("s-2", "p-1")
    maria.go(f"/console/proposals/{match_id}")
    _decided_by_another(harbour, match_id, Action.REJECT, "safety")

    words = maria.send("/approve")

    assert "Somebody else was quicker with this pair." in words
    assert "Not this pair by a coordinator (To keep somebody safe)" in words
    assert _state(harbour, match_id) is MatchState.REJECTED


def test_a_page_from_before_an_undo_decides_nothing(maria: Visitor, harbour: Community) -> None:
    match_id = harbour.propose("s-2", "p-1")
    maria.go(f"/console/proposals/{match_id}")
    _decided_by_another(harbour, match_id, Action.APPROVE)
    _decided_by_another(harbour, match_id, Action.REOPEN)

    assert "Somebody else was quicker" in maria.send("/approve")
    assert _state(harbour, match_id) is MatchState.PROPOSED


@pytest.mark.parametrize("trouble", ["no_place_left", "not_taking_part"])
def test_what_stands_in_the_way_of_an_approval_is_said(maria: Visitor, harbour: Community, trouble: str) -> None:
    match_id = harbour.propose("s-2", "p-1")
    maria.go(f"/console/proposals/{match_id}")
    if trouble == "no_place_left":
        harbour.save(supporter("p-1", supporter={"capacity": 0}))
    else:
        delete_member_quietly(harbour, "p-1")

    words = maria.send("/approve")

    assert {"no_place_left": "no room left", "not_taking_part": "is not taking part"}[trouble] in words


def delete_member_quietly(community: Community, member_id: str) -> None:
    """Remove a member's record only, as if they left between two reads."""
    from service.storage.store import Changes, Delete

    community.store.commit(community.platform_id, Changes(deletes=(Delete(Member.KIND, member_id),)))


def test_the_page_of_a_pair_whose_member_left_still_opens(maria: Visitor, harbour: Community) -> None:
    match_id = harbour.propose("s-2", "p-1")
    delete_member(harbour.store, harbour.platform_id, member_id="s-2", now=harbour.now)

    words = maria.go(f"/console/proposals/{match_id}")

    assert maria.page.status_code == 200
    assert "Taken back (one of them is no longer there)" in words
    assert "One of the two profiles is not here any longer." in words


def test_deciding_later_goes_round_the_queue(maria: Visitor, harbour: Community) -> None:
    first, second = harbour.propose("s-2", "p-1"), harbour.propose("s-3", "p-2")

    maria.go(f"/console/proposals/{first}")
    assert f'href="/console/proposals/{second}" data-shortcut="next">Decide later' in maria.page.text
    maria.go(f"/console/proposals/{second}")
    assert f'href="/console/proposals/{first}" data-shortcut="next">Decide later' in maria.page.text


def test_a_long_queue_is_shown_a_page_at_a_time(maria: Visitor, harbour: Community) -> None:
    for number in range(21):
        harbour.save(seeker(f"s-{100 + number}", waiting_since=harbour.now.date()), supporter(f"p-{100 + number}"))
        harbour.propose(f"s-{100 + number}", f"p-{100 + number}")

    assert "Page 1 of 2" in maria.go("/console/review")
    assert maria.page.text.count("/console/proposals/") == 20 + 1
    maria.go("/console/review?page=2")
    assert maria.page.text.count("/console/proposals/") == 1 + 1
    assert maria.page.text.count('<ol class="queue" start="21">') == 1


def test_a_script_in_any_text_is_shown_as_text(maria: Visitor, harbour: Community) -> None:
    own = {
        "key": SCRIPT,
        "title": SCRIPT,
        "points": 1,
        "most": 1,
        "evidence": [SCRIPT],
        "phrase": f"{SCRIPT} {{evidence}}",
    }
    match_id = harbour.propose("s-1", "p-1", more_factors=(own,))
    community = Community(harbour.store, "scripted", name=SCRIPT, now=harbour.now)
    community.add_coordinator(SCRIPT, Role.LEAD)

    assert maria.go(f"/console/proposals/{match_id}").count(SCRIPT) == 3
    assert SCRIPT not in maria.page.text
    maria.send("/sign-out")
    assert maria.sign_in("scripted", login=SCRIPT).count(SCRIPT) == 2
    assert SCRIPT not in maria.page.text
    maria.send("/sign-out")
    maria.sign_in(SCRIPT, login=SCRIPT)
    assert SCRIPT not in maria.page.text
    assert "&lt;script&gt;" in maria.page.text
