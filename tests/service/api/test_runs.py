"""Asking for a run, following it, and what it answers when it is done."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from service.records import Run, RunCounts, RunProof, RunState, Scope, put_of
from service.storage.store import Changes
from service.usecases.runs import execute_run
from tests.service.api.conftest import NOW, SEEKER, SUPPORTER

COUNTS = RunCounts(
    seekers=3,
    supporters=2,
    places=2,
    pairs_checked=6,
    pairs_feasible=5,
    blocking_pairs=1,
    matched=2,
    still_looking=1,
    kept=0,
    thin=1,
    total_score=9001,
    new=2,
    withdrawn=4,
    left_out={"paused": 7},
    waiting={"0-13": 0, "14-41": 1, "42-111": 0, "112+": 0},
    reasons={"new": {"first": 1, "instead": 1}, "withdrawn": {"rearranged": 4}},
)
PROOF = RunProof(
    objective="coverage",
    primal=(2, 9001, 0, 2**62 + 1),
    dual=(2, 9001, 0, 2**62 + 1),
    digest="ab" * 32,
    engine_version="0.1.0",
    tzdata_version="2026a",
    checked_at=NOW,
    snapshot_sha256="cd" * 32,
)


def stored_run(store, run_id="run_1", **parts):
    run = Run(
        run_id, **{"state": RunState.DONE, "requested_by": "cli", "is_dry_run": False, "created_at": NOW, **parts}
    )
    store.commit("harbour", Changes(puts=(put_of(run),)))


def test_a_run_is_asked_for_and_found_where_the_answer_says(harbour):
    asked = harbour.post("/v1/runs", {})

    assert asked.status_code == 202
    assert asked.headers["Location"] == f"/v1/runs/{asked.json['run_id']}"
    assert asked.json["state"] == "queued"
    assert asked.json["requested_by"] == f"key:{harbour.key.split('_')[2]}"
    assert asked.json["dry_run"] is False
    assert asked.json["counts"] is asked.json["proof"] is asked.json["error"] is None
    assert harbour.get(asked.headers["Location"]).json == asked.json


@pytest.mark.parametrize("content_type", [None, "application/json", "application/x-www-form-urlencoded"])
def test_an_empty_body_asks_for_an_ordinary_run(harbour, content_type):
    asked = harbour.call("POST", "/v1/runs", data=b"", content_type=content_type)

    assert (asked.status_code, asked.json["dry_run"]) == (202, False)


@pytest.mark.parametrize(
    ("body", "pointer"), [({"dryrun": True}, "#/dryrun"), ({"dry_run": "yes"}, "#/dry_run"), ([], "#")]
)
def test_a_wish_that_cannot_be_used_is_refused_by_field(harbour, body, pointer):
    refused = harbour.post("/v1/runs", body)

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]
    assert harbour.get("/v1/runs").json["runs"] == []


def test_a_second_run_waits_for_the_first(harbour):
    harbour.post("/v1/runs")

    refused = harbour.post("/v1/runs")

    assert (refused.status_code, refused.json["code"]) == (409, "run_in_progress")
    assert int(refused.headers["Retry-After"]) > 0


def test_a_run_that_is_done_shows_counts_and_proof(harbour, store):
    stored_run(store, counts=COUNTS, proof=PROOF, policy_version=3, planned_for=date(2026, 11, 23), finished_at=NOW)

    run = harbour.get("/v1/runs/run_1").json

    assert run["counts"] == {
        "seekers": 3,
        "supporters": 2,
        "places": 2,
        "pairs_checked": 6,
        "pairs_feasible": 5,
        "blocking_pairs": 1,
        "matched": 2,
        "still_looking": 1,
        "kept": 0,
        "thin": 1,
        "total_score": 9001,
        "mean_score": 4500.5,
        "new": 2,
        "dropped": 0,
        "withdrawn": 4,
        "left_out": {"paused": 7},
        "waiting": {"0-13": 0, "14-41": 1, "42-111": 0, "112+": 0},
        "reasons": {"new": {"first": 1, "instead": 1}, "withdrawn": {"rearranged": 4}},
    }
    assert run["proof"]["primal"] == ["2", "9001", "0", "4611686018427387905"]
    assert run["proof"]["checked_at"] == "2026-11-23T09:00:00Z"
    assert (run["policy_version"], run["planned_for"]) == (3, "2026-11-23")
    assert run["finished_at"] == "2026-11-23T09:00:00Z"


def test_a_run_from_before_blocking_pairs_were_counted_has_none(harbour, store):
    stored_run(store, counts=replace(COUNTS, blocking_pairs=None), proof=PROOF, policy_version=3, finished_at=NOW)

    assert harbour.get("/v1/runs/run_1").json["counts"]["blocking_pairs"] is None


def test_a_trial_tries_another_policy_on_the_members_there_are_and_the_one_in_force_stays(harbour, store, clock):
    harbour.put("/v1/members/seeker-1", SEEKER)
    harbour.put("/v1/members/supporter-1", SUPPORTER)
    tried = {"minimum_score": 100_000_000}

    asked = harbour.post("/v1/runs", {"dry_run": True, "policy": tried})
    execute_run(store, "harbour", run_id=asked.json["run_id"], clock=clock)

    done = harbour.get(f"/v1/runs/{asked.json['run_id']}").json
    assert (asked.status_code, asked.json["policy"]["minimum_score"]) == (202, 100_000_000)
    assert (done["state"], done["counts"]["matched"], done["counts"]["still_looking"]) == ("done", 0, 1)
    assert (done["policy_version"], done["policy"]["minimum_score"]) == (1, 100_000_000)
    ordinary = harbour.post("/v1/runs", {"dry_run": True}).json
    assert ordinary["policy"] is None
    execute_run(store, "harbour", run_id=ordinary["run_id"], clock=clock)
    assert harbour.get(f"/v1/runs/{ordinary['run_id']}").json["counts"]["matched"] == 1
    assert harbour.get("/v1/policy").json["minimum_score"] == 0


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"policy": {}}, "#/policy"),
        ({"dry_run": False, "policy": {}}, "#/policy"),
        ({"dry_run": True, "policy": None}, "#/policy"),
        ({"dry_run": True, "policy": {"weights": {"charm": 1}}}, "#/policy/weights/charm"),
        ({"dry_run": True, "policy": {"timings": {"check_in_days": [7, 7]}}}, "#/policy/timings/check_in_days"),
        (
            {"dry_run": True, "policy": {"label_rules": [{"key": "k", "label": "x", "op": "equal", "reason": "r"}]}},
            "#/policy/label_rules/0/label",
        ),
    ],
)
def test_a_policy_that_cannot_be_tried_is_refused_by_field(harbour, body, pointer):
    refused = harbour.post("/v1/runs", body)

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]
    assert harbour.get("/v1/runs").json["runs"] == []


def test_trying_a_policy_needs_the_scope_to_change_it(caller_with):
    runs_alone = caller_with("harbour", [Scope.RUNS])

    refused = runs_alone.post("/v1/runs", {"dry_run": True, "policy": {}})

    assert (refused.status_code, refused.json["code"]) == (403, "forbidden")
    assert "policy" in refused.json["detail"]
    assert runs_alone.post("/v1/runs", {"dry_run": True}).status_code == 202


def test_a_run_that_failed_says_why(harbour, store):
    stored_run(store, state=RunState.FAILED, error_code="certificate_refused", error="the check did not accept it")

    assert harbour.get("/v1/runs/run_1").json["error"] == {
        "code": "certificate_refused",
        "detail": "the check did not accept it",
    }


def test_runs_are_listed_latest_first_page_by_page(harbour, store):
    for number in range(3):
        stored_run(store, f"run_{number}")

    first = harbour.get("/v1/runs?limit=2")
    second = harbour.get(first.headers["Link"][1:].split(">")[0])

    assert [run["run_id"] for run in first.json["runs"] + second.json["runs"]] == ["run_2", "run_1", "run_0"]


def test_another_platforms_run_is_like_one_that_never_was(harbour, outsider):
    run_id = harbour.post("/v1/runs").json["run_id"]

    assert outsider.get(f"/v1/runs/{run_id}").json["code"] == "run_not_found"
    assert outsider.get("/v1/runs").json["runs"] == []


def test_from_members_to_an_approved_match(harbour, store, clock):
    harbour.put("/v1/members/seeker-1", SEEKER)
    harbour.put("/v1/members/seeker-2", {**SEEKER, "languages": ["pl"]})
    harbour.put("/v1/members/supporter-1", SUPPORTER)
    run_id = harbour.post("/v1/runs").json["run_id"]

    execute_run(store, "harbour", run_id=run_id, clock=clock)

    run = harbour.get(f"/v1/runs/{run_id}").json
    assert (run["state"], run["counts"]["matched"], run["counts"]["still_looking"]) == ("done", 1, 1)
    assert run["proof"]["primal"] == run["proof"]["dual"]
    [match] = harbour.get("/v1/matches").json["matches"]
    assert (match["seeker_id"], match["supporter_id"]) == ("seeker-1", "supporter-1")
    assert match["score"] == match["explanation"]["score"] == sum(f["points"] for f in match["explanation"]["factors"])
    approved = harbour.post(f"/v1/matches/{match['match_id']}/actions", {"action": "approve"})
    assert approved.json["state"] == "offered"


def test_a_run_whose_time_was_up_tells_its_bound(harbour, store):
    bound = replace(PROOF, primal=(2, 2**70 - 9), dual=(2, 2**70), is_best=False, stopped_after_seconds=60)
    stored_run(store, counts=COUNTS, proof=bound, policy_version=3, finished_at=NOW)

    proof = harbour.get("/v1/runs/run_1").json["proof"]

    assert (proof["is_best"], proof["stopped_after_seconds"]) == (False, 60)
    assert (proof["primal"], proof["dual"]) == (["2", str(2**70 - 9)], ["2", str(2**70)])


def test_a_run_whose_time_was_up_before_every_pair_was_asked_has_no_totals(harbour, store):
    unproven = replace(PROOF, primal=None, dual=None, is_best=False, stopped_after_seconds=1)
    counts = replace(COUNTS, pairs_feasible=None, blocking_pairs=None)
    stored_run(store, counts=counts, proof=unproven, policy_version=3, finished_at=NOW)

    run = harbour.get("/v1/runs/run_1").json

    assert (run["proof"]["primal"], run["proof"]["dual"], run["proof"]["is_best"]) == (None, None, False)
    assert run["counts"]["pairs_feasible"] is None


def test_what_a_run_changed_is_read_pair_by_pair_and_page_by_page(harbour, store, clock):
    for number in range(3):
        harbour.put(f"/v1/members/s-{number}", SEEKER)
        harbour.put(f"/v1/members/p-{number}", SUPPORTER)
    run_id = harbour.post("/v1/runs", {"dry_run": True}).json["run_id"]
    assert harbour.get(f"/v1/runs/{run_id}/changes").json["code"] == "run_not_done"
    execute_run(store, "harbour", run_id=run_id, clock=clock)

    first = harbour.get(f"/v1/runs/{run_id}/changes?limit=2")
    rest = harbour.get(first.headers["Link"].split(">")[0].removeprefix("<"))

    assert [len(page.json["changes"]) for page in (first, rest)] == [2, 1]
    assert (first.json["next"], rest.json["next"]) == ("2", None)
    changes = first.json["changes"] + rest.json["changes"]
    assert [change["seeker_id"] for change in changes] == ["s-0", "s-1", "s-2"]
    assert {(change["fate"], change["why"], change["detail"]) for change in changes} == {("new", "first", "")}
    assert all(change["score"] > 0 for change in changes)
    assert harbour.get(f"/v1/runs/{run_id}").json["counts"]["reasons"] == {"new": {"first": 3}}
    assert harbour.get(f"/v1/runs/{run_id}/changes?fate=kept").json == {"changes": [], "next": None}


@pytest.mark.parametrize("query", ["after=m-1", "after=-1", "limit=0", "fate=gone"])
def test_changes_that_cannot_be_asked_for_are_refused_by_field(harbour, store, query):
    stored_run(store, counts=COUNTS, proof=PROOF)

    refused = harbour.get(f"/v1/runs/run_1/changes?{query}")

    assert refused.status_code == 422
    assert [error["parameter"] for error in refused.json["errors"]] == [query.split("=")[0]]


def test_the_document_says_every_reason_that_a_run_can_tell():
    from schemas.run import RunChangeOut
    from service.usecases.running.differences import Fate, Why

    said = {name: field.metadata.get("description", "") for name, field in RunChangeOut().fields.items()}
    assert all(fate.value in said["fate"] for fate in Fate)
    assert all(why.value in said["why"] for why in Why)
