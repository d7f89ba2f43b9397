"""Who looks after a match and its tasks: taken with an approval, given on, laid down; of two one comes first."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service.errors import InvalidInput, NotFound, StaleVersion
from service.records.codec import put_of
from service.records.coordinator import Coordinator, Role
from service.records.match import Actor, ActorRole, MatchState
from service.records.task import CoordinatorTask, TaskKind
from service.storage.store import Changes, Store
from service.usecases.matches import list_matches
from service.usecases.owners import NOBODY, give_match, give_task
from service.usecases.tasks import list_open, mark_done
from service.usecases.work import Work
from tests.service.usecases.acting import act, active, as_it_is, at_once, offered
from tests.service.usecases.cast import NOW, OTHER, P
from tests.service.usecases.proposals import propose

ANA, LEO = "c-ana", "c-leo"
BY_ANA = Actor(ActorRole.COORDINATOR, ANA)


@pytest.fixture
def team(cast: Store) -> Store:
    """The cast's platform with two coordinators, and one of another platform."""
    for scope, coordinator_id in ((P, ANA), (P, LEO), (OTHER, "c-stranger")):
        known = Coordinator(coordinator_id, coordinator_id, Role.COORDINATOR, "$argon2id$x", NOW)
        cast.commit(scope, Changes(puts=(put_of(known, expected_version=0),)))
    return cast


def a_task(store: Store, match_id: str) -> CoordinatorTask:
    """Open a task about a match."""
    work = Work(store, P, NOW)
    work.open_task(TaskKind.FIRST_MEETING, match_id, ("ada", "ben"))
    store.commit(P, work.changes())
    (task,) = list_open(store, P, of=(TaskKind.FIRST_MEETING,)).records
    return task


def test_whoever_approves_a_pair_looks_after_it(team):
    match = act(team, propose(team, "ada", "ben"), "approve", by=BY_ANA)

    assert match.owner_id == ANA
    assert as_it_is(team, match).owner_id == ANA


def test_a_program_that_approves_looks_after_nothing(team):
    match = act(team, propose(team, "ada", "ben"), "approve", by=Actor(ActorRole.PLATFORM, "key-1"))

    assert match.owner_id == NOBODY


def test_a_pair_that_is_in_somebodys_care_stays_there_when_another_one_approves_it(team):
    match = give_match(team, P, match_id=propose(team, "ada", "ben").match_id, owner_id=LEO, now=NOW)

    assert act(team, match, "approve", by=BY_ANA).owner_id == LEO


def test_a_decision_that_is_taken_back_leaves_the_pair_in_nobodys_care(team):
    match = act(team, propose(team, "ada", "ben"), "approve", by=BY_ANA)

    assert act(team, match, "reopen", by=BY_ANA).owner_id == NOBODY


def test_open_tasks_about_a_match_are_its_owners_from_the_first_and_go_with_it(team):
    match = act(team, propose(team, "ada", "ben"), "approve", by=BY_ANA)
    task = a_task(team, match.match_id)
    assert task.owner_id == ANA

    give_match(team, P, match_id=match.match_id, owner_id=LEO, now=NOW)

    assert [each.task_id for each in list_open(team, P, owner_id=LEO).records] == [task.task_id]
    assert list_open(team, P, owner_id=ANA).records == ()


def test_a_task_is_taken_by_itself_and_laid_down(team):
    task = a_task(team, offered(team, "ada", "ben").match_id)

    taken = give_task(team, P, task_id=task.task_id, owner_id=LEO, now=NOW, expected_version=task.version)
    assert [each.task_id for each in list_open(team, P, owner_id=LEO).records] == [task.task_id]
    give_task(team, P, task_id=task.task_id, owner_id=NOBODY, now=NOW, expected_version=taken.version)

    assert list_open(team, P, owner_id=LEO).records == ()
    assert list_open(team, P).records != ()


def test_what_is_done_is_nobodys_any_more(team):
    task = a_task(team, offered(team, "ada", "ben").match_id)
    give_task(team, P, task_id=task.task_id, owner_id=LEO, now=NOW)

    done = mark_done(team, P, task_id=task.task_id, of=tuple(TaskKind), by=LEO, now=NOW)

    assert list_open(team, P, owner_id=LEO).records == ()
    assert give_task(team, P, task_id=task.task_id, owner_id=ANA, now=NOW) == done


def test_the_matches_in_somebodys_care_are_found_by_state(team):
    mine = act(team, active(team, "ada", "ben"), "pause", by=BY_ANA, reason="break")
    give_match(team, P, match_id=mine.match_id, owner_id=ANA, now=NOW)
    propose(team, "amy", "bea")

    def ids(state: MatchState) -> list[str]:
        return [each.match_id for each in list_matches(team, P, state=state, owner_id=ANA).records]

    assert ids(MatchState.PAUSED) == [mine.match_id]
    assert ids(MatchState.ACTIVE) == []


def test_nobody_of_elsewhere_looks_after_anything(team):
    match = propose(team, "ada", "ben")

    for stranger in ("c-stranger", "nobody", "ada"):
        with pytest.raises(InvalidInput):
            give_match(team, P, match_id=match.match_id, owner_id=stranger, now=NOW)
    with pytest.raises(NotFound):
        give_match(team, OTHER, match_id=match.match_id, owner_id="c-stranger", now=NOW)
    assert as_it_is(team, match) == match


def test_of_two_who_take_a_match_at_the_same_moment_one_comes_first(team, store_url):
    match = propose(team, "ada", "ben")

    def taking(owner_id: str) -> Callable[[Store], object]:
        return lambda store: give_match(
            store, P, match_id=match.match_id, owner_id=owner_id, now=NOW, expected_version=match.version
        )

    came = at_once(store_url, [taking(ANA), taking(LEO)])

    assert sum(isinstance(each, StaleVersion) for each in came) == 1
    assert as_it_is(team, match).owner_id in (ANA, LEO)
