"""What several processes on one embedded database do beside what they do on every store."""

import signal

import pytest

from service.storage import open_store
from service.storage.store import Changes, Put
from tests.service.storage import programs


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/data/store.sqlite3"


@pytest.fixture
def store(url):
    opened = open_store(url)
    yield opened
    opened.close()


def test_nobody_waits_for_a_writer_that_was_killed_in_its_turn(store, url):
    holder = programs.start(programs.HOLD_THE_TURN, url)
    programs.go(holder)
    assert holder.stdout.readline() == "holding\n"

    holder.send_signal(signal.SIGKILL)
    holder.communicate(timeout=60)
    store.commit("harbour", Changes(puts=(Put("member", "m-1", {}),)))

    assert store.get("harbour", "member", "m-1").version == 1


def test_a_child_never_uses_its_parents_connection(url):
    assert programs.run_together(programs.FORK_AND_LEND_ON_BOTH_SIDES, url, how_many=1) == [""]
