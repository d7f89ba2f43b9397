"""Write the tables of docs/evidence.md: `python -m benchmarks.evidence [MEMBERS SEEDS]`, ten minutes at 600 and 5.

Ways of choosing by schedule; reserves; and each rate at half and at double, to see whether it changes which way comes
first. Everything is seeded: the same arguments print the same tables.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from matching.community import ZONES
from matching.simulated_figures import FIGURES, Row, compare, difference
from matching.simulated_people import Plan
from matching.simulated_rates import Rates
from service.weeks import week_for

WEEK = week_for(date(2026, 1, 5), ZONES)
SHOWN = ("wait_median", "wait_p95", "wait_longest", "found", "soon", "fit", "churn", "early", "load", "idle")
VARIED = (
    "seekers_per_supporter",
    "turnover",
    "answer_days",
    "declines",
    "early_ends_a_year",
    "supporter_leaves",
    "fit_effect",
    "asks_again",
    "gives_up_a_week",
    "pauses_a_week",
)
PAIRED = ("wait_median", "found", "soon", "fit")
PAIRS = (
    (("first_come", "daily"), ("coverage", "daily")),
    (("first_come", "daily"), ("score", "daily")),
    (("first_come", "daily"), ("stable", "daily")),
    (("first_come", "daily"), ("random", "daily")),
    (("coverage", "weekly"), ("coverage", "daily")),
    (("score", "weekly"), ("score", "daily")),
    (("stable", "weekly"), ("stable", "daily")),
)
ORDERED = ("coverage", "score", "first_come", "random")


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("members", nargs="?", type=int, default=1000)
    parser.add_argument("seeds", nargs="?", type=int, default=5)
    asked = parser.parse_args()
    plan = Plan(1, members=asked.members)
    show(compare(plan, WEEK, seeds=asked.seeds))
    show(compare(plan, WEEK, seeds=asked.seeds, choices=("coverage",), intervals=("daily",), reserves=(0, 100, 300)))
    print(f"\n| less | {' | '.join(FIGURES[name][0] for name in PAIRED)} |\n|---|{'---|' * len(PAIRED)}")
    for one, other in PAIRS:
        told = difference(plan, WEEK, seeds=2 * asked.seeds, one=one, other=other)
        cells = (f"{told[name].mean:+,.1f} ± {told[name].half_width:,.1f}" for name in PAIRED)
        print(f"| {' '.join(one)} less {' '.join(other)} | {' | '.join(cells)} |", flush=True)
    print(
        "\n| rate | at | fit, best first | within a week, best first | median wait, `coverage` |\n|---|---|---|---|---|"
    )
    for name, value, rows in varied(plan, max(asked.seeds // 2, 1)):
        wait = next(row for row in rows if row.choice == "coverage").figures["wait_median"].mean
        print(f"| {name} | {value:,} | {order(rows, 'fit')} | {order(rows, 'soon')} | {wait:.1f} |", flush=True)


def show(rows: Sequence[Row]) -> None:
    """Print a table of every figure with its interval."""
    print(f"\n| choice | runs | held | {' | '.join(FIGURES[name][0] for name in SHOWN)} |")
    print(f"|---|---|---|{'---|' * len(SHOWN)}")
    for row in rows:
        cells = (f"{each.mean:,.1f} ± {each.half_width:,.1f}" for each in (row.figures[name] for name in SHOWN))
        print(f"| {row.choice} | {row.interval} | {row.reserve / 10:g} % | {' | '.join(cells)} |", flush=True)


def varied(plan: Plan, seeds: int) -> Iterable[tuple[str, int, Sequence[Row]]]:
    """Give each rate at half and at double, and what happens then."""
    usual = Rates()
    yield "as published", 0, compare(plan, WEEK, seeds=seeds, choices=ORDERED, intervals=("daily",))
    for name in VARIED:
        for value in (getattr(usual, name) // 2, getattr(usual, name) * 2):
            rates = replace(usual, **{name: min(value, 950) if name in _CHANCES else value})
            rows = compare(replace(plan, rates=rates), WEEK, seeds=seeds, choices=ORDERED, intervals=("daily",))
            yield name, getattr(rates, name), rows


_CHANCES = ("declines", "early_ends_a_year", "supporter_leaves", "fit_effect", "asks_again")


def order(rows: Sequence[Row], name: str) -> str:
    """List the choices by a figure, the greatest first."""
    return ", ".join(row.choice for row in sorted(rows, key=lambda row: -row.figures[name].mean))


if __name__ == "__main__":
    main()
