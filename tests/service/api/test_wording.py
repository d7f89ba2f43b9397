"""A platform's own words and messages over HTTP."""

from service.records import Scope
from service.records.codec import put_of
from service.storage.store import Changes
from service.usecases import keys
from service.usecases.platforms import create_platform
from tests.service.api.conftest import NOW, Caller
from tests.service.usecases.proposals import blank


def test_every_text_there_is_can_be_read(harbour):
    answer = harbour.get("/v1/wording").json

    assert answer["languages"] == ["en"]
    assert {"event": "match.active", "audience": "seeker"}.items() <= next(
        text.items() for text in answer["texts"] if text["event"] == "match.active"
    )
    assert {placeholder["name"] for placeholder in answer["placeholders"]} >= {"name", "other", "signposting"}


def test_own_words_are_kept_under_the_usual_tag_and_read_back(harbour):
    body = {"signposting": "Ligue 112.", "texts": {"match.active": {"seeker": "Olá {name}!\nAté já."}}}

    saved = harbour.put("/v1/wording/PT-br", body)
    read = harbour.get("/v1/wording/pt-BR")

    assert (saved.status_code, saved.headers["ETag"]) == (200, '"v1"')
    assert read.json | {"updated_at": ""} == {"language": "pt-BR", "updated_at": "", **body}
    assert harbour.put("/v1/wording/pt-BR", body, headers={"If-Match": '"v7"'}).status_code == 412


def test_what_cannot_be_used_is_named(harbour):
    refused = harbour.put("/v1/wording/en", {"texts": {"match.active": {"seeker": "Hello {nmae}"}}})

    assert (refused.status_code, refused.json["code"]) == (422, "invalid_wording")
    assert refused.json["errors"][0]["pointer"] == "#/texts/match.active/seeker"
    assert "match.active for seeker" in refused.json["errors"][0]["detail"]
    assert harbour.put("/v1/wording/xx-nowhere", {"signposting": "x"}).status_code == 422
    assert harbour.get("/v1/wording/de").json["code"] == "wording_not_found"
    assert harbour.put("/v1/wording/en", {"signposting": "a\x00b"}).status_code == 422
    assert harbour.put("/v1/wording/en", {"signposting": "x" * 1001}).status_code == 422


def test_a_first_run_is_refused_before_it_is_said_where_help_is(app, store):
    create_platform(store, platform_id="silent", name="Silent", now=NOW)
    _, key = keys.create_key(store, "silent", name="test", scopes=tuple(Scope), now=NOW)
    silent = Caller(app.test_client(), key)

    refused = silent.post("/v1/runs", {})

    assert (refused.status_code, refused.json["code"]) == (409, "signposting_missing")
    assert silent.post("/v1/runs", {"dry_run": True}).status_code == 202
    assert silent.put("/v1/wording/en", {"signposting": "Call 112."}).status_code == 200


def test_messages_of_a_match_and_of_a_member(harbour, outsider, store, pair):
    match = blank(*pair, run_id="")
    store.commit("harbour", Changes(puts=(put_of(match, expected_version=0),)))
    path = f"/v1/matches/{match.match_id}/messages"
    harbour.post(f"/v1/matches/{match.match_id}/actions", {"action": "approve"})

    (message,) = harbour.get(path).json["messages"]

    assert (message["event"], message["audience"], message["member_id"]) == ("match.offered", "supporter", pair[1])
    assert harbour.get(f"{path}?event=match.supporter_reminder").json["messages"][0]["language"] == "en"
    assert harbour.get(f"{path}?event=match.nothing").status_code == 422
    assert (
        harbour.get("/v1/members/seeker-1/messages?event=member.held").json["messages"][0]["text"].endswith("Call 112.")
    )
    assert harbour.get("/v1/members/seeker-1/messages").status_code == 422
    assert outsider.get(path).status_code == 404
    assert outsider.get("/v1/members/seeker-1/messages?event=member.held").status_code == 404
