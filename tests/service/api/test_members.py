"""PUT, GET and DELETE of a member, and the list."""

from __future__ import annotations

import re

import pytest

from tests.service.api.conftest import SEEKER, SUPPORTER


def test_a_new_member_is_created_and_read_back_complete(harbour):
    created = harbour.put("/v1/members/m-1", SEEKER)

    assert created.status_code == 201
    assert created.headers["ETag"] == '"v1"'
    assert created.json["member_id"] == "m-1"
    assert created.json["version"] == 1
    assert created.json["waiting_since"] == "2026-11-23"
    assert created.json["pace"] == "flexible"
    assert created.json["seeker"]["session_minutes"] == 30
    assert created.json["supporter"] is None
    assert harbour.get("/v1/members/m-1").json == created.json


def test_a_second_put_replaces_the_whole_profile(harbour):
    harbour.put("/v1/members/m-1", {**SEEKER, "interests": ["chess"]})

    replaced = harbour.put("/v1/members/m-1", {**SEEKER, "pace": "weekly"})

    assert replaced.status_code == 200
    assert replaced.headers["ETag"] == '"v2"'
    assert replaced.json["pace"] == "weekly"
    assert replaced.json["interests"] == []


def test_the_same_put_again_changes_nothing(harbour):
    harbour.put("/v1/members/m-1", SEEKER)

    again = harbour.put("/v1/members/m-1", SEEKER)

    assert (again.status_code, again.headers["ETag"]) == (200, '"v1"')


def test_a_put_with_a_stale_version_loses_and_changes_nothing(harbour):
    harbour.put("/v1/members/m-1", SEEKER)
    harbour.put("/v1/members/m-1", {**SEEKER, "pace": "weekly"})

    lost = harbour.put("/v1/members/m-1", {**SEEKER, "pace": "monthly"}, headers={"If-Match": '"v1"'})

    assert lost.status_code == 412
    assert lost.json["code"] == "stale_version"
    assert harbour.get("/v1/members/m-1").json["pace"] == "weekly"


@pytest.mark.parametrize("tag", ['"v1"', 'W/"v1"', '"v1:gzip"', '"v9", "v1"', "*"])
def test_a_put_with_the_present_version_wins_however_the_tag_travelled(harbour, tag):
    harbour.put("/v1/members/m-1", SEEKER)

    assert harbour.put("/v1/members/m-1", {**SEEKER, "pace": "weekly"}, headers={"If-Match": tag}).status_code == 200


@pytest.mark.parametrize("tag", ['"v1"', "*", '"something"', "v1x"])
def test_a_put_that_expects_a_version_of_nobody_is_refused(harbour, tag):
    refused = harbour.put("/v1/members/m-1", SEEKER, headers={"If-Match": tag})

    assert (refused.status_code, refused.json["code"]) == (412, "stale_version")
    assert harbour.get("/v1/members/m-1").status_code == 404


def test_if_none_match_star_creates_and_never_replaces(harbour):
    assert harbour.put("/v1/members/m-1", SEEKER, headers={"If-None-Match": "*"}).status_code == 201
    refused = harbour.put("/v1/members/m-1", SUPPORTER, headers={"If-None-Match": "*"})
    assert (refused.status_code, refused.json["detail"]) == (412, "cannot save this member: expected none yet, found 1")
    assert harbour.get("/v1/members/m-1").json["supporter"] is None


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-None-Match": '"v1"'}, 412),
        ({"If-None-Match": 'W/"v1:gzip", "v7"'}, 412),
        ({"If-None-Match": '"v7"'}, 200),
        ({"If-Match": '"v1"', "If-None-Match": '"v7"'}, 200),
        ({"If-Match": '"v7"', "If-None-Match": '"v8"'}, 412),
        ({"If-Match": "*", "If-None-Match": "*"}, 412),
        ({"If-Match": '"v1", "v2"'}, 200),
        ({"If-Match": '"v2", "v3"'}, 412),
        ({"If-Match": "no tag of ours"}, 412),
        ({"If-Match": ""}, 412),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_conditions_hold_on_every_call_that_changes_a_member(harbour, method, headers, status):
    harbour.put("/v1/members/m-1", SEEKER)
    body = {"PUT": SUPPORTER, "PATCH": {"pace": "weekly"}, "DELETE": None}[method]

    answer = harbour.call(method, "/v1/members/m-1", json=body, headers=headers)

    assert answer.status_code == (204 if status == 200 and method == "DELETE" else status), answer.json
    if status == 412:
        assert answer.json["code"] == "stale_version"
        assert answer.json["detail"].endswith("found 1")
        assert harbour.get("/v1/members/m-1").json["version"] == 1


def test_both_conditions_cannot_hold_where_there_is_none(harbour):
    refused = harbour.put("/v1/members/m-1", SEEKER, headers={"If-Match": "*", "If-None-Match": "*"})

    assert (refused.status_code, harbour.get("/v1/members/m-1").status_code) == (412, 404)


def test_whoever_has_the_newest_version_is_answered_304(harbour):
    harbour.put("/v1/members/m-1", SEEKER)

    same = harbour.get("/v1/members/m-1", headers={"If-None-Match": '"v1"'})

    assert (same.status_code, same.data) == (304, b"")
    assert harbour.get("/v1/members/m-1", headers={"If-None-Match": '"v2"'}).status_code == 200


def test_head_answers_like_get_without_a_body(harbour):
    harbour.put("/v1/members/m-1", SEEKER)

    head = harbour.call("HEAD", "/v1/members/m-1")

    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", '"v1"')


def test_a_deleted_member_is_gone(harbour):
    harbour.put("/v1/members/m-1", SEEKER)

    deleted = harbour.delete("/v1/members/m-1")

    assert (deleted.status_code, deleted.data) == (204, b"")
    assert harbour.get("/v1/members/m-1").status_code == 404
    assert harbour.delete("/v1/members/m-1").json["code"] == "member_not_found"


def test_a_delete_with_a_stale_version_leaves_the_member(harbour):
    harbour.put("/v1/members/m-1", SEEKER)

    assert harbour.delete("/v1/members/m-1", headers={"If-Match": '"v7"'}).status_code == 412
    assert harbour.get("/v1/members/m-1").status_code == 200


def test_the_list_is_read_page_by_page_along_its_links(harbour):
    for number in range(5):
        harbour.put(f"/v1/members/m-{number}", SEEKER)

    first = harbour.get("/v1/members?limit=2")
    found = [member["member_id"] for member in first.json["members"]]
    link = first.headers["Link"]
    while link:
        assert re.fullmatch(r'</v1/members\?[^>]+>; rel="next"', link)
        page = harbour.get(link[1 : link.index(">")])
        found += [member["member_id"] for member in page.json["members"]]
        link = page.headers.get("Link")

    assert found == ["m-0", "m-1", "m-2", "m-3", "m-4"]
    assert page.json["next"] is None


def test_the_list_is_narrowed_by_role_and_status(harbour, pair):
    harbour.put("/v1/members/paused-1", {**SEEKER, "status": "paused"})

    def ids(query):
        return [member["member_id"] for member in harbour.get(f"/v1/members?{query}").json["members"]]

    assert ids("role=seeker") == ["paused-1", "seeker-1"]
    assert ids("role=supporter") == ["supporter-1"]
    assert ids("status=paused") == ["paused-1"]
    assert ids("role=seeker&status=active") == ["seeker-1"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=two", "limit"),
        ("role=driver", "role"),
        ("status=asleep", "status"),
        ("rolle=seeker", "rolle"),
        ("role=seeker&role=supporter", "role"),
        ("limit=%20", "limit"),
        ("after=", "after"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(harbour, query, parameter):
    refused = harbour.get(f"/v1/members?{query}")

    assert (refused.status_code, refused.json["code"]) == (422, "invalid_input")
    assert [error["parameter"] for error in refused.json["errors"]] == [parameter]


def test_a_cursor_that_is_none_is_refused(harbour):
    refused = harbour.get("/v1/members?after=%00%7C%7C")

    assert refused.status_code == 422


def test_another_platforms_member_is_like_one_that_never_was(harbour, outsider):
    harbour.put("/v1/members/m-1", SEEKER)

    theirs = outsider.get("/v1/members/m-1")
    nobodys = outsider.get("/v1/members/m-2")

    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert {**theirs.json, "request_id": ""} == {**nobodys.json, "request_id": ""}
    assert outsider.delete("/v1/members/m-1").status_code == 404
    assert outsider.get("/v1/members").json["members"] == []
    assert outsider.put("/v1/members/m-1", SUPPORTER).status_code == 201
    assert harbour.get("/v1/members/m-1").json["supporter"] is None


def test_somebody_without_a_supporter_says_whether_they_would_like_another(harbour, pair):
    seeker_id, supporter_id = pair

    kept = harbour.put(f"/v1/members/{seeker_id}/looking", {"looking": False})

    assert (kept.status_code, kept.json) == (
        200,
        {"member_id": seeker_id, "search": "not_now", "recovering_until": None},
    )
    assert harbour.put(f"/v1/members/{seeker_id}/looking", {"looking": True}).json["search"] == "looking"
    assert harbour.put(f"/v1/members/{supporter_id}/looking", {"looking": True}).json["code"] == "not_a_seeker"
    assert harbour.put("/v1/members/nobody/looking", {"looking": True}).status_code == 404
    assert harbour.put(f"/v1/members/{seeker_id}/looking", {"looking": "yes"}).status_code == 422


def test_an_outsider_keeps_nothing_about_somebody_elses_member(outsider, pair):
    assert outsider.put(f"/v1/members/{pair[0]}/looking", {"looking": False}).status_code == 404
