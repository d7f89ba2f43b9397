"""Files that earlier versions wrote open for ever. `fixtures/format_N.sql` is a store as format N left it, as SQL.

A fixture is never written anew. The next format adds its own: a store with something of everything, from the last
commit before the change, as `sqlite3 store.sqlite3 .dump` and `PRAGMA application_id` give it.
"""

import sqlite3
from pathlib import Path

import pytest

from service.clock import FixedClock
from service.records import MatchState, RunState
from service.storage import open_store
from service.storage.payloads import is_true
from service.storage.sqlite import schema
from service.usecases.matches import list_matches
from service.usecases.members import list_members, put_member
from service.usecases.runs import execute_run, list_runs, verify_run
from tests.service.usecases.cast import NOW, P, seeker

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture(params=sorted(FIXTURES.glob("format_*.sql")), ids=lambda path: path.stem)
def old_file(request, tmp_path):
    path = tmp_path / "store.sqlite3"
    database = sqlite3.connect(path)
    database.executescript(request.param.read_text())
    database.close()
    return path


def tables_of(path):
    database = sqlite3.connect(path)
    names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    tables = {name: database.execute(f"PRAGMA table_info({name})").fetchall() for name in names}
    indexes = database.execute("SELECT name FROM sqlite_master WHERE type != 'table' ORDER BY name").fetchall()
    database.close()
    return tables, indexes


def test_there_is_a_store_of_every_earlier_format():
    assert [path.stem for path in sorted(FIXTURES.iterdir())] == [f"format_{n}" for n in range(1, schema.FORMAT)]


def test_a_store_of_an_earlier_format_can_be_worked_with(old_file):
    store = open_store(f"sqlite:///{old_file}")

    assert len(list_members(store, P).records) == 8
    assert len(list_matches(store, P, state=MatchState.PROPOSED).records) == 2
    queued, done = list_runs(store, P).records
    assert verify_run(store, P, run_id=done.run_id).matched == 4
    put_member(store, P, profile=seeker("ivy"), now=NOW)
    assert execute_run(store, P, run_id=queued.run_id, clock=FixedClock(NOW)).state is RunState.DONE
    store.close()


def test_events_of_an_earlier_format_are_vouched_for_afterwards(old_file):
    store = open_store(f"sqlite:///{old_file}")
    events = store.events(P)
    store.close()

    assert [(event.sequence, event.subject is None, is_true(event)) for event in events] == [
        (1, False, True),
        (2, False, True),
        (3, False, True),
        (4, False, True),
        (5, True, True),
        (6, False, True),
    ]
    assert len({event.mac for event in events}) == 6
    assert [event.mentions for event in events if event.type == "match.offered"] == [
        ("amy", "bea", "match_01m88yxtm091px26d7t108h714")
    ]


def test_a_file_of_an_earlier_format_becomes_what_a_fresh_one_is(old_file, tmp_path):
    open_store(f"sqlite:///{old_file}").close()
    open_store(f"sqlite:///{tmp_path / 'fresh.sqlite3'}").close()

    assert tables_of(old_file) == tables_of(tmp_path / "fresh.sqlite3")


def test_a_change_of_format_that_is_cut_off_leaves_the_file_as_it_was(old_file, monkeypatch):
    before = tables_of(old_file)

    def fail(connection):
        connection.execute("DROP TABLE events")
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(schema, "STEPS", {**schema.STEPS, schema.FORMAT: fail})
        with pytest.raises(KeyboardInterrupt):
            open_store(f"sqlite:///{old_file}")

    assert tables_of(old_file) == before
    open_store(f"sqlite:///{old_file}").close()
