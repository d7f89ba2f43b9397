"""A run as its pages show it: what it did, in words and numbers, and what its proof says.

Built from the run's record alone. "Proof" is only said of a run whose certificate was accepted by the independent
verifier, which is what a stored proof means (`service/records/run.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from matching.policy import Objective
from service.console.words import counted, moment
from service.records.run import Run, RunCounts, RunProof, RunState

_STATES = {
    RunState.QUEUED: "Waiting to start",
    RunState.RUNNING: "At work",
    RunState.DONE: "Done",
    RunState.FAILED: "Could not finish",
    RunState.CANCELLED: "Stopped",
}

_HEADLINES = {
    RunState.QUEUED: "This run waits for its turn",
    RunState.RUNNING: "This run is at work",
    RunState.FAILED: "This run could not finish",
    RunState.CANCELLED: "This run was stopped",
}

_SENTENCES = {
    RunState.QUEUED: "It starts by itself; look again in a minute.",
    RunState.RUNNING: "It looks at everyone together; look again in a minute.",
    RunState.FAILED: "Nothing was changed by it: the proposals from before still stand.",
    RunState.CANCELLED: "Nothing was changed by it: the proposals from before still stand.",
}

_PROMISES = {
    Objective.COVERAGE: "finds company for more of them, for those who have waited longer, or with a better fit.",
    Objective.SCORE: "fits better altogether.",
}


_DIGITS = {
    Objective.COVERAGE: (
        "Who is matched, those who waited longest first",
        "Points, and a little for pairs that stay together",
        "Pairs that stay together",
        "Lots drawn between equals",
    ),
    Objective.SCORE: (
        "Points, and a little for pairs that stay together",
        "People matched",
        "Pairs that stay together",
        "Lots drawn between equals",
    ),
}
"""What a certificate's totals count, in their order (docs/engine.md)."""


@dataclass(frozen=True, slots=True)
class RunPage:
    """What is shown of one run; `counts` and `proof` are None until it is done."""

    run_id: str
    when: str
    state: str
    headline: str
    sentence: str
    is_dry_run: bool
    counts: RunCounts | None
    proof: RunProof | None
    mean_score: int
    promise: str
    digits: tuple[tuple[str, int, int], ...]
    numbers: tuple[tuple[str, str], ...]


def run_page_of(run: Run) -> RunPage:
    """Show a run."""
    counts = run.counts
    return RunPage(
        run_id=run.run_id,
        when=moment(run.created_at),
        state=f"{_STATES[run.state]}{' (a trial)' if run.is_dry_run else ''}",
        headline=_headline(counts) if counts else _HEADLINES.get(run.state, _STATES[run.state]),
        sentence=_sentence(counts) if counts else _SENTENCES.get(run.state, ""),
        is_dry_run=run.is_dry_run,
        counts=counts,
        proof=run.proof if counts else None,
        mean_score=round(counts.mean_score) if counts else 0,
        promise=_PROMISES[Objective(run.proof.objective)] if run.proof else "",
        digits=_digits(run.proof) if run.proof else (),
        numbers=_numbers(run, counts, run.proof) if counts and run.proof else (),
    )


def _headline(counts: RunCounts) -> str:
    if not counts.seekers:
        return "Nobody was looking for company"
    return f"{counted(counts.matched, 'person', 'people')} of {counts.seekers:,} matched"


def _sentence(counts: RunCounts) -> str:
    said = []
    if counts.kept:
        said.append(
            f"{counted(counts.kept, 'proposal', 'proposals')} from before still stand{'s' * (counts.kept == 1)}."
        )
    if counts.thin:
        said.append(
            f"{counted(counts.thin, 'pair has', 'pairs have')} little in common on paper and may need your eye."
        )
    if counts.still_looking:
        who = counted(counts.still_looking, "person", "people")
        said.append(f"For {who} we do not yet have a peer supporter who fits and has room.")
        said.append("Their waiting time counts for them in the next run.")
    return " ".join(said)


def _digits(proof: RunProof) -> tuple[tuple[str, int, int], ...]:
    """Name each total of the certificate beside what was reached and what is possible at most: equal in a valid one."""
    return tuple(zip(_DIGITS[Objective(proof.objective)], proof.primal, proof.dual, strict=True))


def _numbers(run: Run, counts: RunCounts, proof: RunProof) -> tuple[tuple[str, str], ...]:
    return (
        ("Possible pairs looked at", f"{counts.pairs_checked:,}"),
        ("Pairs that keep every rule", f"{counts.pairs_feasible:,}"),
        ("People looking", f"{counts.seekers:,}"),
        ("Peer supporters with room", f"{counts.supporters:,}"),
        ("Points of all pairs together", f"{counts.total_score:,}"),
        ("Checked", moment(proof.checked_at)),
        ("Version of your rules", str(run.policy_version)),
        ("Fingerprint", proof.digest),
        ("Run", run.run_id),
    )
