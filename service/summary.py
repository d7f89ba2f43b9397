"""A run in words for a terminal: what it did, why, and the first proposals, readable at 80 columns and without colour.

The words are the console's own (`service/console/words.py`), so that a proposal reads the same in both. A new figure is
a row in `_figures`. Nothing here reads a store or decides anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from matching.eligibility import Reason
from service.console.proofs import stop_of
from service.console.proposal import Proposal, factors_of, most_of, proposal_of
from service.console.run_pages import run_page_of
from service.console.words import counted
from service.records.match import Match
from service.records.member import Member
from service.records.run import Run, RunCounts, RunProof

WIDTH = 80
"""Columns a summary never passes, however wide the terminal."""

COMMONEST = 5
FIRST_PROPOSALS = 5

_LEFT_OUT = {
    Reason.NO_CONSENT: "no consent to matching",
    Reason.PAUSED: "taking a pause",
    Reason.ON_HOLD: "paused for care",
    Reason.RECOVERING: "resting after an ending",
    Reason.MINORS_NOT_ACCEPTED: "under 18",
    Reason.NO_GUARDIAN_CONSENT: "waiting for a guardian's consent",
    Reason.AGE_NOT_CONFIRMED: "waiting for their age band to be confirmed",
    Reason.HAS_SUPPORTER: "have a supporter already",
    Reason.NO_PLACES: "no room for anybody just now",
    Reason.NO_AVAILABILITY: "no times given yet",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a summary is made of.

    Attributes
    ----------
    proposals : every open proposal, in the order of the review queue.
    members : the members of the first `FIRST_PROPOSALS` of them, by id.
    """

    run: Run
    proposals: Sequence[Match]
    members: Mapping[str, Member]
    now: datetime


def show_run(shown: Shown, console: Console) -> None:
    """Print the summary of a run; one that is not done is said to be so."""
    page = run_page_of(shown.run)
    parts: list[RenderableType] = [Text(page.headline, style="bold")]
    if shown.run.counts is None or shown.run.proof is None:
        parts.append(Text(page.sentence))
    else:
        parts += [Text(), _figures(shown.run.counts, shown.run.proof, _most(shown.proposals), page.claim)]
        parts += _reasons(shown.proposals)
        parts += _first_proposals(shown)
    with console.capture() as captured:
        console.print(Group(*parts), width=min(console.width, WIDTH))
    # Tables fill their last column with blanks, which would come along when somebody copies the text.
    console.file.writelines(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def commonest_reasons(matches: Iterable[Match]) -> tuple[tuple[str, int], ...]:
    """Count for how many pairs each factor speaks (points, and evidence that matched), most first: (title, pairs)."""
    counts: Counter[str] = Counter()
    for match in matches:
        counts.update(factor.title for factor in factors_of(match) if factor.evidence and factor.points > 0)
    return tuple(counts.most_common(COMMONEST))


def _figures(counts: RunCounts, proof: RunProof, most: int, claim: str) -> RenderableType:
    rows = [
        ("Matched", f"{counts.matched:,}", "people now have a peer supporter proposed"),
        ("Still looking", f"{counts.still_looking:,}", "we do not yet have someone who fits and has room"),
        ("Mean score", f"{counts.mean_score:,}", f"points a pair{f', of {most:,}' if most else ''}"),
        ("Places", f"{counts.places:,}", f"with {counted(counts.supporters, 'peer supporter', 'peer supporters')}"),
        ("Pairs", f"{counts.pairs_checked:,}", _looked_at(counts)),
    ]
    if counts.blocking_pairs is not None:
        rows.append(("Would rather", f"{counts.blocking_pairs:,}", "pairs in which both would rather have each other"))
    if counts.thin:
        rows.append(("Thin", f"{counts.thin:,}", "pairs have little in common on paper; worth a look"))
    if counts.left_out:
        rows.append(("Not now", f"{sum(counts.left_out.values()):,}", _left_out(counts)))
    if not proof.is_best:
        rows.append(("Time", "was up", stop_of(proof)))
    rows.append(("Proof", "checked", claim or "by the independent verifier"))
    rows.append(("", "", f"fingerprint {proof.digest[:16]}"))
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_column()
    for row in rows:
        table.add_row(*row)
    return _indented(table, 2)


def _looked_at(counts: RunCounts) -> str:
    return "looked at" + ("" if counts.pairs_feasible is None else f"; {counts.pairs_feasible:,} keep every rule")


def _most(proposals: Sequence[Match]) -> int:
    """The most points that the policy of these proposals could give a pair; 0 without any."""
    return max((most_of(match) for match in proposals), default=0)


def _left_out(counts: RunCounts) -> str:
    known = {str(reason): words for reason, words in _LEFT_OUT.items()}
    parts = sorted(counts.left_out.items(), key=lambda pair: (-pair[1], pair[0]))
    return "; ".join(f"{number:,} {known.get(reason, reason)}" for reason, number in parts)


def _reasons(proposals: Sequence[Match]) -> list[RenderableType]:
    common = commonest_reasons(proposals)
    table = Table.grid(padding=(0, 2))
    table.add_column(min_width=20)
    table.add_column(justify="right")
    table.add_column()
    for title, count in common:
        table.add_row(title, f"{count:,}", f"of {counted(len(proposals), 'pair', 'pairs')}")
    return [*_heading("What speaks for these pairs most often"), _indented(table, 2)] if common else []


def _first_proposals(shown: Shown) -> list[RenderableType]:
    first = shown.proposals[:FIRST_PROPOSALS]
    if not first:
        return []
    number = len(shown.proposals)
    title = f"{counted(number, 'proposal', 'proposals')} to review"
    parts = _heading(
        title + ("; the first, by the longest wait:" if number > len(first) else ", the longest wait first:")
    )
    for place, match in enumerate(first, start=1):
        parts += [Text(), *_proposal(place, match, shown)] if place > 1 else _proposal(place, match, shown)
    return parts


def _proposal(place: int, match: Match, shown: Shown) -> list[RenderableType]:
    seeker, supporter = shown.members.get(match.seeker_id), shown.members.get(match.supporter_id)
    proposal = proposal_of(match, seeker, supporter, now=shown.now, may_act=False)
    names = " and ".join(person.alias for person in proposal.people)
    waiting = f"{proposal.people[0].alias}: {proposal.waiting[0].lower()}{proposal.waiting[1:]}."
    return [
        _indented(Text.assemble((f"{place}  {names}", "bold"), f"  ·  {_fit(proposal)}"), 2),
        _indented(Text(waiting), 5),
        *(_bullet(sentence) for sentence in proposal.reasons),
    ]


def _fit(proposal: Proposal) -> str:
    little = ", little in common on paper" if proposal.is_thin else ""
    return f"{proposal.fit.lower()}, {proposal.score:,} points{little}"


def _bullet(sentence: str) -> RenderableType:
    row = Table.grid(padding=(0, 1))
    row.add_column(width=1)
    row.add_column()
    row.add_row("-", sentence)
    return _indented(row, 5)


def _heading(text: str) -> list[RenderableType]:
    return [Text(), Text(text, style="bold")]


def _indented(content: RenderableType, columns: int) -> RenderableType:
    return Padding(content, (0, 0, 0, columns), expand=False)
