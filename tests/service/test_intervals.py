"""Intervals against scipy's own, published examples, and what they promise."""

import random

import pytest
from scipy import stats

from service.intervals import difference, mean, share


@pytest.mark.parametrize("total", [1, 2, 7, 20, 133])
def test_a_share_has_the_exact_interval(total):
    for count in range(total + 1):
        exact = stats.binomtest(count, total).proportion_ci(confidence_level=0.95, method="exact")

        found = share(count, total)

        assert found.value == count / total
        assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=1e-9)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        # Newcombe 1998, table II, method 10.
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_a_difference_is_that_of_the_published_examples(first, second, low, high):
    found = difference(first, second)

    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
    turned = difference(second, first)
    assert (-turned.high, -turned.low) == pytest.approx((found.low, found.high))


def test_a_mean_has_students_interval():
    numbers = [3, 4, 4, 7, 9, 5]
    exact = stats.ttest_1samp(numbers, 0).confidence_interval(0.95)

    found = mean(numbers)

    assert (found.value, found.low, found.high) == pytest.approx((32 / 6, exact.low, exact.high))


def test_the_exact_interval_holds_the_truth_at_least_as_often_as_it_says():
    chance = random.Random(3)

    for truth in (0.05, 0.4, 0.9):
        held = 0
        for _ in range(400):
            count = sum(chance.random() < truth for _ in range(30))
            found = share(count, 30)
            held += found.low <= truth <= found.high
        assert held >= 0.93 * 400
