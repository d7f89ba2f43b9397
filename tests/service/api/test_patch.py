"""Changing parts of a profile by a merge patch: RFC 7396, ETags, and what is refused."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.usecases import patching
from tests.service.api.conftest import SEEKER, SUPPORTER

PATCH = {"Content-Type": "application/merge-patch+json"}


def patch(caller, body, member_id="m-1", **headers):
    return caller.call("PATCH", f"/v1/members/{member_id}", data=json.dumps(body), headers={**PATCH, **headers})


@pytest.fixture
def member(harbour):
    created = harbour.put("/v1/members/m-1", {**SEEKER, "interests": ["chess"], "gender": "woman"})
    return created.json


def profile_of(answer):
    service_owned = ("version", "created_at", "updated_at")
    return {name: value for name, value in answer.json.items() if name not in service_owned}


def test_only_what_is_named_changes_and_null_gives_the_default_back(harbour, member):
    changed = patch(harbour, {"gender": None, "pace": "weekly", "interests": ["gardening"]})

    assert (changed.status_code, changed.headers["ETag"]) == (200, '"v2"')
    assert changed.json == {
        **member,
        "gender": None,
        "pace": "weekly",
        "interests": ["gardening"],
        "version": 2,
        "updated_at": changed.json["updated_at"],
    }
    assert harbour.get("/v1/members/m-1").json == changed.json


def test_objects_are_merged_and_a_side_can_be_added_and_taken_away(harbour, member):
    patch(harbour, {"seeker": {"session_minutes": 60}, "supporter": {"capacity": 3}})

    both = harbour.get("/v1/members/m-1").json
    assert (both["seeker"]["topics"], both["seeker"]["session_minutes"]) == (["bereavement"], 60)
    assert both["supporter"]["capacity"] == 3
    assert patch(harbour, {"supporter": None}).json["supporter"] is None


def test_a_patch_is_worth_what_a_put_of_the_whole_would_be(harbour, member):
    """Against the algorithm of RFC 7396, written here from its text."""

    def applied(target, change):
        if not isinstance(change, dict):
            return change
        target = dict(target) if isinstance(target, dict) else {}
        for name, value in change.items():
            if value is None:
                target.pop(name, None)
            else:
                target[name] = applied(target.get(name), value)
        return target

    whole = {**SEEKER, "interests": ["chess"], "gender": "woman"}
    for change in (
        {"pace": "monthly", "seeker": {"session_minutes": 45, "topics": None}},
        {"consent": {"matching": False, "text_version": "2027-01"}},
        {"location": {"latitude": 53.48, "longitude": -2.24, "radius_km": 10}},
        {"location": {"radius_km": 3}, "supporter": {"weekly_minutes": 90}},
        {"location": None, "preferred_age_bands": ["25-34"], "seeker": None},
    ):
        whole = applied(whole, change)
        assert patch(harbour, change).status_code == 200, change
        harbour.put("/v1/members/twin", whole)
        twin = {**profile_of(harbour.get("/v1/members/twin")), "member_id": "m-1"}
        # Taken once, when a member is first seen as a seeker: the twin's own.
        assert profile_of(harbour.get("/v1/members/m-1")) == {**twin, "waiting_since": member["waiting_since"]}


def test_a_patch_that_says_nothing_new_changes_nothing(harbour, member):
    for same in ({}, {"interests": ["chess"]}, {"location": None}, {"seeker": {}}):
        assert patch(harbour, same).json == member


@pytest.mark.parametrize(
    ("change", "pointer", "said"),
    [
        ({"pace": "hourly"}, "#/pace", "must be one of"),
        ({"languages": None}, "#/languages", "must not be null"),
        ({"consent": {"matching": None}}, "#/consent/matching", "must not be null"),
        ({"seeker": {"session_minutes": 20}}, "#/seeker/session_minutes", "must be one of"),
        ({"favourite_colour": "blue"}, "#/favourite_colour", "is not a known field"),
        ({"version": 3}, "#/version", "is set by the service"),
        ([], "#", "must be an object"),
        (None, "#", "must be an object"),
    ],
)
def test_a_patch_that_can_never_be_used_is_refused_by_field(harbour, member, change, pointer, said):
    refused = patch(harbour, change)

    assert (refused.status_code, refused.json["code"]) == (422, "invalid_input")
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]
    assert said in refused.json["errors"][0]["detail"]
    assert harbour.get("/v1/members/m-1").json == member


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"seeker": None}, "#/seeker"),
        ({"paused_until": "2027-01-11"}, "#/paused_until"),
        ({"location": {"radius_km": 3}}, "#/location/latitude"),
        ({"labels": {"site": "north"}}, "#/labels/site"),
    ],
)
def test_a_patch_that_does_not_fit_the_rest_is_a_conflict_that_names_the_field(harbour, member, change, pointer):
    refused = patch(harbour, change)

    assert (refused.status_code, refused.json["code"]) == (409, "does_not_fit")
    assert pointer in [error["pointer"] for error in refused.json["errors"]]
    assert harbour.get("/v1/members/m-1").json == member


def test_if_match_is_held(harbour, member):
    assert patch(harbour, {"pace": "weekly"}, **{"If-Match": '"v7"'}).status_code == 412
    assert patch(harbour, {"pace": "weekly"}, **{"If-Match": '"v1"'}).json["version"] == 2
    assert patch(harbour, {"pace": "weekly"}, **{"If-Match": '"v1"'}).status_code == 412
    assert patch(harbour, {"pace": "weekly"}, **{"If-Match": "*"}).status_code == 200


def test_nobody_is_made_by_a_patch(harbour, outsider, member):
    assert patch(harbour, SUPPORTER, member_id="m-2").status_code == 404
    assert patch(outsider, {"pace": "weekly"}).status_code == 404


@pytest.mark.parametrize("content_type", ["application/json-patch+json", "text/plain", ""])
def test_another_kind_of_patch_is_refused_and_told_which_are_taken(harbour, member, content_type):
    refused = harbour.call("PATCH", "/v1/members/m-1", data=b"{}", headers={"Content-Type": content_type})

    assert refused.status_code == 415
    assert refused.headers["Accept-Patch"] == "application/merge-patch+json, application/json"
    taken = harbour.call("PATCH", "/v1/members/m-1", data=b"{}", headers={"Content-Type": "application/json"})
    assert taken.status_code == 200


def test_a_pause_and_a_withdrawn_consent_are_taken_though_the_policy_gave_up_a_label(harbour):
    site = {"labels": [{"name": "site", "type": "string", "allowed": ["north"]}]}
    harbour.put("/v1/policy", site, headers={"If-Match": '"v1"'})
    harbour.put("/v1/members/m-1", {**SEEKER, "labels": {"site": "north"}})
    harbour.put("/v1/policy", {}, headers={"If-Match": '"v2"'})

    withdrawn = patch(harbour, {"consent": {"matching": False}})

    assert (withdrawn.status_code, withdrawn.json["consent"]["matching"]) == (200, False)
    assert withdrawn.json["labels"] == {"site": "north"}
    assert patch(harbour, {"labels": {"site": "south"}}).status_code == 409
    assert patch(harbour, {"labels": {"site": None}}).json["labels"] == {}


def test_two_patches_at_once_are_both_kept(app, store, harbour, member):
    """Each changes a field of its own, many times: no change of the other one is lost."""

    def change(field, values):
        for value in values:
            patching.patch_member(
                store, "harbour", member_id="m-1", patch={field: [value]}, now=app.extensions["alongside_clock"].now()
            )

    with ThreadPoolExecutor(2) as both:
        writers = [
            both.submit(change, field, [f"{field[:5]}{number}" for number in range(15)])
            for field in ("interests", "avoid_topics")
        ]
        for writer in writers:
            writer.result()

    found = harbour.get("/v1/members/m-1").json
    assert (found["interests"], found["avoid_topics"], found["version"]) == (["inter14"], ["avoid14"], 31)
