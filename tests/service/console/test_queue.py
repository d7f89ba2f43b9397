from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from service.console.queue import page_of, place_of
from service.records.match import Match, MatchState
from service.usecases.reviewing import SortedQueue, Waiting

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def _waiting(name: str, since: date | None, **more: object) -> Waiting:
    match = Match(f"match_{name}", "run_1", f"s-{name}", f"p-{name}", MatchState.PROPOSED, 5000, False, NOW, NOW)
    return Waiting(replace(match, **more), since)  # type: ignore[arg-type]


FIRST = _waiting("c", date(2026, 9, 1))
SECOND = _waiting("a", date(2026, 10, 1))
THIRD = _waiting("b", date(2026, 10, 1))
QUEUE = (FIRST, SECOND, THIRD)


def test_the_next_pair_is_the_one_behind() -> None:
    place = place_of(FIRST, SortedQueue(QUEUE))

    assert (place.number, place.total, place.next_match_id) == (1, 3, "match_a")


def test_after_the_last_pair_come_those_left_for_later() -> None:
    place = place_of(THIRD, SortedQueue(QUEUE))

    assert (place.number, place.next_match_id) == (3, "match_c")


def test_after_a_decided_pair_comes_the_one_that_stood_behind_it() -> None:
    place = place_of(SECOND, SortedQueue((FIRST, THIRD)))

    assert (place.number, place.total, place.next_match_id) == (None, 2, "match_b")


def test_after_the_only_pair_comes_nothing() -> None:
    assert place_of(FIRST, SortedQueue((FIRST,))).next_match_id is None


def test_a_pair_whose_seeker_has_gone_waits_from_the_day_it_was_proposed() -> None:
    gone = _waiting("d", None)

    assert place_of(THIRD, SortedQueue((*QUEUE, gone))).next_match_id == "match_d"


def test_a_page_number_outside_the_queue_gives_the_nearest_page() -> None:
    queue = SortedQueue([_waiting(f"{number:02}", date(2026, 9, 1)) for number in range(21)])

    assert [page_of(queue, page=page, today=NOW.date()).page for page in (-1, 0, 1, 2, 3)] == [1, 1, 1, 2, 2]
    assert page_of(queue, page=2, today=NOW.date()).start == 21
    assert len(page_of(queue, page=2, today=NOW.date()).entries) == 1


def test_a_line_names_what_the_two_have_in_common_or_else_what_earned_points() -> None:
    factors = [
        {"key": "topics", "title": "Topics", "points": 9, "most": 9, "evidence": ["new_parent", "b"], "phrase": ""},
        {"key": "interests", "title": "Interests", "points": 9, "most": 9, "evidence": ["c", "d"], "phrase": ""},
    ]
    shared = _waiting("x", None, explanation={"factors": factors})
    pace = {"key": "pace", "title": "Pace", "points": 9, "most": 9, "evidence": ["weekly"], "phrase": ""}
    points = _waiting("y", None, explanation={"factors": [pace]})
    nothing = _waiting("z", None)

    page = page_of(SortedQueue((shared, points, nothing)), page=1, today=NOW.date())

    assert [entry.summary for entry in page.entries] == [
        "In common: new parent, b, c and 1 more",
        "Mostly pace",
        "Nothing in common on paper",
    ]
