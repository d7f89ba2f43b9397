"""The sample community's first morning: every part of Today has something in it, and it is done once."""

from __future__ import annotations

from pathlib import Path

from matching.community import generate
from service.clock import FixedClock
from service.demo_week import begin_the_week
from service.records.coordinator import Role
from service.records.match import MatchState
from service.records.task import TaskKind
from service.sealed_text import NOTES, TextSeal
from service.secret_keys import SecretKey, SecretKeys
from service.storage import open_store
from service.usecases.coordinators import add_coordinator
from service.usecases.matches import list_matches
from service.usecases.members import put_members
from service.usecases.platforms import create_platform
from service.usecases.runs import run_now
from service.usecases.today import today_of
from tests.service.usecases.cast import NOW, P

SEAL = TextSeal(SecretKeys(SecretKey("k1", "s" * 40)), NOTES)


def test_a_morning_is_begun_once_and_something_of_everything_waits(tmp_path: Path) -> None:
    store, clock = open_store(f"sqlite:///{tmp_path}/store.sqlite3"), FixedClock(NOW)
    create_platform(store, platform_id=P, name="Sample", now=NOW, signposting="Call 112.")
    put_members(store, P, profiles=generate(seed=7, seekers=60, supporters=40, today=NOW.date()).profiles, now=NOW)
    coordinator, _ = add_coordinator(store, P, login="c", role=Role.LEAD, now=NOW)
    run_now(store, P, clock=clock)

    for _ in range(2):
        begin_the_week(store, P, coordinator_id=coordinator.coordinator_id, now=NOW, seal=SEAL)

    today = today_of(store, P, most=50)
    assert (today.offers.count, today.closings.count, today.hold_count) == (6, 1, 1)
    assert {group.kind for group in today.tasks} >= {TaskKind.CARE, TaskKind.WITHOUT_SUPPORTER}
    assert len(list_matches(store, P, state=MatchState.ACTIVE).records) == 9
    assert len(list_matches(store, P, state=MatchState.REJECTED).records) == 2
    owners = {match.owner_id for match in list_matches(store, P, state=MatchState.ACTIVE).records}
    assert owners == {coordinator.coordinator_id}
    store.close()
