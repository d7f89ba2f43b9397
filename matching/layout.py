"""A cohort laid out for the compiled driver: alike supporters side by side, rules as bits, factors as tables.

Supporters are sorted by the groups of the rules that forbid most, and every column with a row a supporter is sorted
with them. What grouping does not prove is left to be asked pair by pair. Never here: how a rule becomes bits
(`screens.py`), what it means, the loop over pairs (`driver_source.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from matching.blocking import Ask, Grouped, Grouping
from matching.cohort import Cohort
from matching.columns import Columns
from matching.factors import FACTORS
from matching.reads import SEQUENCES, reads_of, side_of
from matching.rules import RULES
from matching.screens import Flags, Screen, Screens, alike_together, laid_out, overlaps, parts, turned

MOST_POINTS = 1 << 17
"""Entries of one table of points: what stays close to the processor."""

LISTS_OF_SUPPORTERS = {"blocked_list": "blocked_starts", "resting_list": "resting_starts"}
"""Columns that hold ascending numbers of supporters for each seeker, and the columns with the lists' starts."""

Order = NDArray[np.int64]
"""(members,) the number of the member at each position."""


class Asking(Protocol):
    """Answers of declared functions for representatives, by rows of the cohort as it is."""

    def part(self, number: int) -> Ask:
        """Ask part of a rule, numbered as in `screens.parts`; 1 allows."""

    def factor(self, number: int) -> Ask:
        """Ask a factor for its points."""

    def label(self, comparison: int) -> Ask:
        """Ask a label comparison for its points."""


class Points(NamedTuple):
    """Factors as tables: seeker i has ``points[rows[i, k] + groups[k * m + p]]`` of table k with the supporter at p."""

    rows: NDArray[np.int64]
    groups: NDArray[np.int32]
    points: NDArray[np.int32]


class Left(NamedTuple):
    """What is asked pair by pair.

    Attributes
    ----------
    rules : (n, rules) uint8, 1 where a rule must be asked for a seeker.
    factors : (factors,) uint8, likewise.
    label_rules, label_factors : comparisons.
    """

    rules: Flags
    factors: Flags
    label_rules: NDArray[np.int64]
    label_factors: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Layout:
    """One cohort, ready for the driver.

    Attributes
    ----------
    seekers, supporters : (n,), (m,) int32, the seeker and the supporter at each position.
    columns, screens, points : by positions on both sides.
    masks : turned bitsets of each overlap, empty where its rule is left to be asked.
    """

    seekers: NDArray[np.int32]
    supporters: NDArray[np.int32]
    columns: Columns
    screens: Screens
    masks: tuple[NDArray[np.uint64], ...]
    points: Points
    left: Left


def plain_layout(cohort: Cohort) -> Layout:
    """Lay out nothing, at no cost: every pair is visited, and everything asked."""
    columns: Any = cohort.columns
    n, m = len(columns.seeker_member), len(columns.supporter_member)
    seekers, supporters = np.arange(n), np.arange(m)
    return Layout(
        seekers=seekers.astype(np.int32),
        supporters=supporters.astype(np.int32),
        columns=cohort.columns,
        screens=laid_out((), seekers, supporters),
        masks=tuple(np.empty((0, 0, 0, 0), dtype=np.uint64) for _ in overlaps()),
        points=_tables((), seekers, supporters),
        left=_everything_left(cohort.columns, n),
    )


def layout_of(cohort: Cohort, asking: Asking) -> Layout:
    """Group members by every rule and factor that tells few of them apart, and lay the supporters out."""
    grouping = Grouping(cohort.columns)
    screens = sorted(_screens_of(cohort, grouping, asking), key=lambda screen: screen.grouped.share)
    supporters = alike_together((screen.grouped.supporters for screen in screens), grouping.m)
    blocks = [getattr(cohort.columns, overlap.block_of) for _, overlap in overlaps() if overlap.block_of]
    seekers = alike_together((*blocks, *(screen.grouped.seekers for screen in screens)), grouping.n)
    laid = laid_out((screen for screen in screens if not screen.grouped.is_always), seekers, supporters)
    masks = tuple(turned(cohort.columns, overlap, supporters) for _, overlap in overlaps())
    proven = [*laid.kept, *(screen for screen in screens if screen.grouped.is_always)]
    left = _left_after(_everything_left(cohort.columns, grouping.n), proven, masks)
    _forget_empty_lists(cohort.columns, asking, left.rules)
    tables, left = _factors_of(cohort, grouping, asking, left)
    return Layout(
        seekers=seekers.astype(np.int32),
        supporters=supporters.astype(np.int32),
        columns=in_order(cohort.columns, seekers, supporters),
        screens=laid,
        masks=masks,
        points=_tables(tables, seekers, supporters),
        left=left._replace(rules=left.rules[seekers]),
    )


def in_order(columns: Columns, seekers: Order, supporters: Order) -> Columns:
    """Give the columns with the members of both sides in another order."""
    position = np.empty(supporters.size, dtype=np.int64)
    position[supporters] = np.arange(supporters.size)
    arrays: dict[str, Any] = columns._asdict()
    starts_of = {**SEQUENCES, **LISTS_OF_SUPPORTERS}
    for name, array in columns._asdict().items():
        order = seekers if side_of(name) == "seeker" or name in LISTS_OF_SUPPORTERS else supporters
        if name in starts_of:
            starts = getattr(columns, starts_of[name])
            listed = position[array] if name in LISTS_OF_SUPPORTERS else array
            arrays[starts_of[name]], arrays[name] = _lists_in_order(listed, starts, order)
            if name in LISTS_OF_SUPPORTERS:
                arrays[name] = _ascending(arrays[name], arrays[starts_of[name]])
        elif side_of(name) and name not in starts_of.values() and order.size:
            blocks = array.reshape(-1, order.size, *array.shape[1:])
            arrays[name] = np.ascontiguousarray(blocks[:, order].reshape(array.shape))
    return Columns(**arrays)


def _ascending(listed: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sort each compressed row."""
    rows = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    return listed[np.lexsort((listed, rows))]


def _lists_in_order(
    listed: NDArray[np.int64], starts: NDArray[np.int64], order: Order
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give compressed rows in another order: their starts, and what they list."""
    lengths = np.diff(starts)[order]
    ends = np.cumsum(lengths)
    within = np.arange(len(listed)) - np.repeat(ends - lengths, lengths)
    return np.concatenate((np.zeros(1, dtype=np.int64), ends)), listed[np.repeat(starts[:-1][order], lengths) + within]


def _everything_left(columns: Columns, n: int) -> Left:
    return Left(
        np.ones((n, len(RULES)), dtype=np.uint8),
        np.ones(len(FACTORS), dtype=np.uint8),
        np.array(columns.label_rules, dtype=np.int64),
        np.array(columns.label_factors, dtype=np.int64),
    )


def _screens_of(cohort: Cohort, grouping: Grouping, asking: Asking) -> Iterable[Screen]:
    for number, (rule, function) in enumerate(parts()):
        grouped = grouping.by_function(function, asking.part(number))
        if grouped is not None:
            yield Screen(rule, False, grouped)
    for comparison in np.asarray(cohort.columns.label_rules).tolist():
        grouped = grouping.by_label(comparison, asking.label(comparison))
        if grouped is not None:
            yield Screen(comparison, True, grouped)


def _left_after(left: Left, proven: list[Screen], masks: tuple[NDArray[np.uint64], ...]) -> Left:
    """Ask no rule all of whose parts are proven, and no overlap whose bitsets are turned."""
    rules = left.rules.copy()
    for number, rule in enumerate(RULES):
        shown = sum(screen.rule == number for screen in proven if not screen.is_label)
        rules[:, number] = shown < max(len(rule.parts), 1)
    for (number, _), mask in zip(overlaps(), masks, strict=True):
        rules[:, number] = mask.size == 0
    labels = {screen.rule for screen in proven if screen.is_label}
    return left._replace(
        rules=rules,
        label_rules=np.array([k for k in left.label_rules.tolist() if k not in labels], dtype=np.int64),
    )


def _forget_empty_lists(columns: Columns, asking: Asking, rules: Flags) -> None:
    """Ask no rule that reads lists of supporters alone for seekers whose lists are empty, where it allows them all."""
    for part, (number, function) in enumerate(parts()):
        reads = reads_of(function)
        if (
            reads.seeker
            or reads.supporter
            or not set(reads.other) <= {*LISTS_OF_SUPPORTERS, *LISTS_OF_SUPPORTERS.values()}
        ):
            continue
        ends = [np.diff(getattr(columns, name)) for name in reads.other if name not in LISTS_OF_SUPPORTERS]
        empty = np.flatnonzero(sum(ends) == 0) if ends else np.empty(0, dtype=np.int64)
        if empty.size and len(columns.supporter_member) and asking.part(part)(empty[:1], np.zeros(1, np.int64)).all():
            rules[empty, number] = 0


def _factors_of(cohort: Cohort, grouping: Grouping, asking: Asking, left: Left) -> tuple[list[Grouped], Left]:
    """Make tables of the factors that count and tell few members apart; leave the others."""
    tables = []
    factors, label_factors = left.factors.copy(), []
    for number, factor in enumerate(FACTORS):
        if cohort.columns.weights[number] != 0:
            grouped = grouping.by_function(factor.function, asking.factor(number), most=MOST_POINTS)
            factors[number] = grouped is None
            tables += [] if grouped is None else [grouped]
    for comparison in left.label_factors.tolist():
        grouped = grouping.by_label(comparison, asking.label(comparison), most=MOST_POINTS)
        label_factors += [comparison] if grouped is None else []
        tables += [] if grouped is None else [grouped]
    return tables, left._replace(factors=factors, label_factors=np.array(label_factors, dtype=np.int64))


def _tables(tables: Iterable[Grouped], seekers: Order, supporters: Order) -> Points:
    rows, groups, points = [np.empty((seekers.size, 0), dtype=np.int64)], [np.empty(0, dtype=np.int32)], []
    first = 0
    for table in tables:
        width = table.answers.shape[1]
        rows.append((table.seekers[seekers].astype(np.int64) * width + first)[:, np.newaxis])
        groups.append(table.supporters[supporters])
        points.append(table.answers.ravel())
        first += table.answers.size
    return Points(
        np.ascontiguousarray(np.hstack(rows)),
        np.concatenate(groups),
        np.concatenate([np.empty(0, dtype=np.int64), *points]).astype(np.int32),
    )
