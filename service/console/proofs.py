"""What the proof of a run says, in words: the title and claim of pages, summaries and the command line.

A new objective is a row in each table. Nothing here computes anything but the gap's first number that is not 0.
"""

from __future__ import annotations

from matching.policy import Objective
from service.console.words import counted
from service.records.run import RunProof

_TITLES = {
    Objective.COVERAGE: "Proof: no better pairing exists",
    Objective.SCORE: "Proof: no better pairing exists",
    Objective.STABLE: "Proof: no two would both rather have each other",
}

_CLAIMS = {
    Objective.COVERAGE: (
        "no other pairing finds company for more of them, for those who have waited longer, or with a better fit."
    ),
    Objective.SCORE: "no other pairing fits better altogether.",
    Objective.STABLE: "no two who may meet would both rather have each other, by their points.",
}

_DIGITS = {
    Objective.COVERAGE: (
        "Who is matched, those who waited longest first",
        "Points, and a little for pairs that stay together",
        "Pairs that stay together",
        "Lots drawn between equals",
    ),
    Objective.SCORE: (
        "Points",
        "People matched",
        "Pairs that stay together",
        "Lots drawn between equals",
    ),
    Objective.STABLE: (
        "People matched",
        "Points",
        "Pairs that stay together",
        "Lots drawn between equals",
    ),
}
"""What a certificate's totals count, in their order (docs/engine.md)."""

_UNPROVEN = "No proof: the time was up"
_BOUND = "Proof: how far from the best these pairs can be"

_POINTS = {Objective.COVERAGE: 1, Objective.SCORE: 0}
"""Which total counts points, as people read them."""


def title_of(proof: RunProof) -> str:
    """Give the heading over a proof."""
    if proof.is_best:
        return _TITLES[Objective(proof.objective)]
    return _BOUND if proof.gap else _UNPROVEN


def claim_of(proof: RunProof) -> str:
    """Say what was proven, as the end of a sentence: a second check confirmed that …"""
    if proof.is_best:
        return _CLAIMS[Objective(proof.objective)]
    if proof.gap is None:
        return "every pair keeps all rules. Whether there is a better pairing is not known."
    return f"these pairs are {gap_of(proof)}."


def stop_of(proof: RunProof) -> str:
    """Say that the time was up and what is proven of the pairs nonetheless; empty where nothing better exists."""
    if proof.is_best:
        return ""
    seconds = proof.stopped_after_seconds
    stopped = f"stopped after {counted(seconds, 'second', 'seconds')}" if seconds else "stopped, as the time was up"
    if proof.gap is None:
        return f"{stopped}; no proof: time was up before every pair was asked"
    return f"{stopped}; proven to be {gap_of(proof)}"


def gap_of(proof: RunProof) -> str:
    """Say how far from the best the pairs are at most, by the first total that leaves room."""
    gap = proof.gap or ()
    place = next((place for place, missing in enumerate(gap) if missing), None)
    if place is None:
        return "as good as the best"
    objective = Objective(proof.objective)
    if place == _POINTS.get(objective):
        return f"within {counted(gap[place], 'point', 'points')} of the best"
    name, _, possible = digits_of(proof)[place]
    return f"within {gap[place]:,} of the most possible, {possible:,}, counting {name[0].lower()}{name[1:]}"


def digits_of(proof: RunProof) -> tuple[tuple[str, int, int], ...]:
    """Name each total of the certificate beside what was reached and what is possible at most; empty without one."""
    if proof.primal is None or proof.dual is None:
        return ()
    return tuple(zip(_DIGITS[Objective(proof.objective)], proof.primal, proof.dual, strict=True))
