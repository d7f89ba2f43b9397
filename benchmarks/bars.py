"""What the engine aims for, and whether a benchmark reached it. A new bar is one row of `bars_of`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks.communities import Draw
from benchmarks.contest import FIRST_CALL, MATCH
from benchmarks.plan import BAR, CHARITY, HUGE, LARGE, ONE_LANGUAGE

DENSE = "scipy linear_sum_assignment"
DENSE_AS_USUAL = "scipy linear_sum_assignment, as usually called"

Results = dict[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bar:
    """One aim: in words, measured, and whether it is reached."""

    what: str
    aim: str
    measured: str
    is_reached: bool

    @property
    def verdict(self) -> str:
        """Say it plainly."""
        return "yes" if self.is_reached else "no"


def bars_of(results: Results) -> list[Bar]:
    """Give a bar for each aim that the benchmark measured."""
    return [
        *_against_dense(results),
        *_large(results, LARGE, seconds=60, mebibytes=2 * 1024, verify=30),
        *_large(results, ONE_LANGUAGE, seconds=120, mebibytes=3 * 1024),
        *_large(results, HUGE, seconds=20 * 60, mebibytes=12 * 1024),
        *_first_call(results),
        *_rematch(results),
    ]


def _against_dense(results: Results) -> list[Bar]:
    ours = _in_contest(results, BAR, MATCH)
    if ours is None:
        return []
    bars = [Bar(f"{BAR.told}: memory of the whole process", "≤ 500 MiB", *_mebibytes(ours, 500))]
    for name in (DENSE_AS_USUAL, DENSE):
        peer = _in_contest(results, BAR, name)
        if peer is not None:
            ratio = peer["seconds"] / ours["seconds"]
            bars.append(Bar(f"{BAR.told}: times faster than {name}", "≥ 5, better 8", f"{ratio:.1f}", ratio >= 5))
    return bars


def _large(results: Results, draw: Draw, *, seconds: float, mebibytes: int, verify: float | None = None) -> list[Bar]:
    row = _named(results["beyond"], draw.told)
    if row is None:
        return []
    bars = [
        Bar(f"{draw.told}: in all", f"≤ {seconds:g} s", f"{row['seconds']:.1f} s", row["seconds"] <= seconds),
        Bar(f"{draw.told}: memory of the whole process", f"≤ {mebibytes:,} MiB", *_mebibytes(row, mebibytes)),
    ]
    if verify is not None and "verify" in row["stages"]:
        took = row["stages"]["verify"]
        bars.append(Bar(f"{draw.told}: verifying", f"≤ {verify:g} s", f"{took:.1f} s", took <= verify))
    return bars


def _first_call(results: Results) -> list[Bar]:
    row = _in_contest(results, CHARITY, FIRST_CALL)
    if row is None:
        return []
    took = 1000 * row["first_seconds"]
    return [Bar(f"{CHARITY.told}: first call of a process", "≤ 50 ms", f"{took:.0f} ms", took <= 50)]


def _rematch(results: Results) -> list[Bar]:
    row = _named(results["rematches"], LARGE.told)
    if row is None:
        return []
    return [Bar(f"{LARGE.told}: again after 1 % changed", "≤ 20 s", f"{row['seconds']:.1f} s", row["seconds"] <= 20)]


def _mebibytes(row: Row, most: int) -> tuple[str, bool]:
    return f"{row['memory_peak']:,} MiB", row["memory_peak"] <= most


def _in_contest(results: Results, draw: Draw, name: str) -> Row | None:
    contest = next((contest for contest in results["contests"] if contest["name"] == draw.told), None)
    return _named(contest["rows"], name) if contest else None


def _named(rows: list[Row], name: str) -> Row | None:
    """Find a row that finished."""
    return next((row for row in rows if row["name"] == name and "reason" not in row), None)
