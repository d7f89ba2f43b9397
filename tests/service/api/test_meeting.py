"""The card each of the two may see, and when they could meet, over HTTP."""

from __future__ import annotations

import pytest
from icalendar import Calendar

from service.aliases import alias_of
from service.records import Scope
from tests.service.api.conftest import SEEKER, SUPPORTER
from tests.service.api.test_proposing import propose

CANARIES = {
    "preferred_age_bands": ["25-34", "35-44"],
    "gender_preference": ["woman", "non_binary"],
    "gender": "non_binary",
    "access": ["step_free"],
    "location": {"latitude": 12.34, "longitude": 56.78, "radius_km": 77},
}
ONE = {
    **SEEKER,
    **CANARIES,
    "languages": ["pl", "en"],
    "interests": ["chess", "canary-hobby-1"],
    "avoid_topics": ["canary-boundary-1"],
    "modes": ["text", "video"],
    "pace": "monthly",
    "labels": {"site": "canary-label"},
    "seeker": {
        "topics": ["bereavement", "canary-topic-1"],
        "session_minutes": 45,
        "required_training": ["canary-training"],
        "waiting_since": "2026-01-13",
        "measures": {"ucla3": [3, 2, 3], "taken_at": "2026-01-14"},
    },
}
OTHER = {
    **SUPPORTER,
    **CANARIES,
    "languages": ["en", "de"],
    "timezone": "Europe/Warsaw",
    "interests": ["chess", "canary-hobby-2"],
    "avoid_topics": ["canary-boundary-2"],
    "modes": ["voice", "text"],
    "pace": "fortnightly",
    "labels": {"site": "canary-label"},
    "supporter": {
        "topics": ["bereavement", "canary-topic-2"],
        "training": ["canary-training"],
        "capacity": 37,
        "weekly_minutes": 2999,
        "commitment_weeks": 51,
        "clearances": [{"kind": "canary-clearance", "scope": ["adults"], "valid_until": "2031-01-02"}],
    },
}
HIDDEN = (
    "canary", "35-44", "25-34", "woman", "non_binary", "step_free", "12.34", "56.78", "77", "45", "2026-01", "37",
    "2999", "51", "2031", "video", "voice", "pl", "de", "score", "points", "thin", "explanation", "history", "reason",
    "person-one", "person-two",
)  # fmt: skip


@pytest.fixture
def match(harbour):
    """A proposal of two people with something in every field of their profiles."""
    policy = harbour.get("/v1/policy")
    labels = {**policy.json, "labels": [{"name": "site", "type": "string", "allowed": ["canary-label"]}]}
    labels.pop("version")
    assert harbour.put("/v1/policy", labels, headers={"If-Match": policy.headers["ETag"]}).status_code == 200
    for member_id, profile in (("person-one", ONE), ("person-two", OTHER)):
        made = harbour.put(f"/v1/members/{member_id}", profile)
        assert made.status_code == 201, made.json
    return propose(harbour, "person-one", "person-two").headers["Location"]


def test_a_card_says_what_both_share_by_its_readers_own_clock(harbour, match):
    card = harbour.get(f"{match}/card?audience=seeker").json

    assert card == {
        "match_id": match.rpartition("/")[2],
        "audience": "seeker",
        "alias": alias_of("person-two"),
        "languages": ["en"],
        "interests": ["chess"],
        "topics": ["bereavement"],
        "pace": "fortnightly",
        "modes": ["text"],
        "timezone": "Europe/London",
        "times": [{"day": "mon", "start": "18:00", "end": "20:00"}],
    }
    theirs = harbour.get(f"{match}/card?audience=supporter").json
    assert (theirs["alias"], theirs["pace"]) == (alias_of("person-one"), "monthly")
    assert theirs["times"] == [{"day": "mon", "start": "19:00", "end": "21:00"}]
    assert theirs["topics"] == ["bereavement"]


@pytest.mark.parametrize("audience", ["seeker", "supporter"])
def test_a_card_holds_nothing_of_all_the_rest(harbour, match, audience):
    card = harbour.get(f"{match}/card?audience={audience}").json
    card.pop("match_id")

    assert [word for word in HIDDEN if word in _words_of(card)] == []
    assert _words_of(ONE | OTHER) >= {"canary-boundary-2", "woman", "2999"}, "the search finds what is there"


def _words_of(part):
    """Every key and value of a JSON document, and every part of one between dashes or colons."""
    if isinstance(part, dict):
        return {word for pair in part.items() for each in pair for word in _words_of(each)}
    if isinstance(part, list):
        return {word for each in part for word in _words_of(each)}
    text = str(part)
    return {text, *text.split("-"), *text.split(":")}


@pytest.mark.parametrize("query", ["", "?audience=coordinator", "?audience=seeker&score=1"])
def test_a_card_is_for_one_of_the_two(harbour, match, query):
    assert harbour.get(f"{match}/card{query}").status_code == 422


def test_nothing_is_shown_of_a_match_that_is_over(harbour, match):
    harbour.post(f"{match}/actions", {"action": "reject", "reason": "not_now"})

    for path in ("card?audience=seeker", "suggested-times", "suggested-times.ics"):
        refused = harbour.get(f"{match}/{path}")
        assert (refused.status_code, refused.json["code"]) == (409, "match_is_over")


def test_the_next_times_are_suggested_by_both_clocks(harbour, match):
    suggested = harbour.get(f"{match}/suggested-times?limit=2")

    assert suggested.json["times"] == [
        {
            "start": f"2026-11-{day}T18:00:00Z",
            "end": f"2026-11-{day}T18:45:00Z",
            "seeker_local": f"2026-11-{day}T18:00+00:00",
            "supporter_local": f"2026-11-{day}T19:00+01:00",
        }
        for day in (23, 30)
    ]
    assert harbour.get(f"{match}/suggested-times?limit=51").status_code == 422


def test_the_calendar_file_says_the_same_and_names_nobody(harbour, match):
    by_suffix = harbour.get(f"{match}/suggested-times.ics?limit=2")
    by_accept = harbour.get(f"{match}/suggested-times?limit=2", headers={"Accept": "text/calendar"})

    assert by_suffix.headers["Content-Type"] == "text/calendar; charset=utf-8; method=PUBLISH"
    assert by_accept.data == by_suffix.data
    assert [event["DTSTART"].dt.day for event in Calendar.from_ical(by_suffix.data).walk("VEVENT")] == [23, 30]
    assert b"person" not in by_suffix.data
    assert alias_of("person-one").encode() not in by_suffix.data


def test_another_platform_sees_neither(outsider, caller_with, harbour, match):
    without = caller_with("harbour", set(Scope) - {Scope.MATCHES_READ, Scope.MATCHES_RESPOND})

    for path in ("card?audience=seeker", "suggested-times", "suggested-times.ics"):
        assert outsider.get(f"{match}/{path}").status_code == 404
        assert without.get(f"{match}/{path}").status_code == 403
        assert harbour.get(f"{match}/{path}").status_code == 200
