"""Asking about a run over HTTP: who may ask what, what is answered at once, and what a job works out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.records import Scope
from service.records.report import Report
from service.storage.store import Fence
from service.usecases.insight.reports import work_out
from service.usecases.reading import all_found
from service.usecases.runs import run_now
from tests.service.api.conftest import NOW, SEEKER, SUPPORTER

POLISH = {**SEEKER, "languages": ["pl"]}


@pytest.fixture
def run_id(app, store, clock, harbour):
    """A run that leaves one of three seekers waiting for want of a language, and one for want of a place."""
    app.extensions["alongside_studies"]._kept._patience = 300
    for member_id, profile in (("s-1", SEEKER), ("s-2", SEEKER), ("s-3", POLISH), ("p-1", SUPPORTER)):
        assert harbour.put(f"/v1/members/{member_id}", profile).status_code == 201
    return run_now(store, "harbour", clock=clock).run_id


def jobs_done(store, clock):
    """Have done what was asked for, and count it."""
    reports = list(all_found(store, "harbour", Report, index="run", value=_only_run(store)))
    for report in reports:
        lease = store.acquire_lease("harbour", "x", owner=report.report_id, ttl=timedelta(minutes=1), now=NOW)
        fence = Fence(lease.name, lease.token)
        work_out(store, "harbour", report_id=report.report_id, now=clock.now, fence=fence)
        store.release_lease(lease)
    return len(reports)


def _only_run(store):
    [run] = store.each("harbour", "run")
    return run.record_id


def waiting(harbour, run_id):
    return [each["member_id"] for each in harbour.get(f"/v1/runs/{run_id}/unmatched").json["unmatched"]]


def test_somebody_still_looking_is_explained(harbour, run_id):
    told = harbour.get("/v1/members/s-3/explanation")

    assert told.status_code == 200
    assert (told.json["standing"], told.json["run_id"], told.json["change_state"]) == ("still_looking", run_id, "none")
    assert told.json["removed"] == [
        {"count": None, "words": "fewer than five", "rule": "language", "reason": "no language in common"}
    ]
    assert told.json["would_fit"] == {"count": 0, "words": "0"}
    assert all(sentence["verified"] for sentence in told.json["sentences"])


def test_whoever_waits_for_a_place_is_told_who_competes_and_what_would_help(harbour, run_id):
    [member_id] = [each for each in waiting(harbour, run_id) if each != "s-3"]

    told = harbour.get(f"/v1/members/{member_id}/explanation").json

    assert told["rivals"]["people"]["words"] == "fewer than five"
    assert (told["change"]["kind"], told["change"]["member_id"], told["change_state"]) == (
        "more_places",
        "p-1",
        "found",
    )
    assert (told["change"]["matched_before"], told["change"]["matched_after"]) == (1, 2)


def test_a_member_reads_what_concerns_them_alone(harbour, caller_with, run_id):
    [member_id] = [each for each in waiting(harbour, run_id) if each != "s-3"]
    reader = caller_with("harbour", scopes=[Scope.MEMBERS_READ])

    told = reader.get(f"/v1/members/{member_id}/explanation?audience=member")

    assert told.status_code == 200
    assert told.json["change"] is told.json["rivals"] is told.json["would_fit"] is None
    assert told.json["removed"] == []
    assert "p-1" not in told.text
    assert reader.get(f"/v1/members/{member_id}/explanation").json["code"] == "forbidden"


def test_somebody_with_a_proposal_is_not_explained_away(harbour, run_id):
    [match] = harbour.get("/v1/matches").json["matches"]

    told = harbour.get(f"/v1/members/{match['seeker_id']}/explanation").json

    assert (told["standing"], told["run_id"], told["sentences"]) == ("proposed", None, [])


def test_those_a_run_left_waiting_are_listed_page_by_page(harbour, run_id):
    first = harbour.get(f"/v1/runs/{run_id}/unmatched?limit=1")
    second = harbour.get(first.headers["Link"][1:].split(">")[0])

    ids = [each["member_id"] for each in first.json["unmatched"] + second.json["unmatched"]]
    assert ids == sorted(ids)
    assert len(ids) == first.json["total"] == 2
    assert second.json["next"] is None
    assert harbour.get(f"/v1/runs/{run_id}/unmatched?after=zzz").json["unmatched"] == []


def test_shortages_are_worked_out_by_a_job_and_then_read(harbour, store, clock, run_id):
    asked = harbour.get(f"/v1/runs/{run_id}/shortages")
    assert (asked.status_code, asked.headers["Location"]) == (202, f"/v1/runs/{run_id}/shortages")
    assert int(asked.headers["Retry-After"]) > 0
    assert harbour.get(f"/v1/runs/{run_id}/shortages").status_code == 202

    assert jobs_done(store, clock) == 1

    told = harbour.get(asked.headers["Location"])
    assert (told.status_code, told.json["matched"], told.json["still_looking"]) == (200, 1, 2)
    assert {each["language"] for each in told.json["shortages"]} == {"en", "pl"}
    [place] = told.json["places"]["supporters"]
    assert (place["supporter_id"], place["matched"]) == ("p-1", 1)


def test_whoever_would_rather_wait_is_answered_as_soon_as_it_is_there(harbour, store, clock, run_id, monkeypatch):
    looks = []

    def sleep(seconds):
        looks.append(seconds)
        jobs_done(store, clock)

    monkeypatch.setattr("service.api.waiting.time.sleep", sleep)

    told = harbour.get(f"/v1/runs/{run_id}/shortages", headers={"Prefer": "respond-async, wait=5"})

    assert (told.status_code, len(looks)) == (200, 1)


def test_a_policy_is_tried_on_the_people_of_the_last_run(harbour, store, clock, run_id):
    body = {"policy": {"minimum_score": 100_000}}
    asked = harbour.post("/v1/policy/preview", body)
    assert (asked.status_code, asked.json["state"], asked.json["answer"]) == (202, "queued", None)

    jobs_done(store, clock)

    told = harbour.get(asked.headers["Location"]).json
    assert (told["state"], told["run_id"]) == ("done", run_id)
    assert [each["matched"] for each in told["answer"]["policies"]] == [1, 0]
    assert (told["answer"]["loses"]["total"], told["answer"]["gains"]["total"]) == (1, 0)
    again = harbour.post("/v1/policy/preview", body)
    assert (again.status_code, again.json) == (200, told)
    assert harbour.get("/v1/policy").json["minimum_score"] == 0


def test_a_family_is_compared(harbour, store, clock, run_id):
    asked = harbour.post("/v1/policy/preview", {"family": "weights"})
    jobs_done(store, clock)

    told = harbour.get(asked.headers["Location"]).json["answer"]

    assert "without topics" in [each["name"] for each in told["policies"]]
    assert told["gains"] is told["loses"] is None


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#"),
        ({"policy": {}, "family": "weights"}, "#"),
        ({"family": "all"}, "#/family"),
        ({"policy": {"weights": {"charm": 1}}}, "#/policy/weights/charm"),
        ({"policy": {"label_rules": [{"key": "k", "label": "site", "op": "equal", "reason": "r"}]}}, None),
    ],
)
def test_what_cannot_be_tried_is_refused_by_field(harbour, body, pointer):
    refused = harbour.post("/v1/policy/preview", body)

    assert (refused.status_code, refused.json["code"]) == (422, "invalid_input")
    assert pointer is None or pointer in [error["pointer"] for error in refused.json["errors"]]


def test_the_effect_of_a_choice_is_told(harbour, run_id):
    [match] = harbour.get("/v1/matches").json["matches"]
    path = f"/v1/runs/{run_id}/knock-on?seeker_id={match['seeker_id']}&supporter_id=p-1&choice="

    told = harbour.get(path + "forbid").json

    assert (told["matched"], told["choice"], len(told["moves"])) == (0, "forbid", 2)
    assert told["moves"][0] == {
        "seeker_id": match["seeker_id"],
        "before": "p-1",
        "after": None,
        "replaced_by": told["moves"][1]["seeker_id"],
    }
    assert told["sentence"]["verified"]
    refused = harbour.get(f"/v1/runs/{run_id}/knock-on?seeker_id=s-3&supporter_id=p-1&choice=force")
    assert (refused.status_code, refused.json["code"]) == (409, "rule_broken")
    assert [each["parameter"] for each in harbour.get(path + "bless").json["errors"]] == ["choice"]


@pytest.mark.parametrize("path", ["unmatched", "shortages", "knock-on?seeker_id=s-1&supporter_id=p-1&choice=forbid"])
def test_another_platform_and_a_run_that_never_was_are_answered_alike(harbour, outsider, run_id, path):
    others = outsider.get(f"/v1/runs/{run_id}/{path}")
    nobodys = outsider.get(f"/v1/runs/run_none/{path}")

    assert others.status_code == nobodys.status_code == 404
    assert {**others.json, "request_id": ""} == {**nobodys.json, "request_id": ""}


def test_before_the_first_run_there_is_nothing_to_preview(harbour):
    refused = harbour.post("/v1/policy/preview", {"family": "weights"})

    assert (refused.status_code, refused.json["code"]) == (409, "no_run_yet")


def test_another_platforms_preview_is_not_found(harbour, outsider, run_id):
    here = harbour.post("/v1/policy/preview", {"family": "weights"}).headers["Location"]

    assert outsider.get(here).json["code"] == "report_not_found"
