"""The warm engine: after each change, pairs and published prices are those of a solve from scratch."""

from __future__ import annotations

import numpy as np
import pytest

from matching.errors import CertificateError, ScoreError
from matching.policy import Objective
from matching.problem import read_problem
from matching.sources import StoredPairs
from matching.warm import Terms, WarmEngine, upkeep
from matching.warm.beginning import Solved, begin_from
from matching.warm.checking import check
from matching.worth import ScoreBounds
from tests.matching.instances import sparse
from tests.matching.warm_crowd import Crowd, PlainPairs, assert_as_from_scratch

COVERAGE = Terms(Objective.COVERAGE, 0, ScoreBounds(0, 100))


def engine_of(scores: dict[tuple[int, int], int], places: list[int], seekers: int) -> tuple[WarmEngine, PlainPairs]:
    pairs = PlainPairs()
    pairs.scores = dict(scores)
    engine = WarmEngine.empty(pairs, COVERAGE)
    for supporter, count in enumerate(places):
        engine.add_supporter(supporter, key=100 + supporter, places=count)
    for seeker in range(seekers):
        engine.add_seeker(seeker, key=seeker)
    return engine, pairs


@pytest.mark.parametrize("seed", range(24))
def test_after_every_change_pairs_and_prices_are_those_of_a_solve_from_scratch(seed: int) -> None:
    crowd = Crowd(seed)

    for _ in range(60):
        crowd.change()

        assert_as_from_scratch(crowd)


@pytest.mark.parametrize("seed", range(100, 112))
def test_with_few_arcs_prices_are_right_all_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "ARCS", 2)
    monkeypatch.setattr(upkeep, "JOINING", 1)
    monkeypatch.setattr(upkeep, "LOOKING", 2)
    monkeypatch.setattr(upkeep, "WORTH_THREADS", 2)
    crowd = Crowd(seed)

    for _ in range(60):
        crowd.change()

        assert_as_from_scratch(crowd)
    check(crowd.engine)


def test_a_seeker_who_matters_more_takes_the_place_and_the_other_waits() -> None:
    engine, pairs = engine_of({(0, 0): 90}, [1], 1)
    pairs.scores[1, 0] = 10

    engine.add_seeker(1, key=1, priority=2)

    assert engine.supporter_of[:2].tolist() == [-1, 0]
    assert engine.supporter_price()[0, :2].tolist() == [1, 90]


def test_a_place_given_up_goes_to_the_seeker_who_waited() -> None:
    engine, _ = engine_of({(0, 0): 90, (1, 0): 80}, [1], 2)

    engine.remove_seeker(0)

    assert engine.supporter_of[:2].tolist() == [-1, 0]
    assert engine.supporter_price()[0].tolist() == [0, 0, 0, 0]


def test_a_thousand_values_of_priority_find_codes_between_each_other() -> None:
    scores = {(i, 0): 50 for i in range(12)}
    pairs = PlainPairs()
    pairs.scores = scores
    engine = WarmEngine.empty(pairs, Terms(Objective.COVERAGE, 0, ScoreBounds(0, 2**21)))
    engine.add_supporter(0, key=99, places=1)

    for seeker in range(12):
        engine.add_seeker(seeker, key=seeker, priority=10**6 + 1000 - seeker)
    for priority in range(1, 1000):
        engine.set_priority(11, 10**6 + priority)

    assert engine.supporter_of[:12].tolist() == [0, *[-1] * 11]
    assert engine.supporter_price()[0, :2].tolist() == [10, 50]


@pytest.mark.parametrize("objective", ["coverage", "score"])
def test_it_begins_where_a_run_ended(objective: str) -> None:
    rng = np.random.default_rng(3)
    mask = rng.random((60, 25)) < 0.6
    scores = {(int(i), int(j)): int(rng.integers(0, 50)) for i, j in zip(*np.nonzero(mask), strict=True)}
    places, priority, previous = rng.integers(0, 3, 25), rng.integers(1, 9, 60), rng.integers(-1, 25, 60)
    previous = np.array([j if (i, j) in scores else -1 for i, j in enumerate(previous.tolist())])
    crowd = Crowd(0)
    crowd.objective, crowd.margin, crowd.bounds, crowd.urgency = objective, 5, ScoreBounds(0, 50), 9
    crowd.sizes = 66, 28
    crowd.pairs.scores = scores
    crowd.seekers = {i: (i, int(priority[i]), int(previous[i])) for i in range(60)}
    crowd.supporters = {j: (j, int(places[j])) for j in range(25)}
    answer = crowd.from_scratch()[0]
    assert answer.certificate is not None
    keys = np.arange(60, dtype=np.uint64)
    solved = Solved(
        keys, keys[:25], priority, places, previous, previous,
        answer.supporter_of, answer.certificate.seeker_surplus, answer.certificate.supporter_price,
    )  # fmt: skip
    problem = read_problem(sparse(scores, (60, 25)), places, priority)
    source = StoredPairs(problem.starts, problem.supporters.astype(np.int32), problem.scores.astype(np.int32), 25)

    terms = Terms(Objective(objective), 5, ScoreBounds(0, 50))
    crowd.engine = begin_from(solved, source, crowd.pairs, terms)

    assert_as_from_scratch(crowd)
    for _ in range(30):
        crowd.change()
        assert_as_from_scratch(crowd)
    assert check(crowd.engine).pairs == len(crowd.pairs.scores)


def test_the_check_counts_pairs_that_both_would_rather_have() -> None:
    engine, pairs = engine_of({(0, 0): 90, (1, 0): 80, (0, 1): 10}, [1, 1], 2)

    checked = check(engine)

    # Two pairs beat the one of 90 points, which seeker 0 and supporter 0 would both rather have.
    assert engine.supporter_of[:2].tolist() == [1, 0]
    assert (checked.pairs, checked.blocking_pairs) == (3, 1)
    assert len(pairs.scores) == 3


def test_the_check_refuses_what_a_changed_pair_makes_wrong() -> None:
    engine, pairs = engine_of({(0, 0): 50, (1, 0): 40}, [1], 2)
    pairs.scores[1, 0] = 60

    with pytest.raises(CertificateError, match="1 seekers are due another surplus"):
        check(engine)


def test_the_check_refuses_a_price_that_could_be_smaller() -> None:
    engine, _ = engine_of({(0, 0): 50}, [1], 1)
    unit = engine.upkeep.packing.unit

    engine.upkeep.field.price_hi[0] += unit // 2
    engine.upkeep.field.surplus_hi[0] -= unit // 2

    with pytest.raises(CertificateError, match="prices could be smaller"):
        check(engine)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda engine: engine.add_seeker(0, key=9), "cannot add a seeker at position 0"),
        (lambda engine: engine.add_supporter(0, key=9), "cannot add a supporter at position 0"),
        (lambda engine: engine.add_seeker(5, key=2**64), "cannot use a key"),
        (lambda engine: engine.add_seeker(5, key=9, priority=0), "cannot use 0 as priority"),
        (lambda engine: engine.add_seeker(5, key=9, previous=7), "nobody is there"),
        (lambda engine: engine.remove_seeker(8), "nobody is there"),
        (lambda engine: engine.remove_supporter(-1), "nobody is there"),
        (lambda engine: engine.edit_seeker(2), "nobody is there"),
        (lambda engine: engine.edit_supporter(0, places=-1), "cannot give -1 places"),
        (lambda engine: engine.set_places(0, -1), "cannot give -1 places"),
        (lambda engine: engine.set_priority(0, 0), "cannot use 0 as priority"),
        (lambda engine: engine.add_seeker(3, key=9), "cannot use scores from 101 to 101"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(change: object, message: str) -> None:
    engine, pairs = engine_of({(0, 0): 50, (1, 0): 40}, [1], 2)
    pairs.scores[3, 0] = 101
    before = engine.supporter_of[:2].tolist(), engine.value()

    with pytest.raises(ScoreError, match=message):
        change(engine)  # type: ignore[operator]

    del pairs.scores[3, 0]
    assert (engine.supporter_of[:2].tolist(), engine.value()) == before
    check(engine)


def test_stable_matchings_are_not_kept_warm() -> None:
    with pytest.raises(ScoreError, match="cannot keep a matching warm under stable"):
        WarmEngine.empty(PlainPairs(), Terms(Objective.STABLE, 0, ScoreBounds(0, 1)))
