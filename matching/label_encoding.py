"""Encoding a policy's comparisons and members' labels into the columns that `labels.py` reads.

A value counts only where it has the type that the policy declares: the policy may have changed after the value came in,
and a run must not fail for it. Never here: what may be compared how (`label_codes.py`), the comparing itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.arrays import LabelColumn
from matching.bitsets import bitset, bitset_of_lists
from matching.columns import MISSING_LABEL
from matching.label_codes import MOST_INTEGER, Comparison, comparisons_of
from matching.policy import LabelField, LabelOp, LabelType, Policy
from matching.terms import Rows, TermColumn, TermLists, Vocabulary, starts_of, taken

Arrays = dict[str, NDArray[Any]]
Labels = Mapping[str, LabelColumn]
SetTerm = tuple[str, str]
"""A list label's name and a term."""


def label_columns(
    labels: Labels, seekers: Rows, supporters: Rows, policy: Policy
) -> tuple[Arrays, tuple[Vocabulary, ...]]:
    """Encode the comparisons, and beside them both sides' values, one block of rows a comparison.

    `seekers` and `supporters` are rows of the labels.
    """
    comparisons = comparisons_of(policy)
    gaps = [gap for comparison in comparisons for gap, _ in comparison.table]
    points = [points for comparison in comparisons for _, points in comparison.table]
    rules = len(policy.label_rules)
    values, of_values = _values(labels, seekers, supporters, comparisons)
    sets, of_sets = _sets(labels, seekers, supporters, comparisons)
    columns = {
        "label_op": _column([list(LabelOp).index(comparison.op) for comparison in comparisons]),
        "label_seeker_base": len(seekers) * np.arange(len(comparisons), dtype=np.int64),
        "label_supporter_base": len(supporters) * np.arange(len(comparisons), dtype=np.int64),
        "label_table_starts": starts_of([len(comparison.table) for comparison in comparisons]),
        "label_table_gaps": _column(gaps),
        "label_table_points": _column(points),
        "label_rules": np.arange(rules, dtype=np.int64),
        "label_factors": np.arange(rules, len(comparisons), dtype=np.int64),
        **values,
        **sets,
    }
    return columns, (*of_values, of_sets)


def _column(values: Sequence[int]) -> Rows:
    return np.array(values, dtype=np.int64)


def _values(
    labels: Labels, seekers: Rows, supporters: Rows, comparisons: Sequence[Comparison]
) -> tuple[Arrays, list[Vocabulary]]:
    codes = {comparison.label: _codes(labels, comparison.label) for comparison in comparisons}

    def block(label: LabelField, rows: Rows) -> Rows:
        found = codes[label]
        return np.full(len(rows), MISSING_LABEL) if found is None else found[rows]

    values = {
        f"{side}_labels": np.concatenate([_column([]), *(block(each.label, rows) for each in comparisons)])
        for side, rows in (("seeker", seekers), ("supporter", supporters))
    }
    blocks = {label: tuple(k for k, each in enumerate(comparisons) if each.label == label) for label in codes}
    strings = [label for label in codes if label.type is LabelType.STRING]
    return values, [Vocabulary(_words(labels.get(label.name)), tuple(values), blocks[label]) for label in strings]


def _words(values: LabelColumn | None) -> tuple[str, ...]:
    """Give the words of a string label, sorted; none where its values are of another type."""
    return tuple(sorted(set(values.terms))) if isinstance(values, TermColumn) else ()


def _codes(labels: Labels, label: LabelField) -> Rows | None:
    """Give one integer a member, or nothing for a label that nobody has in the declared type."""
    values = labels.get(label.name)
    if label.type is LabelType.STRING and isinstance(values, TermColumn):
        number = {term: n for n, term in enumerate(_words(values))}
        # No term is -1, the last.
        return _column([*(number[term] for term in values.terms), MISSING_LABEL])[values.codes]
    if label.type is LabelType.INTEGER and isinstance(values, np.ndarray):
        whole = values.astype(np.int64)
        is_value = (values <= MOST_INTEGER) & (values >= -MOST_INTEGER)
        return np.where(is_value, whole, MISSING_LABEL)
    return None


def _sets(
    labels: Labels, seekers: Rows, supporters: Rows, comparisons: Sequence[Comparison]
) -> tuple[Arrays, Vocabulary]:
    """Encode list labels over one vocabulary of (label, term), and for each comparison its label's bits."""
    names = sorted({each.label.name for each in comparisons if each.label.type is LabelType.LIST})
    lists = [(name, each) for name in names if isinstance(each := labels.get(name), TermLists)]
    sides = {
        side: [(name, each, *taken(each.starts, rows)) for name, each in lists]
        for side, rows in (("seeker", seekers), ("supporter", supporters))
    }
    number = _vocabulary([(name, each, entries) for parts in sides.values() for name, each, _, entries in parts])
    made: Arrays = {"label_masks": bitset(_masks(comparisons, number), len(number))}
    for side, rows in (("seeker", seekers), ("supporter", supporters)):
        made[f"{side}_label_sets"] = bitset_of_lists(starts_of([0] * len(rows)), _column([]), len(number))
        for name, each, starts, entries in sides[side]:
            numbers = _column([number.get((name, term), 0) for term in each.terms])[each.codes[entries]]
            made[f"{side}_label_sets"] |= bitset_of_lists(starts, numbers, len(number))
    return made, Vocabulary(tuple(number), tuple(made))


def _vocabulary(parts: Sequence[tuple[str, TermLists, Rows]]) -> dict[SetTerm, int]:
    occurring: set[SetTerm] = set()
    for name, lists, entries in parts:
        used = np.unique(lists.codes[entries])
        occurring.update((name, lists.terms[code]) for code in used.tolist())
    return {term: n for n, term in enumerate(sorted(occurring))}


def _masks(comparisons: Sequence[Comparison], number: Mapping[SetTerm, int]) -> list[int]:
    return [sum(1 << n for (name, _), n in number.items() if name == each.label.name) for each in comparisons]
