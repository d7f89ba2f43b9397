import os
import re
from pathlib import Path

import pytest
from environs import Env

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
        engine_memory_mb=2048,
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
    monkeypatch.setenv("ALONGSIDE_STORE", "redis://:hunter2@local host")
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


def test_a_store_on_a_server_elsewhere_needs_its_key_file_named(monkeypatch):
    monkeypatch.setenv("ALONGSIDE_STORE", "redis://:hunter2@db.example.org/1")

    with pytest.raises(ConfigurationError, match="ALONGSIDE_SECRET_KEY_FILE"):
        Settings.from_environment()
    monkeypatch.setenv("ALONGSIDE_SECRET_KEY_FILE", "/run/secrets/key")

    settings = Settings.from_environment()
    assert (settings.store, settings.is_embedded) == ("redis://:hunter2@db.example.org/1", False)
    assert (settings.secret_key_file, settings.may_make_secret_key) == (Path("/run/secrets/key"), False)
    assert "hunter2" not in repr(settings)


def test_a_server_on_this_machine_needs_nothing_but_its_address(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALONGSIDE_STORE", "redis://127.0.0.1:6379/0")

    settings = Settings.from_environment()

    assert settings.is_embedded is False
    assert (settings.secret_key_file, settings.may_make_secret_key) == (tmp_path / "data" / "secret.key", True)


@pytest.mark.parametrize(
    ("store", "with_replicas"),
    [
        ("redis://127.0.0.1/0", "redis://127.0.0.1/0?min_replicas=2"),
        ("redis://127.0.0.1/0?prefix=a", "redis://127.0.0.1/0?prefix=a&min_replicas=2"),
        ("redis://127.0.0.1/0?min_replicas=2", "redis://127.0.0.1/0?min_replicas=2"),
    ],
)
def test_the_number_of_replicas_becomes_part_of_the_store(monkeypatch, store, with_replicas):
    monkeypatch.setenv("ALONGSIDE_STORE", store)
    monkeypatch.setenv("ALONGSIDE_MIN_REPLICAS", "2")

    assert Settings.from_environment().store == with_replicas


@pytest.mark.parametrize("store", ["sqlite:///a.sqlite3", "redis://127.0.0.1/0?min_replicas=1"])
def test_a_number_of_replicas_that_the_store_cannot_have_is_refused(monkeypatch, store):
    monkeypatch.setenv("ALONGSIDE_STORE", store)
    monkeypatch.setenv("ALONGSIDE_MIN_REPLICAS", "2")

    with pytest.raises(ConfigurationError, match="ALONGSIDE_MIN_REPLICAS"):
        Settings.from_environment()


def test_a_secret_may_be_said_by_a_file(monkeypatch, tmp_path):
    (tmp_path / "store").write_text("redis://:hunter2@127.0.0.1:6379/0\n")
    monkeypatch.setenv("ALONGSIDE_STORE_FILE", str(tmp_path / "store"))

    assert Settings.from_environment().store == "redis://:hunter2@127.0.0.1:6379/0"


@pytest.mark.parametrize(
    ("said", "file", "told"),
    [
        ("sqlite:///a.sqlite3", "sqlite:///b.sqlite3", "both set"),
        (None, None, "must name a file that this user can read"),
        (None, "redis://:hunter2@local host", "ALONGSIDE_STORE_FILE: ALONGSIDE_STORE must be of the form"),
    ],
)
def test_a_secret_in_a_file_that_cannot_be_used_is_told_beside_everything_else(monkeypatch, tmp_path, said, file, told):
    if said is not None:
        monkeypatch.setenv("ALONGSIDE_STORE", said)
    if file is not None:
        (tmp_path / "store").write_text(file)
    monkeypatch.setenv("ALONGSIDE_STORE_FILE", str(tmp_path / "store"))
    monkeypatch.setenv("ALONGSIDE_PORT", "http")

    with pytest.raises(ConfigurationError) as caught:
        Settings.from_environment()

    assert len(caught.value.problems) == 2
    assert told in str(caught.value)
    assert "ALONGSIDE_PORT" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("address", ["tcp://10.0.0.7:8786", "dask:8786", "tcp://127.0.0.1", "tls://host:8786"])
def test_a_cluster_elsewhere_is_spoken_to_with_certificates_of_both_sides(monkeypatch, address):
    monkeypatch.setenv("ALONGSIDE_DASK", address)

    with pytest.raises(ConfigurationError, match="ALONGSIDE_DASK"):
        Settings.from_environment()


def test_a_cluster_on_this_machine_needs_none_and_one_elsewhere_takes_files(monkeypatch, tmp_path):
    monkeypatch.setenv("ALONGSIDE_DASK", "tcp://127.0.0.1:8786")
    here = Settings.from_environment()
    monkeypatch.setenv("ALONGSIDE_DASK", "tls://dask.internal:8786")
    for name in ("CA", "CERT", "KEY"):
        (tmp_path / name).write_text("")
        monkeypatch.setenv(f"ALONGSIDE_DASK_{name}_FILE", name)
    there = Settings.from_environment()

    assert (here.dask, here.dask_ca_file) == ("tcp://127.0.0.1:8786", None)
    assert (there.dask, there.dask_key_file) == ("tls://dask.internal:8786", tmp_path / "KEY")


def test_variables_that_look_like_settings_and_are_none_are_noted(monkeypatch):
    monkeypatch.setenv("ALONGSIDE_PROT", "8001")
    monkeypatch.setenv("ALONGSIDE_PORT", "8001")

    assert Settings.from_environment().unknown == ("ALONGSIDE_PROT",)


def test_every_setting_has_a_row_in_the_handbook_and_every_row_a_setting(monkeypatch):
    root = Path(__file__).parents[2]
    rows = re.findall(r"^\| `ALONGSIDE_([A-Z_]+)` \|", (root / "docs/operations.md").read_text(), re.MULTILINE)
    read = []
    for kind in ("str", "int", "bool", "path", "enum"):
        ask = getattr(Env, kind)

        def noted(self, name, *arguments, ask=ask, **named):
            read.append(name)
            return ask(self, name, *arguments, **named)

        monkeypatch.setattr(Env, kind, noted)

    Settings.from_environment()

    assert sorted(read) == sorted(rows)
