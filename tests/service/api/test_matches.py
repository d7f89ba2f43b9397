"""The list of matches, one match, and what can be done to it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.lifecycle import propose
from service.records import Actor, ActorRole, Match, MatchState, Run, RunState, Scope, put_of
from service.storage.store import Changes
from tests.service.api.conftest import NOW, SEEKER, SUPPORTER

EXPLANATION = {
    "score": 5500,
    "factors": [
        {
            "key": "topics",
            "title": "Topics",
            "points": 3000,
            "most": 3000,
            "evidence": ["bereavement"],
            "phrase": "has lived experience of bereavement",
        }
    ],
    "rules_checked": ["language", "mode"],
}


@pytest.fixture
def propose_pair(store, harbour):
    """Make a proposal that a finished run of the harbour left, for two new members."""

    def make(number: int = 1, state: RunState = RunState.DONE) -> str:
        harbour.put(f"/v1/members/seeker-{number}", SEEKER)
        harbour.put(f"/v1/members/supporter-{number}", SUPPORTER)
        run_id = f"run_{number}"
        made = Match(
            match_id=f"match_{number}",
            run_id=run_id,
            seeker_id=f"seeker-{number}",
            supporter_id=f"supporter-{number}",
            state=MatchState.PROPOSED,
            score=5500,
            is_thin=False,
            created_at=NOW,
            updated_at=NOW,
            explanation=EXPLANATION,
        )
        proposal = propose(made, by=Actor(ActorRole.SYSTEM), at=NOW)
        run = Run(run_id, state, "cli", is_dry_run=False, created_at=NOW)
        store.commit("harbour", Changes(puts=(put_of(run), put_of(proposal))))
        return proposal.match_id

    return make


def test_a_match_is_read_with_its_reasons_and_history(harbour, propose_pair):
    match_id = propose_pair()

    match = harbour.get(f"/v1/matches/{match_id}")

    assert match.headers["ETag"] == '"v1"'
    assert match.json == {
        "match_id": match_id,
        "version": 1,
        "run_id": "run_1",
        "seeker_id": "seeker-1",
        "supporter_id": "supporter-1",
        "state": "proposed",
        "score": 5500,
        "thin": False,
        "offer_order": "supporter_first",
        "awaited": [],
        "closing_on": None,
        "has_met": False,
        "due_at": None,
        "explanation": EXPLANATION,
        "history": [
            {
                "action": "propose",
                "from": None,
                "to": "proposed",
                "by": {"role": "system", "id": None},
                "at": "2026-11-23T09:00:00Z",
                "reason": "",
                "on_behalf_of": None,
            }
        ],
        "created_at": "2026-11-23T09:00:00Z",
        "updated_at": "2026-11-23T09:00:00Z",
    }


def test_an_approved_match_is_offered(harbour, propose_pair, clock):
    match_id = propose_pair()
    clock.advance(timedelta(minutes=5))

    approved = harbour.post(f"/v1/matches/{match_id}/actions", {"action": "approve"})

    assert (approved.status_code, approved.headers["ETag"]) == (200, '"v2"')
    assert approved.json["state"] == "offered"
    assert approved.json["history"][-1] == {
        "action": "approve",
        "from": "proposed",
        "to": "offered",
        "by": {"role": "platform", "id": harbour.key.split("_")[2]},
        "at": "2026-11-23T09:05:00Z",
        "reason": "",
        "on_behalf_of": None,
    }
    assert harbour.get(f"/v1/matches/{match_id}").json == approved.json


def test_a_rejected_match_says_why(harbour, propose_pair):
    match_id = propose_pair()

    rejected = harbour.post(f"/v1/matches/{match_id}/actions", {"action": "reject", "reason": "poor_fit"})

    assert rejected.json["state"] == "rejected"
    assert rejected.json["history"][-1]["reason"] == "poor_fit"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"action": "reject"}, "#/reason"),
        ({"action": "reject", "reason": "approve"}, "#/reason"),
        ({"action": "reject", "reason": "run"}, "#/reason"),
        ({"action": "approve", "reason": "not_now"}, "#/reason"),
        ({"action": "marry"}, "#/action"),
        ({}, "#/action"),
        ({"action": "approve", "by": "me"}, "#/by"),
        ({"action": "accept", "by": {"role": "seeker"}}, "#/by/member_id"),
        ({"action": "accept", "by": {"role": "coordinator"}}, "#/by/role"),
        ({"action": "pause", "by": {"role": "safeguarding", "member_id": "m-1"}}, "#/by/member_id"),
        (
            {"action": "accept", "by": {"role": "seeker", "member_id": "m-1"}, "on_behalf_of": "seeker"},
            "#/on_behalf_of",
        ),
        ({"action": "plan_ending", "reason": "other", "closing_on": "soon"}, "#/closing_on"),
    ],
)
def test_an_action_that_makes_no_sense_is_refused_by_field(harbour, propose_pair, body, pointer):
    match_id = propose_pair()

    refused = harbour.post(f"/v1/matches/{match_id}/actions", body)

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]
    assert harbour.get(f"/v1/matches/{match_id}").json["state"] == "proposed"


def test_an_action_the_state_does_not_take_is_told_with_those_it_does(harbour, propose_pair):
    match_id = propose_pair()
    harbour.post(f"/v1/matches/{match_id}/actions", {"action": "approve"})

    refused = harbour.post(f"/v1/matches/{match_id}/actions", {"action": "approve"})

    assert (refused.status_code, refused.json["code"]) == (409, "action_not_allowed")
    assert "offered" in refused.json["detail"]
    assert "withdraw" in refused.json["detail"]


def test_an_action_on_a_stale_version_loses(harbour, propose_pair):
    match_id = propose_pair()
    harbour.post(f"/v1/matches/{match_id}/actions", {"action": "approve"}, headers={"If-Match": '"v1"'})

    lost = harbour.post(
        f"/v1/matches/{match_id}/actions", {"action": "reject", "reason": "other"}, headers={"If-Match": '"v1"'}
    )

    assert (lost.status_code, lost.json["code"]) == (412, "stale_version")
    assert harbour.get(f"/v1/matches/{match_id}").json["state"] == "offered"


def test_the_list_is_narrowed_by_state_and_member(harbour, propose_pair):
    first, second = propose_pair(1), propose_pair(2)
    harbour.post(f"/v1/matches/{first}/actions", {"action": "approve"})

    def ids(query):
        return [match["match_id"] for match in harbour.get(f"/v1/matches?{query}").json["matches"]]

    assert ids("") == [first, second]
    assert ids("state=offered") == [first]
    assert ids("member_id=supporter-2") == [second]
    assert ids("member_id=seeker-1&state=proposed") == []
    assert ids("member_id=nobody") == []


def test_the_list_is_read_page_by_page(harbour, propose_pair):
    ids = [propose_pair(number) for number in (1, 2, 3)]

    first = harbour.get("/v1/matches?limit=2&state=proposed")
    second = harbour.get(first.headers["Link"][1:].split(">")[0])

    assert [match["match_id"] for match in first.json["matches"] + second.json["matches"]] == ids
    assert "Link" not in second.headers


@pytest.mark.parametrize(("query", "parameter"), [("state=happy", "state"), ("member_id=a%2Fb", "member_id")])
def test_a_filter_that_cannot_be_used_is_named(harbour, query, parameter):
    refused = harbour.get(f"/v1/matches?{query}")

    assert refused.status_code == 422
    assert [error["parameter"] for error in refused.json["errors"]] == [parameter]


def test_what_a_run_has_not_published_is_not_there(harbour, propose_pair):
    match_id = propose_pair(1, RunState.RUNNING)

    assert harbour.get("/v1/matches").json["matches"] == []
    assert harbour.get(f"/v1/matches/{match_id}").status_code == 404
    assert harbour.post(f"/v1/matches/{match_id}/actions", {"action": "approve"}).status_code == 404


def test_another_platforms_match_is_like_one_that_never_was(harbour, outsider, propose_pair):
    match_id = propose_pair()

    assert outsider.get(f"/v1/matches/{match_id}").json["code"] == "match_not_found"
    assert outsider.post(f"/v1/matches/{match_id}/actions", {"action": "approve"}).status_code == 404
    assert outsider.get("/v1/matches?member_id=seeker-1").json["matches"] == []
    assert harbour.get(f"/v1/matches/{match_id}").json["state"] == "proposed"


def answer(caller, match_id, action, role, number=1, **more):
    by = {"role": role, "member_id": f"{role}-{number}"}
    return caller.post(f"/v1/matches/{match_id}/actions", {"action": action, "by": by, **more})


def test_both_are_asked_one_after_the_other_and_meet(harbour, caller_with, propose_pair):
    match_id = propose_pair()
    relay = caller_with("harbour", scopes=(Scope.MATCHES_RESPOND,))
    offered = harbour.post(f"/v1/matches/{match_id}/actions", {"action": "approve"})

    too_early = answer(relay, match_id, "accept", "seeker")
    first = answer(relay, match_id, "accept", "supporter")
    second = answer(relay, match_id, "accept", "seeker")

    assert offered.json["awaited"] == ["supporter"]
    assert (too_early.status_code, too_early.json["code"]) == (409, "action_not_allowed")
    assert (first.json["state"], first.json["awaited"]) == ("offered", ["seeker"])
    assert (second.json["state"], second.json["awaited"]) == ("active", [])
    assert second.json["history"][-1]["by"] == {"role": "seeker", "id": "seeker-1"}


def test_saying_no_needs_no_reason(harbour, propose_pair):
    match_id = propose_pair()
    harbour.post(f"/v1/matches/{match_id}/actions", {"action": "approve"})

    declined = answer(harbour, match_id, "decline", "supporter")

    assert (declined.status_code, declined.json["state"]) == (200, "declined")
    assert declined.json["history"][-1]["reason"] == ""


def test_nobody_answers_for_somebody_else(harbour, propose_pair):
    match_id = propose_pair()
    harbour.post(f"/v1/matches/{match_id}/actions", {"action": "approve"})

    refused = answer(harbour, match_id, "accept", "supporter", number=2)

    assert (refused.status_code, refused.json["code"]) == (403, "forbidden")


def test_a_coordinator_passes_on_what_they_were_told(harbour, propose_pair):
    match_id = propose_pair()
    harbour.post(f"/v1/matches/{match_id}/actions", {"action": "approve"})

    told = harbour.post(f"/v1/matches/{match_id}/actions", {"action": "accept", "on_behalf_of": "supporter"})

    assert told.json["awaited"] == ["seeker"]
    assert told.json["history"][-1]["on_behalf_of"] == "supporter"
    assert told.json["history"][-1]["by"]["role"] == "platform"


def test_an_ending_is_planned_with_the_policys_notice_or_for_a_day(harbour, propose_pair):
    match_id = propose_pair()
    harbour.post(f"/v1/matches/{match_id}/actions", {"action": "approve"})
    for role in ("supporter", "seeker"):
        answer(harbour, match_id, "accept", role)

    planned = answer(harbour, match_id, "plan_ending", "supporter", reason="goal_reached")
    ended = harbour.post(f"/v1/matches/{match_id}/actions", {"action": "end"})

    assert (planned.json["state"], planned.json["closing_on"]) == ("closing", "2026-12-21")
    assert (ended.json["state"], ended.json["closing_on"]) == ("ended", None)
    assert ended.json["history"][-1]["reason"] == "goal_reached"


@pytest.mark.parametrize(
    ("scopes", "body", "status"),
    [
        ((Scope.MATCHES_RESPOND,), {"action": "approve"}, 403),
        ((Scope.MATCHES_RESPOND,), {"action": "accept", "on_behalf_of": "supporter"}, 403),
        ((Scope.REVIEW,), {"action": "accept", "by": {"role": "supporter", "member_id": "supporter-1"}}, 403),
        ((Scope.REVIEW,), {"action": "withdraw", "reason": "coordinator", "by": {"role": "safeguarding"}}, 403),
        ((Scope.SAFETY,), {"action": "withdraw", "reason": "coordinator", "by": {"role": "safeguarding"}}, 200),
        ((Scope.SAFETY,), {"action": "withdraw", "reason": "coordinator"}, 403),
    ],
)
def test_a_key_speaks_only_for_those_its_scopes_name(harbour, caller_with, propose_pair, scopes, body, status):
    match_id = propose_pair()
    harbour.post(f"/v1/matches/{match_id}/actions", {"action": "approve"})

    assert caller_with("harbour", scopes=scopes).post(f"/v1/matches/{match_id}/actions", body).status_code == status
