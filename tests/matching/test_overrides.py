"""Knock-on effects of forcing and forbidding a pair: what every matching there is says, and not a step of solving."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matching.engine import assign
from matching.errors import MatchingError
from matching.overrides import NOTHING_CHANGES, effect_of_forbidding, effect_of_forcing
from matching.problem import read_problem
from matching.residual import Residual
from tests.matching.instances import Instance, random_instance

WAITING = -1


def residual_of(instance: Instance) -> Residual:
    problem = read_problem(instance.array, **instance.arguments)
    return Residual.of(problem, assign(instance.array, **instance.arguments))


def after(supporter_of, effect):
    changed = list(supporter_of)
    for move in effect.moves:
        assert changed[move.seeker] == move.before != move.after
        changed[move.seeker] = move.after
    return tuple(changed)


def totals(instance, supporter_of):
    pairs = [(i, j) for i, j in enumerate(supporter_of) if j != WAITING]
    return len(pairs), sum(instance.scores[pair] for pair in pairs), sum(instance.previous[i] == j for i, j in pairs)


def check_counts(instance, supporter_of, effect):
    before, now = totals(instance, supporter_of), totals(instance, after(supporter_of, effect))
    assert (effect.matched, effect.score, effect.kept) == tuple(b - a for a, b in zip(before, now, strict=True))


def small(seed):
    instance = random_instance(seed)
    return replace(instance, scores={pair: max(min(score, 10**6), -(10**6)) for pair, score in instance.scores.items()})


@pytest.mark.parametrize("seed", range(60))
def test_forcing_a_pair_leads_to_the_best_matching_that_has_it(seed):
    instance = small(seed)
    residual, (worth, supporter_of) = residual_of(instance), instance.best()

    for i, j in instance.scores:
        if instance.capacity[j]:
            effect = effect_of_forcing(residual, i, j)
            best = max((instance.worth(other), other) for other in instance.matchings() if other[i] == j)

            assert after(supporter_of, effect) == best[1]
            assert effect.loss == tuple(a - b for a, b in zip(worth, best[0], strict=True))
            check_counts(instance, supporter_of, effect)


@pytest.mark.parametrize("seed", range(60))
def test_forbidding_a_pair_leads_to_the_best_matching_without_it(seed):
    instance = small(seed)
    residual, supporter_of = residual_of(instance), instance.best()[1]

    for pair in instance.scores:
        effect = effect_of_forbidding(residual, *pair)
        without = replace(instance, scores={each: score for each, score in instance.scores.items() if each != pair})

        assert after(supporter_of, effect) == without.best()[1]
        check_counts(instance, supporter_of, effect)


def test_who_moves_and_who_takes_whose_place_is_told():
    instance = Instance({(0, 0): 9, (0, 1): 5, (1, 0): 4, (1, 1): 3}, (1, 1), (1, 1), (-1, -1))
    residual = residual_of(instance)

    effect = effect_of_forbidding(residual, 0, 0)

    assert [tuple(move) for move in effect.moves] == [(0, 0, 1), (1, 1, 0)]
    assert [effect.takes_place_of(move) for move in effect.moves] == [1, 0]
    assert (effect.matched, effect.score) == (0, -3)


def test_whoever_loses_their_proposal_loses_the_standing_that_came_with_it():
    instance = Instance({(0, 0): 5, (0, 1): 5, (1, 1): 4}, (1, 1), (1, 5), (0, -1))

    effect = effect_of_forbidding(residual_of(instance), 0, 0)

    assert [tuple(move) for move in effect.moves] == [(0, 0, -1)]


def test_forcing_a_pair_may_leave_somebody_waiting():
    instance = Instance({(0, 0): 9, (1, 0): 4}, (1,), (2, 1), (-1, -1))

    effect = effect_of_forcing(residual_of(instance), 1, 0)

    assert (effect.newly_waiting, effect.newly_matched, effect.score) == ((0,), (1,), -5)


def test_forcing_what_is_there_and_forbidding_what_is_not_change_nothing():
    residual = residual_of(Instance({(0, 0): 9, (1, 0): 4}, (1,), (2, 1), (-1, -1)))

    assert effect_of_forcing(residual, 0, 0) == effect_of_forbidding(residual, 1, 0) == NOTHING_CHANGES


@pytest.mark.parametrize(
    ("pair", "capacity", "words"),
    [((0, 1), (1, 1), "keeps apart"), ((0, 0), (0, 1), "no place"), ((0, 2), (1, 1), "cannot ask")],
)
def test_a_pair_that_cannot_be_is_refused(pair, capacity, words):
    residual = residual_of(Instance({(0, 0): 9}, capacity, (1,), (-1,)))

    with pytest.raises(MatchingError, match=words):
        effect_of_forcing(residual, *pair)


def test_a_stable_matching_has_no_prices_to_ask():
    with pytest.raises(MatchingError, match="not proven best by prices"):
        residual_of(Instance({(0, 0): 9}, (1,), (1,), (-1,), objective="stable"))
