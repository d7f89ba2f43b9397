"""GET /v1/events: what has happened, in order, for its own platform alone."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread

import pytest

from service.records import Scope
from service.usecases.runs import request_run
from tests.service.api.conftest import NOW, SEEKER, SUPPORTER


def everything(caller, *, limit=3):
    seen, after, has_more = [], "0", True
    while has_more:
        page = caller.get(f"/v1/events?after={after}&limit={limit}").json
        seen += page["events"]
        after, has_more = page["next"], page["has_more"]
    return seen


def cursor_of(event):
    return f"{event['sequence']}.{event['event_id'].removeprefix('evt_')[:8]}"


def test_what_happens_is_told_in_order(harbour):
    harbour.put("/v1/members/m-1", SEEKER)
    harbour.put("/v1/members/m-1", {**SEEKER, "pace": "monthly"})
    harbour.post("/v1/members/m-1/hold", {"cause": "crisis"})

    key, created, updated, held = everything(harbour)

    assert (key["type"], key["data"]["key_id"]) == ("key.created", harbour.key.split("_")[2])
    assert created == {
        "event_id": created["event_id"],
        "sequence": 2,
        "type": "member.created",
        "timestamp": "2026-11-23T09:00:00.000000Z",
        "data": {"member_id": "m-1", "version": 1},
    }
    assert (updated["type"], updated["data"]) == ("member.updated", {"member_id": "m-1", "version": 2})
    assert (held["type"], held["data"]["cause"]) == ("member.held", "crisis")
    assert len({each["event_id"] for each in (created, updated, held)}) == 3


def test_the_next_page_begins_where_this_one_ends(harbour):
    for number in range(5):
        harbour.put(f"/v1/members/m-{number}", SEEKER)

    first = harbour.get("/v1/events?limit=2")
    second = harbour.get(first.headers["Link"].split(">")[0][1:])

    assert [each["sequence"] for each in first.json["events"] + second.json["events"]] == [1, 2, 3, 4]
    assert (second.json["next"], second.json["has_more"]) == (cursor_of(second.json["events"][-1]), True)


def test_at_the_end_the_cursor_stays_for_what_comes_later(harbour):
    harbour.put("/v1/members/m-1", SEEKER)

    cursor = cursor_of(everything(harbour)[-1])
    at_end = harbour.get(f"/v1/events?after={cursor}")
    harbour.put("/v1/members/m-2", SEEKER)
    later = harbour.get(f"/v1/events?after={cursor}")

    assert at_end.json == {"events": [], "next": cursor, "has_more": False}
    assert "Link" not in at_end.headers
    assert [each["data"]["member_id"] for each in later.json["events"]] == ["m-2"]
    assert harbour.get("/v1/events").json["next"] == later.json["next"] == cursor_of(later.json["events"][0])


def test_a_number_alone_is_a_cursor_too(harbour):
    harbour.put("/v1/members/m-1", SEEKER)

    after_first = harbour.get("/v1/events?after=1").json

    assert [each["sequence"] for each in after_first["events"]] == [2]
    assert after_first["next"] == cursor_of(after_first["events"][0])


def test_a_platform_where_nothing_else_has_happened_has_told_of_its_key_alone(harbour):
    (made,) = harbour.get("/v1/events").json["events"]

    assert (made["type"], made["data"]["key_id"]) == ("key.created", harbour.key.split("_")[2])
    assert set(made["data"]["scopes"].split()) == {scope.value for scope in Scope}
    assert harbour.key.rsplit("_", 1)[1] not in str(made)
    assert harbour.get("/v1/events?after=1").json == {"events": [], "next": cursor_of(made), "has_more": False}


def test_a_cursor_beyond_the_last_event_is_refused_so_that_a_restored_backup_is_noticed(harbour):
    harbour.put("/v1/members/m-1", SEEKER)

    refused = harbour.get("/v1/events?after=3")

    assert (refused.status_code, refused.json["code"]) == (422, "cursor_ahead")
    assert refused.json["errors"][0]["parameter"] == "after"
    assert "begin anew" in refused.json["errors"][0]["detail"]


@pytest.mark.parametrize("mark", ["{other}", "00000000"])
def test_an_event_that_has_the_number_of_another_one_is_not_taken_for_it(harbour, outsider, mark):
    # As after a restore: the number is there again, and tells of something else.
    harbour.put("/v1/members/m-1", SEEKER)
    theirs = cursor_of(everything(outsider)[0]).partition(".")[2]

    refused = harbour.get(f"/v1/events?after=1.{mark.format(other=theirs)}")

    assert (refused.status_code, refused.json["code"]) == (422, "cursor_ahead")
    assert harbour.get(f"/v1/events?after=0.{theirs}").json["code"] == "cursor_ahead"


@pytest.mark.parametrize(
    "query",
    [
        "after=-1",
        "after=x",
        "after=1.",
        "after=1.ABCDEF01",
        "after=1234567890",
        "limit=0",
        "limit=501",
        "type=member.created",
    ],
)
def test_a_query_that_is_none_is_refused(harbour, query):
    refused = harbour.get(f"/v1/events?{query}")

    assert (refused.status_code, refused.json["code"]) == (422, "invalid_input")


def test_another_platform_sees_its_own_events_alone(harbour, outsider):
    harbour.put("/v1/members/m-1", SEEKER)

    assert [each["data"]["key_id"] for each in everything(outsider)] == [outsider.key.split("_")[2]]
    assert outsider.get("/v1/events?after=2").json["code"] == "cursor_ahead"


def test_what_an_erased_member_did_says_nothing_any_more(harbour):
    harbour.put("/v1/members/m-1", SEEKER)
    harbour.put("/v1/members/m-2", SUPPORTER)
    harbour.delete("/v1/members/m-1")

    _, first, second, deleted = everything(harbour)

    assert (first["type"], first["data"]) == ("member.created", None)
    assert second["data"]["member_id"] == "m-2"
    assert (deleted["type"], deleted["data"]) == ("member.deleted", {"member_id": "m-1"})


def test_readers_miss_nothing_while_others_write(harbour, caller_with):
    def write(name):
        own = caller_with("harbour", scopes=[Scope.MEMBERS_WRITE])
        for number in range(20):
            assert own.put(f"/v1/members/{name}-{number}", SEEKER).status_code == 201

    writers = [Thread(target=write, args=(f"m{number}",)) for number in range(3)]
    for writer in writers:
        writer.start()
    seen, after = [], 0
    while len(seen) < 60 + 4:
        page = harbour.get(f"/v1/events?after={after}&limit=7").json
        seen, after = seen + page["events"], page["next"]
    for writer in writers:
        writer.join()

    assert [each["sequence"] for each in seen] == list(range(1, 65))
    assert len({each["data"]["member_id"] for each in seen if each["type"] == "member.created"}) == 60


def test_a_step_of_a_match_says_which_and_from_where(harbour, pair):
    match = harbour.post("/v1/matches", {"seeker_id": pair[0], "supporter_id": pair[1]}).json
    harbour.post(f"/v1/matches/{match['match_id']}/actions", {"action": "approve"})

    proposed, offered = (each for each in everything(harbour) if each["type"].startswith("match."))

    pair_told = {"match_id": match["match_id"], "seeker_id": "seeker-1", "supporter_id": "supporter-1"}
    assert proposed["data"] == {**pair_told, "state": "proposed", "before": None, "version": 1}
    assert offered["data"] == {**pair_told, "state": "offered", "before": "proposed", "version": 2}


def test_the_end_of_every_run_is_told(harbour, store):
    from service.clock import FixedClock
    from service.usecases.running.opening import give_up_run
    from service.usecases.runs import execute_run

    trial = request_run(store, "harbour", requested_by="key:1", is_dry_run=True, now=NOW)
    execute_run(store, "harbour", run_id=trial.run_id, clock=FixedClock(NOW))
    broken = request_run(store, "harbour", requested_by="key:1", now=NOW)
    give_up_run(store, "harbour", run_id=broken.run_id, code="out_of_memory", now=NOW + timedelta(hours=1))

    _, *told = [(each["type"], each["data"]) for each in everything(harbour)]

    assert told == [
        ("run.counted", {"run_id": trial.run_id}),
        ("run.failed", {"run_id": broken.run_id, "code": "out_of_memory"}),
    ]
