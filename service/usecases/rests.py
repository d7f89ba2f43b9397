"""Rests: which pairs are kept apart after a no, a silence or an ending, and for how long.

The longer of two rests of the same pair stands, so that what was for ever stays so. A rest that is over is kept: it
remembers that the two were proposed to each other before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from matching.policy import Timings
from matching.profile import Apart
from service.lifecycle import Action
from service.reasons import EndReason, RejectReason
from service.records import kinds
from service.records.block import Block, block_id_of
from service.records.codec import read_as
from service.records.match import HistoryEntry, Match
from service.records.rest import Rest, rest_id_of
from service.storage.store import Store
from service.usecases.reading import all_found
from service.usecases.work import Work

FOR_EVER = None

UNANSWERED: Final = "unanswered"
"""The reason of a rest after an offer without an answer."""

_POOR_FIT = frozenset((RejectReason.POOR_FIT, RejectReason.OTHER, EndReason.NO_CONTACT))
"""Reasons after which a pair rests for long."""


def let_rest(work: Work, match: Match) -> None:
    """Keep the two apart as long as the last step of their match asks for; not at all after a death."""
    step = match.history[-1]
    if step.reason == EndReason.DIED:
        return
    days = _days_after(step, work.policy.timings)
    until = FOR_EVER if days is None else work.now + timedelta(days=days)
    reason = UNANSWERED if step.action == Action.EXPIRE else step.reason or RejectReason.NOT_NOW
    earlier = work.find(Rest, rest_id_of(match.seeker_id, match.supporter_id))
    if earlier is not None and _is_longer(earlier.until, until):
        return
    version = 0 if earlier is None else earlier.version
    work.put(Rest(match.seeker_id, match.supporter_id, match.match_id, reason, work.now, until, version))


def end_rest(work: Work, match: Match) -> None:
    """Take back the rest that this match caused; one that another match caused stays."""
    rest = work.find(Rest, rest_id_of(match.seeker_id, match.supporter_id))
    if rest is not None and rest.match_id == match.match_id:
        work.delete(rest)


def apart_now(store: Store, platform_id: str, now: datetime) -> Mapping[tuple[str, str], Apart]:
    """Give every pair of members who rest from each other at this moment, or are blocked; a block counts first."""
    rests = (read_as(Rest, stored) for stored in store.each(platform_id, Rest.KIND))
    blocks = (read_as(Block, stored) for stored in store.each(platform_id, Block.KIND))
    apart = {(rest.seeker_id, rest.supporter_id): Apart.RESTING for rest in rests if rest.holds_at(now)}
    return apart | {(block.first_id, block.second_id): Apart.BLOCKED for block in blocks}


def apart_from(
    store: Store, platform_id: str, member_ids: Iterable[str], now: datetime
) -> Mapping[tuple[str, str], Apart]:
    """Give the same of a few members only, without reading what is kept of all the others."""
    apart: dict[tuple[str, str], Apart] = {}
    blocked: dict[tuple[str, str], Apart] = {}
    for member_id in member_ids:
        for rest in all_found(store, platform_id, Rest, index=kinds.BY_MEMBER, value=member_id):
            if rest.holds_at(now):
                apart[rest.seeker_id, rest.supporter_id] = Apart.RESTING
        for block in all_found(store, platform_id, Block, index=kinds.BY_MEMBER, value=member_id):
            blocked[block.first_id, block.second_id] = Apart.BLOCKED
    return apart | blocked


def are_resting(work: Work, one: str, other: str) -> bool:
    """Tell whether two members rest from each other, whichever of them was the seeker."""
    rests = (work.find(Rest, rest_id_of(*pair)) for pair in ((one, other), (other, one)))
    return any(rest is not None and rest.holds_at(work.now) for rest in rests)


def are_blocked(work: Work, one: str, other: str) -> bool:
    """Tell whether two members are kept apart by request."""
    return work.find(Block, block_id_of(one, other)) is not None


def _days_after(step: HistoryEntry, timings: Timings) -> int | None:
    if step.reason == RejectReason.SAFETY:
        return FOR_EVER
    if step.action == Action.EXPIRE:
        return timings.rest_unanswered_days
    return timings.rest_poor_fit_days if step.reason in _POOR_FIT else timings.rest_not_now_days


def _is_longer(earlier: datetime | None, later: datetime | None) -> bool:
    """Compare the ends of two rests; None is for ever."""
    return earlier is None or (later is not None and earlier > later)
