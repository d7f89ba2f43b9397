"""Steps of matches that mean nothing beside themselves: what a run, a pause or a farewell takes back.

They are saved through `Work.step`, so that loads can never fall behind. Steps that mean more go through
`consequences.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from service.lifecycle import Action, transition
from service.reasons import WithdrawReason
from service.records import kinds
from service.records.load import Load
from service.records.match import Actor, ActorRole, Match, MatchState
from service.storage.store import Changes, Store
from service.usecases.reading import all_found, maybe_found
from service.usecases.work import Step, Work

SYSTEM = Actor(ActorRole.SYSTEM)


def load_of(store: Store, platform_id: str, supporter_id: str) -> Load:
    """Read a supporter's load; an empty one, at version 0, before their first match."""
    return maybe_found(store, platform_id, Load, supporter_id) or Load(supporter_id)


def saved_steps(store: Store, platform_id: str, steps: Iterable[Step], *, now: datetime) -> Changes:
    """Make the changes that save these steps and no more: matches, loads, and an event for each match."""
    work = Work(store, platform_id, now)
    for before, after in steps:
        work.step(before, after)
    return work.changes()


def withdrawals(
    store: Store, platform_id: str, member_id: str, *, reason: WithdrawReason, now: datetime
) -> Iterator[Step]:
    """Give the steps that take back every proposal and offer of a member, staged proposals of a run included."""
    for match in matches_of(store, platform_id, member_id, (MatchState.PROPOSED, MatchState.OFFERED)):
        yield match, transition(match, Action.WITHDRAW, by=SYSTEM, at=now, reason=reason)


def matches_of(store: Store, platform_id: str, member_id: str, states: Iterable[MatchState]) -> Iterator[Match]:
    """Go through a member's matches in these states, on either side, by id; staged proposals of a run included.

    Each state is a list of its own, for all that a member ever had may be many. A match that moves on to a list which
    was read already would be missed, so the lists are read until they twice say the same. Most members have none yet.
    """
    if store.count(platform_id, Match.KIND, index=kinds.BY_MEMBER, value=member_id) == 0:
        return
    wanted = tuple(states)
    found = _matches_in(store, platform_id, member_id, wanted)
    while (again := _matches_in(store, platform_id, member_id, wanted)) != found:
        found = again
    for match_id in sorted(found):
        yield found[match_id]


def _matches_in(store: Store, platform_id: str, member_id: str, states: Iterable[MatchState]) -> dict[str, Match]:
    found: dict[str, Match] = {}
    for state in states:
        value = kinds.joined(member_id, state)
        for match in all_found(store, platform_id, Match, index=kinds.BY_MEMBER_AND_STATE, value=value):
            found[match.match_id] = match
    return found
