"""How far a peer goes, and why not further: what it answered, or what it would need where it was not even asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Results = dict[str, Any]
Row = dict[str, Any]

MIB_A_STORED_SCORE = 12 / 2**20
"""A score of 64 bits and an index of 32: what any peer is handed."""


@dataclass(frozen=True, slots=True)
class End:
    """A peer's largest community, and the reason why the next is out of its reach."""

    name: str
    largest: str
    why: str
    in_short: str


def end_of(results: Results, name: str) -> End | None:
    """Find where a peer ends; None when it finished everything it could have been asked."""
    finished: tuple[Row, Row] | None = None
    for contest in results["contests"]:
        row = next((row for row in contest["rows"] if row["name"] == name), None)
        if row is None:
            continue
        if "reason" in row:
            largest = finished[0]["name"] if finished else "none"
            return End(name, largest, f"{contest['name']}: {row['reason']}", f"{row['reason']} at {_size(contest)}")
        finished = contest, row
    if finished is None:
        return None
    return _beyond(results, name, *finished)


def _beyond(results: Results, name: str, contest: Row, row: Row) -> End | None:
    """Project memory to the first community that was the engine's alone."""
    for larger in results["beyond"]:
        if "reason" in larger:
            continue
        stored = MIB_A_STORED_SCORE * larger["pairs_feasible"]
        growth = larger["pairs_feasible"] / contest["pairs_feasible"]
        gibibytes = (stored + growth * row["memory_above"]) / 1024
        needs = f"about {gibibytes:,.0f} GiB by its growth, {stored / 1024:,.0f} of them the scores"
        short = f"{gibibytes:,.0f} GiB at {_size(larger)}"
        return End(name, contest["name"], f"{larger['name']}: not asked; {needs}", short)
    return None


def _size(community: Row) -> str:
    return f"{community['seekers']:,} × {community['supporters']:,}"
