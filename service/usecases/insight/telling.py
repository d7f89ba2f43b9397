"""How what was found out is told: as plain values, each sentence with what shows that it is true.

Counts of people go through `small_counts`; whoever is named in structured form is named to the platform that sent them,
never to another member. Never here: the words (`matching/sentences.py`), what is found out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from service.small_counts import Told, told

COUNTED: Final = "every rule was asked of every pair; the counts add up to all peer supporters"
REACHED: Final = "every pair of the run was followed: no re-pairing reaches a free place"
SOLVED_AGAIN: Final = "everyone was matched again with this one change, and nobody matched today was left without"
SOLVED_WITH_THEM: Final = "everyone was matched again with them there"
SOLVED_WITHOUT: Final = "every small change of theirs and of a peer supporter was looked at, and none does"
PRICED: Final = "it is the cheapest way round among all pairs of a matching that is proven best; exact"
MATCHED_AGAIN: Final = "everyone was matched under each policy, each matching proven best for it"


class Sentence(NamedTuple):
    """A sentence a coordinator can use, and what shows that it is true."""

    text: str
    verified: str


def counts_told(rows: Sequence[tuple[str, str, int]], others: Iterable[int] = ()) -> tuple[list[dict[str, Any]], Any]:
    """Tell counts by rule (key, reason, count), and others that are parts of the same total, in the same order."""
    beside = list(others)
    said = told([*(count for _, _, count in rows), *beside])
    listed = [
        {"rule": rule, "reason": reason, **cell(each)}
        for (rule, reason, _), each in zip(rows, said[: len(rows)], strict=True)
    ]
    return listed, [cell(each) for each in said[len(rows) :]]


def cell(count: Told) -> dict[str, Any]:
    """Give a count as plain values; null where it is hidden, with the words that say so."""
    return {"count": count.count, "words": count.words}
