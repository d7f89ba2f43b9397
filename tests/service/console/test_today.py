from __future__ import annotations

from datetime import timedelta

from service.aliases import alias_of
from service.clock import FixedClock
from service.lifecycle import Action
from service.records.coordinator import Role
from service.records.hold import HoldCause
from service.records.match import Actor, ActorRole
from service.records.task import TaskKind
from service.storage.store import Store
from service.usecases.firing import fire_due
from service.usecases.matches import act_on_match
from service.usecases.safety import place_hold
from service.usecases.tasks import list_open
from tests.service.console.browsing import Visitor, forms_of
from tests.service.console.scenario import Community

COORDINATOR = Actor(ActorRole.COORDINATOR, "c-1")


def _offered(community: Community, match_id: str) -> None:
    act_on_match(
        community.store,
        community.platform_id,
        match_id=match_id,
        action=Action.APPROVE,
        by=COORDINATOR,
        now=community.now,
    )


def _met(community: Community, match_id: str) -> None:
    _offered(community, match_id)
    for side in (ActorRole.SUPPORTER, ActorRole.SEEKER):
        act_on_match(
            community.store,
            community.platform_id,
            match_id=match_id,
            action=Action.ACCEPT,
            by=COORDINATOR,
            now=community.now,
            on_behalf_of=side,
        )


def _tasks(store: Store, platform_id: str) -> list[TaskKind]:
    return [task.task_kind for task in list_open(store, platform_id).records]


def test_a_day_begins_with_what_waits(maria: Visitor, harbour: Community) -> None:
    harbour.propose("s-1", "p-1")
    _offered(harbour, harbour.propose("s-2", "p-2"))

    words = maria.go("/console/")

    assert maria.page.request.path == "/console/today"
    assert "23 November 2026" in words
    assert "1 pair to review" in words
    assert f"Waiting for an answer 1 {alias_of('s-2')[0]}" in words
    assert "We wait for the peer supporter." in words


def test_a_quiet_day_says_so(maria: Visitor) -> None:
    words = maria.go("/console/today")

    assert "Nothing to review right now" in words
    assert "Nothing else waits for you today." in words


def test_where_nobody_is_yet_the_first_steps_are_shown(visitor: Visitor, harbour: Community) -> None:
    community = Community(harbour.store, "empty", name="Empty", now=harbour.now)

    words = visitor.sign_in(community.platform_id)

    assert "Welcome! Nobody is here yet." in words
    assert "Bring your people in" in words


def test_a_task_is_ticked_off(maria: Visitor, harbour: Community, clock: FixedClock) -> None:
    _met(harbour, harbour.propose("s-2", "p-1"))
    clock.advance(timedelta(days=7, hours=1))
    fire_due(harbour.store, harbour.platform_id, now=clock.now())
    maria.sign_in(harbour.platform_id)

    words = maria.go("/console/today")
    assert "Ask how it goes 1" in words
    assert _tasks(harbour.store, harbour.platform_id) == [TaskKind.CHECK_IN]

    assert "Done. Thank you." in maria.send("/done")
    assert maria.page.request.path == "/console/today"
    assert _tasks(harbour.store, harbour.platform_id) == []
    assert "Nothing else waits for you today." in maria.go("/console/today")


def test_the_list_of_tasks_can_be_of_one_kind(maria: Visitor, harbour: Community, clock: FixedClock) -> None:
    _met(harbour, harbour.propose("s-2", "p-1"))
    clock.advance(timedelta(days=15))
    fire_due(harbour.store, harbour.platform_id, now=clock.now())
    maria.sign_in(harbour.platform_id)

    words = maria.go("/console/tasks")
    assert "They have not met yet 1" in words
    assert "Ask how it goes 1" in words

    maria.go("/console/tasks?kind=first_meeting")
    assert len([form for form in forms_of(maria.page) if form.action.endswith("/done")]) == 1
    maria.send("/done")
    assert maria.page.request.full_path == "/console/tasks?kind=first_meeting"
    assert "Nothing to do here" in maria.page.text
    assert _tasks(harbour.store, harbour.platform_id) == [TaskKind.CHECK_IN]


def test_why_somebody_is_paused_for_care_is_told_to_safeguarding_alone(
    visitor: Visitor, maria: Visitor, harbour: Community
) -> None:
    place_hold(
        harbour.store, harbour.platform_id, member_id="s-1", cause=HoldCause.CRISIS, by=COORDINATOR, now=harbour.now
    )
    words = maria.go("/console/today")
    assert "Paused for care 1" in words
    assert "They may need help now" not in words

    harbour.add_coordinator("guard", Role.SAFEGUARDING)
    maria.send("/sign-out")
    assert "They may need help now" in visitor.sign_in(harbour.platform_id, login="guard")
