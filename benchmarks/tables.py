"""The tables of a benchmark, from its JSON: for a terminal and for docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.bars import bars_of
from benchmarks.contest import MATCH
from benchmarks.ends import end_of
from benchmarks.peers import PEERS

Results = dict[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """A title, a header, and rows of words."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables_of(results: Results) -> list[Table]:
    """Give every table of a benchmark; those without rows are left out."""
    tables = [
        bars_table(results),
        *(contest_table(contest) for contest in results["contests"]),
        ends_table(results),
        stages_table(results),
        lives_table(results),
        hard_table(results["hard"]),
    ]
    return [table for table in tables if table.rows]


def bars_table(results: Results) -> Table:
    """Compare what was aimed for with what was measured."""
    rows = tuple((bar.what, bar.aim, bar.measured, bar.verdict, bar.when) for bar in bars_of(results))
    return Table("What was aimed for", ("work", "aim", "measured", "reached", "on"), rows)


def contest_table(contest: Row) -> Table:
    """Put everybody under each other for one community."""
    ours = next((row for row in contest["rows"] if row["name"] == MATCH and "reason" not in row), None)
    header = ("", "seconds", "× ours", "preparing", "MiB", "matched", "total score", "exact")
    title = (
        f"{contest['name']}: {contest['places']:,} places, {short(contest['pairs_all'])} pairs, "
        f"{short(contest['pairs_feasible'])} feasible"
    )
    return Table(title, header, tuple(_contest_row(row, ours) for row in contest["rows"]))


def _contest_row(row: Row, ours: Row | None) -> tuple[str, ...]:
    if "reason" in row:
        return row["name"], "–", "", "", "", "", "", row["reason"]
    ratio = f"{row['seconds'] / ours['seconds']:.2f}" if ours else ""
    prepare = f"{row['stages']['prepare']:.3f}" if "prepare" in row["stages"] else ""
    exact = row["bound"] if row["is_exact"] else f"not exact here: {row['bound']}"
    counts = (f"{row['matched']:,}", f"{row['total_score']:,}")
    return row["name"], f"{row['seconds']:.3f}", ratio, prepare, f"{row['memory_above']:,}", *counts, exact


def ends_table(results: Results) -> Table:
    """Say how far each peer goes, and why not further."""
    found = (end_of(results, name) for name in PEERS)
    rows = tuple((end.name, end.largest, end.why) for end in found if end is not None)
    return Table("Where peers end", ("", "largest finished", "why not further"), rows)


def stages_table(results: Results) -> Table:
    """Show where the engine's time goes, by community; encoding in it, verifying apart."""
    rows = [
        {**row, "name": contest["name"]}
        for contest in results["contests"]
        for row in contest["rows"]
        if row["name"] == MATCH
    ]
    rows += results["beyond"]
    rows += [{**row, "name": f"{row['name']}, again after 1 % changed"} for row in results["rematches"]]
    done = [row for row in rows if "reason" not in row]
    stages = list(dict.fromkeys(stage for row in done for stage in row["stages"] if stage != "verify"))
    header = ("", "pairs", "evaluated", "feasible", *stages, "in all", "verify apart", "MiB in all")
    told = tuple(_stages_row(row, stages) for row in done)
    failed = tuple((row["name"], row["reason"], *[""] * (len(header) - 2)) for row in rows if "reason" in row)
    return Table("Where the engine's time goes, in seconds", header, told + failed)


def _stages_row(row: Row, stages: Sequence[str]) -> tuple[str, ...]:
    pairs = (short(row[name]) for name in ("pairs_all", "pairs_evaluated", "pairs_feasible"))
    seconds = (f"{row['stages'][stage]:.3f}" if stage in row["stages"] else "" for stage in stages)
    verify = f"{row['stages']['verify']:.3f}" if "verify" in row["stages"] else ""
    return row["name"], *pairs, *seconds, f"{row['seconds']:.3f}", verify, f"{row['memory_peak']:,}"


def lives_table(results: Results) -> Table:
    """Show what single changes take, by community and kind."""
    rows: list[tuple[str, ...]] = []
    for row in results.get("lives", ()):
        name = f"{row['name']}{', all pairs proposed' if row['is_proposed'] else ''}"
        if "reason" in row:
            rows.append((name, row["reason"], "", "", "", ""))
        for kind, each in row.get("kinds", {}).items():
            times = (f"{each[key]:.1f}" for key in ("median_ms", "p99_ms", "most_ms"))
            rows.append((name, kind, f"{each['changes']:,}", *times))
    return Table("Single changes of a matching kept warm, in milliseconds", _LIVES_HEADER, tuple(rows))


_LIVES_HEADER = ("", "change", "times", "median", "p99", "most")


def hard_table(contests: Iterable[Row]) -> Table:
    """Show seconds on each hard case, one column a solver that finished at least one."""
    contests = list(contests)
    names = list(dict.fromkeys(row["name"] for contest in contests for row in contest["rows"] if "reason" not in row))
    rows = []
    for contest in contests:
        seconds = {row["name"]: f"{row['seconds']:.3f}" for row in contest["rows"] if "reason" not in row}
        size = f"{contest['seekers']:,} × {contest['supporters']:,}, {short(contest['pairs_feasible'])} feasible"
        rows.append((contest["name"], size, *(seconds.get(name, "–") for name in names)))
    return Table("Hard cases, in seconds", ("", "size", *names), tuple(rows))


def short(number: int) -> str:
    """Write a count with commas, large ones in millions."""
    return f"{number:,}" if number < 10_000_000 else f"{number / 1e6:,.0f} M"


def as_text(results: Results) -> str:
    """Lay the tables out for a terminal."""
    return "\n".join(_text(table) for table in tables_of(results))


def as_markdown(results: Results) -> str:
    """Lay the tables out for a page."""
    return "\n".join(_markdown(table) for table in tables_of(results))


def _text(table: Table) -> str:
    lines = [table.header, *table.rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(table.header))]
    padded = ("  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip() for line in lines)
    return "\n".join(["", table.title, *(f"  {line}" for line in padded)])


def _markdown(table: Table) -> str:
    align = ["---"] + ["---:" if _is_numeric(table, at) else "---" for at in range(1, len(table.header))]
    lines = [table.header, tuple(align), *table.rows]
    return "\n".join([f"**{table.title}**", "", *(f"| {' | '.join(line)} |" for line in lines), ""])


def _is_numeric(table: Table, at: int) -> bool:
    words = [row[at] for row in table.rows if row[at] not in ("", "–")]
    return bool(words) and all(word[0].isdigit() for word in words)
