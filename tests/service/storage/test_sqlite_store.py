"""What only the embedded store promises: durability settings, one snapshot, erasure, and plain words when it fails."""

import shutil
import sqlite3
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.errors import CommitUnconfirmed, ConfigurationError, StoreUnavailable
from service.storage import open_store
from service.storage import sqlite as engine
from service.storage.sqlite import connections, schema
from service.storage.store import Changes, Delete, NewEvent, Put
from tests.service.storage import programs

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
ONE = Changes(puts=(Put("member", "m-1", {"a": 1}),))


@pytest.fixture
def store_url(path):
    return f"sqlite:///{path}"


def every_cell(path):
    database = sqlite3.connect(path)
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    cells = {str(cell) for table in tables for row in database.execute(f"SELECT * FROM {table}") for cell in row}
    database.close()
    return cells


def test_every_connection_writes_durably_and_overwrites_what_is_deleted(path, store):
    with connections.Connections(path).lend() as connection:
        settings = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "temp_store")
        }
    connection.close()

    assert settings == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1, "temp_store": 2}


def test_folder_and_files_are_for_their_owner_alone(path, store):
    store.commit("harbour", ONE)

    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}


def test_going_through_a_kind_sees_one_moment(store):
    store.commit("harbour", Changes(puts=tuple(Put("member", f"m-{n}", {"is_old": True}) for n in range(400))))
    members = store.each("harbour", "member")
    next(members)

    store.commit("harbour", Changes(puts=tuple(Put("member", f"m-{n}", {"is_old": False}) for n in range(450))))

    assert [record.body for record in members] == [{"is_old": True}] * 399


def test_nothing_of_an_erased_member_stays_in_any_table_or_file(path, store):
    store.commit(
        "harbour",
        Changes(
            puts=(Put("member", "anna-7", {"topics": "lighthouses"}, 0, 1, (("by", "anna-7"),), (("k", "anna-7"),)),),
            events=(NewEvent("e", "x-1", NOW, {"seeker": "anna-7"}, mentions=("anna-7",)),),
        ),
    )
    assert any("anna-7" in cell for cell in every_cell(path))

    store.commit("harbour", Changes(deletes=(Delete("member", "anna-7"),), forget=("anna-7",)))
    store.close()

    assert not any("anna-7" in cell or "lighthouses" in cell for cell in every_cell(path))
    assert not any(
        b"anna-7" in file.read_bytes() or b"lighthouses" in file.read_bytes() for file in path.parent.iterdir()
    )


def test_a_vanished_database_is_an_error_and_works_again_when_it_is_back(path, store):
    store.commit("harbour", ONE)
    away = path.with_name("away.sqlite3")
    store.close()
    path.rename(away)

    for call in (lambda: store.get("harbour", "member", "m-1"), lambda: store.commit("harbour", ONE), store.ping):
        with pytest.raises(StoreUnavailable, match="missing"):
            call()
    away.rename(path)

    assert store.get("harbour", "member", "m-1").body == {"a": 1}
    assert store.ping() is None


def test_a_database_that_vanishes_while_it_is_open_takes_no_more_writes(path, store):
    store.commit("harbour", ONE)

    path.rename(path.with_name("away.sqlite3"))

    with pytest.raises(StoreUnavailable, match="missing"):
        store.commit("harbour", ONE)


def test_a_database_that_vanishes_between_a_look_and_the_opening_is_not_made_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(connections.Connections, "_file_identity", lambda self: (0, 0))

    with (
        pytest.raises(StoreUnavailable, match="cannot be opened"),
        connections.Connections(tmp_path / "gone.sqlite3").lend(),
    ):
        pytest.fail("lent a connection to a file that is not there")

    assert list(tmp_path.iterdir()) == []


def test_a_replaced_database_is_the_one_that_is_read(path, store):
    store.commit("harbour", ONE)
    store.close()
    shutil.copy(path, path.with_name("copy"))
    store.commit("harbour", Changes(puts=(Put("member", "m-2", {}),)))
    store.get("harbour", "member", "m-2")

    for file in ("-wal", "-shm"):
        path.with_name(path.name + file).unlink()
    path.with_name("copy").rename(path)

    assert store.get("harbour", "member", "m-2") is None
    assert store.get("harbour", "member", "m-1") is not None


def test_a_full_disk_is_told_in_plain_words_and_leaves_nothing_half_done(path, store, monkeypatch):
    monkeypatch.setattr(connections, "_SETUP", (*connections._SETUP, "PRAGMA max_page_count = 60"))
    full = open_store(f"sqlite:///{path}")
    half = Changes(puts=(Put("member", "m-1", {}), Put("member", "m-2", {"long": "x" * 300_000})))

    with pytest.raises(StoreUnavailable, match="full") as caught:
        full.commit("harbour", half)
    full.commit("harbour", Changes(puts=(Put("member", "m-3", {}),)))
    full.close()

    assert not isinstance(caught.value, CommitUnconfirmed)
    assert [record.record_id for record in store.each("harbour", "member")] == ["m-3"]


def test_a_database_that_another_program_locks_is_told_in_plain_words(path, monkeypatch):
    monkeypatch.setattr(connections, "BUSY_TIMEOUT_MS", 10)
    store = open_store(f"sqlite:///{path}")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    with pytest.raises(StoreUnavailable, match="locked"):
        store.commit("harbour", ONE)
    other.execute("ROLLBACK")
    other.close()

    assert store.commit("harbour", ONE).versions == {("member", "m-1"): 1}
    store.close()


def test_a_damaged_database_is_told_in_plain_words(path, store):
    store.close()
    path.write_bytes(b"no database at all, " * 1000)

    with pytest.raises(StoreUnavailable, match="damaged"):
        store.get("harbour", "member", "m-1")
    with pytest.raises(StoreUnavailable, match="damaged"):
        open_store(f"sqlite:///{path}")


def test_a_commit_that_fails_on_the_disk_is_unconfirmed():
    class FailingDisk:
        def execute(self, statement):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
            raise error

    with pytest.raises(CommitUnconfirmed):
        engine._commit(FailingDisk())


def test_a_read_only_folder_is_told_in_plain_words():
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/store.sqlite3"
        open_store(url).close()
        for file in (*Path(folder).iterdir(), Path(folder)):
            file.chmod(0o555 if file.is_dir() else 0o444)
        outcome = subprocess.run(
            [sys.executable, "-c", programs.OPEN_AS_SOMEBODY_ELSE, url],
            capture_output=True,
            text=True,
            check=False,
            cwd=programs.REPOSITORY,
        )
        Path(folder).chmod(0o700)

    assert (outcome.stdout, outcome.stderr) == (
        "cannot write in the data folder (permission denied): check that it is there and writable\n",
        "",
    )


def test_a_folder_that_cannot_be_made_is_told_in_plain_words():
    with pytest.raises(StoreUnavailable, match="cannot make the database"):
        open_store("sqlite:////proc/alongside/store.sqlite3")


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="something else"):
        open_store(f"sqlite:///{tmp_path}")


def test_a_database_of_another_program_is_refused_and_left_alone(path):
    path.parent.mkdir()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE theirs (a)")
    other.commit()
    other.close()

    with pytest.raises(ConfigurationError, match="another program"):
        open_store(f"sqlite:///{path}")

    other = sqlite3.connect(path)
    assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]
    other.close()


def test_a_database_of_a_newer_format_is_refused(path, store, monkeypatch):
    store.close()
    monkeypatch.setattr(schema, "FORMAT", 0)

    with pytest.raises(ConfigurationError, match=r"format 2, this one reads up to 0"):
        open_store(f"sqlite:///{path}")


def test_connections_are_used_again_and_only_some_are_kept(path, store, monkeypatch):
    lending = connections.Connections(path)
    with lending.lend() as first:
        pass
    with lending.lend() as again:
        assert again is first
        with lending.lend() as other:
            assert other is not first
    monkeypatch.setattr(connections, "MOST_IDLE", 0)
    with lending.lend() as last:
        pass
    lending.close()

    for connection in (first, other, last):
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")


def test_an_open_transaction_is_rolled_back_when_a_connection_comes_back(path, store):
    store.commit("harbour", ONE)
    lending = connections.Connections(path)

    with lending.lend() as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM records")
    lending.close()

    assert store.get("harbour", "member", "m-1") is not None
