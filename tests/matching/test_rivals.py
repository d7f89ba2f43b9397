"""Hall sets: more people than places, all of whom can meet nobody else, and no smaller set shows it."""

from __future__ import annotations

from itertools import combinations

import pytest

from matching.rivals import Reach, rivals_of_all
from tests.matching.instances import Instance
from tests.matching.test_overrides import residual_of, small

WAITING = -1


def rivals_by_row(instance):
    residual = residual_of(instance)
    order, places = residual.problem.seeker_order, residual.problem.supporter_order
    return {
        int(order[row]): rivals
        and (set(order[rivals.seekers].tolist()), set(places[rivals.supporters].tolist()), rivals.places)
        for row, rivals in rivals_of_all(Reach(residual), residual).items()
    }


@pytest.mark.parametrize("seed", range(100))
def test_rivals_are_more_than_the_places_they_could_have_and_the_fewest_supporters_that_show_it(seed):
    instance = small(seed)
    supporter_of = instance.best()[1]
    meets = [{j for i, j in instance.scores if i == row} for row in range(instance.shape[0])]

    found = rivals_by_row(instance)

    assert set(found) == {row for row, supporter in enumerate(supporter_of) if supporter == WAITING}
    for row, rivals in found.items():
        # A set of supporters is too small when those who can meet nobody else are more than its places.
        short = [
            set(some)
            for size in range(1, instance.shape[1] + 1)
            for some in combinations(range(instance.shape[1]), size)
            if meets[row]
            and meets[row] <= set(some)
            and sum(bool(each) and each <= set(some) for each in meets) > sum(instance.capacity[j] for j in some)
        ]
        if instance.objective == "coverage":
            assert (rivals is None) == (not short)
        if rivals:
            seekers, supporters, places = rivals
            assert row in seekers
            assert len(seekers) > places == sum(instance.capacity[j] for j in supporters)
            assert seekers == {other for other, each in enumerate(meets) if each and each <= supporters}
            assert min(map(len, short)) <= len(supporters)
            assert all(supporters <= some for some in short if _holds(instance, supporter_of, some))


def _holds(instance, supporter_of, supporters):
    """Whether everybody in these places could meet nobody outside them."""
    held = {row for row, supporter in enumerate(supporter_of) if supporter in supporters}
    return all(j in supporters for i, j in instance.scores if i in held)


def test_two_who_can_meet_the_same_supporter_alone_compete_for_the_place():
    instance = Instance({(0, 0): 9, (1, 0): 4, (2, 1): 4, (2, 0): 1}, (1, 2), (1, 1, 1), (-1, -1, -1))

    assert rivals_by_row(instance) == {1: ({0, 1}, {0}, 1)}
