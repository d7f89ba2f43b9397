"""Which prices are needed, over tight pairs that come in any blocks: against a slow search for any lower prices."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from matching.verifying import needed
from matching.verifying.needed import NeededPrices
from matching.verifying.weighing import HAS_PRICE, HELD, NO_CLAIMS, SEEKER_KEY, SUPPORTER_KEY


def claims_of(held, has_price):
    seekers = np.zeros((len(held), SEEKER_KEY + 1), dtype=np.int64)
    supporters = np.zeros((len(has_price), SUPPORTER_KEY + 1), dtype=np.int64)
    seekers[:, HELD], supporters[:, HAS_PRICE] = held, has_price
    return NO_CLAIMS._replace(seekers=seekers, supporters=supporters)


def slowly(held, has_price, tight):
    """Needed: zero, wanted by somebody who waits, or by somebody whose supporter's price is needed."""
    known = {j for j, priced in enumerate(has_price) if not priced}
    while True:
        more = {j for i, j in tight if held[i] == -1 or held[i] in known} - known
        if not more:
            return [j for j in range(len(has_price)) if j not in known]
        known |= more


@pytest.mark.parametrize("at_once", [1, 1 << 22])
@pytest.mark.parametrize("seed", range(60))
def test_missing_prices_are_those_a_slow_search_finds_however_the_pairs_come(seed, at_once, monkeypatch):
    monkeypatch.setattr(needed, "_MOST_WAITING", at_once)
    random = Random(seed)
    n, m = random.randint(1, 12), random.randint(1, 9)
    held = [random.randint(-1, m - 1) if random.random() < 0.8 else random.randint(0, m - 1) for _ in range(n)]
    has_price = [int(random.random() < 0.9) for _ in range(m)]
    tight = [(i, j) for i in range(n) for j in range(m) if random.random() < 0.15 and has_price[j] and held[i] != j]
    prices = NeededPrices(claims_of(held, has_price))

    cells = [i * m + j for i, j in tight]
    random.shuffle(cells)
    while cells:
        size = random.randint(1, len(cells))
        prices.take(np.array(cells[:size]))
        del cells[:size]

    assert prices.missing().tolist() == slowly(held, has_price, tight)


def test_nobody_needs_nothing():
    assert NeededPrices(NO_CLAIMS).missing().tolist() == []
