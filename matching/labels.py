"""Rules and factors over a platform's own labels, as op codes that one loop reads: a policy never recompiles anything.

A comparison k compares label values of both sides and answers points from its table; a label rule holds where the
points are not 0. The first functions obey the limits of declared functions (`declare.py`); the encoding of policies
and profiles into op codes is in `label_codes.py`. Never here: labels of any one platform.
"""

from __future__ import annotations

from matching.columns import MISSING_LABEL, Columns
from matching.declare import primitive, shares_within

EQUAL, DIFFERENT, OVERLAP, GAP = range(4)
"""Op codes, in the order of `policy.LabelOp`."""


@primitive
def compared(c: Columns, k: int, i: int, j: int) -> int:
    """Give what comparison k looks up in its table: supporter − seeker for a gap, else 0; `MISSING_LABEL`: fails."""
    op = c.label_op[k]
    if op == OVERLAP:
        return (
            0 if shares_within(c.seeker_label_sets, i, c.supporter_label_sets, j, c.label_masks, k) else MISSING_LABEL
        )
    seeker = c.seeker_labels[c.label_seeker_base[k] + i]
    supporter = c.supporter_labels[c.label_supporter_base[k] + j]
    if seeker == MISSING_LABEL or supporter == MISSING_LABEL:  # noqa: PLR1714 - see factors.py
        return MISSING_LABEL
    if op == GAP:
        return supporter - seeker
    return 0 if (seeker == supporter) == (op == EQUAL) else MISSING_LABEL


@primitive
def label_points(c: Columns, k: int, i: int, j: int) -> int:
    """Give the points of comparison k: those its table lists for the value, else 0."""
    value = compared(c, k, i, j)
    for row in range(c.label_table_starts[k], c.label_table_starts[k + 1]):
        if c.label_table_gaps[row] == value:
            return c.label_table_points[row]
    return 0


@primitive
def labels_allow(c: Columns, i: int, j: int) -> bool:
    """Tell whether every label rule holds."""
    for n in range(len(c.label_rules)):  # noqa: SIM110 - the compiler knows no all()
        if label_points(c, c.label_rules[n], i, j) == 0:
            return False
    return True


@primitive
def points_for_labels(c: Columns, i: int, j: int) -> int:
    """Give the points of all label factors."""
    points = 0
    for n in range(len(c.label_factors)):
        points += label_points(c, c.label_factors[n], i, j)
    return points
