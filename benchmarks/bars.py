"""What the engine aims for, and whether a benchmark reached it: every aim is named, measured or not.

A new bar is one row of `bars_of`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks.communities import Draw
from benchmarks.contest import FIRST_RUN, MATCH
from benchmarks.hard_cases import CASES
from benchmarks.living import EDITS, MOST_URGENT, URGENT
from benchmarks.plan import BAR, CHARITY, HUGE, LARGE, ONE_LANGUAGE

DENSE = "scipy linear_sum_assignment"
DENSE_AS_USUAL = "scipy linear_sum_assignment, as usually called"

Results = dict[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bar:
    """One aim in words; `measured` is empty, and `is_reached` None, where it was not measured; `when` is a date."""

    what: str
    aim: str
    measured: str = ""
    is_reached: bool | None = None
    when: str = ""

    @property
    def verdict(self) -> str:
        """Say it plainly."""
        return "not measured" if self.is_reached is None else "yes" if self.is_reached else "no"


def bars_of(results: Results) -> list[Bar]:
    """Give a bar for each aim."""
    return [
        *_against_dense(results),
        *_large(results, LARGE, seconds=60, mebibytes=2 * 1024, verify=30),
        *_large(results, ONE_LANGUAGE, seconds=120, mebibytes=3 * 1024),
        *_large(results, HUGE, seconds=20 * 60, mebibytes=12 * 1024),
        _first_run(results),
        *_lives(results),
        _rematch(results),
        _hard(results),
    ]


def _against_dense(results: Results) -> list[Bar]:
    ours = _in_contest(results, BAR, MATCH)
    bars = [_at_most(f"{BAR.told}: memory of the whole process", 500, "MiB", ours, "memory_peak")]
    for name in (DENSE_AS_USUAL, DENSE):
        peer = _in_contest(results, BAR, name)
        what, aim = f"{BAR.told}: times faster than {name}", "≥ 5, better 8"
        if ours is None or peer is None:
            bars.append(Bar(what, aim))
        else:
            ratio = peer["seconds"] / ours["seconds"]
            bars.append(Bar(what, aim, f"{ratio:.1f}", ratio >= 5, ours.get("when", "")))
    return bars


def _large(results: Results, draw: Draw, *, seconds: int, mebibytes: int, verify: int | None = None) -> list[Bar]:
    row = _named(results["beyond"], draw.told)
    bars = [
        _at_most(f"{draw.told}: in all, certified", seconds, "s", row, "seconds"),
        _at_most(f"{draw.told}: memory of the whole process", mebibytes, "MiB", row, "memory_peak"),
    ]
    if verify is not None:
        apart = None if row is None or "verify" not in row["stages"] else row | row["stages"]
        bars.append(_at_most(f"{draw.told}: verifying", verify, "s", apart, "verify"))
    return bars


def _first_run(results: Results) -> Bar:
    row = _in_contest(results, CHARITY, FIRST_RUN)
    took = None if row is None else row | {"ms": 1000 * row["first_seconds"]}
    return _at_most(f"{CHARITY.told}: first run of a process that has started up", 50, "ms", took, "ms")


def _lives(results: Results) -> list[Bar]:
    rows = [row for row in results.get("lives", ()) if row["name"] == LARGE.told and not row["is_proposed"]]
    row = _named(rows, LARGE.told)
    bars = []
    for kind in (URGENT, MOST_URGENT, *EDITS):
        times = None if row is None else row | row["kinds"][kind]
        bars.append(_at_most(f"{LARGE.told}, warm: {kind}; median", 50, "ms", times, "median_ms"))
        bars.append(_at_most(f"{LARGE.told}, warm: {kind}; p99", 500, "ms", times, "p99_ms"))
    what, aim = f"{LARGE.told}, warm: every pair checked after the sequence", "holds"
    # Where it does not hold the benchmark ends with an error.
    bars.append(Bar(what, aim) if row is None else Bar(what, aim, "holds", True, row.get("when", "")))
    return bars


def _rematch(results: Results) -> Bar:
    row = _named(results["rematches"], LARGE.told)
    return _at_most(f"{LARGE.told}: again after 1 % changed", 20, "s", row, "seconds")


def _hard(results: Results) -> Bar:
    done = [contest for contest in results["hard"] if contest["name"] in CASES]
    what, aim = "hard cases: answers equal to those of exact peers", f"{len(CASES)} of {len(CASES)}"
    if not done:
        return Bar(what, aim)
    # Where answers differ the benchmark ends with an error.
    is_all = {contest["name"] for contest in done} == set(CASES)
    return Bar(what, aim, f"{len(done)} of {len(CASES)}", is_all, done[0].get("when", ""))


def _at_most(what: str, most: int, unit: str, row: Row | None, key: str) -> Bar:
    aim = f"≤ {most:,} {unit}"
    if row is None:
        return Bar(what, aim)
    told = f"{row[key]:,.1f} {unit}" if unit == "s" else f"{row[key]:,.0f} {unit}"
    return Bar(what, aim, told, row[key] <= most, row.get("when", ""))


def _in_contest(results: Results, draw: Draw, name: str) -> Row | None:
    contest = next((contest for contest in results["contests"] if contest["name"] == draw.told), None)
    row = _named(contest["rows"], name) if contest else None
    return row if row is None or contest is None else {"when": contest.get("when", "")} | row


def _named(rows: list[Row], name: str) -> Row | None:
    """Find a row that finished."""
    return next((row for row in rows if row["name"] == name and "reason" not in row), None)
