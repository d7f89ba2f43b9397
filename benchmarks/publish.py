"""Put benchmarks' figures into docs/benchmarks.md: `python -m benchmarks.publish build/bench/medium.json [more …]`.

Of several results the first is the ground, and what others measured of the same name takes its place or is added: so a
part that was measured by itself stays on the page, with its date.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks.plot import draw_plot
from benchmarks.tables import as_markdown

Results = dict[str, Any]
Row = dict[str, Any]

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
DOCS = Path(__file__).parent.parent / "docs"
PAGE = DOCS / "benchmarks.md"
PLOT = DOCS / "images" / "benchmarks.svg"
PLOT_IN_WORDS = "Time and memory of each solver against the number of pairs; lines end where a solver cannot go further"


def main() -> None:
    """Read results, write page and plot."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.publish", description=__doc__)
    parser.add_argument("results", type=Path, nargs="+")
    results = merged([json.loads(each.read_text()) for each in parser.parse_args().results])
    PAGE.write_text(with_figures(PAGE.read_text(), figures_of(results)))
    draw_plot(results, PLOT)
    print(f"Written: {PAGE.relative_to(DOCS.parent)}, {PLOT.relative_to(DOCS.parent)}")


def merged(parts: list[Results]) -> Results:
    """Give the first result with the rows of the others, each row with the day it was measured on."""
    joint = dict(parts[0])
    for key in ("contests", "hard", "beyond", "rematches", "lives"):
        rows: dict[tuple[str, bool], Row] = {}
        for part in parts:
            for row in part.get(key, ()):
                rows[row["name"], row.get("is_proposed", False)] = {"when": part["when"]} | row
        joint[key] = list(rows.values())
    joint["others"] = [told_of(part) for part in parts[1:]]
    return joint


def told_of(results: Results) -> str:
    """Say which plan was run, when and on what."""
    machine = results["machine"]
    return (
        f"Plan `{results['plan']}`, {results['when']}: {machine['cores']} cores of {machine['processor']}, "
        f"{machine['memory_gib']} GiB; load of the machine before the start {machine['load_before']}."
    )


def with_figures(page: str, figures: str) -> str:
    """Replace what is between the markers; raises ValueError where a page has none."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"cannot put figures into a page without {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{figures}\n{END}{after}"


def figures_of(results: Results) -> str:
    """Write the section: what it was measured on, plot, tables."""
    machine = results["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    on = (
        f"Plan `{results['plan']}`, {results['when']}: {machine['cores']} cores of {machine['processor']}, "
        f"{machine['memory_gib']} GiB, {machine['system']}, Python {machine['python']}; {versions}. "
        f"Seed {results['seed']}, planning day {results['today']}; load of the machine before the start "
        f"{machine['load_before']}."
    )
    plot = f"![{PLOT_IN_WORDS}](images/benchmarks.svg)"
    return "\n\n".join([on, *results.get("others", ()), plot, as_markdown(results)])


if __name__ == "__main__":
    main()
