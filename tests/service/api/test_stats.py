"""Statistics over HTTP."""

from datetime import UTC, datetime

from service.records.check_in import CheckIn, HowOften
from service.records.codec import put_of
from service.records.match import ActorRole
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
    for number, (felt, sums) in enumerate((("often_or_always", [3, 3, 3]), ("never", [1, 1, 1]))):
        said = CheckIn(
            f"checkin_{number}",
            match.match_id,
            ActorRole.SEEKER,
            match.seeker_id,
            datetime(2026, 11, 1 + number, tzinfo=UTC),
            ucla3=tuple(sums),
            feels_lonely=HowOften(felt),
        )
        store.commit("harbour", Changes(puts=(put_of(said, expected_version=0),)))
    told = harbour.get(path).json
    assert (told["ucla3_change"], told["de_jong_gierveld_change"]) == (-6, None)
    assert told["felt_lonely"] == {"first": "often_or_always", "last": "never"}
    assert told["answers"][0]["ucla3_sum"] == 9
    assert outsider.get(path).status_code == 404
