"""What keeps supporters from each of many seekers, rule by rule, at once: compiled where that is soonest done.

The counts are those of `explain.why_still_looking`, which asks one pair after the other. Never here: what a rule means,
who is looking, words.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from matching import compiled
from matching.arrays import Flags
from matching.cohort import Cohort
from matching.columns import Columns
from matching.declare import Overlap
from matching.eligibility import Role
from matching.entries import Ints
from matching.explain import StillLooking, reasons_of, row_of, still_looking_of, why_still_looking
from matching.reference import rule_that_forbids
from matching.rules import RULES
from matching.scorer import PairScorer, is_worth_loading
from matching.screens import overlaps, parts
from matching.sources import THREADS, in_threads
from matching.tile_calls import CompiledAsking, Rows

_BLOCK_PAIRS = 1 << 19

_FEW = 8
"""Up to this part of all seekers are few."""


def why_each_is_looking(cohort: Cohort, seeker_ids: Sequence[str]) -> tuple[StillLooking, ...]:
    """Count what keeps each supporter of the cohort from each of the seekers; see `why_still_looking`.

    The counts of a seeker and the supporters they could meet add up to all supporters. MatchingError for somebody who
    is not a seeker of the cohort.
    """
    if not is_worth_loading(len(seeker_ids) * cohort.m):
        return tuple(why_still_looking(cohort, seeker_id) for seeker_id in seeker_ids)
    rows = np.array([row_of(cohort, seeker_id, Role.SEEKER) for seeker_id in seeker_ids], dtype=np.int64)
    removed, feasible = _counts(cohort, rows)
    keys = tuple(reasons_of(cohort))
    return tuple(
        still_looking_of(cohort, dict(zip(keys, counts, strict=True)), met)
        for counts, met in zip(removed.tolist(), feasible.tolist(), strict=True)
    )


def rule_between(cohort: Cohort, i: int, j: int) -> str | None:
    """Name the first rule that forbids a pair, as `reference.rule_that_forbids`; None when every rule allows it."""
    if not is_worth_loading(cohort.n * cohort.m):
        return rule_that_forbids(cohort, i, j)
    asking = CompiledAsking(compiled.load(), cohort)
    counts = first_counts(cohort, asking, np.array([i]), np.array([j]), axis=1)
    return next((key for key, count in zip(reasons_of(cohort), counts, strict=False) if count[0]), None)


def _counts(cohort: Cohort, rows: Rows) -> tuple[Ints, Ints]:
    """Count of each row how many supporters each rule is the first to rule out, and how many remain."""
    # Laying a cohort out takes longer than asking about a few of it.
    is_laid_out = False if rows.size * _FEW < cohort.n else None
    asking, scorer = CompiledAsking(compiled.load(), cohort), PairScorer.of(cohort, is_laid_out=is_laid_out)
    size = max(_BLOCK_PAIRS // max(cohort.m, 1), 1)
    blocks = [(rows[first : first + size],) for first in range(0, rows.size, size)]
    counted = list(in_threads(lambda block: _removed(cohort, asking, block), blocks, THREADS))
    feasible = [scorer.rows(block).lengths for (block,) in blocks]
    keys = len(reasons_of(cohort))
    removed = np.concatenate([np.empty((0, keys), dtype=np.int64), *counted])
    met = np.concatenate([np.empty(0, dtype=np.int64), *feasible])
    # Whom no rule keeps away and who is not feasible all the same has too few points in common.
    removed[:, -1] = cohort.m - removed.sum(axis=1) - met
    return removed, met


def _removed(cohort: Cohort, asking: CompiledAsking, rows: Rows) -> Ints:
    """Count of each row the supporters each rule is the first to rule out; the last column stays 0."""
    counts = first_counts(cohort, asking, rows, np.arange(cohort.m), axis=1)
    return np.column_stack([*counts, np.zeros(rows.size, dtype=np.int64)])


def first_counts(cohort: Cohort, asking: CompiledAsking, rows: Rows, columns: Rows, *, axis: int) -> list[Ints]:
    """Count what each rule is the first to rule out, label rules last: of each row (axis 1) or column (axis 0)."""
    functions: list[list[int]] = [[] for _ in RULES]
    for number, (rule, _) in enumerate(parts()):
        functions[rule].append(number)
    shared = dict(overlaps())
    is_left = np.ones((rows.size, columns.size), dtype=np.bool_)
    left = [np.count_nonzero(is_left, axis=axis)]
    for rule in range(len(RULES)):
        if rule in shared:
            is_left &= _overlap(cohort.columns, shared[rule], rows, columns)
        for number in functions[rule]:
            is_left &= asking.part(number)(rows, columns) != 0
        left.append(np.count_nonzero(is_left, axis=axis))
    for comparison in range(len(cohort.policy.label_rules)):
        is_left &= asking.label(comparison)(rows, columns) != 0
        left.append(np.count_nonzero(is_left, axis=axis))
    return [before - after for before, after in pairwise(left)]


def _overlap(columns: Columns, overlap: Overlap, rows: Rows, supporters: Rows) -> Flags:
    """Tell of each row and supporter whether their bitsets have a bit in common."""
    ours, theirs = np.asarray(getattr(columns, overlap.seeker)), np.asarray(getattr(columns, overlap.supporter))
    answer = np.zeros((rows.size, supporters.size), dtype=np.bool_)
    if not supporters.size:
        return answer
    blocks = theirs.reshape(-1, len(columns.supporter_member), theirs.shape[1])[:, supporters]
    block_of = np.asarray(getattr(columns, overlap.block_of)) if overlap.block_of else np.zeros(len(ours), np.int64)
    for at, row in enumerate(rows.tolist()):
        words = np.flatnonzero(ours[row])
        answer[at] = (blocks[block_of[row]][:, words] & ours[row, words]).any(axis=1)
    return answer
