"""Time the engine and its peers on the same communities in one run; exact peers must give the same answer."""

from __future__ import annotations

import argparse
import platform
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from statistics import median
from typing import TypeVar

import numpy as np
from scipy.sparse import csr_array

from benchmarks.peers import PEERS
from matching.cohort import Cohort
from matching.community import generate
from matching.engine import assign
from matching.kernel import score_pairs
from matching.verify import verify
from service.weeks import week_for

T = TypeVar("T")

SEED = 20261122
TODAY = date(2026, 11, 22)
QUICK = ((300, 200), (600, 350), (1000, 500))
FULL = (*QUICK, (2000, 1000))


@dataclass(frozen=True, slots=True)
class Timed:
    """A named answer and the median of its times in seconds."""

    name: str
    seconds: float
    answer: tuple[int, int] | None


def main() -> None:
    """Run every size and print a table for each."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="larger sizes too (minutes)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each; the median is shown")
    options = parser.parse_args()
    print(f"Alongside benchmark · seed {SEED} · {platform.machine()} · Python {platform.python_version()}")
    print(" · ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "networkx", "numba")))
    for seekers, supporters in FULL if options.full else QUICK:
        compare(seekers, supporters, runs=options.runs)


def compare(seekers: int, supporters: int, *, runs: int) -> None:
    """Time the engine's stages and each peer on one community."""
    profiles = generate(seed=SEED, seekers=seekers, supporters=supporters, today=TODAY).profiles
    week = week_for(TODAY, {profile.timezone for profile in profiles})
    encode_seconds, cohort = timed(lambda: Cohort.from_profiles(profiles, week=week), runs)
    score_seconds, scores = timed(lambda: score_pairs(cohort), runs)
    solve_seconds, result = timed(lambda: assign(scores, cohort.capacity), runs)
    verify_seconds, _ = timed(lambda: verify(scores, result, cohort.capacity), runs)
    n, m = scores.shape
    print(
        f"\n{n} seekers × {m} supporters · {int(cohort.capacity.sum())} places · {n * m} pairs · {scores.nnz} feasible"
    )
    print(f"  encode {encode_seconds:.3f} s · score {score_seconds:.3f} s · verify {verify_seconds:.3f} s")
    ours = Timed("alongside assign (with certificate)", solve_seconds, (result.matched, result.total_score))
    show(ours, ours)
    for name in PEERS:
        show(run_peer(name, scores, cohort.capacity, runs), ours)
    print(f"  peak memory so far {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")


def run_peer(name: str, scores: csr_array, capacity: np.ndarray, runs: int) -> Timed:
    """Time one peer; exact ones must give our answer."""
    seconds, answer = timed(lambda: PEERS[name](scores, capacity), runs)
    return Timed(name, seconds, answer)


def show(peer: Timed, ours: Timed) -> None:
    """Print one row; an exact peer that disagrees is an error, for one of us is wrong."""
    if peer.answer is None:
        print(f"  {peer.name:38} does not go there")
        return
    if "not exact" not in peer.name and peer.answer != ours.answer:
        raise SystemExit(f"{peer.name} answers {peer.answer}, we answer {ours.answer}")
    matched, total = peer.answer
    ratio = peer.seconds / ours.seconds
    print(f"  {peer.name:38} {peer.seconds:8.3f} s  × {ratio:7.1f}  {matched} matched, score {total}")


def timed(work: Callable[[], T], runs: int) -> tuple[float, T]:
    """Do the work some times; the median of the seconds, and the last answer."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        answer = work()
        seconds.append(time.perf_counter() - start)
    return median(seconds), answer


if __name__ == "__main__":
    main()
