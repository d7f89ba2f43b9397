"""What the proof of a run says, in words: the title and claim of pages, summaries and the command line.

A new objective is a row in each table. Nothing here computes anything but the gap's first number that is not 0.
"""

from __future__ import annotations

from matching.policy import Objective
from service.console.translation import N_, Words, _
from service.console.words import counted
from service.records.run import RunProof

_TITLES = Words(
    {
        Objective.COVERAGE: N_("Proof: no better pairing exists"),
        Objective.SCORE: N_("Proof: no better pairing exists"),
        Objective.STABLE: N_("Proof: no two would both rather have each other"),
    }
)

_CLAIMS = Words(
    {
        Objective.COVERAGE: N_(
            "no other pairing finds company for more of them, for those who have waited longer, or with a better fit."
        ),
        Objective.SCORE: N_("no other pairing fits better altogether."),
        Objective.STABLE: N_("no two who may meet would both rather have each other, by their points."),
    }
)

_MATCHED = N_("People matched")
_KEPT = N_("Pairs that stay together")
_LOTS = N_("Lots drawn between equals")

_DIGITS = {
    Objective.COVERAGE: (
        N_("Who is matched, those who waited longest first"),
        N_("Points, and a little for pairs that stay together"),
        _KEPT,
        _LOTS,
    ),
    Objective.SCORE: (N_("Points"), _MATCHED, _KEPT, _LOTS),
    Objective.STABLE: (_MATCHED, N_("Points"), _KEPT, _LOTS),
}
"""What a certificate's totals count, in their order (docs/engine.md)."""

_POINTS = {Objective.COVERAGE: 1, Objective.SCORE: 0}
"""Which total counts points, as people read them."""


def title_of(proof: RunProof) -> str:
    """Give the heading over a proof."""
    if proof.is_best:
        return _TITLES[Objective(proof.objective)]
    return _("Proof: how far from the best these pairs can be") if proof.gap else _("No proof: the time was up")


def claim_of(proof: RunProof) -> str:
    """Say what was proven, as the end of a sentence: a second check confirmed that …"""
    if proof.is_best:
        return _CLAIMS[Objective(proof.objective)]
    if proof.gap is None:
        return _("every pair keeps all rules. Whether there is a better pairing is not known.")
    return _("these pairs are %(gap)s.", gap=gap_of(proof))


def stop_of(proof: RunProof) -> str:
    """Say that the time was up and what is proven of the pairs nonetheless; empty where nothing better exists."""
    if proof.is_best:
        return ""
    seconds = proof.stopped_after_seconds
    stopped = (
        _("stopped after %(time)s", time=counted(seconds, "second", "seconds"))
        if seconds
        else _("stopped, as the time was up")
    )
    if proof.gap is None:
        return _("%(stopped)s; no proof: time was up before every pair was asked", stopped=stopped)
    return _("%(stopped)s; proven to be %(gap)s", stopped=stopped, gap=gap_of(proof))


def gap_of(proof: RunProof) -> str:
    """Say how far from the best the pairs are at most, by the first total that leaves room."""
    gap = proof.gap or ()
    place = next((place for place, missing in enumerate(gap) if missing), None)
    if place is None:
        return _("as good as the best")
    objective = Objective(proof.objective)
    if place == _POINTS.get(objective):
        return _("within %(points)s of the best", points=counted(gap[place], "point", "points"))
    name, _reached, possible = digits_of(proof)[place]
    return _(
        "within %(gap)s of the most possible, %(most)s, counting %(what)s",
        gap=f"{gap[place]:,}",
        most=f"{possible:,}",
        what=name[0].lower() + name[1:],
    )


def digits_of(proof: RunProof) -> tuple[tuple[str, int, int], ...]:
    """Name each total of the certificate beside what was reached and what is possible at most; empty without one."""
    if proof.primal is None or proof.dual is None:
        return ()
    names = (_(name) for name in _DIGITS[Objective(proof.objective)])
    return tuple(zip(names, proof.primal, proof.dual, strict=True))
