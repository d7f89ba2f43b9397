"""The demo, from an empty folder to processes that come and go; the whole of it once as a process of its own."""

from __future__ import annotations

import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest

from service import demo
from service.children import PortTaken
from service.clock import SystemClock
from service.demo import run_demo
from service.errors import ConfigurationError
from service.records.match import Match
from service.records.member import Member
from service.records.run import Run
from service.settings import Settings
from service.storage import open_store
from service.usecases.members import put_members
from service.usecases.runs import current_run, list_runs

START_SECONDS = 90
ALONGSIDE = (sys.executable, "-c", "from service.cli import main; main()")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in [name for name in os.environ if name.startswith("ALONGSIDE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ALONGSIDE_STORE", f"sqlite:///{tmp_path}/data/store.sqlite3")
    return Settings.from_environment()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "SEEKERS", 60)
    monkeypatch.setattr(demo, "SUPPORTERS", 35)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def only_run(settings: Settings) -> Run:
    with closing(open_store(settings.store)) as store:
        (run,) = list_runs(store, "demo").records
        assert run == current_run(store, "demo")
        return run


def counted(settings: Settings) -> tuple[int, int, int]:
    with closing(open_store(settings.store)) as store:
        return tuple(store.count("demo", record.KIND) for record in (Member, Match, Run))  # type: ignore[return-value]


def test_the_summary_tells_what_the_run_counted(settings: Settings, small: None, capsys: pytest.CaptureFixture[str]):
    assert run_demo(settings, once=True) == 0

    counts = only_run(settings).counts
    assert counts is not None
    assert counts.matched > 10
    shown = capsys.readouterr().out
    assert f"{counts.matched} people of {counts.seekers} matched" in shown
    assert re.search(rf"Still looking +{counts.still_looking} ", shown)
    assert re.search(rf"Mean score +{counts.mean_score:,} ", shown)
    assert re.search(rf"Pairs +{counts.pairs_checked:,}  looked at; {counts.pairs_feasible:,} keep every rule", shown)
    assert re.search(r"Proof +checked ", shown)


def test_the_summary_fits_eighty_columns_and_needs_no_colour(
    settings: Settings, small: None, capsys: pytest.CaptureFixture[str]
):
    run_demo(settings, once=True)

    shown = capsys.readouterr().out
    assert max(len(line) for line in shown.splitlines()) <= 80
    assert "\x1b" not in shown


def test_five_proposals_are_shown_with_reasons(settings: Settings, small: None, capsys: pytest.CaptureFixture[str]):
    run_demo(settings, once=True)

    _, _, proposals = capsys.readouterr().out.partition("proposals to review")
    assert [int(number) for number in re.findall(r"^  (\d)  \w+ \w+ and \w+ \w+  · ", proposals, re.M)] == [
        1,
        2,
        3,
        4,
        5,
    ]
    assert len(re.findall(r"^     - ", proposals, re.M)) >= 5


def test_a_second_start_keeps_everything_and_doubles_nothing(
    settings: Settings, small: None, capsys: pytest.CaptureFixture[str]
):
    run_demo(settings, once=True)
    first_run, first_counts = only_run(settings), counted(settings)
    first_shown = capsys.readouterr().out

    run_demo(settings, once=True)

    assert only_run(settings) == first_run
    assert counted(settings) == first_counts == (95, first_counts[1], 1)
    assert capsys.readouterr().out == first_shown.partition("together …\n\n")[2]


def test_a_start_that_was_cut_off_is_completed_by_the_next(settings: Settings, small: None):
    clock = SystemClock()
    community = demo.generate(seed=demo.SEED, seekers=60, supporters=35, today=clock.now().date())
    with closing(open_store(settings.store)) as store:
        demo.create_platform(store, platform_id="demo", name="Sample community", now=clock.now())
        put_members(store, "demo", profiles=community.profiles[:40], now=clock.now())

    run_demo(settings, once=True)

    assert counted(settings)[0] == 95
    assert only_run(settings).counts is not None


def test_another_folder_may_be_named(settings: Settings, small: None, tmp_path: Path):
    run_demo(settings, once=True, data=tmp_path / "elsewhere")

    assert (tmp_path / "elsewhere" / "alongside.sqlite3").exists()
    assert not (tmp_path / "data").exists()


def test_a_taken_port_is_told_before_anything_is_done(settings: Settings, tmp_path: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(PortTaken, match=f"127.0.0.1:{port}"):
            run_demo(settings, port=port)

    assert not (tmp_path / "data").exists()


def test_missing_secret_keys_are_told_before_anything_is_done(
    settings: Settings, tmp_path: Path, free_port: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ALONGSIDE_SECRET_KEY_FILE", str(tmp_path / "nowhere" / "secret.key"))

    with pytest.raises(ConfigurationError, match="cannot read the keys"):
        run_demo(Settings.from_environment(), port=free_port)

    assert not (tmp_path / "data").exists()


def test_a_summary_alone_needs_no_port(settings: Settings, small: None):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()

        assert run_demo(settings, once=True, port=other.getsockname()[1]) == 0


class Demo:
    """`alongside demo` as a process, with what it printed until it was ready."""

    def __init__(self, data: Path, port: int) -> None:
        self.port = port
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ALONGSIDE_")}
        self.process = subprocess.Popen(
            [*ALONGSIDE, "demo", "--port", str(port), "--data", str(data)],
            env={**clean, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.printed = self._until_ready()
        self.pids = descendants(self.process.pid)

    def _until_ready(self) -> str:
        assert self.process.stdout is not None
        printed = io.StringIO()
        for line in self.process.stdout:
            printed.write(line)
            if line.startswith("Key and password are new"):
                return printed.getvalue()
        pytest.fail(f"the demo ended before it was ready:\n{printed.getvalue()}")

    def end(self) -> str:
        """Wait for its end; give what it still printed."""
        rest, _ = self.process.communicate(timeout=START_SECONDS)
        return rest

    def leave_nothing(self) -> None:
        """After a test, whatever came of it."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pid in left_of(self.pids):
            os.kill(pid, signal.SIGKILL)

    def found(self, pattern: str) -> str:
        match = re.search(pattern, self.printed)
        assert match is not None, self.printed
        return match[1]

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def sign_in(self, password: str) -> tuple[int, str | None]:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request("GET", "/console/sign-in")
            answer = connection.getresponse()
            cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
            token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.read().decode())
            assert token is not None
            form = {"csrf_token": token[1], "platform": "demo", "login": "coordinator", "password": password}
            headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", "/console/sign-in", urlencode(form), headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.getheader("Location")


def descendants(pid: int) -> list[int]:
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found[1:]


def left_of(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "data"


@pytest.fixture
def started(data: Path, free_port: int) -> Iterator[Demo]:
    running = Demo(data, free_port)
    yield running
    running.leave_nothing()


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_person_starts_it_looks_around_stops_it_and_starts_again(started: Demo, data: Path, free_port: int):
    key, run_id = started.found(r"Bearer (alk_demo_\w+)'"), started.found(r"/v1/runs/(run_\w+)")
    password = started.found(r"password +(\S+)")
    assert f"http://127.0.0.1:{free_port}/console" in started.printed
    assert "600 people who would like company, 350 peer supporters" in started.printed

    status, body = started.get(f"/v1/runs/{run_id}", Authorization=f"Bearer {key}")
    assert status == 200
    assert f'"matched":{started.found(r"Matched +([0-9]+)")},' in body
    assert started.sign_in("not the password")[0] == 401
    assert started.sign_in(password) == (303, "/console/")
    assert len(started.pids) >= 4  # gunicorn and its two workers, and the job worker

    started.process.send_signal(signal.SIGINT)
    rest = started.end()

    assert started.process.returncode == 0
    assert "Stopped." in rest
    assert "Traceback" not in rest
    assert left_of(started.pids) == []

    again = Demo(data, free_port)
    try:
        assert again.found(r"/v1/runs/(run_\w+)") == run_id
        assert "Looking at everyone" not in again.printed
        new_key = again.found(r"Bearer (alk_demo_\w+)")
        assert again.get(f"/v1/runs/{run_id}", Authorization=f"Bearer {key}")[0] == 401
        assert again.get("/v1/members", Authorization=f"Bearer {new_key}")[0] == 200
        assert again.sign_in(password)[0] == 401
        again.process.send_signal(signal.SIGTERM)
        again.end()
        assert again.process.returncode == 0
        assert left_of(again.pids) == []
    finally:
        again.leave_nothing()


def test_being_told_to_stop_during_the_first_run_does_not_make_the_next_start_wait(tmp_path: Path):
    command = [*ALONGSIDE, "demo", "--once", "--data", str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as first:
        assert first.stdout is not None
        while not first.stdout.readline().startswith("Looking at everyone"):
            assert first.poll() is None
        first.send_signal(signal.SIGTERM)
        rest, _ = first.communicate(timeout=START_SECONDS)
    assert first.returncode == 130, rest

    second = subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS, check=False)

    assert second.returncode == 0, second.stderr
    assert "943 of them were here already." in second.stdout
    assert "people of" in second.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_process_that_dies_ends_the_others_with_a_message(started: Demo):
    worker = next(pid for pid in started.pids if b"\0worker\0" in Path(f"/proc/{pid}/cmdline").read_bytes())

    os.kill(worker, signal.SIGKILL)
    rest = started.end()

    assert started.process.returncode != 0
    assert "the worker has ended by itself (signal SIGKILL)" in rest
    # The process that a worker keeps ready notices by itself that its worker is gone.
    deadline = time.monotonic() + START_SECONDS
    while left_of(started.pids) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert left_of(started.pids) == []
