import os
import socket
import sys

import pytest
import yaml


@pytest.fixture
def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture
def replaced(monkeypatch):
    """The program that would take this process's place."""
    calls = []
    monkeypatch.setattr(os, "execv", lambda program, arguments: calls.append((program, arguments)))
    return calls


def test_serve_becomes_gunicorn_on_the_named_port(cli, replaced, free_port):
    outcome = cli("serve", "--port", free_port)

    ((program, arguments),) = replaced
    assert outcome.code == 0
    assert program == sys.executable
    assert arguments[1:3] == ["-m", "gunicorn"]
    assert arguments[-3:] == ["--bind", f"127.0.0.1:{free_port}", "service.app:create_app()"]


def test_serve_listens_where_the_settings_say(cli, replaced, free_port, monkeypatch):
    monkeypatch.setenv("ALONGSIDE_PORT", str(free_port))
    monkeypatch.setenv("ALONGSIDE_HOST", "::1")

    cli("serve")

    assert replaced[0][1][-2] == f"[::1]:{free_port}"


def test_a_taken_port_is_told_before_anything_is_started(cli, replaced):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        outcome = cli("serve", "--port", port)

    assert outcome.code == 78
    assert outcome.err.startswith(f"alongside: cannot serve on 127.0.0.1:{port}: ")
    assert replaced == []


def test_serve_without_its_keys_is_told_before_anything_is_started(cli, replaced, monkeypatch, tmp_path):
    monkeypatch.setenv("ALONGSIDE_SECRET_KEY_FILE", str(tmp_path / "missing"))

    assert cli("serve").code == 78
    assert replaced == []


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_an_impossible_port_is_usage(cli, port):
    assert cli("serve", "--port", port).code == 2


def test_demo_hands_its_options_on(cli, monkeypatch, tmp_path):
    calls = []
    monkeypatch.setattr("service.demo.run_demo", lambda settings, **options: calls.append(options) or 0)

    assert cli("demo", "--once", "--port", "8123", "--data", tmp_path / "sample").code == 0
    assert cli("demo").code == 0
    assert calls == [
        {"once": True, "port": 8123, "data": tmp_path / "sample"},
        {"once": False, "port": None, "data": None},
    ]


def test_worker_works_on_the_store_of_the_settings(cli, monkeypatch, tmp_path):
    calls = []
    monkeypatch.setattr("service.jobs.worker.work", calls.append)
    monkeypatch.setattr("service.logs.configure_logs", lambda **_: None)

    assert cli("worker").code == 0
    assert [settings.store for settings in calls] == [f"sqlite:///{tmp_path}/data/alongside.sqlite3"]


def test_openapi_prints_the_description_of_the_api(cli):
    outcome = cli("openapi")

    assert outcome.code == 0
    assert yaml.safe_load(outcome.out)["openapi"].startswith("3.")
