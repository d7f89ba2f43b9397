"""What coordinators are asked to look at, over HTTP."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from service.records import Scope
from service.records.task import TaskKind
from service.usecases.work import Work
from tests.service.api.conftest import NOW


@pytest.fixture
def asked(store, harbour):
    """Open tasks of the harbour: a match that broke a rule, and two people without a supporter, the later one first.

    Gives their ids by whom or what they are about.
    """
    for number, (kind, about, minutes) in enumerate(
        [
            (TaskKind.WITHOUT_SUPPORTER, "m-2", 10),
            (TaskKind.WITHOUT_SUPPORTER, "m-1", 5),
            (TaskKind.RULE, "match_1", 0),
        ]
    ):
        work = Work(store, "harbour", NOW + timedelta(minutes=minutes))
        work.open_task(kind, about, (f"m-{number}",), detail="supporter_left" if minutes else "clearances")
        store.commit("harbour", work.changes())
    return {stored.body["subject"]: stored.record_id for stored in store.each("harbour", "task")}


def subjects(answer):
    return [task["about"] for task in answer.json["tasks"]]


def test_open_tasks_come_by_kind_the_oldest_first(harbour, asked):
    assert subjects(harbour.get("/v1/tasks")) == ["match_1", "m-1", "m-2"]
    assert subjects(harbour.get("/v1/tasks?kind=without_supporter")) == ["m-1", "m-2"]
    assert subjects(harbour.get("/v1/tasks?kind=care")) == []
    assert harbour.get("/v1/tasks?kind=rule").json["tasks"] == [
        {
            "task_id": asked["match_1"],
            "kind": "rule",
            "about": "match_1",
            "member_ids": ["m-2"],
            "detail": "clearances",
            "opened_at": "2026-11-23T09:00:00Z",
            "done_at": None,
        }
    ]
    assert harbour.get("/v1/tasks?kind=gossip").status_code == 422


def test_a_cursor_leads_through_all_kinds(harbour, asked):
    seen, path = [], "/v1/tasks?limit=1"
    while path:
        page = harbour.get(path)
        seen += subjects(page)
        path = page.json["next"] and f"/v1/tasks?limit=1&after={page.json['next']}"

    assert seen == ["match_1", "m-1", "m-2"]


def test_a_task_is_done_once_and_said_so_once(harbour, asked, store, clock):
    path = f"/v1/tasks/{asked['match_1']}/done"
    clock.advance(timedelta(hours=1))

    done = harbour.post(path)
    clock.advance(timedelta(hours=1))
    again = harbour.post(path)

    assert (done.status_code, done.json["done_at"]) == (200, "2026-11-23T10:00:00Z")
    assert again.json == done.json
    assert subjects(harbour.get("/v1/tasks")) == ["m-1", "m-2"]
    assert [event.type for event in store.events("harbour", limit=1000)].count("task.done") == 1
    assert harbour.post("/v1/tasks/task_2/done").json["code"] == "task_not_found"


def test_an_id_that_stands_in_urls_tells_neither_of_whom_nor_of_what(harbour, asked):
    for task in harbour.get("/v1/tasks").json["tasks"]:
        assert re.fullmatch(r"task_[0-9a-z]{26}", task["task_id"])


def test_with_safety_alone_only_what_concerns_safety_is_seen_and_done(caller_with, asked):
    safeguarding = caller_with("harbour", scopes=[Scope.SAFETY])
    theirs, another = (f"/v1/tasks/{asked[about]}/done" for about in ("match_1", "m-1"))

    assert subjects(safeguarding.get("/v1/tasks")) == ["match_1"]
    assert safeguarding.get("/v1/tasks?kind=without_supporter").status_code == 403
    assert safeguarding.post(another).status_code == 403
    assert safeguarding.post(theirs).status_code == 200


def test_another_platform_sees_none_of_it(outsider, asked):
    assert subjects(outsider.get("/v1/tasks")) == []
    assert outsider.post("/v1/tasks/rule:20261123T090000:match_1/done").status_code == 404
