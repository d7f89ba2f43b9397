"""Saving steps of matches: each with its expected version, and with the loads of supporters whose places it changes.

Every use case that moves a match saves it through `saved_steps`, so that loads can never fall behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from service.lifecycle import Action, WithdrawReason, transition
from service.records import kinds
from service.records.codec import put_of
from service.records.load import Load
from service.records.match import HOLDING_STATES, Actor, ActorRole, Match, MatchState
from service.storage.store import Changes, NewEvent, Put, Store
from service.usecases.reading import all_found, maybe_found

Step = tuple[Match, Match]
"""A match as it was read, and as it shall be."""

SYSTEM = Actor(ActorRole.SYSTEM)


def load_of(store: Store, platform_id: str, supporter_id: str) -> Load:
    """Read a supporter's load; an empty one, at version 0, before their first match."""
    return maybe_found(store, platform_id, Load, supporter_id) or Load(supporter_id)


def saved_steps(store: Store, platform_id: str, steps: Iterable[Step], *, known: Iterable[Load] = ()) -> Changes:
    """Make the changes that save these steps: matches, loads, and an event for each match.

    `known` are loads on which a decision was taken already: they must be saved against the version that was looked at.
    """
    puts: list[Put] = []
    events: list[NewEvent] = []
    looked_at = {load.supporter_id: load for load in known}
    loads: dict[str, Load] = {}
    for before, after in steps:
        puts.append(put_of(after, expected_version=before.version))
        events.append(_event_of(after))
        if (before.state in HOLDING_STATES) == (after.state in HOLDING_STATES):
            continue
        supporter_id = after.supporter_id
        load = loads.get(supporter_id) or looked_at.get(supporter_id) or load_of(store, platform_id, supporter_id)
        is_taking = after.state in HOLDING_STATES
        loads[supporter_id] = load.with_match(after.match_id) if is_taking else load.without_match(after.match_id)
    puts.extend(put_of(load, expected_version=load.version) for load in loads.values())
    return Changes(puts=tuple(puts), events=tuple(events))


def withdrawals(
    store: Store, platform_id: str, member_id: str, *, reason: WithdrawReason, now: datetime
) -> Iterator[Step]:
    """Give the steps that take back every proposal and offer of a member, staged proposals of a run included."""
    for state in (MatchState.PROPOSED, MatchState.OFFERED):
        value = kinds.joined(member_id, state)
        for match in all_found(store, platform_id, Match, index=kinds.BY_MEMBER_AND_STATE, value=value):
            yield match, transition(match, Action.WITHDRAW, by=SYSTEM, at=now, reason=reason)


def _event_of(match: Match) -> NewEvent:
    return NewEvent(
        type=f"match.{match.state}",
        subject=match.match_id,
        at=match.updated_at,
        body={"seeker_id": match.seeker_id, "supporter_id": match.supporter_id},
        mentions=(match.seeker_id, match.supporter_id),
    )
