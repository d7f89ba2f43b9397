"""What is made once and kept: made by the first who asks, for all who ask; within its memory; anew after an error."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from service.errors import StillPreparing, TooLarge
from service.kept import Kept


@pytest.fixture
def kept() -> Kept[str]:
    return Kept(10, setting="ALONGSIDE_SOMETHING", patience=30)


def test_it_is_made_once_for_all_who_ask_meanwhile(kept):
    made, may_go = [], Event()

    def make():
        made.append(may_go.wait(30))
        return "ready"

    with pytest.raises(StillPreparing):
        kept.of("a", 1, make, patience=0)
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(kept.of, "a", 1, make) for _ in range(4)]
        may_go.set()
        assert {each.result() for each in asked} == {"ready"}

    assert made == [True]


@pytest.mark.parametrize("error", [ValueError("no"), TimeoutError("the store was slow")])
def test_an_error_comes_out_and_the_next_who_asks_has_it_made_anew(kept, error):
    def fail():
        raise error

    with pytest.raises(type(error)):
        kept.of("a", 1, fail)

    assert kept.of("a", 1, lambda: "ready") == "ready"


def test_the_least_recently_asked_goes_first(kept):
    for key in ("a", "b"):
        kept.of(key, 4, lambda key=key: key)
    kept.of("a", 4, lambda: "anew")
    kept.of("c", 4, lambda: "c")

    assert kept.of("a", 4, lambda: "anew") == "a"
    assert kept.of("b", 4, lambda: "anew") == "anew"
    with pytest.raises(TooLarge, match="ALONGSIDE_SOMETHING"):
        kept.of("d", 11, lambda: "d")
