"""What a run sees: every member and what is known of them at one moment.

The engine gets nothing else, so a run can be repeated from its snapshot years later. How it is written down is told in
`snapshot_lines.py`; it is written while it is read, so that members are never all in memory but as columns.
"""

from __future__ import annotations

import marshal
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from matching.policy import Policy
from matching.profile import NEWCOMER, Standing
from service.records.codec import read_as
from service.records.match import HOLDING_STATES, MatchState
from service.records.member import Member
from service.storage.store import Store, Stored
from service.usecases.matches import each_visible
from service.usecases.places import standing_of
from service.usecases.policies import get_policy
from service.usecases.rests import apart_now
from service.usecases.running.progress import OnProgress
from service.usecases.running.snapshot_lines import (
    Line,
    OpenProposal,
    Reading,
    Snapshot,
    apart_line,
    head_of,
    member_line,
    offsets_line,
    proposal_line,
)
from service.weeks import week_for

__all__ = ["OpenProposal", "Snapshot", "holding_pairs", "open_proposals", "seal_of", "standing_in", "take_snapshot"]

Keep = Callable[[Line], None]

_NEW = {name: getattr(NEWCOMER, name) for name in Standing.__slots__}


_MEMBERS_A_WORD = 1000
"""Progress is told after so many members."""


def take_snapshot(
    store: Store,
    platform_id: str,
    *,
    now: datetime,
    policy: Policy | None = None,
    keep: Keep | None = None,
    on_progress: OnProgress | None = None,
) -> Snapshot:
    """Read everything a run depends on; with a policy, as if that were the one in force.

    `keep` is given every line of it, the head first, to write down; `on_progress` is told (members read, all).

    What changes while it is read is found again before anything is published (`publishing.py`).
    """
    in_force = get_policy(store, platform_id)
    followed = in_force if policy is None else replace(policy, version=in_force.version)
    head, seals = head_of(followed, now.date()), array("q")
    reading = Reading(head)
    if keep is not None:
        keep(head)
    count = store.count(platform_id, Member.KIND)
    for line in _lines_now(store, platform_id, now, seals):
        reading.take(line)
        if keep is not None:
            keep(line)
        if on_progress is not None and len(seals) % _MEMBERS_A_WORD == 0:
            on_progress(len(seals), count)
    return reading.snapshot(seals)


def seal_of(stored: Stored) -> int:
    """Digest a record within this process, so that whether it has changed is known without reading what it says."""
    # Format 2 of marshal writes equal values alike; a 64-bit hash may err once in 2⁶⁴ changed members.
    return hash(marshal.dumps(stored.body, 2))


def holding_pairs(store: Store, platform_id: str) -> Iterator[tuple[str, str]]:
    """Give seeker and supporter of every match that holds a place."""
    for state in sorted(HOLDING_STATES):
        for stored in each_visible(store, platform_id, state=state):
            yield stored.body["seeker_id"], stored.body["supporter_id"]


def open_proposals(store: Store, platform_id: str) -> Iterator[OpenProposal]:
    """Give every proposal that people can see, by id."""
    for stored in each_visible(store, platform_id, state=MatchState.PROPOSED):
        body = stored.body
        yield OpenProposal(stored.record_id, stored.version, body["seeker_id"], body["supporter_id"])


def _lines_now(store: Store, platform_id: str, now: datetime, seals: array[int]) -> Iterator[Line]:
    """Read the platform as lines after the head, and seal each member."""
    held: Counter[str] = Counter()
    has_supporter = set()
    for seeker_id, supporter_id in holding_pairs(store, platform_id):
        held[supporter_id] += 1
        has_supporter.add(seeker_id)
    zones: set[str] = set()
    for stored in store.each(platform_id, Member.KIND):
        profile = Member.profile_in(stored)
        zones.add(profile["timezone"])
        seals.append(seal_of(stored))
        holds_match = stored.record_id in has_supporter
        standing = standing_in(stored, held[stored.record_id], has_supporter=holds_match, today=now.date())
        yield member_line(stored.record_id, stored.version, profile, standing)
    yield offsets_line(week_for(now.date(), zones).offsets)
    for (seeker_id, supporter_id), why in sorted(apart_now(store, platform_id, now).items()):
        yield apart_line(seeker_id, supporter_id, why)
    yield from map(proposal_line, open_proposals(store, platform_id))


def standing_in(stored: Stored, held: int, *, has_supporter: bool, today: date) -> dict[str, Any]:
    """Give what is not a newcomer's of the standing of a member as stored, as JSON (`places.standing_of`)."""
    if not held and not Member.has_care_in(stored):
        waiting_since = Member.waiting_since_in(stored)
        told: dict[str, Any] = {} if waiting_since is None else {"waiting_since": waiting_since}
        return {**told, "has_supporter": True} if has_supporter else told
    standing = standing_of(read_as(Member, stored), held=held, holds_match=has_supporter, today=today)
    told = {name: getattr(standing, name) for name in Standing.__slots__ if getattr(standing, name) != _NEW[name]}
    return told if standing.waiting_since is None else {**told, "waiting_since": standing.waiting_since.isoformat()}
