"""One place more and one less: exactly what solving again with it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from matching.errors import CertificateError
from matching.places import worth_of_places
from tests.matching.instances import Instance
from tests.matching.test_overrides import after, check_counts, residual_of, small


@pytest.mark.parametrize("seed", range(60))
def test_one_place_more_or_less_leads_to_the_best_matching_there_is_with_it(seed):
    instance = small(seed)
    worth, supporter_of = instance.best()

    found = worth_of_places(residual_of(instance))

    for supporter, capacity in enumerate(instance.capacity):
        more, less = found.more(supporter), found.less(supporter)
        assert found.more_counts[supporter].tolist() == [more.matched, more.score, more.kept]
        assert found.less_counts[supporter].tolist() == [less.matched, less.score, less.kept]
        assert found.first_in_line[supporter] == (more.newly_matched or (-1,))[0]
        assert found.has_room[supporter] == (supporter_of.count(supporter) < capacity)
        for effect, places in ((more, 1), (less, -min(1, capacity))):
            changed = tuple(places * (j == supporter) + had for j, had in enumerate(instance.capacity))
            best = replace(instance, capacity=changed).best()
            assert after(supporter_of, effect) == best[1]
            assert effect.loss == tuple(a - b for a, b in zip(worth, best[0], strict=True))
            check_counts(instance, supporter_of, effect)


def test_one_more_place_is_told_with_who_would_be_matched():
    instance = Instance({(0, 0): 9, (1, 0): 4, (1, 1): 2, (2, 1): 7}, (1, 1), (3, 2, 1), (-1, -1, -1))

    found = worth_of_places(residual_of(instance))

    assert (found.more(0).newly_matched, found.more(0).matched, found.has_room.any()) == ((2,), 1, False)
    assert (found.more(1).newly_matched, found.more(1).score) == ((2,), 7)
    assert (found.less(1).newly_waiting, found.less(1).score) == ((1,), -2)


def test_prices_that_are_not_the_smallest_are_refused():
    residual = residual_of(Instance({(0, 0): 9}, (1,), (1,), (-1,)))
    raised = replace(residual, arrays=residual.arrays._replace(price_hi=np.array([5])))

    with pytest.raises(CertificateError, match="not the smallest"):
        worth_of_places(raised)
