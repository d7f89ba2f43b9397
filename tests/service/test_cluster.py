"""Parts of a run on a cluster of Dask workers: the same answer to the last bit, whatever happens to a worker."""

import os
import signal
from collections import namedtuple
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from dask import config
from distributed import Client, LocalCluster, Security
from structlog.testing import capture_logs

from benchmarks.communities import BRANCHES_APART
from matching.cohort import Cohort
from matching.community import ZONES, generate
from matching.crew import HERE
from matching.crowd import Shape
from matching.engine import match
from matching.errors import Cancelled
from matching.policy import Objective, Policy
from matching.verify import verify_outcome
from matching.week import Week
from service import cluster
from service.doctor import machine
from service.settings import Settings
from service.storage.operated import State
from service.usecases.runs import EngineLimits, run_now
from tests.service.storage.servers import free_port
from tests.service.usecases.cast import P
from tests.service.usecases.conftest import cast, clock, store, store_url
from tests.service.webhooks.certificates import Authority

__all__ = ["cast", "clock", "store", "store_url"]

TODAY = date(2026, 1, 5)
LITTLE_MEMORY = 1 << 20
"""Too little to keep all pairs: then every pass scores anew."""


@pytest.fixture(scope="module", autouse=True)
def _scratch(tmp_path_factory):
    """Schedulers and workers leave folders where Dask is told to."""
    with config.set({"temporary-directory": str(tmp_path_factory.mktemp("dask"))}):
        yield


@pytest.fixture(scope="module")
def dask():
    """Two workers, each a process of its own."""
    made = LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    )
    with made, Client(made, set_as_default=False) as client:
        yield client


def cohort_of(policy, shape):
    people = generate(seed=7, seekers=1400, supporters=900, today=TODAY, shape=shape).profiles
    return Cohort.from_profiles(people, week=Week(TODAY, dict.fromkeys(ZONES, ((0, 0),))), policy=policy)


@pytest.fixture(scope="module")
def cohort():
    return cohort_of(Policy(), Shape(away=0))


def same(one, other):
    assert (one.digest, one.pairs, one.blocking_pairs) == (other.digest, other.pairs, other.blocking_pairs)
    if one.result.certificate is not None:
        for name in ("seeker_surplus", "supporter_price"):
            assert np.array_equal(getattr(one.result.certificate, name), getattr(other.result.certificate, name))


@pytest.mark.parametrize("objective", list(Objective))
@pytest.mark.parametrize("memory_bytes", [LITTLE_MEMORY, 1 << 30])
def test_spread_over_workers_a_run_is_the_same_and_its_proof_holds(dask, cohort, objective, memory_bytes):
    cohort = replace(cohort, policy=replace(cohort.policy, objective=objective))
    crew = cluster.crew_of(dask, cohort)

    spread = match(cohort, cohort.policy, memory_bytes=memory_bytes, crew=crew)
    verify_outcome(cohort, spread, run_blocks=crew.weigh, block_pairs=crew.block_pairs)

    same(spread, match(cohort, cohort.policy, memory_bytes=memory_bytes))


def test_both_workers_do_their_share(dask, cohort):
    crew = cluster.crew_of(dask, cohort)
    match(cohort, cohort.policy, memory_bytes=LITTLE_MEMORY, crew=crew)

    kept = dask.run(lambda: len(__import__("service.cluster").cluster._kept))

    assert min(kept.values()) > 0
    assert len(kept) == 2


def test_a_wrong_answer_of_a_worker_does_not_pass(dask, cohort):
    crew = cluster.crew_of(dask, cohort)

    def liar(weighing, blocks):
        for tally in crew.weigh(weighing, blocks):
            yield tally._replace(feasible=tally.feasible + 1)

    outcome = match(cohort, cohort.policy)
    with pytest.raises(Exception, match="pairs_feasible"):
        verify_outcome(cohort, outcome, run_blocks=liar, block_pairs=crew.block_pairs)


def test_independent_parts_are_solved_by_the_workers(dask, monkeypatch):
    from matching.solvers import parts

    monkeypatch.setattr("matching.cohort_run.parts_of", partial(parts.parts_of, worth_parting=1000))
    branches = cohort_of(BRANCHES_APART, Shape(sites=3, away=0))
    crew = cluster.crew_of(dask, branches)
    solved = []

    def solve(given, should_stop):
        for solution in crew.solve(given, should_stop):
            solved.append(solution)
            yield solution

    spread = match(branches, branches.policy, crew=replace(crew, solve=solve))

    assert len(solved) >= 3
    same(spread, match(branches, branches.policy))


def test_a_run_that_nobody_wants_any_more_ends_on_the_cluster_too(dask, cohort):
    asked = iter([False, False, True])

    with pytest.raises(Cancelled):
        match(cohort, cohort.policy, should_stop=lambda: next(asked, True), crew=cluster.crew_of(dask, cohort))


def test_what_no_worker_has_any_more_is_sent_again(dask, cohort, monkeypatch):
    """Dask takes copies of what lies idle for too many and keeps one, which may go with a single worker."""
    sent, send = [], cluster._Sent._send
    monkeypatch.setattr(cluster._Sent, "_send", lambda self: sent.append(send(self)) or sent[-1])
    crew = cluster.crew_of(dask, cohort)
    victims = list(dask.run(os.getpid).values())
    killed = []

    def kill_all_once(done, total):
        if not killed and 0 < done < total:
            killed.extend(victims)
            for victim in victims:
                os.kill(victim, signal.SIGKILL)

    spread = match(cohort, cohort.policy, memory_bytes=LITTLE_MEMORY, crew=crew, on_progress=kill_all_once)

    assert len(killed) == 2
    assert len(sent) >= 2
    same(spread, match(cohort, cohort.policy, memory_bytes=LITTLE_MEMORY))


def test_a_worker_that_is_killed_in_the_middle_changes_nothing(dask, cohort):
    crew = cluster.crew_of(dask, cohort)
    victims = list(dask.run(os.getpid).values())
    killed = []

    def kill_once(done, total):
        if not killed and 0 < done < total:
            os.kill(victims[0], signal.SIGKILL)
            killed.append(victims[0])

    spread = match(cohort, cohort.policy, memory_bytes=LITTLE_MEMORY, crew=crew, on_progress=kill_once)

    assert killed == victims[:1]
    same(spread, match(cohort, cohort.policy, memory_bytes=LITTLE_MEMORY))
    assert not Path(f"/proc/{killed[0]}/stat").exists() or victims[0] not in dask.run(os.getpid).values()


def settings_for(address, tmp_path):
    return Settings("sqlite:///x", is_embedded=True, secret_key_file=tmp_path, may_make_secret_key=True, dask=address)


def test_a_small_run_and_one_without_a_cluster_are_done_here(cohort, tmp_path):
    for settings in (settings_for(None, tmp_path), settings_for("tcp://127.0.0.1:1", tmp_path)):
        with cluster.crew_for(cohort, settings) as crew:
            assert crew is HERE


def test_a_cluster_that_cannot_be_reached_is_logged_and_the_run_is_done_here(cohort, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 1)

    with capture_logs() as logged:
        settings = settings_for(f"tcp://127.0.0.1:{free_port()}", tmp_path)
        with cluster.crew_for(cohort, settings, worth_spreading=1) as crew:
            assert crew is HERE

    assert any("no cluster" in line["event"] for line in logged)


def test_a_whole_run_is_spread_where_the_settings_name_a_cluster(dask, cast, clock, tmp_path):
    settings = settings_for(dask.scheduler_info()["address"], tmp_path)
    used = []

    def crew_for(cohort):
        used.append(cohort)
        return cluster.crew_for(cohort, settings, worth_spreading=1)

    run = run_now(cast, P, clock=clock, limits=EngineLimits(crew_for=crew_for))

    assert len(used) == 1
    assert run.counts.matched == 2


# --- TLS ---------------------------------------------------------------------------------------------------------

Tls = namedtuple("Tls", ("address", "authority"))


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """A scheduler and a worker that speak with nobody but who has a certificate of their authority."""
    authority = Authority(tmp_path_factory.mktemp("tls"))
    files = {role: str(authority.certificate(role)) for role in ("client", "scheduler", "worker")}
    named = {f"tls_{role}_{part}": file for role, file in files.items() for part in ("cert", "key")}
    security = Security(tls_ca_file=str(authority.file), require_encryption=True, **named)
    with LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        processes=True,
        protocol="tls://",
        host="127.0.0.1",
        security=security,
        dashboard_address="127.0.0.1:0",
    ) as made:
        yield Tls(made.scheduler_address, authority)


@pytest.fixture
def settings_of(monkeypatch, tmp_path):
    """Give the settings of an environment, as an operator writes it."""

    def read(address, authority):
        monkeypatch.setenv("ALONGSIDE_STORE", f"sqlite:///{tmp_path}/s")
        monkeypatch.setenv("ALONGSIDE_DASK", address)
        if authority is not None:
            own = str(authority.certificate("alongside"))
            for name, file in (("CA", str(authority.file)), ("CERT", own), ("KEY", own)):
                monkeypatch.setenv(f"ALONGSIDE_DASK_{name}_FILE", file)
        return Settings.from_environment()

    return read


def test_with_tls_a_run_is_spread_over_those_who_have_certificates_of_one_authority(tls, cohort, settings_of):
    settings = settings_of(*tls)
    assert settings.dask.startswith("tls://127.0.0.1:")

    with cluster.crew_for(cohort, settings, worth_spreading=1) as crew:
        assert crew is not HERE
        spread = match(cohort, cohort.policy, memory_bytes=LITTLE_MEMORY, crew=crew)

    same(spread, match(cohort, cohort.policy, memory_bytes=LITTLE_MEMORY))
    (told,) = machine.cluster(settings, None)
    assert (told.state, told.says) == (State.OK, "it does one part of a large run at a time")


@pytest.mark.parametrize("how", ["another authority", "no TLS"])
def test_who_has_no_certificate_of_it_reaches_nobody_and_doctor_says_so(
    tls, cohort, settings_of, tmp_path, monkeypatch, how
):
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 2)
    plain = tls.address.replace("tls://", "tcp://")
    settings = settings_of(tls.address, Authority(tmp_path)) if how == "another authority" else settings_of(plain, None)

    with capture_logs() as logged, cluster.crew_for(cohort, settings, worth_spreading=1) as crew:
        assert crew is HERE

    assert any("no cluster" in line["event"] for line in logged)
    (told,) = machine.cluster(settings, None)
    assert told.state is State.WARNING
