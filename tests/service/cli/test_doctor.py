"""`alongside doctor` as an operator meets it: lines of 80 columns, exit codes, JSON, the audit trail."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from service.backups.unfinished import mark_finished, mark_unfinished
from service.storage import open_store
from service.usecases.heartbeats import beat
from service.usecases.members import delete_member, put_member
from service.usecases.sealing import seal
from tests.service.storage.servers import RedisServer, free_port
from tests.service.usecases.cast import CAST, NOW


@pytest.fixture
def at_work(store):
    """A worker that has just said that it lives."""
    now = datetime.now(UTC)
    beat(store, "worker_1", started_at=now, now=now)


@pytest.fixture
def store(cli, harbour, tmp_path):
    opened = open_store(f"sqlite:///{tmp_path}/data/alongside.sqlite3")
    yield opened
    opened.close()


def test_all_is_well_on_a_fresh_store_with_a_worker(cli, harbour, at_work):
    outcome = cli("doctor")

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.endswith("All is well.\n")
    assert all(line.startswith(("ok ", " ", "All")) and len(line) <= 80 for line in outcome.out.splitlines())


def test_json_says_the_same(cli, harbour, at_work):
    document = cli("doctor", "--json", "--audit").document

    assert document["exit_code"] == 0
    assert {finding["state"] for finding in document["findings"]} == {"ok"}
    assert {"store", "durability", "clock", "workers", "erasures"} <= {each["name"] for each in document["findings"]}
    assert document["audit"]["harbour"]["broken_at"] is None


def test_what_others_may_read_is_something_to_do(cli, harbour, at_work, tmp_path):
    (tmp_path / "data" / "alongside.sqlite3").chmod(0o644)

    outcome = cli("doctor")

    assert outcome.code == 1
    assert "WRONG  privacy" in outcome.out
    assert "chmod go-rwx" in outcome.out
    assert outcome.out.endswith("1 thing to do.\n")


def test_a_store_that_is_away_and_one_that_is_half_restored(cli, store, monkeypatch):
    mark_unfinished(store)
    half = cli("doctor")
    mark_finished(store)
    monkeypatch.setenv("ALONGSIDE_STORE", f"redis://127.0.0.1:{free_port()}/0")
    away = cli("doctor", "--audit")

    assert (half.code, "cut off" in half.out) == (78, True)
    assert (away.code, "WRONG  store" in away.out, "time zones" in away.out) == (69, True, True)


def test_a_setting_that_cannot_be_used_is_a_matter_of_configuration(cli, harbour, tmp_path, monkeypatch):
    (tmp_path / "mine.key").write_text("short\n")
    monkeypatch.setenv("ALONGSIDE_SECRET_KEY_FILE", str(tmp_path / "mine.key"))

    outcome = cli("doctor")

    assert (outcome.code, "WRONG  secret key" in outcome.out) == (78, True)


def test_an_unknown_platform_is_bad_input(cli, harbour):
    assert cli("doctor", "--platform", "atlantis").code == 65


@pytest.mark.redis
@pytest.mark.parametrize(
    ("settings", "code", "advice"),
    [
        ({"appendonly": "no"}, 1, "appendonly yes"),
        ({"appendfsync": "everysec"}, 1, "appendfsync always"),
        ({"maxmemory": "100mb", "maxmemory-policy": "volatile-lru"}, 1, "maxmemory-policy noeviction"),
        ({"maxmemory": "100mb", "maxmemory-policy": "allkeys-lru"}, 78, "set it to noeviction"),
        ({}, 0, "All is well."),
    ],
)
def test_a_redis_that_is_not_set_up_as_it_must_be(cli, monkeypatch, settings, code, advice):
    server = RedisServer(**settings)
    if code != 78:
        with closing(open_store(server.url)) as opened:
            now = datetime.now(UTC)
            beat(opened, "worker_1", started_at=now, now=now)
    monkeypatch.setenv("ALONGSIDE_STORE", server.url)

    outcome = cli("doctor")
    server.remove()

    assert (outcome.code, advice in outcome.out) == (code, True), outcome.out


def test_erased_events_fit_and_changed_ones_are_named(cli, store, tmp_path):
    for profile in CAST:
        put_member(store, "harbour", profile=profile, now=NOW)
    delete_member(store, "harbour", member_id="amy", now=NOW)
    seal(store, "harbour", now=NOW)

    erased = cli("doctor", "--audit", "--platform", "harbour")
    with closing(sqlite3.connect(tmp_path / "data" / "alongside.sqlite3")) as connection:
        last = connection.execute("SELECT max(sequence) FROM events WHERE scope = 'harbour'").fetchone()[0]
        connection.execute("UPDATE events SET at = '2020-01-01T00:00:00.000000Z' WHERE sequence = ?", (last - 1,))
        connection.commit()
    tampered = cli("doctor", "--audit")

    assert "emptied by erasures" in erased.out
    assert "tampered" not in erased.out
    assert tampered.code == 1
    assert f"tampered with or damaged at event {last - 1}" in " ".join(tampered.out.split())


def test_nothing_is_made_by_looking(cli, harbour, tmp_path):
    before = {file.name for file in (tmp_path / "data").iterdir()}

    cli("doctor")

    assert {file.name for file in (tmp_path / "data").iterdir()} <= before | {
        "alongside.sqlite3-wal",
        "alongside.sqlite3-shm",
    }
    assert not (tmp_path / "data" / "secret.key").exists()
