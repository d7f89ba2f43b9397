"""Counts that point at nobody: whoever knows the total can work none of the small ones out."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from service.small_counts import FEW, NOT_TOLD, Told, told, told_alone

MOST = 9


def possible(counts, said):
    """Give every list of counts that would be told like this, with the same total; small enough to go through."""
    choices = [
        [each.count] if each.count is not None else range(1, 5) if each.words == FEW else range(5, 4 * MOST)
        for each in said
    ]
    return [each for each in product(*choices) if sum(each) == sum(counts)]


@pytest.mark.parametrize("seed", range(300))
def test_whoever_knows_the_total_can_work_out_no_small_count(seed):
    random = Random(seed)
    counts = [random.randint(0, MOST) for _ in range(random.randint(1, 4))]
    # Somebody is there to hide behind.
    counts.append(random.randint(6, MOST))

    said = told(counts)

    others = possible(counts, said)
    assert tuple(counts) in others
    for at, each in enumerate(said):
        if each.words == FEW:
            assert len({other[at] for other in others}) > 1, (counts, said)


def test_large_counts_are_told_as_they_are_and_nobody_is_nobody():
    assert told([1234, 0, 7]) == (Told(1234, "1,234"), Told(0, "0"), Told(7, "7"))


def test_a_single_small_count_takes_the_next_one_with_it():
    assert told([20, 3, 9]) == (Told(20, "20"), Told(None, FEW), Told(None, NOT_TOLD))


def test_small_counts_that_hide_each_other_need_no_other():
    assert told([20, 3, 2]) == (Told(20, "20"), Told(None, FEW), Told(None, FEW))


def test_where_there_are_few_altogether_nothing_is_counted_out():
    assert told([3]) == (Told(None, FEW),)
    assert [told_alone(count).words for count in (0, 1, 4, 5)] == ["0", FEW, FEW, "5"]
