"""The app as a whole: how it starts, what it logs, and what it must not load."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest
import structlog

from service.app import create_app
from service.errors import ConfigurationError
from service.settings import LogFormat, LogLevel, Settings


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(
        store=f"sqlite:///{tmp_path}/alongside.sqlite3",
        is_embedded=True,
        secret_key_file=tmp_path / "secret.key",
        may_make_secret_key=True,
    )


@pytest.fixture(autouse=True)
def _logs_as_before():
    """Undo what an app made from the environment does to the logs of the whole process."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    logging.root.handlers[:], logging.root.level = handlers, level


STARTED = """
import json, sys
from service.app import create_app
app = create_app()
client = app.test_client()
assert client.get("/livez").status_code == 200
assert client.get("/v1/factors").status_code == 401
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules} & {"numba", "scipy", "networkx", "llvmlite"})))
"""


def test_a_web_worker_starts_without_the_engine(tmp_path):
    environment = {"ALONGSIDE_STORE": f"sqlite:///{tmp_path}/alongside.sqlite3", "PATH": ""}

    done = subprocess.run([sys.executable, "-c", STARTED], env=environment, capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == []


def test_importing_the_app_connects_nothing_and_reads_no_settings(tmp_path):
    program = "import service.app, service.gunicorn_conf, os; print(os.listdir())"

    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"ALONGSIDE_STORE": "nonsense", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )

    assert done.stdout.strip() == "[]"


def test_a_request_is_one_log_line_with_its_route_and_nobodys_id(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("ALONGSIDE_STORE", f"sqlite:///{tmp_path}/alongside.sqlite3")
    monkeypatch.setenv("ALONGSIDE_LOG_FORMAT", LogFormat.JSON.value)
    monkeypatch.setenv("ALONGSIDE_LOG_LEVEL", LogLevel.INFO.value)
    app = create_app()

    answer = app.test_client().get("/v1/members/anna-kowalska?after=secret")

    assert answer.status_code == 401
    [line] = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert (line["event"], line["method"], line["status"]) == ("request", "GET", 401)
    assert line["route"] == "/v1/members/<member_id>"
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert "anna" not in json.dumps(line)
    assert "secret" not in json.dumps(line)


def test_a_fault_is_logged_by_kind_and_place_and_never_by_its_words(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("ALONGSIDE_STORE", f"sqlite:///{tmp_path}/alongside.sqlite3")
    monkeypatch.setenv("ALONGSIDE_LOG_FORMAT", LogFormat.JSON.value)
    app = create_app()

    def broken(*_args, **_kwargs):
        raise RuntimeError("kowalska")

    monkeypatch.setattr("service.api.auth.find_key", broken)

    answer = app.test_client().get("/v1/members/anna", headers={"Authorization": "Bearer x"})

    assert answer.status_code == 500
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["request_failed", "request"]
    assert lines[0]["error_type"] == "builtins.RuntimeError"
    assert lines[0]["route"] == "/v1/members/<member_id>"
    assert "anna" not in json.dumps(lines)
    assert "kowalska" not in json.dumps(lines)


def test_two_apps_on_one_store_see_the_same(settings):
    first, second = create_app(settings), create_app(settings)

    assert first.config["SECRET_KEY"] == second.config["SECRET_KEY"]
    assert second.test_client().get("/readyz").status_code == 200


def test_the_front_door_leads_to_the_console(settings):
    answer = create_app(settings).test_client().get("/")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/console/")


def test_no_redirect_names_a_host_that_the_caller_made_up(settings):
    answer = create_app(settings).test_client().get("/console", headers={"Host": "elsewhere.example"})

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/console/sign-in")


def test_a_store_that_no_engine_takes_is_a_clear_error(settings, monkeypatch):
    monkeypatch.setenv("ALONGSIDE_STORE", "mysql://somewhere")

    with pytest.raises(ConfigurationError, match="ALONGSIDE_STORE must begin with"):
        create_app()
