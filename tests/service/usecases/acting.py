"""Acting on matches in tests: a coordinator's and the pair's own words, and several at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import Any

from service.errors import Conflict, Forbidden
from service.records.match import Actor, ActorRole, Match
from service.storage import open_store
from service.storage.store import Store
from service.usecases.matches import act_on_match, get_match
from tests.service.usecases.cast import COORDINATOR, NOW, P
from tests.service.usecases.proposals import propose

SYSTEM = Actor(ActorRole.SYSTEM)


def seeker_of(match: Match) -> Actor:
    return Actor(ActorRole.SEEKER, match.seeker_id)


def supporter_of(match: Match) -> Actor:
    return Actor(ActorRole.SUPPORTER, match.supporter_id)


def act(store: Store, match: Match, action: str, *, by: Actor = COORDINATOR, now: datetime = NOW, **more: Any) -> Match:
    """Take one action."""
    return act_on_match(store, P, match_id=match.match_id, action=action, by=by, now=now, **more)


def offered(store: Store, seeker_id: str, supporter_id: str, *, now: datetime = NOW) -> Match:
    """A pair that a coordinator has approved."""
    return act(store, propose(store, seeker_id, supporter_id), "approve", now=now)


def asked_second(store: Store, seeker_id: str, supporter_id: str, *, now: datetime = NOW) -> Match:
    """An offer to which the supporter has said yes."""
    match = offered(store, seeker_id, supporter_id, now=now)
    return act(store, match, "accept", by=supporter_of(match), now=now)


def active(store: Store, seeker_id: str, supporter_id: str, *, now: datetime = NOW) -> Match:
    """A pair that has said yes, both of them."""
    match = asked_second(store, seeker_id, supporter_id, now=now)
    return act(store, match, "accept", by=seeker_of(match), now=now)


def as_it_is(store: Store, match: Match) -> Match:
    """The match as it is stored now."""
    return get_match(store, P, match_id=match.match_id)


def at_once(store_url: str, deeds: Sequence[Callable[[Store], object]]) -> list[object]:
    """Do several things at the same moment, each with a store of its own; give what came of each, or its refusal."""
    barrier = Barrier(len(deeds))

    def do(deed: Callable[[Store], object]) -> object:
        store = open_store(store_url)
        try:
            barrier.wait(timeout=30)
            return deed(store)
        except (Conflict, Forbidden) as refused:
            return refused
        finally:
            store.close()

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(do, deeds))
