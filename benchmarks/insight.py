"""Time what can be asked about a run, at 10,000 × 5,000: `python -m benchmarks.insight [SEEKERS SUPPORTERS]`.

Knock-on effects of forced and forbidden pairs, some of them held against solving again without the pair, or with it
fixed; then everything a platform is told about a run. Ends with 1 when an effect differs or a bar is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from benchmarks.communities import SEED, Draw, arrays_of, draw_crowd, encode
from matching.engine import assign, match
from matching.obstacles import why_each_is_looking
from matching.outcome import Outcome
from matching.overrides import KnockOn, effect_of_forbidding, effect_of_forcing
from matching.places import worth_of_places
from matching.policy import Policy
from matching.problem import WAITING
from matching.ready import ready_to_be_asked
from matching.residual import Residual, compiled_residual
from matching.rivals import Reach, rivals_of_all
from matching.sentences import tell_shortage
from matching.shortages import shortages
from matching.trials import Trials

ASKED = 500
CHECKED = 3
MEDIAN_MS, P99_MS = 200, 1000
ALL_SECONDS = 10


def main() -> int:
    """Draw, match, ask, check, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seekers", nargs="?", type=int, default=10_000)
    parser.add_argument("supporters", nargs="?", type=int, default=5_000)
    asked = parser.parse_args()
    cohort = encode(arrays_of(draw_crowd(Draw("insight", asked.seekers, asked.supporters))))
    compiled_residual()
    outcome, seconds = timed(lambda: match(cohort, Policy()))
    print(f"{cohort.n:,} × {cohort.m:,}, {outcome.matched:,} matched, solved in {seconds:.1f} s")
    residual, seconds = timed(lambda: Residual.of_outcome(outcome))
    print(f"made ready for questions in {seconds:.1f} s")
    return 0 if all([*knock_ons(outcome, residual), *everything(outcome, residual, seconds)]) else 1


def knock_ons(outcome: Outcome, residual: Residual) -> list[bool]:
    """Ask for effects of drawn pairs, and hold the first few against solving again."""
    random = np.random.default_rng(SEED)
    problem, supporter_of = residual.problem, outcome.result.supporter_of
    entries = random.integers(0, problem.scores.size, ASKED)
    matched = random.choice(np.flatnonzero(supporter_of != WAITING), ASKED)
    pairs = {
        "forced": (effect_of_forcing, list(zip(problem.seekers[entries], problem.supporters[entries], strict=True))),
        "forbidden": (effect_of_forbidding, list(zip(matched, supporter_of[matched], strict=True))),
    }
    passed = []
    for name, (effect_of, some) in pairs.items():
        effect_of(residual, *map(int, some[0]))
        answers = [timed(partial(effect_of, residual, *map(int, pair))) for pair in some]
        times = np.array([seconds for _, seconds in answers]) * 1000
        median, p99 = np.percentile(times, (50, 99))
        checked = zip(some[:CHECKED], answers[:CHECKED], strict=True)
        same = [is_same(outcome, residual, pair, answer, name) for pair, (answer, _) in checked]
        print(
            f"a pair {name}: median {median:.0f} ms, p99 {p99:.0f} ms, longest {times.max():.0f} ms of {ASKED}; "
            f"{sum(same)} of {len(same)} as solved again"
        )
        passed += [median <= MEDIAN_MS, p99 <= P99_MS, all(same)]
    return passed


def is_same(outcome: Outcome, residual: Residual, pair: Any, effect: KnockOn, name: str) -> bool:
    """Tell whether solving again gives the same pairs: without the pair, or with both its sides taken out."""
    problem, (i, j) = residual.problem, pair
    own = (problem.seekers == i) & ((problem.supporters == j) | (name == "forced"))
    rows = problem.seekers[~own], problem.supporters[~own]
    scores = csr_array((problem.scores[~own], rows), shape=problem.shape)
    capacity = problem.capacity - (np.arange(problem.shape[1]) == j) * (name == "forced")
    keys = problem.seeker_keys, problem.supporter_keys
    again = assign(scores, capacity, problem.priority, objective=problem.objective, keys=keys).supporter_of.copy()
    if name == "forced":
        again[i] = j
    expected = outcome.result.supporter_of.copy()
    for move in effect.moves:
        expected[move.seeker] = move.after
    return bool((again == expected).all())


def everything(outcome: Outcome, residual: Residual, ready_seconds: float) -> list[bool]:
    """Ask all that a platform is told about a run, and add up how long it takes."""
    cohort = outcome.cohort
    worth, places = timed(lambda: worth_of_places(residual))
    reach, reaching = timed(lambda: Reach(residual))
    rivals, competing = timed(lambda: rivals_of_all(reach, residual))
    why, counting = timed(lambda: why_each_is_looking(cohort, outcome.still_looking))
    ready, free = timed(lambda: ready_to_be_asked(outcome))
    trials, beginning = timed(lambda: Trials(outcome, residual))
    wanted, recruiting = timed(lambda: shortages(outcome, residual, trials))
    matched_rows = np.diff(residual.problem.starts)[outcome.result.supporter_of != WAITING]
    adds_up = [
        sum(each.feasible for each in why) + int(matched_rows.sum()) == outcome.pairs_feasible,
        all(each.feasible + sum(one.supporters for one in each.removed) == cohort.m for each in why),
    ]
    more, less = int((worth.more_counts[:, 0] > 0).sum()), int((worth.less_counts[:, 0] < 0).sum())
    print(f"places: {places:.1f} s; one more finds company for one with {more:,}, one less loses one with {less:,}")
    print(f"who competes: {reaching + competing:.1f} s for {len(rivals):,} who are still looking")
    print(f"counts by rule: {counting:.1f} s; they add up to the run's own: {all(adds_up)}")
    print(f"ready to be asked: {free:.1f} s, {len(ready):,} peer supporters")
    print(f"shortages: {beginning + recruiting:.1f} s; {sum(each.matched for each in wanted)} more with")
    for each in wanted:
        print(f"  {tell_shortage(each)}")
    total = ready_seconds + places + reaching + competing + counting + free + beginning + recruiting
    print(f"all insight: {total:.1f} s (bar {ALL_SECONDS})")
    return [*adds_up, total <= ALL_SECONDS]


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Give what work gives, and how many seconds it took."""
    began = perf_counter()
    answer = work()
    return answer, perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
