"""Tasks: what it means that one is done."""

from __future__ import annotations

from datetime import timedelta

from service.records.task import TaskKind
from service.usecases.members import get_member
from service.usecases.tasks import list_open, mark_done
from tests.service.usecases.acting import act, active
from tests.service.usecases.cast import NOW, P


def test_once_somebody_has_looked_after_a_death_the_other_one_is_no_longer_left_in_silence(cast):
    act(cast, active(cast, "ada", "ben"), "end", reason="died")
    (task,) = list_open(cast, P, of=(TaskKind.CARE,)).records
    assert get_member(cast, P, member_id="ada").care.is_quiet

    mark_done(cast, P, task_id=task.task_id, of=tuple(TaskKind), by="c-1", now=NOW + timedelta(days=1))

    assert not get_member(cast, P, member_id="ada").care.is_quiet
    assert list_open(cast, P).records == ()


def test_somebody_whose_match_ends_is_among_those_without_a_supporter(cast):
    act(cast, active(cast, "ada", "ben"), "end", reason="supporter_left")

    assert [task.subject for task in list_open(cast, P, of=(TaskKind.WITHOUT_SUPPORTER,)).records] == ["ada"]
