"""A community that lives: members come, change and go one at a time, and the matching is repaired each time.

One kind of change is one entry of `_Life.kinds`. Kinds take turns, so each meets what the others left. Afterwards
matching and prices are held against every pair.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from benchmarks import ours
from benchmarks.children import Say
from benchmarks.communities import Draw, arrays_of, draw_crowd, encode
from benchmarks.measure import MIB, peak_bytes, timed
from matching.live_matching import LiveMatching, Moves
from matching.outcome import Outcome
from matching.profile import Profile, Standing

URGENT = "a seeker comes, waiting as others do"
MOST_URGENT = "a seeker comes, more urgent than anybody"
EDITS = ("a seeker's profile changes", "a seeker goes", "a supporter's profile changes", "a supporter goes")
LONG_AGO = date(2020, 1, 6)


def run_life(say: Say, arguments: dict[str, Any]) -> dict[str, Any]:
    """Match a community, then time single changes, `changes` of each kind; `is_proposed`: all pairs are proposals."""
    draw = arguments["source"]
    cohort = encode(arrays_of(draw_crowd(draw)), draw.policy)
    outcome = ours.match_fully(cohort, cohort.policy).outcome
    if arguments.get("is_proposed"):
        outcome = ours.match_fully(cohort, cohort.policy, outcome).outcome
    begin_seconds, live = timed(lambda: LiveMatching.of(outcome))
    say("ready", None)
    life = _Life(live, outcome, draw, arguments["changes"])
    for _ in range(arguments["changes"]):
        for kind, change in life.kinds.items():
            life.times[kind].append(timed(change)[0])
    check_seconds, checked = timed(live.check)
    return {
        "begin_seconds": begin_seconds,
        "check_seconds": check_seconds,
        "pairs_feasible": checked.pairs,
        "memory_peak": round(peak_bytes() / MIB),
        "kinds": {kind: _told(times) for kind, times in life.times.items()},
    }


class _Life:
    """Who comes, changes and goes next."""

    def __init__(self, live: LiveMatching, outcome: Outcome, draw: Draw, changes: int) -> None:
        self._live = live
        others = replace(draw, seekers=4 * changes, supporters=2 * changes, seed=draw.seed + 2)
        newcomers = encode(arrays_of(draw_crowd(others)), draw.policy)
        seekers = (replace(each, member_id=f"new-{each.member_id}", supporter=None) for each in newcomers.seekers)
        supporters = (replace(each, member_id=f"new-{each.member_id}", seeker=None) for each in newcomers.supporters)
        self._seekers, self._supporters = list(seekers), list(supporters)
        self._there = _spread(outcome.cohort.seekers, 4 * changes)
        self._helpers = _spread(outcome.cohort.supporters, 4 * changes)
        self._weeks = 0
        self.kinds: dict[str, Callable[[], Moves]] = {
            URGENT: self._come,
            MOST_URGENT: self._come_first,
            "a seeker's profile changes": self._change_seeker,
            "a seeker goes": lambda: live.remove(self._there.pop().member_id),
            "a supporter comes": lambda: live.put(self._supporters.pop()),
            "a supporter's profile changes": self._change_supporter,
            "a supporter goes": lambda: live.remove(self._helpers.pop().member_id),
        }
        self.times: dict[str, list[float]] = {kind: [] for kind in self.kinds}

    def _come(self) -> Moves:
        return self._live.put(self._seekers.pop())

    def _come_first(self) -> Moves:
        self._weeks += 1
        return self._live.put(self._seekers.pop(), Standing(waiting_since=LONG_AGO - timedelta(weeks=self._weeks)))

    def _change_seeker(self) -> Moves:
        one, other = self._there.pop(), self._seekers.pop()
        return self._live.put(replace(other, member_id=one.member_id))

    def _change_supporter(self) -> Moves:
        one, other = self._helpers.pop(), self._supporters.pop()
        return self._live.put(replace(one, interests=other.interests, availability=other.availability))


def _spread(profiles: Sequence[Profile], count: int) -> list[Profile]:
    """Choose some of one side, those of one role only, so that nobody goes who has gone."""
    rows = np.unique(np.linspace(0, len(profiles) - 1, count).astype(np.int64))
    chosen = (profiles[row] for row in np.random.default_rng(1).permutation(rows).tolist())
    return [each for each in chosen if each.seeker is None or each.supporter is None]


def _told(seconds: list[float]) -> dict[str, float]:
    milliseconds = 1000 * np.array(seconds)
    median, p99 = np.quantile(milliseconds, (0.5, 0.99), method="higher").tolist()
    return {"changes": milliseconds.size, "median_ms": median, "p99_ms": p99, "most_ms": float(milliseconds.max())}
