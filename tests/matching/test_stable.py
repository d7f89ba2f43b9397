"""`objective="stable"`: nobody would both rather have each other, whichever loops find it, and what it ignores."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from matching import assign
from matching.errors import Cancelled
from matching.keys import ties_of
from matching.problem import read_problem
from matching.solvers import stable
from matching.solvers.stable import Rows, assign_stably, compiled_stable
from matching.stability import is_blocking
from tests.matching.instances import random_instance, sparse

PLAIN, COMPILED = 10**9, 0


def stable_instance(seed, *, most_seekers=5, most_supporters=5):
    drawn = random_instance(seed, most_seekers=most_seekers, most_supporters=most_supporters)
    return replace(drawn, objective="stable")


def rows_of(instance):
    problem = read_problem(instance.array, **instance.arguments)
    return problem, Rows.of(problem)


def matching_of(instance, worth_compiling):
    problem, rows = rows_of(instance)
    return tuple(problem.to_caller_order(assign_stably(rows, worth_compiling=worth_compiling).supporter_of).tolist())


def community(seed, *, n=400, m=150, of=60, most=10_000):
    """Compressed rows, unsorted inside, with popular supporters, and places from none to five."""
    random = np.random.default_rng(seed)
    supporters = np.concatenate([random.permutation(m)[:of] for _ in range(n)]).astype(np.int32)
    popular = random.integers(0, most, m)
    scores = ((random.integers(0, most, n * of) + popular[supporters]) // 2).astype(np.int32)
    keys = random.integers(0, 2**63, n + m).astype(np.uint64)
    return Rows(np.arange(n + 1) * of, supporters, scores, keys[:n], keys[n:], random.integers(0, 6, m))


@pytest.mark.parametrize("seed", range(400))
def test_it_is_the_only_matching_without_a_blocking_pair(seed):
    instance = stable_instance(seed)

    result = assign(instance.array, **instance.arguments)

    without = [each for each in instance.matchings() if not instance.blocking_pairs(each)]
    assert without == [tuple(result.supporter_of.tolist())]
    assert (result.is_best, result.blocking_pairs) == (True, 0)


@pytest.mark.parametrize("worth_compiling", [PLAIN, COMPILED], ids=["plain", "compiled"])
@pytest.mark.parametrize("seed", range(500, 700))
def test_both_loops_take_the_best_pair_then_the_best_of_those_still_free(seed, worth_compiling):
    instance = stable_instance(seed, most_seekers=16, most_supporters=9)

    assert matching_of(instance, worth_compiling) == instance.best_pairs_first()


@pytest.mark.parametrize("most", [3, 10_000], ids=["scores of few values", "scores of many values"])
def test_both_loops_agree_on_rows_in_any_order_where_places_are_short(most):
    rows = community(most, most=most)

    plain, fast = (assign_stably(rows, worth_compiling=size) for size in (PLAIN, COMPILED))

    assert 0 < np.count_nonzero(plain.supporter_of >= 0) == min(400, rows.capacity.sum())
    assert fast.supporter_of.tolist() == plain.supporter_of.tolist()
    assert fast.score_of.tolist() == plain.score_of.tolist()
    for one, other in zip(fast.thresholds, plain.thresholds, strict=True):
        assert one.tolist() == other.tolist()


def test_the_compiled_loops_go_on_where_they_were_asked_whether_to_stop(monkeypatch):
    rows = community(3)
    at_once = assign_stably(rows, worth_compiling=COMPILED)
    monkeypatch.setattr(stable, "_ASK_EVERY", 7)

    assert assign_stably(rows, worth_compiling=COMPILED).supporter_of.tolist() == at_once.supporter_of.tolist()


def test_both_loops_agree_where_ties_are_equal_too(monkeypatch):
    monkeypatch.setattr(stable, "ties_of", lambda seekers, supporters: np.zeros(len(seekers), dtype=np.int64))
    native = compiled_stable()
    blind = type("Blind", (), {"propose": native.propose, "fill_ties": lambda *arrays: arrays[-1].fill(0)})
    monkeypatch.setattr(stable, "compiled_stable", lambda: blind)
    rows = community(1, most=1)

    plain, fast = (assign_stably(rows, worth_compiling=size) for size in (PLAIN, COMPILED))

    assert fast.supporter_of.tolist() == plain.supporter_of.tolist()


def test_the_compiled_ties_are_those_of_the_keys():
    rows = community(2)
    ties = np.empty(rows.supporters.size, dtype=np.int64)

    compiled_stable().fill_ties(rows.starts, rows.supporters, rows.seeker_keys, rows.supporter_keys, ties)

    seekers = np.repeat(np.arange(400), 60)
    assert ties.tolist() == ties_of(rows.seeker_keys[seekers], rows.supporter_keys[rows.supporters]).tolist()


@pytest.mark.parametrize("seed", range(20))
def test_a_core_grows_by_the_pairs_that_disturb_it_to_the_stable_matching_of_all_pairs(seed):
    rows = community(seed, n=60, m=25, of=20, most=(4, 10_000)[seed % 2])
    seekers, keys = np.repeat(np.arange(60), 20), (rows.seeker_keys, rows.supporter_keys)
    is_in_core = np.random.default_rng(seed).random(rows.scores.size) < 0.2

    while True:
        starts = np.concatenate(([0], np.cumsum(np.bincount(seekers[is_in_core], minlength=60))))
        core = rows._replace(starts=starts, supporters=rows.supporters[is_in_core], scores=rows.scores[is_in_core])
        found = assign_stably(core)
        disturbing = is_blocking(seekers, rows.supporters, rows.scores, found.thresholds, *keys)
        assert not (disturbing & is_in_core).any()
        if not disturbing.any():
            break
        is_in_core |= disturbing

    assert found.supporter_of.tolist() == assign_stably(rows).supporter_of.tolist()


def test_any_pair_is_better_than_waiting_even_one_of_negative_score():
    result = assign(sparse({(0, 0): -3, (1, 0): -9}, (2, 1)), [3], objective="stable")

    assert (result.matched, result.total_score) == (2, -12)


def test_the_best_pair_is_kept_together_even_where_that_leaves_two_people_alone():
    scores = sparse({(0, 0): 9000, (0, 1): 100, (1, 0): 100}, (2, 2))

    assert assign(scores, objective="stable").supporter_of.tolist() == [0, -1]
    assert assign(scores).blocking_pairs == 1


@pytest.mark.parametrize("seed", range(40))
def test_priority_margin_and_earlier_pairs_move_nobody_and_only_the_count_of_kept_pairs_changes(seed):
    instance = stable_instance(seed, most_seekers=9, most_supporters=6)
    n, _ = instance.shape
    bare = replace(instance, priority=(1,) * n, previous=(-1,) * n, keep_margin=0)

    result, without = (assign(each.array, **each.arguments) for each in (instance, bare))

    supporter_of = result.supporter_of.tolist()
    assert supporter_of == without.supporter_of.tolist()
    assert result.kept == sum(j >= 0 and j == held for j, held in zip(supporter_of, instance.previous, strict=True))


@pytest.mark.parametrize("seed", range(100))
def test_the_certificate_says_what_each_side_has(seed):
    instance = stable_instance(seed)
    n, m = instance.shape

    result = assign(instance.array, **instance.arguments)

    supporter_of, certificate = tuple(result.supporter_of.tolist()), result.certificate
    own = [instance.value(i, j) if j >= 0 else (0, 0, 0, 0) for i, j in enumerate(supporter_of)]
    assert [tuple(vector) for vector in certificate.seeker_surplus.tolist()] == own
    for j in range(m):
        held = sorted((own[i] for i in range(n) if supporter_of[i] == j), key=lambda value: (value[1], value[3]))
        is_full = 0 < len(held) == instance.capacity[j]
        assert tuple(certificate.supporter_price[j].tolist()) == (held[0] if is_full else (0, 0, 0, 0))
    assert certificate.primal == certificate.dual == instance.worth(supporter_of)


def test_the_order_of_members_changes_nothing():
    random = Random(3)
    n, m = 14, 9
    scores = {(i, j): random.choice([0, 1]) for i in range(n) for j in range(m)}
    keys = [random.getrandbits(64) for _ in range(n)], [random.getrandbits(64) for _ in range(m)]
    capacity = [random.choice([0, 1, 2]) for _ in range(m)]
    rows, columns = random.sample(range(n), n), random.sample(range(m), m)
    shuffled = {(rows.index(i), columns.index(j)): score for (i, j), score in scores.items()}

    result = assign(sparse(scores, (n, m)), capacity, objective="stable", keys=keys)
    again = assign(
        sparse(shuffled, (n, m)),
        [capacity[j] for j in columns],
        objective="stable",
        keys=([keys[0][i] for i in rows], [keys[1][j] for j in columns]),
    )

    there = [columns[j] if j >= 0 else -1 for j in again.supporter_of.tolist()]
    assert there == result.supporter_of[rows].tolist()


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (2, 2)])
@pytest.mark.parametrize("worth_compiling", [PLAIN, COMPILED], ids=["plain", "compiled"])
def test_nobody_to_match_is_a_valid_answer(shape, worth_compiling):
    _, rows = rows_of(
        replace(
            stable_instance(0),
            scores={},
            priority=(1,) * shape[0],
            capacity=(1,) * shape[1],
            previous=(-1,) * shape[0],
            keys=None,
        )
    )

    assert assign_stably(rows, worth_compiling=worth_compiling).supporter_of.tolist() == [-1] * shape[0]


@pytest.mark.parametrize("worth_compiling", [PLAIN, COMPILED], ids=["plain", "compiled"])
def test_it_stops_when_asked(worth_compiling):
    with pytest.raises(Cancelled):
        assign_stably(community(0), should_stop=lambda: True, worth_compiling=worth_compiling)
