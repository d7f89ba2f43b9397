"""Run a plan, write what was measured as JSON, and print its tables: `make bench`, or `make bench PLAN=full`."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import ours
from benchmarks.communities import SEED, TODAY, Draw
from benchmarks.contest import ASSIGN, MATCH, MATCH_PLAIN, Field, announced
from benchmarks.hard_cases import CASES
from benchmarks.living import run_life
from benchmarks.machine import machine, versions
from benchmarks.plan import PLANS, Plan
from benchmarks.plot import draw_plot
from benchmarks.tables import as_text
from benchmarks.works import Measured, run_match, run_rematch

BUILD = Path("build/bench")


def main() -> None:
    """Read the options, run, write and print."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("plan", nargs="?", choices=sorted(PLANS), default="quick")
    plan = PLANS[parser.parse_args().plan]
    # Ended from outside, what was started is ended too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    ours.compile_ahead()
    results = {
        "plan": plan.name,
        "when": datetime.now(UTC).date().isoformat(),
        "seed": SEED,
        "today": TODAY.isoformat(),
        "machine": machine(),
        "versions": versions(),
    }
    with TemporaryDirectory(prefix="bench-") as folder:
        results |= run(plan, Path(folder))
    BUILD.mkdir(parents=True, exist_ok=True)
    written = BUILD / f"{plan.name}.json"
    written.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    plot = draw_plot(results, BUILD / f"{plan.name}.svg")
    print(as_text(results))
    print(f"Written: {written}, {plot}. Into docs/benchmarks.md: python -m benchmarks.publish {written}")


def run(plan: Plan, folder: Path) -> Measured:
    """Do everything in the plan."""
    field = Field(plan, folder)
    return {
        "contests": [field.hold(draw, told(draw)) for draw in plan.contests],
        "hard": list(hard_cases(plan, folder)),
        "beyond": [alone(field, draw) for draw in plan.beyond],
        "rematches": [again(field, draw) for draw in plan.rematches],
        "lives": [life(field, draw, is_proposed) for draw in plan.lives for is_proposed in plan.ways_of_life],
    }


def hard_cases(plan: Plan, folder: Path) -> Iterator[Measured]:
    """Hold a contest a case; each with a field of its own, for who fails one case may do well at another."""
    for name in CASES if plan.hard_seekers else ():
        print(name, flush=True)
        yield Field(plan, folder, (ASSIGN, MATCH, MATCH_PLAIN), plan.hard_peers).hold((name, plan.hard_seekers), name)


def alone(field: Field, draw: Draw) -> Measured:
    """Match a community that only the engine can hold."""
    verify = draw not in field.plan.unverified
    row = field.measured(told(draw), run_match, {"source": draw, "verify": verify}, field.plan.our_seconds)
    return announced(row)


def again(field: Field, draw: Draw) -> Measured:
    """Match a community again."""
    row = field.measured(told(draw), run_rematch, {"source": draw}, field.plan.our_seconds)
    return announced(row)


def life(field: Field, draw: Draw, is_proposed: bool) -> Measured:
    """Let members of a community come, change and go."""
    changes = field.plan.proposed_changes if is_proposed else field.plan.changes
    arguments = {"source": draw, "changes": changes, "is_proposed": is_proposed}
    row = field.measured(told(draw), run_life, arguments, field.plan.our_seconds)
    for kind, each in row.get("kinds", {}).items():
        print(f"    {kind:58} {each['median_ms']:10.1f} ms, p99 {each['p99_ms']:.1f} ms", flush=True)
    return row | {"is_proposed": is_proposed}


def told(draw: Draw) -> str:
    """Say what is drawn, and give its name."""
    print(draw.told, flush=True)
    return draw.told


if __name__ == "__main__":
    main()
