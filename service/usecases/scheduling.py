"""Scheduled work: making what a slot asks for, once, whoever looks and however many of them.

A slot fires by one commit that moves the schedule's state on and makes the work with the slot as a unique key. After
an outage the latest slot fires and the earlier ones do not. What asks for slots: a platform's policy for runs, and the
service itself for clearing up.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

from matching.policy import Schedule
from service.errors import UniqueTaken
from service.records import kinds
from service.records.codec import put_of
from service.records.schedule import ScheduleState
from service.storage.store import Changes, Put, Store
from service.usecases.policies import policy_version
from service.usecases.queueing import enqueue, new_job
from service.usecases.reading import maybe_found
from service.usecases.running.opening import close_dead_run
from service.usecases.runs import new_run_puts
from service.usecases.slots import latest_slot, next_slot, period_slot, slot_text
from service.usecases.standby import LOOK_AGAIN, standing_by_since
from service.usecases.wording import is_ready_to_publish

REMATCH: Final = "rematch"
RETENTION: Final = "retention"
"""Also the task's name (`service/jobs/tasks/retention.py`)."""

_RUN_IN_THE_WAY: Final = timedelta(seconds=10)
"""How long to wait while another run is under way."""


def fire_due(store: Store, platform_id: str, *, now: datetime) -> datetime | None:
    """Make what is due by the platform's schedules; give when to look again, None when nothing is scheduled.

    Conflict when another worker was quicker.
    """
    looks = (_rematch(store, platform_id, now), _retention(store, platform_id, now))
    return min((look for look in looks if look is not None), default=None)


def schedule_since(store: Store, platform_id: str) -> ScheduleState | None:
    """Give how far the platform's scheduled runs have come; None when its policy asks for none."""
    saved = policy_version(store, platform_id)
    if saved is None or saved.policy.schedule is None:
        return None
    return _state(store, platform_id, REMATCH, saved.policy.schedule, begins=saved.created_at)


def rematch_slot(platform_id: str, now: datetime, *, minutes: int) -> str:
    """Give the key of the present stretch of so many minutes, for runs that others may ask for at the same time."""
    return kinds.slot_of(platform_id, REMATCH, slot_text(period_slot(now, minutes=minutes)))


def _rematch(store: Store, platform_id: str, now: datetime) -> datetime | None:
    state = schedule_since(store, platform_id)
    if state is None:
        return None
    slot = latest_slot(state.schedule, after=state.since, until=now)
    if slot is None:
        return next_slot(state.schedule, after=now)
    if standing_by_since(store) is not None:
        # The latest slot is made up for once the store is in use.
        return now + LOOK_AGAIN
    if not is_ready_to_publish(store, platform_id):
        # The slot passes: a run would fail, at every slot until somebody says where help is to be found.
        _fire(store, platform_id, replace(state, since=slot), (), now)
        return next_slot(state.schedule, after=now)
    close_dead_run(store, platform_id, now=now)
    key = kinds.slot_of(platform_id, REMATCH, slot_text(slot))
    _, puts = new_run_puts(requested_by="schedule", now=now, slot=key)
    try:
        _fire(store, platform_id, replace(state, since=slot), puts, now)
    except UniqueTaken as error:
        if error.name != kinds.SLOT:
            return now + _RUN_IN_THE_WAY
        # Somebody has made the run of this slot by hand (`alongside rematch --slot`).
        _fire(store, platform_id, replace(state, since=slot), (), now)
    return next_slot(state.schedule, after=now)


def _retention(store: Store, platform_id: str, now: datetime) -> datetime | None:
    state = _state(store, platform_id, RETENTION, _nightly(platform_id), begins=now)
    slot = latest_slot(state.schedule, after=state.since, until=now)
    if state.version == 0 or slot is not None:
        since = slot or state.since
        puts: tuple[Put, ...] = ()
        if slot is not None:
            key = kinds.slot_of(platform_id, RETENTION, slot_text(slot))
            puts = (put_of(new_job(RETENTION, subject=platform_id, due_at=now, now=now, slot=key)),)
        _fire(store, platform_id, replace(state, since=since), puts, now)
    return next_slot(state.schedule, after=now)


def _state(store: Store, platform_id: str, work: str, schedule: Schedule, *, begins: datetime) -> ScheduleState:
    """Read how far a schedule has come; one that is new or was changed begins at `begins`."""
    known = maybe_found(store, platform_id, ScheduleState, work)
    if known is None:
        return ScheduleState(work, schedule, begins)
    if known.schedule == schedule:
        return known
    return replace(known, schedule=schedule, since=max(known.since, begins))


def _fire(store: Store, platform_id: str, state: ScheduleState, puts: tuple[Put, ...], now: datetime) -> None:
    moved = put_of(state, expected_version=state.version)
    enqueue(store, platform_id, Changes(puts=(moved, *puts)), now=now)


def _nightly(platform_id: str) -> Schedule:
    """Give a minute between one and five in the morning, UTC, another one for each platform."""
    minute = int.from_bytes(blake2b(platform_id.encode(), digest_size=4).digest(), "big") % 240
    return Schedule(f"{minute % 60} {1 + minute // 60} * * *", "UTC")
