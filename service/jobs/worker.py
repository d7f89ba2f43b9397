"""The worker: hears or finds what is due, and has it done, each lane with threads of its own.

Stopping (SIGTERM, SIGINT) takes no further job, gives those in hand a moment, then hands them back for the next worker.
A worker that is killed loses nothing: what it had in hand is due again when its lease runs out, and its child processes
end with it.
"""

from __future__ import annotations

import secrets
import signal
import time
from contextlib import suppress
from datetime import timedelta
from functools import partial
from random import Random
from threading import Event, Thread
from typing import Final

import structlog

from service import metrics
from service.backups.unfinished import open_whole_store
from service.clock import Clock, SystemClock
from service.errors import Conflict, StoreUnavailable, TemporaryError
from service.jobs.claims import Claim, claim_next
from service.jobs.doing import FAULT_CODE, do_here
from service.jobs.held import Held
from service.jobs.lanes import Turns
from service.jobs.looking import LONGEST_REST, Looks
from service.jobs.processes import Children, StartChild, do_in_child
from service.jobs.registry import Lane, Registry, declared
from service.jobs.seats import DEFAULT_SETUP, PLACES, Seat, Setup, is_large
from service.metrics.listener import listen
from service.settings import Settings
from service.storage.operated import OperatedStore
from service.storage.patient import opened_patiently
from service.storage.store import Listener
from service.tracing import spanned
from service.usecases.heartbeats import EVERY, beat, stop_beating
from service.usecases.queueing import look_again

POLL_SECONDS: Final = 1.0
"""How often the list of agendas is read while nothing is heard."""
BREATH_SECONDS: Final = 0.02
"""How long to do nothing after something was heard, so that a burst of calls is one look."""
ENLIST_EVERY_SECONDS: Final = 600.0
"""How often to see that every platform is in the list."""
KEEP_EVERY_SECONDS: Final = 1.0
_OUTAGE_SECONDS: Final = 1.0

_log = structlog.get_logger(__name__)


class Worker:
    """One worker; `run_forever` until `stop`, or all that is due now in this thread with `run_once`."""

    def __init__(
        self,
        store: OperatedStore,
        clock: Clock,
        *,
        start_child: StartChild,
        registry: Registry | None = None,
        setup: Setup = DEFAULT_SETUP,
    ) -> None:
        self._store = store
        self._clock = clock
        self._start_child = start_child
        self._registry = registry or declared()
        self._setup = setup
        self._owner = f"worker {secrets.token_hex(8)}"
        self._started_at = clock.now()
        self._beat_at = self._started_at
        self._turns = {lane: Turns(places=PLACES.get(lane, 1)) for lane in Lane}
        self._looks = Looks(store, self._registry, self._offer, random=Random(self._owner))
        self._seats: list[Seat] = []
        self._has_more_due = False
        self._is_stopping = Event()

    @property
    def _worker_id(self) -> str:
        return self._owner.replace(" ", "_")

    def stop(self) -> None:
        """Take no further job, and give back those in hand that do not end within the grace."""
        self._is_stopping.set()

    def run_once(self) -> bool:
        """Do all that is due now, and what becomes due by it; tell whether there was any job."""
        now, has_worked = self._clock.now(), False
        self._looks.enlist(now)
        while self._looks.look_at_due(now):
            pass
        seats = [Seat(lane) for lane in Lane]
        while not self._is_stopping.is_set():
            turns = [(seat, self._turns[seat.lane].take(seconds=0)) for seat in seats]
            taken = [(seat, turn) for seat, turn in turns if turn is not None]
            for seat, (platform_id, chores) in taken:
                has_worked |= self._serve(seat, platform_id, chores)
            if not taken:
                break
        return has_worked

    def run_forever(self) -> None:
        """Work until `stop`; whatever goes wrong with one job or store call is logged, and the next round comes."""
        for lane in Lane:
            for _ in range(self._setup.threads_of(lane)):
                self._take_seat(lane)
        keeper = Thread(target=self._keep_in_hand, name="keeper", daemon=True)
        keeper.start()
        try:
            self._look_around()
        finally:
            self._is_stopping.set()
            self._leave()
            keeper.join()

    # --- Looking -----------------------------------------------------------------------------------------------------

    def _look_around(self) -> None:
        listener: Listener | None = None
        enlist_at = 0.0
        try:
            while not self._is_stopping.is_set():
                try:
                    listener = listener or self._store.listen()
                    if time.monotonic() >= enlist_at:
                        self._looks.enlist(self._clock.now())
                        enlist_at = time.monotonic() + ENLIST_EVERY_SECONDS
                    self._look(listener)
                except StoreUnavailable as error:
                    _log.warning("cannot look for jobs", code=error.code)
                    self._is_stopping.wait(_OUTAGE_SECONDS)
                except Exception:  # noqa: BLE001 - the outermost loop: one bad record must not stop all platforms
                    _log.exception("a platform could not be looked at")
                    self._is_stopping.wait(_OUTAGE_SECONDS)
        finally:
            if listener is not None:
                listener.close()

    def _look(self, listener: Listener) -> None:
        heard_at = self._looks.seconds_until_heard(time.monotonic())
        rest = 0.0 if self._has_more_due else POLL_SECONDS
        heard = listener.wait(rest if heard_at is None else min(rest, heard_at))
        self._looks.look_at_heard(heard, self._clock.now(), time.monotonic())
        self._looks.offer_heard(time.monotonic())
        # A worker that stops must not take a platform's next look from those that go on. Few at a time, since what is
        # heard meanwhile should not wait.
        self._has_more_due = not self._is_stopping.is_set() and self._looks.look_at_due(self._clock.now())
        if heard:
            self._is_stopping.wait(BREATH_SECONDS)

    def _offer(self, lane: Lane, platform_id: str, chore: str | None) -> None:
        if lane is Lane.RUNS and is_large(self._store, platform_id):
            lane = Lane.LARGE_RUNS
        self._turns[lane].offer(platform_id, chore)

    # --- Doing -------------------------------------------------------------------------------------------------------

    def _take_seat(self, lane: Lane) -> None:
        seat = Seat(lane)
        self._seats.append(seat)
        seat.thread = Thread(target=self._sit, args=(seat,), name=f"lane {lane}", daemon=True)
        seat.thread.start()

    def _sit(self, seat: Seat) -> None:
        while not self._is_stopping.is_set() and not seat.is_replaced:
            turn = self._turns[seat.lane].take()
            if turn is None or self._is_stopping.is_set():
                return
            try:
                self._serve(seat, *turn)
            except StoreUnavailable as error:
                _log.warning("cannot take jobs", code=error.code)
                self._is_stopping.wait(_OUTAGE_SECONDS)
            except Exception:  # noqa: BLE001 - the outermost loop: one bad record must not stop all platforms
                _log.exception("a job could not be looked after")
                self._is_stopping.wait(_OUTAGE_SECONDS)

    def _serve(self, seat: Seat, platform_id: str, chores: frozenset[str]) -> bool:
        """Give a platform its turn in a lane: what it has to have looked after, then one job, if one is due."""
        has_job = False
        try:
            for name in sorted(chores):
                self._look_after(name, platform_id)
            tasks = self._registry.tasks_of(seat.lane)
            owner = f"{self._owner} {seat.mark}"
            claim = claim_next(self._store, platform_id, tasks=tasks, owner=owner, now=self._clock.now())
            if claim is not None:
                has_job = True
                if seat.lane in PLACES:
                    # Whoever is free may take the platform's next one meanwhile.
                    self._turns[seat.lane].offer(platform_id)
                self._do(seat, claim)
        finally:
            if not seat.is_replaced:
                self._turns[seat.lane].served(platform_id, has_more=has_job)
        return has_job

    def _look_after(self, name: str, platform_id: str) -> None:
        now = self._clock.now()
        try:
            next_at = self._registry.chores[name].look_after(self._store, platform_id, now)
        except StoreUnavailable:
            raise
        except Conflict:
            # Somebody else looks after it just now.
            return
        except TemporaryError as error:
            next_at = now + timedelta(seconds=error.retry_after_seconds)
        except Exception:  # noqa: BLE001 - the outermost of a chore: a fault in one must not keep others from their turn
            _log.exception("could not look after a platform", task=name)
            return
        if next_at is not None and next_at < now + LONGEST_REST:
            look_again(self._store, platform_id, at=next_at)

    def _do(self, seat: Seat, claim: Claim) -> None:
        task = self._registry.tasks[claim.job.task]
        held = Held(task, claim, self._clock, self._is_stopping)
        _log.info("job taken", task=task.name, attempt=claim.job.attempt)
        metrics.job_taken(seat.lane.value, claim.waited_seconds)
        with seat.holding(held, claim.platform_id), spanned(f"job {task.name}") as span:
            span.tell(task=task.name, lane=seat.lane.value, attempt=claim.job.attempt)
            try:
                if task.lane.is_in_child:
                    grace = self._setup.grace_seconds
                    do_in_child(held, self._start_child, self._is_stopping, grace_seconds=grace)
                else:
                    do_here(held)
            except Conflict:
                # Somebody else has the job: what this one may still write is fenced off.
                _log.warning("job lost to another worker", task=task.name, attempt=claim.job.attempt)
            except StoreUnavailable:
                raise
            except Exception:  # noqa: BLE001 - the job must not stay in hand
                _log.exception("job failed", task=task.name)
                held.fail_or_retry(FAULT_CODE)

    # --- Keeping and leaving -----------------------------------------------------------------------------------------

    def _keep_in_hand(self) -> None:
        self._beat()
        while not self._is_stopping.wait(KEEP_EVERY_SECONDS):
            for seat in tuple(self._seats):
                self._keep(seat)
            if self._clock.now() >= self._beat_at:
                self._beat()

    def _beat(self) -> None:
        """Say that this worker lives; whoever wants to know whether anybody works reads it."""
        now = self._clock.now()
        self._beat_at = now + EVERY
        with suppress(StoreUnavailable):
            beat(self._store, self._worker_id, started_at=self._started_at, now=now)

    def _keep(self, seat: Seat) -> None:
        held = seat.held
        if held is None or seat.is_replaced:
            return
        try:
            held.keep()
        except Exception:  # noqa: BLE001 - the outermost of the keeper: it keeps the other jobs, too
            _log.exception("a job could not be kept", task=held.task.name)
        if held.is_over and not held.task.lane.is_in_child and seat.held is held:
            # Its thread works on for nobody, perhaps for ever; the others must not wait for it.
            _log.error("job does not end", task=held.task.name)
            seat.is_replaced = True
            self._seats.remove(seat)
            self._turns[seat.lane].served(seat.platform_id, has_more=True)
            self._take_seat(seat.lane)

    def _leave(self) -> None:
        for turns in self._turns.values():
            turns.close()
        until = time.monotonic() + self._setup.grace_seconds
        for seat in self._seats:
            if seat.thread is not None:
                # A child is given the grace by the thread that watches it, which then sees it off.
                seat.thread.join(None if seat.lane.is_in_child else max(until - time.monotonic(), 0))
        for seat in self._seats:
            held = seat.held
            if held is not None:
                try:
                    held.hand_back()
                except (Conflict, StoreUnavailable) as error:
                    _log.warning("a job could not be handed back", task=held.task.name, code=error.code)
        with suppress(StoreUnavailable):
            stop_beating(self._store, self._worker_id)


def work(settings: Settings) -> None:
    """Be a worker until SIGTERM or SIGINT; must be called in the main thread."""
    metrics.begin(settings)
    store = metrics.metered(opened_patiently(partial(open_whole_store, settings.store)), engine=settings.engine)
    listen(settings, store, SystemClock())
    setup = Setup(threads={Lane.RUNS: settings.worker_runs, Lane.LARGE_RUNS: settings.worker_runs})
    children = Children(settings.store)
    worker = Worker(store, SystemClock(), start_child=children.start, setup=setup)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    children.get_ready()
    try:
        worker.run_forever()
    finally:
        children.close()
        store.close()
