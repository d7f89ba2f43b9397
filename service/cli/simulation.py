"""`alongside simulate`: what a policy and a schedule would do to a sample community over months. Touches no store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service.cli.output import print_json, print_table, progress, say
from service.cli.session import json_option

if TYPE_CHECKING:
    from matching.simulated_figures import Row

_CHOICES = ("coverage", "score", "stable", "first_come", "random")
_INTERVALS = ("hourly", "daily", "weekly")
_ANY_MONDAY = date(2026, 1, 5)
"""Nothing but daylight saving depends on it; fixed, so that the same seed tells the same."""


@click.command()
@click.option("--members", type=click.IntRange(50), default=1000, show_default=True, help="Members at the start.")
@click.option("--weeks", type=click.IntRange(4), default=52, show_default=True, help="How long it is watched.")
@click.option("--seeds", type=click.IntRange(1), default=3, show_default=True, help="Communities drawn.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The first of them.")
@click.option("--choice", "choices", multiple=True, type=click.Choice(_CHOICES), help="Way of choosing; repeatable.")
@click.option("--interval", "intervals", multiple=True, type=click.Choice(_INTERVALS), help="Schedule; repeatable.")
@click.option(
    "--reserve", "reserves", multiple=True, type=click.IntRange(0, 1000), help="Thousandths held back; repeatable."
)
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw who is matched within a week against fit (matplotlib).",
)
@json_option
def simulate(  # noqa: PLR0913 - the options of the command
    *,
    members: int,
    weeks: int,
    seeds: int,
    seed: int,
    choices: Sequence[str],
    intervals: Sequence[str],
    reserves: Sequence[int],
    plot: Path | None,
    as_json: bool,
) -> None:
    """Let sample communities live under policies, and compare.

    Rates and their sources are in docs/evidence.md.
    """
    from matching.community import ZONES
    from matching.simulated_figures import compare
    from matching.simulated_people import Plan
    from service.weeks import week_for

    with progress("Simulating") as advance:
        rows = compare(
            Plan(seed, members=members, weeks=weeks),
            week_for(_ANY_MONDAY, ZONES),
            seeds=seeds,
            choices=choices or _CHOICES,
            intervals=intervals or _INTERVALS,
            reserves=reserves or (0,),
            on_progress=advance,
        )
    if plot is not None:
        _draw(rows, plot)
    if as_json:
        print_json([_document(row) for row in rows])
        return
    _tell(rows)


def _tell(rows: Sequence[Row]) -> None:
    from matching.simulated_figures import FIGURES

    shown = {
        "wait_median": "wait",
        "wait_p95": "p95",
        "found": "found",
        "soon": "soon",
        "fit": "fit",
        "churn": "churn",
        "early": "early",
        "load": "load",
    }
    has_reserve = any(row.reserve for row in rows)
    header = ["choice", "runs", *(["held"] if has_reserve else []), *shown.values()]
    print_table(
        header,
        (
            [row.choice, row.interval, *([f"{row.reserve / 10:g} %"] if has_reserve else []), *_cells(row, shown)]
            for row in rows
        ),
    )
    say()
    for name, short in shown.items():
        say(f"  {short:<6} {FIGURES[name][0]}")
    say("  ± is half of the 95 % confidence interval over the communities drawn.")


def _cells(row: Row, names: Sequence[str] | dict[str, str]) -> list[str]:
    cells = []
    for name in names:
        mean, half_width = row.figures[name]
        digits = 0 if name == "fit" else 1
        cells.append(f"{mean:,.{digits}f}" + (f" ±{half_width:,.{digits}f}" if half_width else ""))
    return cells


def _document(row: Row) -> dict[str, Any]:
    figures = {name: each._asdict() for name, each in row.figures.items()}
    return {"choice": row.choice, "interval": row.interval, "reserve": row.reserve, "figures": figures}


def _draw(rows: Sequence[Row], path: Path) -> None:
    """Plot who is matched within a week against the fit: one line a way of choosing, one mark a schedule."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise click.UsageError("--plot needs matplotlib: pip install 'alongside[bench]'") from error
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.add_subplot(xlabel="matched within a week, %", ylabel="mean points of a match")
    for choice in dict.fromkeys(row.choice for row in rows):
        some = [row for row in rows if row.choice == choice]
        soon, fits = ([row.figures[name].mean for row in some] for name in ("soon", "fit"))
        errors = [[row.figures[name].half_width for row in some] for name in ("soon", "fit")]
        axes.errorbar(soon, fits, xerr=errors[0], yerr=errors[1], marker="o", capsize=2, label=choice)
        for row, x, y in zip(some, soon, fits, strict=True):
            axes.annotate(row.interval, (x, y), textcoords="offset points", xytext=(5, 5), fontsize=8)
    axes.legend(frameon=False)
    axes.grid(alpha=0.3)
    figure.savefig(path)
