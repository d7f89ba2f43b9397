"""Talks with supporters: one for each of them every six weeks, however many matches they have."""

import pytest

from service.records.task import TaskKind
from service.usecases.members import put_members
from service.usecases.rounds.supervising import SUPERVISING
from service.usecases.tasks import list_open, mark_done
from tests.service.usecases.acting import act, active
from tests.service.usecases.cast import NOW, P, seeker, supporter
from tests.service.usecases.rounds.conftest import DAY, go_round, tasks


@pytest.fixture
def busy(store):
    """A supporter with three places."""
    people = (supporter("ben", capacity=3), *(seeker(name) for name in ("ada", "amy", "eve")))
    put_members(store, P, profiles=people, now=NOW)
    return store


def do_it(store, day):
    for task in list_open(store, P, of=(TaskKind.SUPERVISION,)).records:
        mark_done(store, P, task_id=task.task_id, of=tuple(TaskKind), by="c-1", now=NOW + day * DAY)


def days_of_talks(store, days):
    """Go through these days, doing each task the day after it comes up; give the days on which one did."""
    found = []
    for day in days:
        before = len(tasks(store, TaskKind.SUPERVISION, is_open=False))
        go_round(store, NOW + day * DAY, SUPERVISING)
        if len(tasks(store, TaskKind.SUPERVISION, is_open=False)) > before:
            found.append(day)
        elif tasks(store, TaskKind.SUPERVISION):
            do_it(store, day)
    return found


def test_a_supporter_of_three_is_talked_with_as_often_as_one_of_one(busy):
    for number, name in enumerate(("ada", "amy", "eve")):
        active(busy, name, "ben", now=NOW + 5 * number * DAY)

    assert days_of_talks(busy, range(11, 130)) == [42, 84, 126]
    assert {about for about, _ in tasks(busy, TaskKind.SUPERVISION, is_open=False)} == {"ben"}


def test_it_goes_on_counting_when_the_first_of_their_matches_ends(busy):
    first = active(busy, "ada", "ben")
    active(busy, "amy", "ben", now=NOW + 20 * DAY)
    before = days_of_talks(busy, range(50))
    act(busy, first, "end", reason="goal_reached", now=NOW + 50 * DAY)

    assert (before, days_of_talks(busy, range(50, 90))) == ([42], [84])


def test_nobody_without_a_match_is_asked_to_talk(busy):
    match = active(busy, "ada", "ben")
    act(busy, match, "end", reason="goal_reached", now=NOW + 10 * DAY)

    assert days_of_talks(busy, range(10, 100)) == []


def test_one_that_is_not_done_is_not_asked_for_again(busy):
    active(busy, "ada", "ben")

    for day in range(0, 200, 2):
        go_round(busy, NOW + day * DAY, SUPERVISING)

    assert tasks(busy, TaskKind.SUPERVISION, is_open=False) == [("ben", "")]
