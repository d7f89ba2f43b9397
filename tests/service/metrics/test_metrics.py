"""What processes count adds up over all of them, whoever has ended, and says nothing about anybody."""

import os
import re
import subprocess
import sys
import urllib.request
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from service import metrics
from service.errors import ConfigurationError, StoreUnavailable
from service.metrics.folder import taken_place
from service.metrics.store_figures import StoreFigures
from service.records.codec import put_of
from service.records.job import Job, JobState
from service.settings import Settings
from service.storage.store import Changes
from service.usecases.heartbeats import beat
from service.usecases.members import put_members
from service.usecases.platforms import create_platform
from service.usecases.runs import run_now
from service.usecases.standby import stand_by
from service.usecases.webhooks.outcomes import GIVE_UP_AFTER
from tests.reliability.processes import wait_until
from tests.service.storage.servers import free_port
from tests.service.usecases.cast import NOW, OTHER, P, seeker
from tests.service.usecases.webhooks.posts import BROKEN, Post, made, something_happens, turn, verified

COUNTING = """
import sys
from pathlib import Path
from service import metrics
from service.metrics.meters import Meters
metrics._meters = Meters(Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    metrics.request_ended("GET", "/v1/members/<member_id>", 200, 0.02)
    metrics.message_sent("event", None, 0.1)
metrics.message_sent("challenge", "no_challenge", 0.2)
metrics.event_arrived(45.0)
with metrics.run_counted(is_dry_run=False):
    pass
print("counted", flush=True)
sys.stdin.read()
"""

TELLING = """
import os, sys
os.environ["PROMETHEUS_MULTIPROC_DIR"] = sys.argv[1]
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
registry = CollectorRegistry()
MultiProcessCollector(registry)
sys.stdout.write(generate_latest(registry).decode())
"""


def counting(folder, times):
    process = subprocess.Popen(
        [sys.executable, "-c", COUNTING, str(folder), str(times)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"counted\n"
    return process


def ended(*processes):
    for process in processes:
        process.communicate()


def told(folder):
    out = subprocess.run(
        [sys.executable, "-c", TELLING, str(folder / "1")], capture_output=True, text=True, check=True
    ).stdout
    return samples(out)


def samples(text):
    return {
        name: float(value) for name, value in re.findall(r"^(alongside\S*(?:\{[^}]*\})?) (\S+)$", text, re.MULTILINE)
    }


REQUESTS = 'alongside_http_requests_total{method="GET",route="/v1/members/<member_id>",status="200"}'


def test_what_processes_count_adds_up_and_stays_when_they_end(tmp_path):
    folder = tmp_path / "metrics"
    first, second = counting(folder, 3), counting(folder, 4)
    both = told(folder)
    ended(first, second)
    third = counting(folder, 5)
    third.kill()
    ended(third)

    assert both[REQUESTS] == 7
    assert told(folder)[REQUESTS] == 12
    found = told(folder)
    assert found['alongside_runs_total{kind="run",result="done"}'] == 3
    assert found['alongside_webhook_attempts_total{kind="event",result="arrived"}'] == 12
    assert found['alongside_webhook_attempts_total{kind="challenge",result="no_challenge"}'] == 3
    assert found['alongside_webhook_attempt_seconds_count{kind="event"}'] == 12
    assert found["alongside_webhook_delay_seconds_sum"] == 3 * 45
    # Who comes later goes on in the files of one that has ended.
    assert len(list((folder / "1").glob("counter_*.db"))) == 2


def test_a_folder_of_somebody_else_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("os.getuid", lambda: os.geteuid() + 1)

    with pytest.raises(ConfigurationError, match="ALONGSIDE_METRICS_FOLDER"):
        taken_place(tmp_path)


def test_nothing_is_counted_and_no_store_is_wrapped_unless_it_is_asked_for(store, tmp_path):
    metrics.begin(Settings("sqlite:///x", is_embedded=True, secret_key_file=tmp_path / "k", may_make_secret_key=True))

    assert metrics._meters is None
    assert metrics.metered(store, engine="sqlite") is store


# --- What is read from the store ---------------------------------------------------------------------------------


def figures(store, clock):
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in StoreFigures(store, clock).collect()
        for sample in family.samples
    }


def test_coverage_and_waiting_are_those_of_the_latest_run(store, clock):
    people = [
        seeker(f"s{number}", since=(NOW - timedelta(days=days)).date()) for number, days in enumerate((1, 20, 200))
    ]
    put_members(store, P, profiles=people, now=NOW)
    run_now(store, P, clock=clock)

    found = figures(store, clock)

    assert found["alongside_store_up",] == 1
    assert found["alongside_coverage_ratio", P] == 0
    assert {days: found["alongside_waiting_seekers", P, days] for days in ("0-13", "14-41", "42-111", "112+")} == {
        "0-13": 1,
        "14-41": 1,
        "42-111": 0,
        "112+": 1,
    }
    assert found["alongside_last_run_timestamp_seconds", P] == NOW.timestamp()


def test_lags_are_how_long_the_oldest_job_of_a_lane_has_been_due(cast, clock):
    job = Job("job_1", "retention", P, JobState.QUEUED, due_at=NOW - timedelta(minutes=3), created_at=NOW)
    cast.commit(P, Changes(puts=(put_of(job), put_of(replace(job, job_id="job_2", due_at=NOW)))))
    beat(cast, "worker_1", started_at=NOW, now=NOW)

    found = figures(cast, clock)

    assert found["alongside_job_lag_seconds", "short"] == 180
    assert found["alongside_job_lag_seconds", "runs"] == 0
    assert found["alongside_jobs", "queued"] == 2
    assert found["alongside_workers",] == 1


def test_what_waits_for_webhooks_and_what_was_given_up_is_told_with_how_long_the_oldest_waits(store, clock):
    webhook, post = verified(store, clock, types=("member.created",)), Post(lambda _document: BROKEN)
    assert figures(store, clock)["alongside_webhook_oldest_waiting_seconds", P] == 0
    something_happens(store, clock, 2)
    clock.advance(timedelta(minutes=10))
    untold = figures(store, clock)
    turn(store, clock, webhook, post)
    clock.advance(GIVE_UP_AFTER + timedelta(hours=1))
    tried = figures(store, clock)
    turn(store, clock, webhook, post)
    given_up = figures(store, clock)

    assert untold["alongside_webhook_oldest_waiting_seconds", P] == 600
    assert untold["alongside_webhook_deliveries", P, "waiting"] == 0
    assert tried["alongside_webhook_deliveries", P, "waiting"] >= 1
    assert tried["alongside_webhook_oldest_waiting_seconds", P] >= (GIVE_UP_AFTER + timedelta(hours=1)).total_seconds()
    assert given_up["alongside_webhook_deliveries", P, "dead"] >= 1


def test_a_webhook_that_is_told_nothing_keeps_nothing_waiting(store, clock):
    made(store, clock)
    something_happens(store, clock)
    clock.advance(timedelta(hours=1))

    assert figures(store, clock)["alongside_webhook_oldest_waiting_seconds", P] == 0
    assert ("alongside_webhook_oldest_waiting_seconds", OTHER) not in figures(store, clock)


def test_what_keeps_a_platform_or_the_whole_store_from_acting_is_told(store, clock):
    assert [figures(store, clock)[f"alongside_{name}",] for name in ("standby", "platforms_not_ready")] == [0, 0]
    create_platform(store, platform_id="quay", name="Quay", now=NOW)
    stand_by(store, now=NOW)

    assert [figures(store, clock)[f"alongside_{name}",] for name in ("standby", "platforms_not_ready")] == [1, 1]


def test_of_a_store_that_is_away_only_that_is_told(clock):
    class Away:
        def __getattr__(self, name):
            raise StoreUnavailable("gone")

    assert figures(Away(), clock) == {("alongside_store_up",): 0}


# --- What is served ----------------------------------------------------------------------------------------------


def test_the_served_metrics_add_up_over_server_worker_and_cron_and_name_nobody(tmp_path, exported):
    port, metrics_port = free_port(), free_port()
    environment = {
        **os.environ,
        "ALONGSIDE_STORE": f"sqlite:///{tmp_path}/data/alongside.sqlite3",
        "ALONGSIDE_METRICS_PORT": str(metrics_port),
        "ALONGSIDE_METRICS_FOLDER": str(tmp_path / "metrics"),
        "ALONGSIDE_PORT": str(port),
    }
    alongside = [sys.executable, "-c", "from service.cli import main; main()"]
    log = (tmp_path / "log").open("wb")

    def run(*arguments, **named):
        return subprocess.run([*alongside, *arguments], env=environment, cwd=tmp_path, check=True, **named)

    def get(path, on=port):
        with closing(urllib.request.urlopen(f"http://127.0.0.1:{on}{path}", timeout=10)) as answer:
            return answer.read().decode()

    def is_up(path, on):
        try:
            return bool(get(path, on))
        except OSError:
            return False

    run("platforms", "create", "harbour", "--signposting", "Call 112.")
    programs = [
        subprocess.Popen([*alongside, name], env=environment, cwd=tmp_path, stdout=log, stderr=log)
        for name in ("serve", "worker")
    ]
    try:
        wait_until(lambda: is_up("/livez", port) and is_up("/metrics", metrics_port), what="it answers")
        for _ in range(20):
            get("/livez")
        # The secret id of somebody, in a path that no key opens.
        with pytest.raises(urllib.error.HTTPError):
            get("/v1/members/m-secret-id")
        run("rematch", "--platform", "harbour", stdout=subprocess.DEVNULL)
        # What is read from the store is some seconds old: until it tells of the worker, and of the run.
        wait_until(
            lambda: (
                {"alongside_workers", 'alongside_last_run_timestamp_seconds{platform="harbour"}'}
                <= {name for name, value in samples(get("/metrics", metrics_port)).items() if value}
            ),
            what="worker and run are told",
        )
        text = get("/metrics", metrics_port)
    finally:
        for program in programs:
            program.terminate()
        for program in programs:
            program.wait(60)
        log.close()

    found = samples(text)
    assert found['alongside_http_requests_total{method="GET",route="/livez",status="200"}'] >= 20
    assert found['alongside_http_requests_total{method="GET",route="/v1/members/<member_id>",status="401"}'] == 1
    assert found['alongside_runs_total{kind="run",result="done"}'] == 1
    assert found['alongside_store_call_seconds_count{call="commit",engine="sqlite"}'] > 0
    assert found["alongside_store_up"] == 1
    assert found["alongside_workers"] == 1
    assert "secret-id" not in text
    # The queries of dashboard and alerts are held against `exported`: it must be what is really told.
    families = [family for family in text_string_to_metric_families(text) if family.name.startswith("alongside_")]
    told = {(each.name, frozenset(each.labels)) for family in families for each in family.samples}
    assert {name for name, _ in told} <= set(exported)
    assert told <= {(name, exported[name].labels) for name in exported}
    assert len(families) > 15
    assert "alongside_" not in Path(tmp_path / "log").read_text()


def test_the_api_itself_tells_no_metrics(tmp_path):
    from service.app import create_app

    app = create_app(
        Settings(f"sqlite:///{tmp_path}/s", is_embedded=True, secret_key_file=tmp_path / "k", may_make_secret_key=True)
    )

    assert app.test_client().get("/metrics").status_code == 404
