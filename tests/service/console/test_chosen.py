"""Several pairs looked at together, and pairs at which somebody else looks."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from service.aliases import alias_of
from service.clock import FixedClock
from service.records.codec import put_of
from service.records.coordinator import Role
from service.records.hold import Concern, ConcernCategory, Severity
from service.records.match import MatchState
from service.storage.store import Changes
from service.usecases.matches import get_match
from tests.service.console.browsing import Visitor, forms_of
from tests.service.console.scenario import Community, seeker, supporter
from tests.service.console.test_today import _met


def _state(community: Community, match_id: str) -> MatchState:
    return get_match(community.store, community.platform_id, match_id=match_id).state


def _known(community: Community, supporter_id: str) -> None:
    """Somebody has met with this supporter before."""
    community.save(seeker(f"s-of-{supporter_id}", waiting_since=community.now.date()))
    _met(community, community.propose(f"s-of-{supporter_id}", supporter_id))


def _pair(seeker_id: str, supporter_id: str) -> str:
    return f"{alias_of(seeker_id)} with {alias_of(supporter_id)}"


def test_pairs_are_seen_once_more_and_then_approved_together(maria: Visitor, harbour: Community) -> None:
    harbour.save(supporter("p-1", supporter={"capacity": 5}), supporter("p-2", supporter={"capacity": 5}))
    for known in ("p-1", "p-2"):
        _known(harbour, known)
    plain, thin, third = (
        harbour.propose("s-1", "p-1"),
        harbour.propose("s-2", "p-1", is_thin=True),
        harbour.propose("s-3", "p-2"),
    )
    maria.go("/console/review")

    words = maria.send("/review/chosen", pair=[plain, thin, third])
    assert "Approve 2 pairs together?" in words
    assert f"{_pair('s-2', 'p-1')} Please look at it by itself: little in common." in words
    assert [_state(harbour, each) for each in (plain, thin, third)] == [MatchState.PROPOSED] * 3

    words = maria.send("/review/approve")
    assert "2 pairs approved" in words
    assert [_state(harbour, each) for each in (plain, thin, third)] == [
        MatchState.OFFERED,
        MatchState.PROPOSED,
        MatchState.OFFERED,
    ]

    assert "Undone" in maria.send(f"/proposals/{plain}/undo")
    assert _state(harbour, plain) is MatchState.PROPOSED


def test_every_flag_keeps_a_pair_from_being_approved_with_others(maria: Visitor, harbour: Community) -> None:
    harbour.save(supporter("p-1", supporter={"capacity": 5}))
    new = harbour.propose("s-1", "p-1")
    maria.go("/console/review")
    assert "nobody has met with this peer supporter yet" in maria.send("/review/chosen", pair=[new])
    assert not any(form.action.endswith("/review/approve") and "pair" in form.values for form in forms_of(maria.page))

    _known(harbour, "p-1")
    concern = Concern("concern_1", "s-1", ConcernCategory.OTHER, Severity.LOW, harbour.now)
    harbour.store.commit(harbour.platform_id, Changes(puts=(put_of(concern, expected_version=0),)))
    maria.go("/console/review")
    assert "there was a concern before" in maria.send("/review/chosen", pair=[new])

    # What the preview would not let through is refused all the same.
    maria.go("/console/review")
    maria.send("/review/chosen", pair=[new])
    maria.send("/review/approve", pair=[new])
    assert _state(harbour, new) is MatchState.PROPOSED


def test_none_and_more_than_twenty_are_refused_kindly(maria: Visitor, harbour: Community) -> None:
    match_id = harbour.propose("s-1", "p-1")
    maria.go("/console/review")

    assert "Please choose 1 to 20 pairs." in maria.send("/review/chosen")
    assert maria.page.status_code == 422
    assert "Please choose 1 to 20 pairs." in maria.send("/review/chosen", pair=[f"match_{n}" for n in range(21)])
    assert _state(harbour, match_id) is MatchState.PROPOSED


def test_pairs_of_another_platform_are_as_if_they_were_not_there(
    maria: Visitor, harbour: Community, outsider: Community
) -> None:
    harbour.propose("s-1", "p-1")
    theirs = outsider.propose("s-9", "p-9")
    maria.go("/console/review")

    words = maria.send("/review/chosen", pair=[theirs])

    assert "These pairs are no longer here to be reviewed." in words
    assert alias_of("s-9") not in words


def test_the_tick_for_all_leaves_out_pairs_that_need_a_look_of_their_own(maria: Visitor, harbour: Community) -> None:
    _known(harbour, "p-1")
    plain, thin = harbour.propose("s-1", "p-1"), harbour.propose("s-2", "p-1", is_thin=True)
    harbour.propose("s-3", "p-2")

    words = maria.go("/console/review?tick=all")

    assert "Needs a look of its own: nobody has met with this peer supporter yet" in words
    form = next(form for form in forms_of(maria.page) if form.action.endswith("/review/chosen"))
    assert form.values["pair"] == plain != thin


def test_where_no_pair_can_be_approved_with_others_the_queue_and_the_preview_say_so(
    maria: Visitor, harbour: Community
) -> None:
    match_id = harbour.propose("s-1", "p-1")

    assert "Each pair on this page needs a look of its own" in maria.go("/console/review")
    words = maria.send("/review/chosen", pair=[match_id])

    assert "Each of these needs a look of its own" in words
    assert "Please look at it by itself: nobody has met with this peer supporter yet." in words


def _second(app: Flask, community: Community) -> Visitor:
    community.add_coordinator("jo@example.org", Role.COORDINATOR)
    other = Visitor(app.test_client())
    other.sign_in(community.platform_id, login="jo@example.org")
    return other


def test_a_pair_at_which_somebody_looks_is_shown_and_not_decided_by_another(
    app: Flask, maria: Visitor, harbour: Community
) -> None:
    match_id = harbour.propose("s-1", "p-1")
    jo = _second(app, harbour)
    maria.go(f"/console/proposals/{match_id}")
    form = next(form for form in forms_of(maria.page) if form.action.endswith("/approve"))

    words = jo.go(f"/console/proposals/{match_id}")
    assert "maria@example.org is looking at this pair just now, until 09:15 UTC at most." in words
    assert not any(each.action.endswith("/approve") for each in forms_of(jo.page))
    token = forms_of(jo.page)[0].values["csrf_token"]
    answer = jo.client.post(form.action, data={**form.values, "csrf_token": token})

    assert answer.status_code == 409
    assert "Somebody else is looking at this pair just now." in answer.text
    assert _state(harbour, match_id) is MatchState.PROPOSED
    assert "Approved" in maria.send("/approve")


def test_a_pair_is_free_again_after_a_quarter_of_an_hour(
    app: Flask, maria: Visitor, harbour: Community, clock: FixedClock
) -> None:
    match_id = harbour.propose("s-1", "p-1")
    jo = _second(app, harbour)
    maria.go(f"/console/proposals/{match_id}")

    clock.advance(timedelta(minutes=14, seconds=59))
    assert "is looking at this pair" in jo.go(f"/console/proposals/{match_id}")
    clock.advance(timedelta(seconds=1))
    assert "is looking at this pair" not in jo.go(f"/console/proposals/{match_id}")
    jo.send("/approve")
    assert _state(harbour, match_id) is MatchState.OFFERED


def test_a_pair_can_be_taken_over_and_the_other_one_keeps_what_was_chosen(
    app: Flask, maria: Visitor, harbour: Community
) -> None:
    match_id = harbour.propose("s-1", "p-1")
    jo = _second(app, harbour)
    maria.go(f"/console/proposals/{match_id}")
    jo.go(f"/console/proposals/{match_id}")
    jo.send("/take-over")

    words = maria.send("/not-this-pair", reason="not_now")
    assert maria.page.status_code == 409
    assert "Somebody else is looking at this pair just now. Nothing was changed by you." in words

    jo.send("/approve")
    words = maria.client.post(
        f"/console/proposals/{match_id}/not-this-pair",
        data={"csrf_token": forms_of(maria.page)[0].values["csrf_token"], "version": "1", "reason": "not_now"},
    ).text
    assert "You had chosen: It is not the right moment" in words
    assert _state(harbour, match_id) is MatchState.OFFERED


def test_the_way_on_leads_past_pairs_at_which_others_look(app: Flask, maria: Visitor, harbour: Community) -> None:
    harbour.save(seeker("s-4", waiting_since=harbour.now.date()))
    first, second, third = harbour.propose("s-2", "p-1"), harbour.propose("s-3", "p-2"), harbour.propose("s-1", "p-1")
    jo = _second(app, harbour)
    jo.go(f"/console/proposals/{second}")

    maria.go(f"/console/proposals/{first}")
    assert f'href="/console/proposals/{third}" data-shortcut="next"' in maria.page.text
    assert "Somebody looks at it" in maria.go("/console/review")
    maria.go(f"/console/proposals/{first}")
    maria.send("/approve")
    assert maria.page.request.path == f"/console/proposals/{third}"


def test_pairs_at_which_others_look_are_not_approved_with_many(app: Flask, maria: Visitor, harbour: Community) -> None:
    harbour.save(supporter("p-1", supporter={"capacity": 5}))
    _known(harbour, "p-1")
    match_id = harbour.propose("s-1", "p-1")
    jo = _second(app, harbour)
    jo.go(f"/console/proposals/{match_id}")
    maria.go("/console/review")

    assert "Somebody else looks at it just now." in maria.send("/review/chosen", pair=[match_id])


def test_looking_on_does_not_write_again_and_again(maria: Visitor, harbour: Community, clock: FixedClock) -> None:
    match_id = harbour.propose("s-1", "p-1")
    versions = []
    for _ in range(3):
        maria.go(f"/console/proposals/{match_id}")
        stored = harbour.store.get(harbour.platform_id, "claim", match_id)
        assert stored is not None
        versions.append(stored.version)
        clock.advance(timedelta(minutes=3))

    assert versions == [1, 1, 2]


def test_who_only_reads_claims_nothing(visitor: Visitor, harbour: Community) -> None:
    harbour.add_coordinator("reader", Role.READ_ONLY)
    match_id = harbour.propose("s-1", "p-1")
    visitor.sign_in(harbour.platform_id, login="reader")

    visitor.go(f"/console/proposals/{match_id}")

    assert harbour.store.get(harbour.platform_id, "claim", match_id) is None
