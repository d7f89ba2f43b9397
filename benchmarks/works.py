"""The pieces of work that children do: one function each, arguments in, measurements out, all of it JSON.

Seconds are medians of up to `RUNS` runs; long work runs once. Ours count from profiles as arrays, so encoding them is
in them (it runs once); a peer's are its library's call alone. Memory is the peak above what was held when everything
was loaded and warm (`memory_above`), and the whole process' (`memory_peak`), in MiB.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import ours
from benchmarks.children import Say
from benchmarks.communities import Draw, arrays_of, changed, draw_crowd, encode
from benchmarks.hard_cases import CASES
from benchmarks.measure import MIB, peak_bytes, restart_peak, timed
from benchmarks.peers import PEERS
from benchmarks.question import Question, WrongAnswerError, counted, tiny_question
from matching.cohort import Cohort
from matching.policy import Policy
from matching.readiness import get_ready

RUNS = 3
REPEATED_BELOW_SECONDS = 3.0
WARM_UP = Draw("warm-up", 1_100, 1_000)
"""More than a million pairs: from there on the compiled code is used, as at any greater size."""
WARM_PAIRS = WARM_UP.seekers * WARM_UP.supporters

Source = Draw | tuple[str, int]
"""A community to draw, or a hard case by name with its number of seekers."""

Measured = dict[str, Any]


def prepare(_: Say, arguments: dict[str, Any]) -> Measured:
    """Score a community once and leave the question in a folder; say what it is like."""
    encode_seconds, cohort = cohort_of(arguments["source"])
    score_seconds, question = timed(lambda: ours.question_of(cohort, arguments["memory"]))
    question.save(Path(arguments["folder"]))
    return {
        "seekers": question.seekers,
        "supporters": question.supporters,
        "places": int(question.capacity.sum()),
        "pairs_all": question.seekers * question.supporters,
        "pairs_feasible": int(question.scores.nnz),
        "stages": {"encode": encode_seconds, "score": score_seconds},
    }


def run_peer(say: Say, arguments: dict[str, Any]) -> Measured:
    """Time a peer's three steps on a question."""
    peer = PEERS[arguments["peer"]]
    question = Question.load(Path(arguments["folder"]), arguments["memory"])
    tiny = tiny_question()
    model = peer.prepare(tiny)
    answer = counted(tiny, peer.read(tiny, model, peer.solve(model)))
    if peer.bound and answer != counted(tiny, ours.assign_plainly(tiny)):
        raise WrongAnswerError(f"{peer.name} answers {answer} on the tiny question")
    bound = peer.bound(question) if peer.bound else None

    def run() -> Measured:
        prepare_seconds, model = timed(lambda: peer.prepare(question))
        solve_seconds, solved = timed(lambda: peer.solve(model))
        read_seconds, supporter_of = timed(lambda: peer.read(question, model, solved))
        matched, total = counted(question, supporter_of)
        stages = {"prepare": prepare_seconds, "solve": solve_seconds, "read": read_seconds}
        return {"stages": stages, "seconds": solve_seconds, "matched": matched, "total_score": total}

    told = {
        "is_exact": bool(bound and bound.holds),
        "because": bound.because if bound else "does not claim to be exact",
        "bound": bound.told if bound else "no claim",
    }
    return told | _repeated(say, run)


def run_assign(say: Say, arguments: dict[str, Any]) -> Measured:
    """Time the engine on the peers' own question: the same scores in, pairs and certificate out."""
    question = Question.load(Path(arguments["folder"]), arguments["memory"])
    is_small = question.seekers * question.supporters < WARM_PAIRS
    ours.assign_plainly(question if is_small else ours.question_of(cohort_of(WARM_UP)[1], arguments["memory"]))

    def run() -> Measured:
        seconds, supporter_of = timed(lambda: ours.assign_plainly(question))
        matched, total = counted(question, supporter_of)
        return {"stages": {"solve": seconds}, "seconds": seconds, "matched": matched, "total_score": total}

    return {"is_exact": True, "because": "certificate", "bound": "certificate"} | _repeated(say, run)


def run_match(say: Say, arguments: dict[str, Any]) -> Measured:
    """Time the engine from a cohort to a certified matching; then, apart, the verifier.

    `is_plain`: everybody equally urgent, as peers are asked. `one_core`: on one core. `is_first`: nothing is warm but
    the imports; `is_started`: the process has got ready as those of the service do. `verify`: check every pair again.
    """
    _start_up(arguments)
    find = ours.match_plainly if arguments.get("is_plain") else ours.match_fully
    encode_seconds, cohort = cohort_of(arguments["source"])
    if not arguments.get("is_first"):
        _warm_up(find, cohort, is_checked=bool(arguments.get("verify")))
    kept: list[ours.Matched] = []

    def run() -> Measured:
        kept[:] = [find(cohort, cohort.policy)]
        facts = ours.facts_of(kept[0].outcome)
        seconds = encode_seconds + kept[0].seconds
        return facts | {"stages": {"encode": encode_seconds, **kept[0].stages}, "seconds": seconds}

    measured: Measured = {"is_exact": True, "because": "certificate", "bound": "certificate"}
    measured |= _repeated(say, run)
    if arguments.get("verify"):
        verify_seconds, _ = timed(lambda: ours.check(kept[0]))
        measured["stages"]["verify"] = verify_seconds
    return measured


def run_rematch(say: Say, arguments: dict[str, Any]) -> Measured:
    """Time a second run after one profile in a hundred has changed.

    The first run's pairs are its open proposals, the first run's prices a start.
    """
    draw = arguments["source"]
    crowd = draw_crowd(draw)
    cohort = encode(arrays_of(crowd), draw.policy)
    first = ours.match_fully(cohort, cohort.policy)
    arrays = arrays_of(changed(crowd, draw, one_in=100))
    encode_seconds, later = timed(lambda: encode(arrays, draw.policy))

    def run() -> Measured:
        second = ours.match_fully(later, later.policy, first.outcome)
        facts = ours.facts_of(second.outcome)
        seconds = encode_seconds + second.seconds
        return facts | {"stages": {"encode": encode_seconds, **second.stages}, "seconds": seconds}

    return {"is_exact": True, "because": "certificate", "bound": "certificate"} | _repeated(say, run)


def cohort_of(source: Source) -> tuple[float, Cohort]:
    """Make the cohort of a source; seconds to encode it (0 for a hard case, which is not timed)."""
    if isinstance(source, Draw):
        arrays = arrays_of(draw_crowd(source))
        return timed(lambda: encode(arrays, source.policy))
    name, seekers = source
    return 0.0, CASES[name](seekers)


def _start_up(arguments: dict[str, Any]) -> None:
    if arguments.get("one_core") and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    if arguments.get("is_started"):
        get_ready()


def _warm_up(find: Callable[[Cohort, Policy], ours.Matched], cohort: Cohort, *, is_checked: bool) -> None:
    """Load the code that the cohort will need: small ones are matched once, large ones stand back for a smaller one."""
    is_small = len(cohort.priority) * len(cohort.capacity) < WARM_PAIRS
    warm = cohort if is_small else cohort_of(WARM_UP)[1]
    matched = find(warm, warm.policy)
    if is_checked:
        ours.check(matched)


def _repeated(say: Say, run: Callable[[], Measured]) -> Measured:
    """Run until it has been long enough; tell of each run, so that a run that is never done loses nothing before it."""
    gc.collect()
    baseline = restart_peak()
    say("ready", None)
    runs: list[Measured] = []
    while len(runs) < RUNS and sum(each["seconds"] for each in runs) < REPEATED_BELOW_SECONDS:
        runs.append(run())
        say("ran", _of_runs(runs, baseline))
    return _of_runs(runs, baseline)


def _of_runs(runs: list[Measured], baseline: int) -> Measured:
    peak = peak_bytes()
    middle = {stage: median(each["stages"][stage] for each in runs) for stage in runs[0]["stages"]}
    return runs[-1] | {
        "seconds": median(each["seconds"] for each in runs),
        "first_seconds": runs[0]["seconds"],
        "stages": middle,
        "runs": len(runs),
        "memory_above": round((peak - baseline) / MIB),
        "memory_peak": round(peak / MIB),
    }
