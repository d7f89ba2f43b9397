"""The round of those who wait: a kind word every so often, and a coordinator is told of a wait that is long.

Each is said once for each time it is due, by the days that were really waited: time that the clock stood still counts
for nothing, and after an outage there is one message, never a heap. Nobody's record is changed by it, so it never gets
in the way of anything, and a wait costs nobody their place.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from matching.policy import Timings
from service.records import kinds
from service.records.care import Search
from service.records.codec import read_as
from service.records.match import ActorRole, Match, MatchState
from service.records.member import Member, MemberRole
from service.records.task import TaskKind
from service.records.wait import Wait, WaitLevel
from service.storage.store import Page, Store, Stored
from service.usecases.checking import takes_part
from service.usecases.moves import matches_of
from service.usecases.rounds.going import Going, at_a_kind_hour
from service.usecases.work import Work

AT_ONCE: Final = 100
"""Members a step: each may bring a line of its own, two tasks and an expectation."""

_RANK: Final = {None: 0, WaitLevel.AMBER: 1, WaitLevel.RED: 2}


def _read(store: Store, platform_id: str, after: str | None) -> Page[Stored]:
    role = MemberRole.SEEKER.value
    return store.page(platform_id, Member.KIND, index=kinds.BY_ROLE, value=role, after=after, limit=AT_ONCE)


def _visit(work: Work, stored: Stored) -> None:
    member = read_as(Member, stored)
    waited = days_waited(member, work.now)
    timings = work.policy.timings
    if waited < min(timings.waiting_message_days, timings.waiting_amber_days) or not _is_looking(work, member):
        return
    offer = _offer_to(work, member.member_id)
    before = work.find(Wait, member.member_id) or Wait(member.member_id, work.now.date())
    after = before
    if _is_message_due(before, waited, timings) and not (offer and ActorRole.SEEKER in offer.asked):
        after = replace(after, told_days=waited)
        work.tell("member.still_looking", member.member_id, days=waited)
    level = level_of(waited, timings)
    if _RANK[level] > _RANK[before.level] and level is not None and offer is None:
        after = replace(after, level=level)
        work.settle_tasks(TaskKind.LONG_WAIT, member.member_id)
        work.open_task(TaskKind.LONG_WAIT, member.member_id, (member.member_id,), detail=level.value)
    if after is not before:
        # Somebody who steps out or says yes at this very moment is not written to.
        work.rely_on(member)
        work.put(replace(after, told_on=work.now.date()))


def days_waited(member: Member, now: datetime) -> int:
    """Give for how many days somebody has waited, without those on which their clock stood still."""
    today = now.date()
    since = member.waiting_since_on(today)
    return 0 if since is None else (today - since).days


def level_of(waited: int, timings: Timings) -> WaitLevel | None:
    """Give what coordinators should think of a wait of so many days."""
    if waited >= timings.waiting_red_days:
        return WaitLevel.RED
    return WaitLevel.AMBER if waited >= timings.waiting_amber_days else None


def _is_message_due(wait: Wait, waited: int, timings: Timings) -> bool:
    every = timings.waiting_message_days
    return waited // every > wait.told_days // every


def _is_looking(work: Work, member: Member) -> bool:
    """Whether somebody waits just now: others are in a pause, looked after by a person, or asked first."""
    care = member.care
    is_left_in_peace = care.is_quiet or care.is_recovering(work.now.date())
    return (
        takes_part(member, work) and care.search is Search.LOOKING and not care.has_supporter and not is_left_in_peace
    )


def _offer_to(work: Work, seeker_id: str) -> Match | None:
    offered = matches_of(work.store, work.platform_id, seeker_id, (MatchState.OFFERED,))
    return next((match for match in offered if match.seeker_id == seeker_id), None)


WAITING: Final = Going("waiting", at_a_kind_hour, _read, _visit)
