"""Any order of asking, taking, renewing, ending, crashing and looking: one holder at a time, nothing lost or late.

Workers are claims that are held or forgotten; time moves only when the test says so. What a look finds is held against
what is due, so that a line in the list of agendas can never hide a job.
"""

import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from service.clock import FixedClock
from service.errors import Conflict
from service.jobs.claims import TTL, claim_next
from service.jobs.looking import LONGEST_REST, Looks
from service.jobs.registry import Lane, Registry, task
from service.records.agenda import Agenda
from service.records.codec import put_of, read_as
from service.records.job import Job, JobState
from service.storage import open_store
from service.storage.store import GLOBAL_SCOPE, Changes
from service.usecases.platforms import create_platform
from service.usecases.queueing import SETTLED_AFTER, announce, enqueue, new_job
from tests.service.usecases.cast import NOW, OTHER, P


@task("work", lane=Lane.SHORT)
def work(_work):
    """Nothing; the model does it."""


REGISTRY = Registry({"work": work}, {})
PLATFORMS = st.sampled_from((P, OTHER))
SECONDS = st.integers(0, 200)


@dataclass
class Hold:
    claim: object
    is_given_back: bool = False


class Jobs(RuleBasedStateMachine):
    holds = Bundle("holds")

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = open_store(f"sqlite:///{Path(self.folder.name)}/store.sqlite3")
        self.clock = FixedClock(NOW)
        self.asked, self.ended, self.announced = {}, set(), {}
        self.offered = set()
        self.looks = Looks(self.store, REGISTRY, lambda _lane, scope, _chore: self.offered.add(scope), random=Random(1))
        for platform_id in (P, OTHER):
            create_platform(self.store, platform_id=platform_id, name=platform_id, now=NOW)

    def teardown(self):
        self.store.close()
        self.folder.cleanup()

    @property
    def now(self):
        return self.clock.now()

    def job(self, job_id):
        return read_as(Job, self.store.get(self.asked[job_id], Job.KIND, job_id))

    @rule(platform_id=PLATFORMS, due_in=SECONDS)
    def ask(self, platform_id, due_in):
        job = new_job("work", subject="s", due_at=self.now + timedelta(seconds=due_in), now=self.now)
        enqueue(self.store, platform_id, Changes(puts=(put_of(job, expected_version=0),)), now=self.now)
        self.asked[job.job_id] = platform_id

    @rule(platform_id=PLATFORMS)
    def die_before_storing(self, platform_id):
        announce(self.store, platform_id, due_at=self.now, now=self.now)

    @rule(target=holds, platform_id=PLATFORMS, owner=st.sampled_from("abc"))
    def take(self, platform_id, owner):
        due = [job for job in map(self.job, self.asked) if self.asked[job.job_id] == platform_id and self.is_free(job)]
        claim = claim_next(self.store, platform_id, tasks=("work",), owner=owner, now=self.now)
        if claim is None:
            assert due == []
            return multiple()
        assert claim.job.job_id in {job.job_id for job in due}
        assert claim.job.job_id not in self.ended
        return Hold(claim)

    def is_free(self, job):
        return job.state.is_open and job.due_at <= self.now

    def is_holder(self, hold):
        """Whether nobody has taken the job since."""
        return not hold.is_given_back and self.job(hold.claim.job.job_id).fence == hold.claim.lease.token

    @rule(hold=holds)
    def renew(self, hold):
        if self.is_holder(hold):
            hold.claim = hold.claim.renew(self.now)
        else:
            with pytest.raises(Conflict):
                hold.claim.renew(self.now)

    @rule(hold=holds, how=st.sampled_from(("finish", "fail", "retry", "put_off", "hand_back")))
    def end(self, hold, how):
        arguments = {
            "finish": {},
            "fail": {"code": "x"},
            "retry": {"delay": timedelta(seconds=30), "code": "x"},
            "put_off": {"until": self.now + timedelta(seconds=90)},
            "hand_back": {},
        }[how]
        if not self.is_holder(hold):
            before = self.job(hold.claim.job.job_id)
            with pytest.raises(Conflict):
                getattr(hold.claim, how)(self.now, **arguments)
            assert self.job(hold.claim.job.job_id) == before
            return
        getattr(hold.claim, how)(self.now, **arguments)
        hold.is_given_back = True
        if how in ("finish", "fail"):
            self.ended.add(hold.claim.job.job_id)

    @rule(_hold=consumes(holds))
    def crash(self, _hold):
        """Nobody hears of this worker again."""

    @rule(seconds=SECONDS)
    def wait(self, seconds):
        self.clock.advance(timedelta(seconds=seconds))

    @rule()
    def look(self):
        self.offered.clear()
        due = {self.asked[job.job_id] for job in map(self.job, self.asked) if self.is_free(job)}
        lines = {line.platform_id: line for line in self.lines()}
        self.looks.look_at_due(self.now)
        looked_at = {scope for scope in (P, OTHER) if scope in lines and lines[scope].look_at <= self.now}
        assert self.offered == due & looked_at

    @invariant()
    def what_ended_stays_so_and_what_has_not_is_open(self):
        for job_id in self.asked:
            assert self.job(job_id).state.is_open == (job_id not in self.ended)

    @invariant()
    def one_who_has_a_job_has_it_for_a_while(self):
        for job in map(self.job, self.asked):
            assert (job.fence > 0) == (job.state is JobState.RUNNING)
            assert job.state is not JobState.RUNNING or job.due_at <= self.now + TTL

    @invariant()
    def a_platform_is_looked_at_soon_after_something_is_due_in_it(self):
        lines = {line.platform_id: line for line in self.lines()}
        for job in map(self.job, self.asked):
            if job.state is JobState.QUEUED:
                look_at = lines[self.asked[job.job_id]].look_at
                assert look_at <= max(job.due_at, self.now) + SETTLED_AFTER
        for line in lines.values():
            assert line.look_at <= self.now + LONGEST_REST + timedelta(seconds=200)

    def lines(self):
        return [read_as(Agenda, stored) for stored in self.store.each(GLOBAL_SCOPE, Agenda.KIND)]


TestJobs = Jobs.TestCase
TestJobs.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
