"""Listening: who hears of a commit, in whatever process it is made, and that nobody is stopped by those who do not."""

import subprocess
import sys

import pytest

from service.errors import StaleVersion
from service.storage.store import Changes
from tests.service.storage.making import event, put

SCOPE = "harbour"


@pytest.fixture
def listener(store):
    with_ears = store.listen()
    yield with_ears
    with_ears.close()


def test_a_commit_with_events_is_heard(store, listener):
    store.commit(SCOPE, Changes(events=(event("m-1"),)))

    assert listener.wait(5) == {SCOPE}


def test_a_commit_that_says_so_is_heard_and_any_other_is_not(store, listener):
    store.commit("quiet", Changes(puts=(put("m-1"),)))
    store.commit(SCOPE, Changes(puts=(put("m-1"),), rings=True))

    assert listener.wait(5) == {SCOPE}


def test_a_commit_that_is_refused_is_not_heard(store, listener):
    with pytest.raises(StaleVersion):
        store.commit(SCOPE, Changes(puts=(put("m-1", expected_version=7),), rings=True))

    assert listener.wait(0.05) == frozenset()


def test_what_was_heard_is_told_once(store, listener):
    store.commit(SCOPE, Changes(rings=True))

    assert listener.wait(5) == {SCOPE}
    assert listener.wait(0.05) == frozenset()


def test_everybody_who_listens_hears(store, listener):
    other = store.listen()
    store.commit(SCOPE, Changes(rings=True))

    assert (listener.wait(5), other.wait(5)) == ({SCOPE}, {SCOPE})
    other.close()


def test_a_commit_of_another_process_is_heard(store, store_url, listener):
    code = (
        "import sys; from service.storage import open_store; from service.storage.store import Changes; "
        "open_store(sys.argv[1]).commit(sys.argv[2], Changes(rings=True))"
    )
    subprocess.run([sys.executable, "-c", code, store_url, SCOPE], check=True, timeout=60)

    assert listener.wait(5) == {SCOPE}


def test_one_who_has_left_or_hears_nothing_stops_nobody(store, listener):
    store.listen().close()
    for _ in range(600):
        store.commit(SCOPE, Changes(rings=True))

    assert listener.wait(5) == {SCOPE}


def test_closing_twice_does_nothing(store):
    listener = store.listen()
    listener.close()
    listener.close()
