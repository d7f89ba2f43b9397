"""Why a peer's answer is exact: the largest number its arithmetic can meet, and the first it could not hold."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.question import Question


@dataclass(frozen=True, slots=True)
class Bound:
    """A claim of exactness: it holds where `needs` is below `limit`; no limit: Python's integers."""

    because: str
    needs: int
    limit: int | None

    @property
    def holds(self) -> bool:
        """Tell whether the answer is exact here."""
        return self.limit is None or self.needs < self.limit

    @property
    def told(self) -> str:
        """Put its numbers into words."""
        if self.limit is None:
            return "no bound"
        sign = "<" if self.holds else "≥"
        return f"{self.needs:.0e} {sign} 2^{self.limit.bit_length() - 1}"


def float_paths(question: Question) -> Bound:
    """Doubles add and subtract integers exactly below 2⁵³.

    Shortest augmenting paths meet only sums of costs along alternating paths, which have at most 2 × lines + 1 edges, a
    line being a row or column of the longer side. A cost is at most bonus + greatest score + 1 (the sparse peer adds 1
    so that no cost is 0).
    """
    lines = max(question.seekers, int(question.slot_of.size))
    most = question.bonus + question.greatest + 1
    return Bound("(2 × lines + 1) × greatest cost, in doubles", (2 * lines + 1) * most, 2**53)


def costs_times_nodes(question: Question) -> Bound:
    """OR-Tools multiplies costs by one more than the nodes, in 64 bits; it takes 2⁶² as its limit in our trials.

    Coverage comes first by maximum flow, so costs are the plain scores.
    """
    nodes = question.seekers + question.supporters + 2
    return Bound("greatest score × (nodes + 1), in int64", question.greatest * (nodes + 1), 2**62)


def wide_integers(question: Question) -> Bound:
    """Rustworkx adds in 128 bits; sums of weights along any path stay far below."""
    return Bound("2 × total score, in 128 bits", 2 * question.greatest * max(question.pairs, 1), 2**127)


def python_integers(question: Question) -> Bound:
    """Networkx adds what it is given; given Python's integers, it cannot overflow."""
    return Bound("Python integers", question.greatest, None)
