"""A run in words: a few lines on a terminal, one elsewhere (cron)."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from service.cli.output import at_terminal, counted, say

if TYPE_CHECKING:
    from service.records.run import Run, RunCounts, RunProof

_WIDTH = 80

_PROMISES = {
    "coverage": "no pairing matches more, or as many with a better score",
    "score": "no pairing has a better score",
    "stable": "no two would both rather have each other",
}


def tell_run(platform_id: str, run: Run) -> None:
    """Say what a run did."""
    from service.console.proofs import stop_of

    counts, proof = run.counts, run.proof
    if counts is None or proof is None:
        say(f"{platform_id}: run {run.run_id} is {run.state}")
        return
    trial = " (a trial, nothing was changed)" if run.is_dry_run else ""
    matched = f"{counts.matched:,} of {counted(counts.seekers, 'person', 'people')} matched"
    if not at_terminal():
        say(
            f"{platform_id}: {matched}, {counts.still_looking:,} still looking, total score {counts.total_score:,}, "
            f"{_proposals(counts)}, {stop_of(proof) or 'proof checked'}, {run.run_id}{trial}"
        )
        return
    say(f"{platform_id}: {matched}, {counts.still_looking:,} still looking{trial}")
    rather = [] if counts.blocking_pairs is None else [("Would rather", _rather(counts.blocking_pairs))]
    tell_rows(
        ("Total score", f"{counts.total_score:,}, {counts.mean_score:,} a pair"),
        ("Places", f"{counts.places:,} with {counted(counts.supporters, 'peer supporter')}"),
        ("Pairs", f"{counts.pairs_checked:,} looked at{_keeping(counts)}"),
        *rather,
        ("Proposals", _proposals(counts)),
        *_reasons(counts),
        ("Proof", proven(proof)),
        ("Run", run.run_id),
    )


def tell_rows(*rows: tuple[str, str]) -> None:
    """Say titles and texts, the texts below each other."""
    for title, text in rows:
        for line in wrap(text, _WIDTH, initial_indent=f"  {title:<12} ", subsequent_indent=" " * 15):
            say(line)


def proven(proof: RunProof) -> str:
    """Say what is proven of a run's pairs."""
    from service.console.proofs import stop_of

    return stop_of(proof) or f"checked: {_PROMISES[proof.objective]}"


def _keeping(counts: RunCounts) -> str:
    return "" if counts.pairs_feasible is None else f", {counts.pairs_feasible:,} keep every rule"


def _reasons(counts: RunCounts) -> list[tuple[str, str]]:
    from service.console.change_words import reasons_in_words

    return [(title, "; ".join(told)) for title, told in reasons_in_words(counts)]


def _rather(pairs: int) -> str:
    return f"{counted(pairs, 'pair')} in which both would rather have each other"


def _proposals(counts: RunCounts) -> str:
    parts = [f"{counts.new:,} new", f"{counts.kept:,} from before still stand", f"{counts.withdrawn:,} taken back"]
    if counts.dropped:
        parts.append(f"{counts.dropped:,} left out, as somebody changed meanwhile")
    return ", ".join(parts)
