"""Orders in blocks: read from any place, found by what orders them, forgotten one by one."""

from datetime import date, timedelta

import pytest

from service.storage.store import Changes
from service.usecases.running import orders
from service.usecases.running.orders import LOOKING, REVIEW, KeptOrder, delete_orders, looking_entry, write_order
from tests.service.usecases.cast import P

FIRST = date(2026, 1, 1)
ENTRIES = [looking_entry(FIRST + timedelta(days=number // 3), f"m-{number:03}") for number in range(25)]
IDS = [entry[-1] for entry in ENTRIES]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(orders, "BLOCK", 4)


@pytest.fixture
def order(store, fence):
    write_order(store, P, run_id="run_1", name=LOOKING, entries=reversed(ENTRIES), fence=fence)
    return KeptOrder.of(store, P, run_id="run_1", name=LOOKING)


def test_ids_are_read_from_any_place_to_any_other(order):
    assert order.total == 25
    for start in range(27):
        for end in range(start, 28):
            assert order.ids(start, end) == IDS[start:end]


def test_the_place_after_an_entry_is_found_whether_or_not_it_is_there(order):
    assert [order.place_after(entry) for entry in ENTRIES] == list(range(1, 26))
    assert order.place_after(looking_entry(FIRST - timedelta(days=1), "x")) == 0
    assert order.place_after(looking_entry(FIRST, "m-0015")) == 2
    assert order.place_after(looking_entry(FIRST + timedelta(days=99), "x")) == 25


@pytest.mark.parametrize("number", [0, 4, 12, 24])
def test_who_is_forgotten_leaves_a_place_without_an_id(store, order, number):
    store.commit(P, Changes(puts=(order.without(ENTRIES[number]),)))

    assert order.ids(0, 25) == [each for each in IDS if each != IDS[number]]
    assert IDS[number] not in str([stored.body for stored in store.each(P, "run_order")])
    assert order.without(ENTRIES[number]) is None
    following = [number + 1] if number < 24 else []
    assert [order.place_after(ENTRIES[each]) for each in following] == [each + 1 for each in following]


def test_an_order_of_nobody_and_one_that_was_removed_are_none(store, fence, order):
    write_order(store, P, run_id="run_1", name=REVIEW, entries=[], fence=fence)
    assert KeptOrder.of(store, P, run_id="run_1", name=REVIEW) is None

    delete_orders(store, P, run_id="run_1", fence=fence)

    assert KeptOrder.of(store, P, run_id="run_1", name=LOOKING) is None
    assert store.count(P, "run_order") == 0
    assert order.ids(0, 25) == []
    assert 0 <= order.place_after(ENTRIES[7]) <= 25
