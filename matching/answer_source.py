"""The source of compiled functions that ask about single pairs, and for representatives of groups.

A part of the driver (`driver_source.py`), written like it from the registries. Never here: what a rule or factor means.
"""

from __future__ import annotations

from matching.factors import FACTORS
from matching.rules import RULES
from matching.screens import parts


def answer_source() -> str:
    """Write the functions."""
    rules, factors = len(RULES), len(FACTORS)
    return (
        _CELLS.format(checks=each(_CHECK, rules), sums=each(_SUM, factors))
        + _COLUMN.format(asked=each(_ASKED_COLUMN, rules))
        + _GROUPS.format(parts=each(_PART_ANSWER, len(parts())), factors=each(_FACTOR_ANSWER, factors))
    )


def each(text: str, count: int) -> str:
    """Write a text once for each number n."""
    return "".join(text.format(n=n) for n in range(count))


_CHECK = """\
            if not rule_{n}(c, i, j):
                continue
"""

_SUM = """\
            if c.weights[{n}] != 0:
                numerator, denominator = factor_{n}(c, i, j)
                score += share(c.weights[{n}], numerator, denominator)
"""

_ASKED_COLUMN = """\
            if left_rules[i, {n}] and not rule_{n}(c, i, j):
                continue
"""

_CELLS = """

@njit(nogil=True, cache=True)
def score_cells(table, rows, positions, minimum):
    c = columns_at(table)
    is_feasible = np.zeros(len(rows), dtype=np.bool_)
    scores = np.zeros(len(rows), dtype=np.int32)
    for at in range(len(rows)):
        i = rows[at]
        j = positions[at]
        for _ in range(1):
{checks}\
            if not labels_allow(c, i, j):
                continue
            score = points_for_labels(c, i, j)
{sums}\
            if score >= minimum:
                is_feasible[at] = True
                scores[at] = score
    return is_feasible, scores
"""

_COLUMN = '''

@njit(nogil=True, cache=True)
def open_rows(table, j, codes, allowed, left_rules, left_label_rules):
    """List the seekers whom neither groups nor the rules left to ask keep from the supporter at position j."""
    c = columns_at(table)
    n = codes.shape[0]
    found = np.empty(n, dtype=np.int64)
    count = 0
    for i in range(n):
        is_open = True
        for r in range(codes.shape[1]):
            if allowed[codes[i, r]] == 0:
                is_open = False
                break
        if is_open:
            found[count] = i
            count += 1
    kept = 0
    for at in range(count):
        i = found[at]
        for _ in range(1):
{asked}\
            is_open = True
            for n in range(len(left_label_rules)):
                if label_points(c, left_label_rules[n], i, j) == 0:
                    is_open = False
            if is_open:
                found[kept] = i
                kept += 1
    return found[:kept].copy()
'''

_PART_ANSWER = """\
            if number == {n}:
                out[a, b] = part_{n}(c, seekers[a], supporters[b])
"""

_FACTOR_ANSWER = """\
            if number == {n}:
                numerator, denominator = factor_{n}(c, seekers[a], supporters[b])
                out[a, b] = share(c.weights[{n}], numerator, denominator)
"""

_GROUPS = """

@njit(nogil=True, cache=True)
def ask_part(table, number, seekers, supporters):
    c = columns_at(table)
    out = np.zeros((len(seekers), len(supporters)), dtype=np.int64)
    for a in range(len(seekers)):
        for b in range(len(supporters)):
{parts}\
    return out


@njit(nogil=True, cache=True)
def ask_factor(table, number, seekers, supporters):
    c = columns_at(table)
    out = np.zeros((len(seekers), len(supporters)), dtype=np.int64)
    for a in range(len(seekers)):
        for b in range(len(supporters)):
{factors}\
    return out


@njit(nogil=True, cache=True)
def ask_label(table, comparison, seekers, supporters):
    c = columns_at(table)
    out = np.zeros((len(seekers), len(supporters)), dtype=np.int64)
    for a in range(len(seekers)):
        for b in range(len(supporters)):
            out[a, b] = label_points(c, comparison, seekers[a], supporters[b])
    return out
"""
