"""Rests: which pairs are kept apart after a "not this pair", and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from matching.policy import Timings
from matching.profile import Apart
from service.lifecycle import RejectReason
from service.records.codec import read_as
from service.records.match import Match
from service.records.rest import Rest
from service.storage.store import Store

FOR_EVER = None


def rest_after(match: Match, *, reason: str, timings: Timings, now: datetime) -> Rest:
    """Make the rest of the two members of a match that was rejected for this reason."""
    days = _days_of(RejectReason(reason), timings)
    until = FOR_EVER if days is None else now + timedelta(days=days)
    return Rest(match.seeker_id, match.supporter_id, match.match_id, reason, since=now, until=until)


def apart_now(store: Store, platform_id: str, now: datetime) -> Mapping[tuple[str, str], Apart]:
    """Give every pair (seeker id, supporter id) that rests at this moment."""
    rests = (read_as(Rest, stored) for stored in store.each(platform_id, Rest.KIND))
    return {(rest.seeker_id, rest.supporter_id): Apart.RESTING for rest in rests if rest.holds_at(now)}


def _days_of(reason: RejectReason, timings: Timings) -> int | None:
    if reason is RejectReason.SAFETY:
        return FOR_EVER
    if reason is RejectReason.NOT_NOW:
        return timings.rest_not_now_days
    return timings.rest_poor_fit_days
