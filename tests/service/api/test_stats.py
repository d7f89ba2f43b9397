"""Statistics over HTTP."""

from service.records.codec import put_of
from service.storage.store import Changes
from tests.service.usecases.proposals import blank


def test_an_empty_platform_says_that_there_is_not_enough_data(harbour):
    answer = harbour.get("/v1/stats").json

    assert answer["seekers"] == {"total": 0, "parts": {"active": 0, "paused": 0}}
    assert answer["outcomes"]["all_pairs"] is None
    assert answer["outcomes"]["ucla3"]["change"] is None
    assert "regression to the mean" in answer["outcomes"]["ucla3"]["caveat"]


def test_few_people_are_no_number(harbour, outsider, pair):
    assert harbour.get("/v1/stats").json["seekers"] == {"total": None, "parts": {"active": None, "paused": 0}}
    assert outsider.get("/v1/stats").json["seekers"]["total"] == 0


def test_what_somebody_answered_is_for_those_who_review(harbour, outsider, store, pair):
    match = blank(*pair, run_id="")
    store.commit("harbour", Changes(puts=(put_of(match, expected_version=0),)))
    path = f"/v1/matches/{match.match_id}/measures"

    assert harbour.get(path).json["answers"] == []
    assert outsider.get(path).status_code == 404
