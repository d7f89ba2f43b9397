"""The platform that the console's pages are asked about (`console.py`): a run, thousands of pairs, tasks and notes."""

from __future__ import annotations

from datetime import datetime, timedelta

from matching.community import generate
from service.clock import SystemClock
from service.errors import Conflict
from service.lifecycle import Action
from service.records import kinds
from service.records.coordinator import Role
from service.records.match import Actor, ActorRole, Match, MatchState
from service.records.task import TaskKind
from service.sealed_text import NOTES, TextSeal
from service.secret_keys import SecretKey, SecretKeys
from service.storage.store import Store
from service.usecases.coordinators import add_coordinator
from service.usecases.looking import looking_from
from service.usecases.matches import act_on_match, list_matches
from service.usecases.members import put_members
from service.usecases.notes import write_note
from service.usecases.platforms import create_platform
from service.usecases.runs import run_now
from service.usecases.work import Work

P = "bench"
LOGIN = "lead"
SECRET = "s" * 64

MEETING = 5_000
"""Pairs that meet, or half of those that the run proposes."""

NOTED = 400
"""Pairs with a note, and people with a task."""


def fill(store: Store, members: int) -> None:
    """Make the platform, its people and a run, and let half of what it proposes meet."""
    clock = SystemClock()
    now, seekers = clock.now(), members * 2 // 3
    create_platform(store, platform_id=P, name="Bench", now=now, signposting="Call 112.")
    community = generate(seed=1, seekers=seekers, supporters=members - seekers, today=now.date())
    put_members(store, P, profiles=community.profiles, now=now)
    coordinator, _ = add_coordinator(store, P, login=LOGIN, role=Role.LEAD, now=now)
    run_now(store, P, clock=clock)
    seal = TextSeal(SecretKeys(SecretKey("k1", SECRET)), NOTES)
    by = Actor(ActorRole.COORDINATOR, coordinator.coordinator_id)
    proposed = store.count(P, Match.KIND, index=kinds.BY_STATE, value=MatchState.PROPOSED.value)
    for number, match_id in enumerate(_some_proposals(store, min(MEETING, proposed // 2))):
        # One in two has met for so long that the report looks back at it.
        _let_meet(store, match_id, by, now - timedelta(days=100 * (number % 2)))
        if number < NOTED:
            write_note(store, P, match_id=match_id, text="Mornings.", by=coordinator.coordinator_id, now=now, seal=seal)
    for seeker in looking_from(store, P, start=0, end=NOTED, now=now).seekers:
        work = Work(store, P, now - timedelta(days=3))
        work.open_task(TaskKind.LONG_WAIT, seeker.member_id, (seeker.member_id,), detail="red")
        store.commit(P, work.changes())


def _some_proposals(store: Store, number: int) -> list[str]:
    ids: list[str] = []
    after = None
    while len(ids) < number:
        page = list_matches(store, P, state=MatchState.PROPOSED, after=after, limit=100)
        ids += [match.match_id for match in page.records]
        after = page.next
        if after is None:
            break
    return ids[:number]


def _let_meet(store: Store, match_id: str, by: Actor, now: datetime) -> None:
    try:
        act_on_match(store, P, match_id=match_id, action=Action.APPROVE, by=by, now=now)
        for side in (ActorRole.SUPPORTER, ActorRole.SEEKER):
            act_on_match(store, P, match_id=match_id, action=Action.ACCEPT, by=by, now=now, on_behalf_of=side)
    except Conflict:
        return  # another of the seeker's pairs was quicker
