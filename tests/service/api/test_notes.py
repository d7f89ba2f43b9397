"""Notes over HTTP."""

from service.records import Scope
from service.records.codec import put_of
from service.storage.store import Changes
from tests.service.usecases.proposals import blank


def test_a_note_is_written_read_and_taken_back(harbour, outsider, store, pair):
    match = blank(*pair, run_id="")
    store.commit("harbour", Changes(puts=(put_of(match, expected_version=0),)))
    path = f"/v1/matches/{match.match_id}/notes"

    written = harbour.post(path, {"text": "Prefers mornings.\nCalls back."})
    (read,) = harbour.get(path).json["notes"]

    assert (written.status_code, {**written.json, "text": read["text"]}) == (201, read)
    assert read["text"] == "Prefers mornings.\nCalls back."
    assert outsider.get(path).status_code == 404
    assert outsider.delete(f"{path}/{read['note_id']}").status_code == 404
    assert harbour.delete(f"{path}/{read['note_id']}").status_code == 204
    assert harbour.get(path).json["notes"] == []
    assert harbour.delete(f"{path}/{read['note_id']}").json["code"] == "note_not_found"


def test_a_note_is_short_and_says_something(harbour, store, pair):
    match = blank(*pair, run_id="")
    store.commit("harbour", Changes(puts=(put_of(match, expected_version=0),)))

    for text in ("", " ", "x" * 501, 7, "a\x00b"):
        refused = harbour.post(f"/v1/matches/{match.match_id}/notes", {"text": text})
        assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "#/text")


def test_notes_are_for_those_who_review(caller_with, harbour, store, pair):
    match = blank(*pair, run_id="")
    store.commit("harbour", Changes(puts=(put_of(match, expected_version=0),)))
    others = caller_with("harbour", scopes=[scope for scope in Scope if scope is not Scope.REVIEW])

    assert others.get(f"/v1/matches/{match.match_id}/notes").status_code == 403
