import os
from pathlib import Path

import pytest

from service import settings as settings_module
from service.errors import ConfigurationError
from service.settings import LogFormat, LogLevel, Settings


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("ALONGSIDE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_nothing_set_means_an_embedded_store_in_the_data_folder(tmp_path):
    settings = Settings.from_environment()

    assert settings == Settings(
        store=f"sqlite:///{tmp_path}/data/alongside.sqlite3",
        is_embedded=True,
        secret_key_file=tmp_path / "data" / "secret.key",
        may_make_secret_key=True,
        host="127.0.0.1",
        port=8000,
        engine_memory_mb=1024,
        engine_seconds=None,
        log_level=LogLevel.INFO,
        log_format=LogFormat.AUTO,
    )


def test_everything_can_be_set(monkeypatch):
    monkeypatch.setenv("ALONGSIDE_STORE", "sqlite:////srv/alongside/store.sqlite3")
    monkeypatch.setenv("ALONGSIDE_SECRET_KEY_FILE", "/run/secrets/key")
    monkeypatch.setenv("ALONGSIDE_HOST", "0.0.0.0")
    monkeypatch.setenv("ALONGSIDE_PORT", "8443")
    monkeypatch.setenv("ALONGSIDE_ENGINE_MEMORY_MB", "256")
    monkeypatch.setenv("ALONGSIDE_ENGINE_SECONDS", "90")
    monkeypatch.setenv("ALONGSIDE_LOG_LEVEL", "debug")
    monkeypatch.setenv("ALONGSIDE_LOG_FORMAT", "json")

    assert Settings.from_environment() == Settings(
        store="sqlite:////srv/alongside/store.sqlite3",
        is_embedded=True,
        secret_key_file=Path("/run/secrets/key"),
        may_make_secret_key=False,
        host="0.0.0.0",
        port=8443,
        engine_memory_mb=256,
        engine_seconds=90,
        log_level=LogLevel.DEBUG,
        log_format=LogFormat.JSON,
    )


def test_a_relative_store_stays_where_it_was_when_the_folder_changes(monkeypatch, tmp_path):
    monkeypatch.setenv("ALONGSIDE_STORE", "sqlite:///./a.sqlite3")
    monkeypatch.setenv("ALONGSIDE_SECRET_KEY_FILE", "key")

    settings = Settings.from_environment()

    assert settings.store == f"sqlite:///{tmp_path}/a.sqlite3"
    assert settings.secret_key_file == tmp_path / "key"


def test_every_problem_is_told_at_once_and_no_value_is_quoted(monkeypatch):
    monkeypatch.setenv("ALONGSIDE_STORE", "redis://:hunter2@localhost")
    monkeypatch.setenv("ALONGSIDE_PORT", "99999")
    monkeypatch.setenv("ALONGSIDE_HOST", "")
    monkeypatch.setenv("ALONGSIDE_LOG_LEVEL", "loud")
    monkeypatch.setenv("ALONGSIDE_LOG_FORMAT", "xml")

    with pytest.raises(ConfigurationError) as caught:
        Settings.from_environment()

    assert len(caught.value.problems) == 5
    for name in ("STORE", "PORT", "HOST", "LOG_LEVEL", "LOG_FORMAT"):
        assert f"ALONGSIDE_{name}" in str(caught.value)
    assert "debug, info, warning, error" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "80.5", ""])
def test_a_port_is_a_number_from_1_to_65535(monkeypatch, port):
    monkeypatch.setenv("ALONGSIDE_PORT", port)

    with pytest.raises(ConfigurationError, match="ALONGSIDE_PORT"):
        Settings.from_environment()


def test_a_store_on_a_server_needs_its_key_file_named(monkeypatch):
    monkeypatch.setattr(settings_module, "embedded_path", lambda url: None)
    monkeypatch.setenv("ALONGSIDE_STORE", "server://somewhere")

    with pytest.raises(ConfigurationError, match="ALONGSIDE_SECRET_KEY_FILE"):
        Settings.from_environment()
    monkeypatch.setenv("ALONGSIDE_SECRET_KEY_FILE", "/run/secrets/key")

    settings = Settings.from_environment()
    assert (settings.store, settings.is_embedded) == ("server://somewhere", False)
    assert (settings.secret_key_file, settings.may_make_secret_key) == (Path("/run/secrets/key"), False)
