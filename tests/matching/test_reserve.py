"""A reserve holds the scarcest supporters for those who have few others."""

from __future__ import annotations

import numpy as np

from matching.reserve import held_back, scarcity_of

ROWS, SUPPORTERS = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 0, 1, 1])
CHOICES = np.array([5, 3, 1])
"""Two could meet either supporter and many others; the third one of them alone."""


def test_scarce_is_who_is_one_of_few_for_somebody():
    assert scarcity_of(ROWS, SUPPORTERS, CHOICES, 2).tolist() == [200 + 333, 200 + 333 + 1000]


def test_the_scarcest_half_is_held_from_those_with_more_choice_than_most():
    scarcity = scarcity_of(ROWS, SUPPORTERS, CHOICES, 2)

    held = held_back(ROWS, SUPPORTERS, CHOICES, scarcity, share=500)

    assert held.tolist() == [False, True, False, False, False]


def test_nothing_is_held_where_the_reserve_is_off_or_nobody_is_there():
    scarcity = np.array([1, 2])

    assert not held_back(ROWS, SUPPORTERS, CHOICES, scarcity, share=0).any()
    assert held_back(ROWS[:0], SUPPORTERS[:0], CHOICES, scarcity, share=500).size == 0
