from concurrent.futures import ThreadPoolExecutor

import pytest

from service.errors import ConfigurationError, StoreUnavailable
from service.storage import open_store
from service.storage.patient import opened_patiently
from service.storage.store import Changes, Put


class Away:
    """Opens a store, but only once it is there; counts the tries."""

    def __init__(self, url):
        self.url = url
        self.is_there = False
        self.opened = 0

    def __call__(self):
        if not self.is_there:
            raise StoreUnavailable("not there yet")
        self.opened += 1
        return open_store(self.url)


def test_a_store_that_is_there_is_given_as_it_is(store_url):
    with_patience = opened_patiently(lambda: open_store(store_url))

    assert type(with_patience) is type(open_store(store_url))
    with_patience.close()


def test_calls_are_refused_until_the_store_is_there_and_then_work(store_url):
    away = Away(store_url)
    store = opened_patiently(away)

    with pytest.raises(StoreUnavailable, match="not there yet"):
        store.ping()
    away.is_there = True
    store.commit("harbour", Changes(puts=(Put("member", "m-1", {}),)))

    assert store.get("harbour", "member", "m-1").version == 1
    store.close()


def test_many_threads_open_it_once(store_url):
    away = Away(store_url)
    store = opened_patiently(away)
    away.is_there = True

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: store.get("harbour", "member", f"m-{number}"), range(8)))

    assert away.opened == 1
    store.close()


def test_what_no_waiting_mends_is_told_at_once():
    with pytest.raises(ConfigurationError):
        opened_patiently(lambda: open_store("sqlite:///"))


def test_closing_what_was_never_there_does_nothing(store_url):
    opened_patiently(Away(store_url)).close()
