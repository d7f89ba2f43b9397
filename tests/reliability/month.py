"""Thirty days of a platform at a driven time: people come and go, coordinators review, workers look every few hours.

The schedule alone asks for runs. After each run its own evidence is held against the bound of waiting: who waits, waits
because every place that could be had by rearranging is held by somebody of the same or a higher priority.
"""

from __future__ import annotations

import gc
import os
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from matching.community import generate
from matching.kernel import score_pairs
from matching.policy import Schedule
from matching.profile import Profile
from service.clock import FixedClock
from service.errors import Conflict
from service.jobs.child import do_job
from service.jobs.seats import Setup
from service.jobs.worker import Worker
from service.records.job import Job, JobState
from service.records.match import Match, MatchState
from service.records.member import Member
from service.records.run import Run, RunState
from service.storage.operated import OperatedStore
from service.usecases.matches import act_on_match, list_matches
from service.usecases.members import delete_member, put_members
from service.usecases.platforms import create_platform
from service.usecases.policies import get_policy, put_policy
from service.usecases.running.evidence import read_result, read_snapshot
from service.usecases.runs import list_runs
from tests.service.usecases.acting import seeker_of, supporter_of
from tests.service.usecases.cast import COORDINATOR

P = "harbour"
ZONE = "Europe/London"
CRON = "10 3 * * *"
_TOP = 1 << 60


@dataclass
class Month:
    """What was seen.

    Attributes
    ----------
    slots : of each run that the schedule made, in order. unfair : sentences about whoever waits though they need not.
    resident_mb : memory of this process at the end of each day.
    """

    slots: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    matched: int = 0
    waited: int = 0
    came: int = 0
    left: int = 0
    unfair: list[str] = field(default_factory=list)
    resident_mb: list[float] = field(default_factory=list)
    failed_jobs: list[str] = field(default_factory=list)


class _Here:
    """A child that has done its job in this process."""

    def __init__(self, ended: tuple[int, str]) -> None:
        self._exit_code, self.code = ended

    def wait(self, timeout: float | None = None) -> int:
        return self._exit_code

    def terminate(self) -> None:
        raise AssertionError("it has ended")

    kill = terminate


def live(store: OperatedStore, *, begin: datetime, days: int, step: timedelta, workers: int, seed: int) -> Month:
    """Let a platform live for so many days, and look at every run."""
    clock, choose, month = FixedClock(begin), random.Random(seed), Month()
    _open(store, clock, seed)
    staff = [_worker(store, clock) for _ in range(workers)]
    seen: set[str] = set()
    people = iter(generate(seed=seed + 1, seekers=6 * days, supporters=3 * days, today=begin.date()).profiles)
    for _ in range(days):
        _a_day(store, clock, choose, people, month)
        end = clock.now() + timedelta(days=1)
        while clock.now() < end:
            clock.advance(step)
            for worker in staff:
                worker.run_once()
        _look_at_runs(store, seen, month)
        gc.collect()
        month.resident_mb.append(resident_mb())
    month.failed_jobs = [
        f"{job.task} {job.error_code}" for job in map(_job, store.each(P, Job.KIND)) if job.state is JobState.FAILED
    ]
    return month


def resident_mb() -> float:
    """Memory of this process that is in use."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _open(store: OperatedStore, clock: FixedClock, seed: int) -> None:
    create_platform(store, platform_id=P, name=P, now=clock.now(), signposting="Call 112.")
    policy = replace(get_policy(store, P), schedule=Schedule(CRON, ZONE))
    put_policy(store, P, policy=policy, now=clock.now(), expected_version=policy.version)
    first = generate(seed=seed, seekers=50, supporters=25, today=clock.now().date()).profiles
    put_members(store, P, profiles=first, now=clock.now())


def _worker(store: OperatedStore, clock: FixedClock) -> Worker:
    def start(platform_id: str, job_id: str) -> _Here:
        return _Here(do_job(store, platform_id, job_id=job_id, clock=clock))

    return Worker(store, clock, start_child=start, setup=Setup(grace_seconds=0))


def _a_day(store: OperatedStore, clock: FixedClock, choose: random.Random, people, month: Month) -> None:  # type: ignore[no-untyped-def]
    """Some come, some leave, some proposals are reviewed and answered, some matches end."""
    now = clock.now()
    known = {stored.record_id for stored in store.each(P, Member.KIND)}
    coming: list[Profile] = [profile for profile, _ in zip(people, range(choose.randrange(4, 9)), strict=False)]
    new = [profile for profile in coming if profile.member_id not in known]
    put_members(store, P, profiles=new, now=now)
    month.came += len(new)
    for member_id in choose.sample(sorted(known), k=choose.randrange(1, 4)):
        delete_member(store, P, member_id=member_id, now=now)
        month.left += 1
    for match in list_matches(store, P, state=MatchState.PROPOSED, limit=12).records:
        _answered(store, match, choose, now)
    for match in list_matches(store, P, state=MatchState.ACTIVE, limit=2).records:
        _act(store, match, "end", COORDINATOR, now, reason="goal_reached")


def _answered(store: OperatedStore, match: Match, choose: random.Random, now: datetime) -> None:
    drawn = choose.random()
    if drawn < 0.2:
        _act(store, match, "reject", COORDINATOR, now, reason="poor_fit")
    elif drawn < 0.7 and _act(store, match, "approve", COORDINATOR, now):
        if choose.random() < 0.2:
            _act(store, match, "decline", supporter_of(match), now)
        elif _act(store, match, "accept", supporter_of(match), now):
            _act(store, match, "accept", seeker_of(match), now)


def _act(store: OperatedStore, match: Match, action: str, by, now: datetime, **more) -> bool:  # type: ignore[no-untyped-def]
    try:
        act_on_match(store, P, match_id=match.match_id, action=action, by=by, now=now, **more)
    except Conflict:
        return False
    return True


def _look_at_runs(store: OperatedStore, seen: set[str], month: Month) -> None:
    for run in reversed(list_runs(store, P, limit=20).records):
        if run.run_id in seen or not run.state.is_final:
            continue
        seen.add(run.run_id)
        month.states[run.state.value] += 1
        if run.slot is not None:
            month.slots.append(run.slot.rsplit(":rematch:", 1)[1])
        if run.state is RunState.DONE and run.counts is not None:
            month.matched += run.counts.matched
            month.waited += run.counts.still_looking
            if run.erased_at is None and run.snapshot_removed_at is None:
                month.unfair += unfair_waits(store, run)


def unfair_waits(store: OperatedStore, run: Run) -> list[str]:
    """Say of each who waits after a run that a place could be had which is free, or held by somebody behind them."""
    snapshot, _ = read_snapshot(store, P, run_id=run.run_id)
    kept = read_result(store, P, run_id=run.run_id)
    cohort = snapshot.cohort()
    column_of = {supporter_id: column for column, supporter_id in enumerate(cohort.supporter_ids)}
    supporter_of_seeker = {pair.seeker_id: column_of[pair.supporter_id] for pair in kept.pairs}
    feasible = score_pairs(cohort)
    may_meet = [feasible.indices[a:b].tolist() for a, b in zip(feasible.indptr[:-1], feasible.indptr[1:], strict=True)]
    held = [supporter_of_seeker.get(seeker_id, -1) for seeker_id in cohort.seeker_ids]
    return list(_unfair(may_meet, held, cohort.capacity.tolist(), _ranks(snapshot, cohort, may_meet, column_of)))


def _ranks(snapshot, cohort, may_meet, column_of) -> list[int]:  # type: ignore[no-untyped-def]
    """Priorities; whoever has an open proposal that may stand comes first."""
    ranks = [int(priority) for priority in np.asarray(cohort.priority)]
    for row, seeker_id in enumerate(cohort.seeker_ids):
        before = snapshot.previous.get(seeker_id)
        if before in column_of and column_of[before] in may_meet[row]:
            ranks[row] = _TOP
    return ranks


def _unfair(may_meet: list[list[int]], held: list[int], places: list[int], ranks: list[int]):  # type: ignore[no-untyped-def]
    holders: dict[int, list[int]] = {}
    for row, column in enumerate(held):
        if column >= 0:
            holders.setdefault(column, []).append(row)
    for waiting in (row for row, column in enumerate(held) if column < 0):
        reached, to_do = set(may_meet[waiting]), list(may_meet[waiting])
        while to_do:
            column = to_do.pop()
            those = holders.get(column, [])
            if len(those) < places[column]:
                yield f"somebody of priority {ranks[waiting]} waits though a place is free"
            for row in those:
                if ranks[row] < ranks[waiting]:
                    yield f"somebody of priority {ranks[waiting]} waits for one of {ranks[row]}"
                to_do += [each for each in may_meet[row] if each not in reached]
                reached.update(may_meet[row])


def _job(stored) -> Job:  # type: ignore[no-untyped-def]
    return Job.from_body(stored)


def days_of(begin: date, days: int) -> list[date]:
    """List so many days."""
    return [begin + timedelta(days=number) for number in range(days)]
