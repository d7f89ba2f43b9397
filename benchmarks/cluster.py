"""What spreading a run over Dask workers gives: ``python -m benchmarks.cluster [SEEKERS] [SUPPORTERS] [WORKERS,…]``.

Every row is one run of the same community, matched and verified, with so many workers of one thread each on this
machine; the first without any. Workers beyond the machine's cores can only show what spreading costs. JSON lines.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time

from benchmarks.communities import Draw, arrays_of, draw_crowd, encode
from benchmarks.machine import machine
from matching.cohort import Cohort
from matching.crew import HERE, Crew
from matching.engine import match
from matching.verify import verify_outcome


def main(seekers: int, supporters: int, counts: list[int]) -> None:
    """Measure and print."""
    draw = Draw("one community", seekers, supporters)
    cohort = encode(arrays_of(draw_crowd(draw)), draw.policy)
    _print("machine", **machine())
    digests = {_row(cohort, 0, HERE)}
    for count in counts:
        digests.add(_on_workers(cohort, count))
    if len(digests) != 1:
        sys.exit("the answers differ")


def _on_workers(cohort: Cohort, count: int) -> str:
    from distributed import Client, LocalCluster

    from service.cluster import crew_of

    with (
        LocalCluster(
            n_workers=count, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
        ) as made,
        Client(made, set_as_default=False) as client,
    ):
        began = time.monotonic()
        crew = crew_of(client, cohort)
        # Loaded and laid out on every worker, as it is from the second run on.
        _print("sent", workers=count, seconds=round(time.monotonic() - began, 1))
        return _row(cohort, count, crew)


def _row(cohort: Cohort, workers: int, crew: Crew) -> str:
    began = time.monotonic()
    outcome = match(cohort, cohort.policy, crew=crew)
    matched = time.monotonic()
    verify_outcome(cohort, outcome, run_blocks=crew.weigh, block_pairs=crew.block_pairs)
    _print(
        "run",
        workers=workers,
        seekers=cohort.n,
        supporters=cohort.m,
        match_seconds=round(matched - began, 1),
        verify_seconds=round(time.monotonic() - matched, 1),
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        cores=os.cpu_count(),
        digest=outcome.digest[:16],
    )
    return outcome.digest


def _print(what: str, **numbers: object) -> None:
    print(json.dumps({"what": what, **numbers}), flush=True)


if __name__ == "__main__":
    given = sys.argv[1:]
    main(
        int(given[0]) if given else 20_000,
        int(given[1]) if len(given) > 1 else 10_000,
        [int(each) for each in given[2].split(",")] if len(given) > 2 else [1, 2],
    )
