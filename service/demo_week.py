"""A morning's work in the sample community, so that its console looks like a place where people work.

Done once, by the use cases the console itself calls, after the summary of the first run: some pairs are approved and
answered, some meet, one comes to an end, somebody is paused for care. Who it is follows the order of the review queue.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from itertools import islice

from service.errors import Conflict
from service.lifecycle import Action
from service.reasons import EndReason, RejectReason
from service.records import kinds
from service.records.check_in import CheckIn
from service.records.hold import HoldCause
from service.records.match import HOLDING_STATES, Actor, ActorRole, Match, MatchState
from service.sealed_text import TextSeal
from service.storage.store import Store
from service.usecases.check_ins import record_check_in
from service.usecases.matches import act_on_match, get_match
from service.usecases.notes import write_note
from service.usecases.reviewing import review_queue
from service.usecases.safety import place_hold

_APPROVED = 18
_MEETING = 12

NOTE = "Prefers mornings; asked twice, and is looking forward to it."


def begin_the_week(store: Store, platform_id: str, *, coordinator_id: str, now: datetime, seal: TextSeal) -> None:
    """Do some of the work; nothing where somebody has begun already."""
    if any(_count(store, platform_id, state) for state in (*HOLDING_STATES, MatchState.ENDED, MatchState.REJECTED)):
        return
    work = _Work(store, platform_id, Actor(ActorRole.COORDINATOR, coordinator_id), now)
    pairs = [waiting.match.match_id for waiting in review_queue(store, platform_id)[: _APPROVED + 2]]
    for match_id, reason in zip(pairs[:2], (RejectReason.NOT_NOW, RejectReason.POOR_FIT), strict=False):
        work.act(match_id, Action.REJECT, reason=reason)
    approved = [match_id for match_id in pairs[2:] if work.act(match_id, Action.APPROVE)]
    meeting = [match_id for match_id in approved[:_MEETING] if work.is_accepted(match_id)]
    for match_id in approved[:2]:
        write_note(store, platform_id, match_id=match_id, text=NOTE, by=coordinator_id, now=now, seal=seal)
    _go_on(work, meeting)


class _Work:
    """Steps of one coordinator, at one moment."""

    def __init__(self, store: Store, platform_id: str, by: Actor, now: datetime) -> None:
        self.store, self.platform_id, self.by, self.now = store, platform_id, by, now

    def act(self, match_id: str, action: Action, **how: object) -> bool:
        """Take a step; tell whether it could be taken."""
        with suppress(Conflict):
            act_on_match(
                self.store,
                self.platform_id,
                match_id=match_id,
                action=action,
                by=self.by,
                now=self.now,
                **how,  # type: ignore[arg-type]
            )
            return True
        return False

    def is_accepted(self, match_id: str) -> bool:
        """Pass on a yes of both."""
        sides = (ActorRole.SUPPORTER, ActorRole.SEEKER)
        return all([self.act(match_id, Action.ACCEPT, on_behalf_of=side) for side in sides])

    def told(self, match_id: str, *, wants_to_continue: bool) -> None:
        """Keep what the seeker says of how it goes."""
        match = self.match(match_id)
        said = CheckIn(
            "",
            match_id,
            ActorRole.SEEKER,
            match.seeker_id,
            self.now,
            met=True,
            wants_to_continue=wants_to_continue,
            felt_understood=4,
        )
        record_check_in(self.store, self.platform_id, said=said, now=self.now)

    def match(self, match_id: str) -> Match:
        """Read a match."""
        return get_match(self.store, self.platform_id, match_id=match_id)


def _go_on(work: _Work, meeting: list[str]) -> None:
    """Let some who meet tell how it goes, one pair come to its end, one end, and somebody be paused for care."""
    waiting = iter(meeting)
    for match_id in _next(waiting, 3):
        work.told(match_id, wants_to_continue=True)
    for match_id in _next(waiting, 1):
        work.told(match_id, wants_to_continue=False)
    for match_id in _next(waiting, 1):
        work.act(match_id, Action.PLAN_ENDING, reason=EndReason.GOAL_REACHED)
    for match_id in _next(waiting, 1):
        work.act(match_id, Action.END, reason=EndReason.SUPPORTER_LEFT)
    for match_id in _next(waiting, 1):
        seeker_id = work.match(match_id).seeker_id
        place_hold(
            work.store, work.platform_id, member_id=seeker_id, cause=HoldCause.COORDINATOR, by=work.by, now=work.now
        )


def _next(ids: Iterator[str], number: int) -> list[str]:
    return list(islice(ids, number))


def _count(store: Store, platform_id: str, state: MatchState) -> int:
    return store.count(platform_id, Match.KIND, index=kinds.BY_STATE, value=state.value)
