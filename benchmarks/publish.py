"""Put a benchmark's figures into docs/benchmarks.md: `python -m benchmarks.publish build/bench/full.json`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks.plot import draw_plot
from benchmarks.tables import as_markdown

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
DOCS = Path(__file__).parent.parent / "docs"
PAGE = DOCS / "benchmarks.md"
PLOT = DOCS / "images" / "benchmarks.svg"
PLOT_IN_WORDS = "Time and memory of each solver against the number of pairs; lines end where a solver cannot go further"


def main() -> None:
    """Read a result, write page and plot."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.publish", description=__doc__)
    parser.add_argument("result", type=Path)
    results = json.loads(parser.parse_args().result.read_text())
    PAGE.write_text(with_figures(PAGE.read_text(), figures_of(results)))
    draw_plot(results, PLOT)
    print(f"Written: {PAGE.relative_to(DOCS.parent)}, {PLOT.relative_to(DOCS.parent)}")


def with_figures(page: str, figures: str) -> str:
    """Replace what is between the markers; raises ValueError where a page has none."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"cannot put figures into a page without {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{figures}\n{END}{after}"


def figures_of(results: dict[str, Any]) -> str:
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
    return "\n\n".join([on, plot, as_markdown(results)])


if __name__ == "__main__":
    main()
