"""How a round goes: through some records at a time, each visited once a day, and never all at once.

A step reads a page, visits each record and saves what that means together with where to go on, in one commit against
the line of the round. So of several workers one goes on, and a process that dies leaves nothing half done. A new round
is a module beside this one and a name in `ROUNDS` (`all.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from matching.policy import Policy
from service.records.round import Round
from service.storage.store import Page, Store, Stored
from service.usecases.saving import until_saved
from service.usecases.work import Work

PAUSE: Final = timedelta(seconds=2)
"""Between some and the next: people who wait for an answer come first."""

KIND_HOUR: Final = 9
"""The hour from which people are written to, by the clock of the platform's schedule; UTC without one."""

Read = Callable[[Store, str, str | None], Page[Stored]]
"""(store, platform id, after): the next page of what is visited."""
Visit = Callable[[Work, Stored], None]
"""Look at one record, and add what follows to the work; it saves nothing itself, or only what may be done twice."""
Begins = Callable[[Policy, datetime], tuple[date, datetime]]
"""(policy, now): the day for which the round should have begun, and when it begins next."""


@dataclass(frozen=True, slots=True)
class Going:
    """One kind of round.

    Attributes
    ----------
    terms : under which terms a record is visited; when they change, the round begins anew on the same day.
    """

    name: str
    begins: Begins
    read: Read
    visit: Visit
    terms: Callable[[Work], str] = lambda _work: ""


def at_midnight(_policy: Policy, now: datetime) -> tuple[date, datetime]:
    """Begin with the day, UTC: what holds on a day holds from then on."""
    today = now.astimezone(UTC).date()
    return today, datetime.combine(today + timedelta(days=1), time(), UTC)


def at_a_kind_hour(policy: Policy, now: datetime) -> tuple[date, datetime]:
    """Begin at nine in the morning where the platform is."""
    zone: tzinfo = ZoneInfo(policy.schedule.timezone) if policy.schedule is not None else UTC
    local = now.astimezone(zone)
    day = local.date() if local.hour >= KIND_HOUR else local.date() - timedelta(days=1)
    following = datetime.combine(day + timedelta(days=1), time(KIND_HOUR), zone)
    return day, following.astimezone(UTC)


def go_on(store: Store, platform_id: str, going: Going, *, now: datetime) -> datetime:
    """Take the next step of a round where there is one to take; give when the next is to be taken."""

    def attempt() -> datetime:
        work = Work(store, platform_id, now)
        day, begins_next = going.begins(work.policy, now)
        terms = going.terms(work)
        state = work.find(Round, going.name) or Round(going.name, day, terms)
        if state.day < day or state.terms != terms:
            state = replace(state, day=max(day, state.day), terms=terms, after=None, is_done=False)
        if state.is_done:
            return begins_next
        page = going.read(store, platform_id, state.after)
        for stored in page.records:
            going.visit(work, stored)
        work.put(replace(state, after=page.next, is_done=page.next is None))
        store.commit(platform_id, work.changes())
        return begins_next if page.next is None else now + PAUSE

    return until_saved(attempt)
