"""A run in words: a few lines on a terminal, one elsewhere (cron)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from service.cli.output import at_terminal, counted, say

if TYPE_CHECKING:
    from service.records.run import Run, RunCounts, RunProof
    from service.usecases.running.differences import Difference

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
        ("Proof", proven(proof)),
        ("Run", run.run_id),
    )


def tell_differences(differences: Sequence[Difference]) -> None:
    """Say on a terminal why a trial would bring, keep or take back proposals; the pairs themselves are in its JSON."""
    if not at_terminal():
        return
    counted_by = Counter((difference.fate, difference.why) for difference in differences)
    for title, fate in (("New", "new"), ("Taken back", "withdrawn")):
        reasons = [f"{count:,} {_WHY[why]}" for (of, why), count in sorted(counted_by.items()) if of == fate]
        if reasons:
            tell_rows((title, "; ".join(reasons)))


def tell_rows(*rows: tuple[str, str]) -> None:
    """Say titles and texts, the texts below each other."""
    for title, text in rows:
        for line in wrap(text, _WIDTH, initial_indent=f"  {title:<12} ", subsequent_indent=" " * 15):
            say(line)


def proven(proof: RunProof) -> str:
    """Say what is proven of a run's pairs."""
    from service.console.proofs import stop_of

    return stop_of(proof) or f"checked: {_PROMISES[proof.objective]}"


_WHY = {
    "first": "for people without a proposal",
    "instead": "in place of another proposal of theirs",
    "seeker_out": "as the one who was looking takes no part now",
    "supporter_out": "as the peer supporter takes no part now",
    "rule": "that a hard rule keeps apart now",
    "too_little": "below the minimum score now",
    "rearranged": "of people who get another one, so that all together fit better",
    "needed_more": "whose place goes to somebody who has waited longer, or whom it fits better",
}
"""`service.usecases.running.differences.Why`, after a number of proposals."""


def _keeping(counts: RunCounts) -> str:
    return "" if counts.pairs_feasible is None else f", {counts.pairs_feasible:,} keep every rule"


def _rather(pairs: int) -> str:
    return f"{counted(pairs, 'pair')} in which both would rather have each other"


def _proposals(counts: RunCounts) -> str:
    parts = [f"{counts.new:,} new", f"{counts.kept:,} from before still stand", f"{counts.withdrawn:,} taken back"]
    if counts.dropped:
        parts.append(f"{counts.dropped:,} left out, as somebody changed meanwhile")
    return ", ".join(parts)
