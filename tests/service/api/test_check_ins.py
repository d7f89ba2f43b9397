"""Check-ins: what is kept, who is still to be asked, and what must not wait."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.records import Scope
from service.usecases.firing import fire_due
from tests.service.api.conftest import SEEKER


@pytest.fixture
def match(harbour, pair, store):
    """A match of the pair that both have said yes to."""
    seeker_id, supporter_id = pair
    made = harbour_match(store, seeker_id, supporter_id)
    path = f"/v1/matches/{made}/actions"
    assert harbour.post(path, {"action": "approve"}).status_code == 200
    for role, member_id in (("supporter", supporter_id), ("seeker", seeker_id)):
        by = {"role": role, "member_id": member_id}
        assert harbour.post(path, {"action": "accept", "by": by}).status_code == 200
    return made


def harbour_match(store, seeker_id, supporter_id):
    from service.records import put_of
    from service.storage.store import Changes
    from tests.service.usecases.proposals import blank

    proposal = blank(seeker_id, supporter_id, run_id="")
    store.commit("harbour", Changes(puts=(put_of(proposal, expected_version=0),)))
    return proposal.match_id


def say(caller, match_id, role="seeker", member_id="seeker-1", **answers):
    return caller.post(f"/v1/matches/{match_id}/check-ins", {"by": {"role": role, "member_id": member_id}, **answers})


def test_what_is_said_is_kept_and_the_match_knows_that_they_have_met(harbour, match):
    kept = say(harbour, match, met=True, felt_understood=4, measures={"ucla3": [2, 3, 1], "feels_lonely": "never"})

    assert kept.status_code == 201
    assert (kept.json["ucla3_sum"], kept.json["felt_understood"], kept.json["feels_lonely"]) == (6, 4, "never")
    assert harbour.get("/v1/members/seeker-1/check-ins").json["check_ins"] == [kept.json]
    assert harbour.get(f"/v1/matches/{match}").json["has_met"] is True


def test_both_are_asked_when_a_check_in_is_due_and_leave_the_list_when_they_have_answered(harbour, match, store, clock):
    clock.advance(timedelta(days=7))
    fire_due(store, "harbour", now=clock.now())

    def due():
        return [each["check_in_from"] for each in harbour.get("/v1/check-ins/due").json["due"]]

    assert due() == [["seeker", "supporter"]]
    say(harbour, match)
    assert due() == [["supporter"]]
    say(harbour, match, "supporter", "supporter-1")
    assert due() == []
    assert store.count("harbour", "task", index="open_kind", value="check_in") == 0


def test_somebody_who_does_not_feel_safe_is_held_at_once(harbour, match):
    say(harbour, match, not_safe=True)

    (hold,) = harbour.get("/v1/holds").json["holds"]
    assert (hold["member_id"], hold["cause"]) == ("seeker-1", "crisis")
    assert harbour.get(f"/v1/matches/{match}").json["state"] == "paused"


def test_somebody_who_would_rather_stop_is_looked_after_by_a_person(harbour, match, store):
    say(harbour, match, wants_to_continue=False)

    assert harbour.get(f"/v1/matches/{match}").json["state"] == "active"
    assert store.count("harbour", "task", index="open_kind", value="care") == 1


@pytest.mark.parametrize(
    ("answers", "pointer"),
    [
        ({"felt_understood": 6}, "#/felt_understood"),
        ({"measures": {"ucla3": [1, 2]}}, "#/measures/ucla3"),
        ({"measures": {"ucla3": [1, 2, 4]}}, "#/measures/ucla3/2"),
        ({"measures": {"de_jong_gierveld": [1, 1, 1, 1, 1, 1]}}, "#/measures/de_jong_gierveld"),
        ({"measures": {"feels_lonely": "rather"}}, "#/measures/feels_lonely"),
        ({"note": "a story"}, "#/note"),
    ],
)
def test_answers_are_closed(harbour, match, answers, pointer):
    refused = say(harbour, match, **answers)

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]


def test_nobody_answers_for_somebody_else_or_about_what_has_not_begun(harbour, match, store, caller_with):
    harbour.put("/v1/members/seeker-2", SEEKER)
    proposal = harbour_match(store, "seeker-2", "supporter-1")

    assert say(harbour, match, member_id="seeker-2").status_code == 403
    assert say(harbour, proposal, member_id="seeker-2").json["code"] == "not_begun"
    assert say(caller_with("harbour", scopes=(Scope.MATCHES_READ,)), match).status_code == 403


def test_an_outsider_neither_says_nor_reads_anything(outsider, match):
    assert say(outsider, match).status_code == 404
    assert outsider.get("/v1/members/seeker-1/check-ins").status_code == 404
    assert outsider.get("/v1/check-ins/due").json["due"] == []
