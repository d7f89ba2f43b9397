"""Several matches at once, over HTTP: each outcome by itself, and nothing that needs a look of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.records import Scope, put_of
from service.storage.store import Changes
from service.usecases.matches import get_match
from tests.service.api.conftest import SEEKER, SUPPORTER
from tests.service.api.test_proposing import propose


def bulk(caller, *match_ids, action="approve", **more):
    return caller.post("/v1/matches/bulk-actions", {"action": action, "match_ids": list(match_ids), **more})


def outcomes(answer):
    return [(each["done"], each["state"], each["code"], each["flags"]) for each in answer.json["outcomes"]]


@pytest.fixture
def known(harbour):
    """Proposals of two seekers to a supporter with three places, whom somebody has met already."""
    harbour.put("/v1/members/supporter-1", {**SUPPORTER, "supporter": {"topics": ["bereavement"], "capacity": 3}})
    ids = []
    for number in range(3):
        assert harbour.put(f"/v1/members/seeker-{number}", SEEKER).status_code == 201
        ids.append(propose(harbour, f"seeker-{number}").json["match_id"])
    path = f"/v1/matches/{ids[0]}/actions"
    harbour.post(path, {"action": "approve"})
    for side in ("supporter", "seeker"):
        assert harbour.post(path, {"action": "accept", "on_behalf_of": side}).status_code == 200
    return ids[1:]


def test_each_outcome_is_told_by_itself(harbour, known):
    done = bulk(harbour, known[0], "match_9", known[1], known[0])

    assert outcomes(done) == [
        (True, "offered", "", []),
        (False, None, "match_not_found", []),
        (True, "offered", "", []),
        (False, None, "action_not_allowed", []),
    ]
    assert harbour.get(f"/v1/matches/{known[0]}").json["state"] == "offered"


def test_a_preview_tells_the_same_and_changes_nothing(harbour, known):
    before = [harbour.get(f"/v1/matches/{match_id}").json for match_id in known]

    shown = bulk(harbour, *known, preview=True)

    assert shown.json["preview"] is True
    assert outcomes(shown) == [(True, "offered", "", [])] * 2
    assert [harbour.get(f"/v1/matches/{match_id}").json for match_id in known] == before


def test_a_pair_that_needs_a_look_of_its_own_is_not_approved_among_others(harbour, known, store):
    match = get_match(store, "harbour", match_id=known[0])
    store.commit("harbour", Changes(puts=(put_of(replace(match, is_thin=True), expected_version=match.version),)))
    concern = {"about_id": "seeker-2", "category": "other", "severity": "low"}
    harbour.post("/v1/concerns", concern)
    harbour.put("/v1/members/seeker-3", SEEKER)
    harbour.put("/v1/members/supporter-3", SUPPORTER)
    new = propose(harbour, "seeker-3", "supporter-3").json["match_id"]

    refused = bulk(harbour, *known, new)

    assert outcomes(refused) == [
        (False, None, "needs_a_look", ["thin"]),
        (False, None, "needs_a_look", ["earlier_concern"]),
        (False, None, "needs_a_look", ["new_supporter"]),
    ]
    assert harbour.post(f"/v1/matches/{new}/actions", {"action": "approve"}).status_code == 200


def test_two_minors_are_looked_at_by_themselves(harbour, store, known):
    young = {**SEEKER, "age_band": "16-17"}
    member = harbour.put("/v1/members/seeker-1", young)
    assert member.status_code == 200

    assert "minor" in outcomes(bulk(harbour, known[0]))[0][3]


def test_several_are_rejected_with_one_reason_and_never_without(harbour, known):
    assert bulk(harbour, *known, action="reject").status_code == 422

    assert outcomes(bulk(harbour, *known, action="reject", reason="not_now")) == [(True, "rejected", "", [])] * 2


@pytest.mark.parametrize("body", [{"match_ids": []}, {"match_ids": ["m"] * 21}, {"action": "end"}, {"match_ids": "m"}])
def test_what_is_no_bulk_action_is_refused(harbour, body):
    whole = {"action": "approve", "match_ids": ["m"], **body}

    assert harbour.post("/v1/matches/bulk-actions", whole).status_code == 422


def test_only_reviewers_of_the_platform_act(outsider, caller_with, harbour, known):
    assert outcomes(bulk(outsider, known[0])) == [(False, None, "match_not_found", [])]
    assert bulk(caller_with("harbour", set(Scope) - {Scope.REVIEW}), known[0]).status_code == 403
