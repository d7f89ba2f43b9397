"""The run lease: alone, renewed, given back, and noticed when it is lost."""

from datetime import timedelta

import pytest

from service.errors import FenceLost, LeaseHeld, StoreUnavailable
from service.usecases.running import lease as lease_module
from service.usecases.running.lease import RUN_LEASE, TTL, HeldLease, run_lease
from tests.service.usecases.cast import NOW, OTHER, P


class Renewed:
    """A store whose renewals go as they are told to."""

    def __init__(self, *answers):
        self._answers = list(answers)
        self.renewals = 0

    def renew_lease(self, lease, *, ttl, now):
        self.renewals += 1
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return lease


def test_only_one_run_of_a_platform_has_it(store, clock):
    with run_lease(store, P, run_id="run_1", clock=clock):
        with pytest.raises(LeaseHeld), run_lease(store, P, run_id="run_2", clock=clock):
            pass
        with run_lease(store, OTHER, run_id="run_3", clock=clock):
            pass
    with run_lease(store, P, run_id="run_2", clock=clock):
        pass


def test_a_run_that_is_taken_up_again_has_it_at_once_and_the_dead_process_no_longer(store, clock):
    dead = store.acquire_lease(P, RUN_LEASE, owner="run_1", ttl=TTL, now=NOW)

    with run_lease(store, P, run_id="run_1", clock=clock) as held:
        assert held.fence.token > dead.token
        with pytest.raises(FenceLost):
            store.renew_lease(dead, ttl=TTL, now=NOW)


def test_it_is_renewed_until_it_is_lost(store, clock, monkeypatch):
    monkeypatch.setattr(lease_module, "TTL", timedelta(milliseconds=4))
    taken = store.acquire_lease(P, RUN_LEASE, owner="run_1", ttl=TTL, now=NOW)
    renewing = Renewed(taken, StoreUnavailable("busy"), taken, FenceLost(RUN_LEASE, taken.token))

    with HeldLease(renewing, taken, clock) as held:
        assert held._lost.wait(30)
        assert held.is_lost()

    assert renewing.renewals == 4


class Interrupted:
    """A store that is told to stop once, after it has given a lease and before it says so."""

    def __init__(self, store):
        self._store = store
        self._is_first = True

    def acquire_lease(self, *arguments, **options):
        lease = self._store.acquire_lease(*arguments, **options)
        if self._is_first:
            self._is_first = False
            raise KeyboardInterrupt
        return lease

    def release_lease(self, lease):
        self._store.release_lease(lease)


def test_told_to_stop_while_the_lease_is_given_it_keeps_nobody_waiting(store, clock):
    with pytest.raises(KeyboardInterrupt), run_lease(Interrupted(store), P, run_id="run_1", clock=clock):
        pass

    with run_lease(store, P, run_id="run_2", clock=clock):
        pass
