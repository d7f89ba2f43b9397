"""Holding prices against pairs: what is worth more is found however few pairs are asked again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from matching.errors import Cancelled
from matching.keys import ties_of
from matching.solvers import pricing
from matching.solvers.lists import Lists
from matching.solvers.market import State
from matching.solvers.pricing import MOST_A_SEEKER, Ledger, join
from matching.stability import thresholds_of
from tests.matching.markets import AskedPairs, drawn, market_of, problem_of


@pytest.fixture(params=["rows and columns", "rows alone"])
def in_parts(request, monkeypatch):
    """Ask pairs in parts wherever that is possible; columns where they pay, or never."""
    monkeypatch.setattr(pricing, "_WORTH_ASKING_SOME", 10**9)
    monkeypatch.setattr(pricing, "_LOOK", 0)
    if request.param == "rows alone":
        monkeypatch.setattr(pricing, "_share_of", lambda columns, m: 1000 * columns)


class Board:
    """A problem whose prices are set at will, with plain answers to what a ledger says of them."""

    def __init__(self, problem, longest=3):
        self.problem, self.market = problem, market_of(problem)
        self.source = AskedPairs(problem)
        lists = Lists.empty(self.market, longest)
        lists.fill(self.source, self.market)
        self.ledger = Ledger(self.source, self.market, lists)
        placed = problem.capacity[problem.supporters] > 0
        self.rows, self.columns = problem.seekers[placed], problem.supporters[placed]
        worth = self.market.worth
        self.hi = worth.words_of(self.rows, self.columns, problem.scores[placed])
        self.lo = ties_of(worth.seeker_keys[self.rows], worth.supporter_keys[self.columns])
        cells = zip(self.rows.tolist(), self.columns.tolist(), strict=True)
        ends = zip(lists.begins.tolist(), (lists.begins + lists.lengths).tolist(), strict=True)
        listed = [set(lists.supporters[begin:end].tolist()) for begin, end in ends]
        self.is_listed = np.array([j in listed[i] for i, j in cells], dtype=np.bool_)

    def state_at(self, price_hi, price_lo, *, of_listed_only):
        """The least surpluses that no (listed) pair is worth more than."""
        state = State.of(self.market)
        state.price_hi[:], state.price_lo[:] = price_hi, price_lo
        left = zip(
            (self.hi - price_hi[self.columns]).tolist(), (self.lo - price_lo[self.columns]).tolist(), strict=True
        )
        best = [(0, 0)] * self.market.n
        for row, is_listed, worth in zip(self.rows.tolist(), self.is_listed.tolist(), left, strict=True):
            if is_listed or not of_listed_only:
                best[row] = max(best[row], worth)
        state.surplus_hi[:], state.surplus_lo[:] = zip(*best, strict=True)
        return state

    def violations(self, state):
        hi = self.hi - state.price_hi[self.columns] - state.surplus_hi[self.rows]
        lo = self.lo - state.price_lo[self.columns] - state.surplus_lo[self.rows]
        at = np.flatnonzero((hi > 0) | ((hi == 0) & (lo > 0)))
        return set(zip(self.rows[at].tolist(), self.columns[at].tolist(), strict=True))

    def beyond_bound(self, state):
        """Pairs worth more at these prices than the ledger says that any pair of their seeker can be."""
        hi, lo = self.ledger.bound()
        return self.violations(replace(state, surplus_hi=hi, surplus_lo=lo))

    def thresholds(self, supporter_of):
        score_of = np.zeros(self.market.n, dtype=np.int64)
        chosen = supporter_of[self.problem.seekers] == self.problem.supporters
        score_of[self.problem.seekers[chosen]] = self.problem.scores[chosen]
        keys = self.market.worth.seeker_keys, self.market.worth.supporter_keys
        return thresholds_of(supporter_of, score_of, self.market.places, *keys)

    def content(self, thresholds):
        """The same, but nobody would rather have another: then no row is asked for its blocking pairs."""
        return thresholds._replace(seeker_score=np.full_like(thresholds.seeker_score, np.iinfo(np.int32).max))

    def anyone(self, random):
        """A matching drawn at random."""
        supporter_of, free = np.full(self.market.n, -1), self.market.places.copy()
        for at in random.permutation(self.rows.size):
            i, j = self.rows[at], self.columns[at]
            if supporter_of[i] < 0 and free[j]:
                supporter_of[i] = j
                free[j] -= 1
        return supporter_of

    def blocking(self, supporter_of):
        problem = self.problem
        score = dict(
            zip(
                zip(problem.seekers.tolist(), problem.supporters.tolist(), strict=True),
                problem.scores.tolist(),
                strict=True,
            )
        )
        keys = problem.seeker_keys, problem.supporter_keys
        worth = {(i, j): (each, int(ties_of(keys[0][[i]], keys[1][[j]])[0])) for (i, j), each in score.items()}
        mine = {i: worth[i, j] for i, j in enumerate(supporter_of.tolist()) if j >= 0}
        held = {j: sorted(mine[i] for i in mine if supporter_of[i] == j) for j in range(problem.shape[1])}
        places = self.market.places.tolist()
        return sum(
            (i not in mine or each > mine[i]) and places[j] > 0 and (len(held[j]) < places[j] or each > held[j][0])
            for (i, j), each in worth.items()
        )


def pairs_of(found):
    return list(zip(found.rows.tolist(), found.supporters.tolist(), strict=True))


def prices(board, random):
    """Prices about as high as pairs are worth; none for supporters without places."""
    highest, placed = max(int(board.hi.max(initial=1)), 1), board.market.places > 0
    hi = random.integers(0, highest, board.market.m) * placed
    return np.where(random.random(hi.size) < 0.3, 0, hi), random.integers(-(2**40), 2**40, hi.size) * placed


@pytest.mark.parametrize("seed", range(40))
def test_the_first_time_every_pair_is_asked(seed):
    board, random = Board(drawn(seed)), np.random.default_rng(seed)
    state, supporter_of = board.state_at(*prices(board, random), of_listed_only=True), board.anyone(random)
    whole = board.state_at(state.price_hi, state.price_lo, of_listed_only=False)

    found = board.ledger.check(state, board.thresholds(supporter_of))

    expected = board.violations(state)
    in_words = dict(zip(zip(board.rows.tolist(), board.columns.tolist(), strict=True), board.hi.tolist(), strict=True))
    excess = {(i, j): in_words[i, j] - int(state.price_hi[j]) for i, j in expected}
    assert len(pairs_of(found)) <= found.count <= len(expected)
    assert set(pairs_of(found)) <= expected
    # Of every row the one of greatest excess is found, so that none is found only where there is none.
    assert {row: max(excess[row, j] for i, j in pairs_of(found) if i == row) for row in found.rows.tolist()} == {
        row: max(each for (i, _), each in excess.items() if i == row) for row, _ in expected
    }
    assert np.bincount(found.rows, minlength=1).max() <= MOST_A_SEEKER
    assert (board.ledger.best_hi.tolist(), board.ledger.best_lo.tolist()) == (
        whole.surplus_hi.tolist(),
        whole.surplus_lo.tolist(),
    )
    assert board.ledger.pairs == board.problem.scores.size
    assert board.ledger.blocking_pairs == board.blocking(supporter_of)


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.usefixtures("in_parts")
def test_after_changes_nothing_outside_the_lists_is_overlooked(seed):
    board, random = Board(drawn(seed)), np.random.default_rng(seed)
    hi, lo = prices(board, random)
    supporter_of = board.anyone(random)
    board.ledger.check(board.state_at(hi, lo, of_listed_only=False), board.thresholds(supporter_of))
    for _ in range(8):
        moved = (random.random(hi.size) < 0.3) & (board.market.places > 0)
        scale = int(random.choice([1, board.market.worth.scale, max(int(hi.max(initial=1)), 1)]))
        hi = np.where(moved, np.maximum(hi + random.integers(-scale, scale + 1, hi.size), 0), hi)
        lo = np.where(moved & (random.random(hi.size) < 0.5), lo - random.integers(0, 2**30, hi.size), lo)
        state = board.state_at(hi, lo, of_listed_only=bool(random.integers(2)))
        # Of the same matching blocking pairs are known: what is asked in parts is then all that is asked.
        supporter_of = supporter_of if seed % 4 else board.anyone(random)
        assert board.ledger.check_lists(state, board.thresholds(supporter_of)).count == 0

        found = board.ledger.check(state, board.thresholds(supporter_of))

        expected = board.violations(state)
        assert set(pairs_of(found)) <= expected
        assert (found.count > 0) == (len(expected) > 0)
        assert board.beyond_bound(state) == set()
        if not expected:
            assert board.ledger.blocking_pairs == board.blocking(supporter_of)


@pytest.mark.parametrize("step", ["ties", "points", "some points"])
@pytest.mark.parametrize("seed", range(40))
@pytest.mark.usefixtures("in_parts")
def test_prices_that_fall_a_little_again_and_again_are_asked_about_in_time(seed, step):
    problem, random = drawn(seed), np.random.default_rng(seed)
    board = Board(problem, longest=2)
    placed = board.market.places > 0
    thresholds = board.content(board.thresholds(board.anyone(random)))
    point = board.market.worth.scale * (
        1 if step == "points" else max(int(np.ptp(problem.scores)) // 10, 1) if problem.scores.size else 1
    )
    hi, lo = np.where(placed, 30 * point, 0), np.where(placed, 2**44, 0)
    board.ledger.check(board.state_at(hi, lo, of_listed_only=False), thresholds)
    for _ in range(12):
        falls = placed & (random.random(hi.size) < 0.6)
        if step == "ties":
            lo = lo - random.integers(0, 2**39, hi.size) * falls
        else:
            hi, lo = (
                hi - random.integers(0, 3, hi.size) * point * falls,
                lo - random.integers(0, 2**38, hi.size) * falls,
            )
        state = board.state_at(hi, lo, of_listed_only=True)
        assert board.ledger.check_lists(state, thresholds).count == 0

        found = board.ledger.check(state, thresholds)

        expected = board.violations(state)
        assert set(pairs_of(found)) <= expected
        assert (found.count > 0) == (len(expected) > 0)
        assert board.beyond_bound(state) == set()


@pytest.mark.usefixtures("in_parts")
def test_what_has_not_changed_is_not_asked_again():
    board, random = Board(drawn(8), longest=40), np.random.default_rng(8)
    hi, lo = prices(board, random)
    state, thresholds = board.state_at(hi, lo, of_listed_only=False), board.thresholds(board.anyone(random))
    board.ledger.check(state, thresholds)
    before = len(board.source.asked)

    board.ledger.check(state, thresholds)

    assert ("all" in board.source.asked[before:], sum(ask[1] for ask in board.source.asked[before:])) == (False, 0)


def test_a_source_that_cannot_be_asked_some_is_asked_all():
    board, random = Board(drawn(8)), np.random.default_rng(8)
    board.source.can_ask_some = False
    state, thresholds = (
        board.state_at(*prices(board, random), of_listed_only=False),
        board.thresholds(board.anyone(random)),
    )

    board.ledger.check(state, thresholds)
    board.ledger.check(state, thresholds)

    assert board.source.asked == ["all"] * 3


@pytest.mark.parametrize("seed", range(5))
def test_of_many_violations_of_a_seeker_that_of_the_greatest_excess_is_among_those_that_join(seed):
    many, one_seeker = 200, np.ones((1, 200), dtype=np.bool_)
    problem = problem_of(np.arange(many)[None], one_seeker, np.ones(many, np.int64), seed=seed, objective="score")
    board = Board(problem)

    found = board.ledger.check(State.of(board.market), board.thresholds(np.array([-1])))

    assert found.scores.max() == many - 1
    assert 0 < found.scores.size <= MOST_A_SEEKER


def test_violations_join_a_core_beside_what_is_there():
    board = Board(drawn(8))
    core = board.ledger.lists.choose(board.market, np.zeros(board.market.m, dtype=np.int64), most=2)
    state = board.state_at(*prices(board, np.random.default_rng(1)), of_listed_only=True)
    found = board.ledger.check(state, board.thresholds(np.full(board.market.n, -1)))

    joined = join(board.market, core, found)

    def arcs(each):
        rows = np.repeat(np.arange(board.market.n), np.diff(each.starts)).tolist()
        return sorted(zip(rows, each.supporters.tolist(), each.weights.tolist(), strict=True))

    words = dict(zip(zip(board.rows.tolist(), board.columns.tolist(), strict=True), board.hi.tolist(), strict=True))
    assert found.count > 0
    assert arcs(joined) == sorted(arcs(core) + [(i, j, words[i, j]) for i, j in pairs_of(found)])


def test_a_pass_that_is_stopped_says_so():
    board = Board(drawn(8))

    def stream(*_, should_stop=None, **__):
        assert should_stop()
        raise Cancelled("stopped")

    board.ledger.source = type("Source", (), {"stream": staticmethod(stream), "can_ask_some": False, "threads": 1})()
    with pytest.raises(Cancelled):
        board.ledger.check(
            State.of(board.market), board.thresholds(np.full(board.market.n, -1)), should_stop=lambda: True
        )
    assert board.ledger.pairs is None


def test_supporters_without_places_are_never_found():
    problem = drawn(8)
    none = replace(problem, capacity=np.zeros_like(problem.capacity))
    board = Board(none)

    found = board.ledger.check(State.of(board.market), board.thresholds(np.full(board.market.n, -1)))

    assert (found.count, board.ledger.blocking_pairs) == (0, 0)
