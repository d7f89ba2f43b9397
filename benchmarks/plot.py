"""Time and memory against size, as one SVG: lines end where a solver cannot go further."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

from benchmarks.contest import ASSIGN, MATCH
from benchmarks.ends import end_of
from benchmarks.peers import PEERS

Results = dict[str, Any]
Point = tuple[int, float, float]
"""Pairs, seconds, MiB."""

SHOWN = (MATCH, ASSIGN, *PEERS)
COLOURS = (
    "#0b5394",
    "#6fa8dc",
    "#cc0000",
    "#e69138",
    "#7f6000",
    "#38761d",
    "#674ea7",
    "#c27ba0",
    "#45818e",
    "#5b5b5b",
    "#999999",
)
MARKS = "osD^vP<>*pX"


def draw_plot(results: Results, path: Path) -> Path:
    """Write the plot; gives the path back."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    # Text as text, and no random ids or date: the same results draw the same file.
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "alongside", "font.size": 10})
    figure = Figure(figsize=(9, 6.2), layout="constrained")
    time_axes, memory_axes = figure.subplots(1, 2, sharex=True)
    for name, colour, mark in zip(SHOWN, cycle(COLOURS), cycle(MARKS), strict=False):
        points = list(points_of(results, name))
        if not points:
            continue
        pairs, seconds, mebibytes = zip(*points, strict=True)
        style = {"color": colour, "marker": mark, "markersize": 5, "linewidth": 2.4 if name == MATCH else 1.2}
        time_axes.plot(pairs, seconds, label=label_of(results, name), **style)
        memory_axes.plot(pairs, [max(each, 1) for each in mebibytes], **style)
        if name in PEERS and end_of(results, name):
            time_axes.plot(pairs[-1], seconds[-1], color=colour, marker="x", markersize=13)
            memory_axes.plot(pairs[-1], max(mebibytes[-1], 1), color=colour, marker="x", markersize=13)
    for axes, title in ((time_axes, "seconds"), (memory_axes, "MiB above the scores or profiles")):
        axes.set(xscale="log", yscale="log", title=title, xlabel="pairs: seekers × supporters")
        axes.grid(visible=True, which="major", color="#dddddd", linewidth=0.7)
        axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=1, frameon=False, fontsize=9)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="svg", metadata={"Date": None, "Title": "Time and memory against size"})
    return path


def points_of(results: Results, name: str) -> Iterator[Point]:
    """Give a solver's points by size; the engine's go on where no peer can."""
    rows = [
        (contest["pairs_all"], row) for contest in results["contests"] for row in contest["rows"] if row["name"] == name
    ]
    if name == MATCH:
        rows += [(row.get("pairs_all", 0), row) for row in results["beyond"]]
    for pairs, row in sorted(rows, key=lambda each: each[0]):
        if "reason" not in row:
            yield pairs, row["seconds"], row["memory_above"]


def label_of(results: Results, name: str) -> str:
    """Name a solver, and say why its line ends where it does."""
    end = end_of(results, name) if name in PEERS else None
    return name if end is None else f"{name} (× {end.in_short})"
