"""The two judges of a cohort's pairs: uncompiled for small cohorts, compiled for large ones.

Both call the declared rules in order, then the labels, then the factors, and take no score from a run; what they find
is weighed by `weighing.py`. A rule or factor needs no change here. Never here: threads, what a result claims.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from matching.cohort import Cohort
from matching.declare import Rule
from matching.entries import Ints
from matching.errors import CertificateError
from matching.factors import FACTORS
from matching.keys import ties_of
from matching.labels import points_for_labels
from matching.rules import RULES
from matching.verifying import driver
from matching.verifying.kinds import kinds_for
from matching.verifying.overlaps import Turned, not_turned, turned
from matching.verifying.weighing import NO_CLAIMS, Claims, Tally, values_of_entries, weigh_entries

PLAIN_PAIRS = 1_000_000
"""Up to here every pair is judged uncompiled, in seconds, unless a compiled driver is at hand."""

WORTH_LOADING = 100_000
"""Pairs from which a compiled driver that is at hand is the quicker one."""

MASK_BYTES = 1 << 26
"""Memory for answers that a rule gave a kind of seeker: 64 MB."""


OVERLAP_SAMPLES = 16
"""Supporters for each seeker about whom a rule declared as an overlap is asked itself."""


class Judged(NamedTuple):
    """What was found of some cells: whether the pair is feasible, and then its score, else 0."""

    is_feasible: NDArray[np.bool_]
    scores: Ints


class Judge(Protocol):
    """Judges pairs of one cohort."""

    order: Ints
    """All rows, in the order in which they are best judged."""

    def cells(self, rows: Ints, columns: Ints) -> Judged:
        """Judge single pairs."""

    def weigh(self, rows: Ints, claims: Claims) -> Tally:
        """Judge every pair of some rows, and weigh the feasible ones."""


def judge_for(cohort: Cohort, *, is_compiled: bool | None = None) -> Judge:
    """Give the judge that is soonest done, or the one that is asked for."""
    pairs = cohort.priority.size * cohort.capacity.size
    if is_compiled is None:
        is_compiled = pairs > PLAIN_PAIRS or (pairs >= WORTH_LOADING and driver.is_ready())
    return CompiledJudge(cohort) if is_compiled else PlainJudge(cohort)


class PlainJudge:
    """Judges uncompiled, a pair in microseconds."""

    def __init__(self, cohort: Cohort) -> None:
        self._cohort = cohort
        self.order = np.arange(cohort.priority.size)

    def cells(self, rows: Ints, columns: Ints) -> Judged:
        """See `Judge`."""
        found = [self._score(i, j) for i, j in zip(rows.tolist(), columns.tolist(), strict=True)]
        is_feasible = np.array([score is not None for score in found], dtype=np.bool_)
        return Judged(is_feasible, np.array([score or 0 for score in found], dtype=np.int64))

    def weigh(self, rows: Ints, claims: Claims) -> Tally:
        """See `Judge`."""
        m = self._cohort.capacity.size
        every_row, every_column = np.repeat(rows, m), np.tile(np.arange(m), rows.size)
        judged = self.cells(every_row, every_column)
        i, j, scores = (array[judged.is_feasible] for array in (every_row, every_column, judged.scores))
        ties = ties_of(self._cohort.seeker_keys[i], self._cohort.supporter_keys[j])
        return weigh_entries(claims, i, j, scores, values_of_entries(claims, i, j, scores, ties))

    def _score(self, i: int, j: int) -> int | None:
        c = self._cohort.plain
        for ask in driver.QUESTIONS:
            if not ask(c, i, j):
                return None
        score = points_for_labels(c, i, j)
        for k, factor in enumerate(FACTORS):
            numerator, denominator = factor.function(c, i, j)
            score += c.weights[k] * numerator // denominator
        return score if score >= self._cohort.policy.minimum_score else None


class CompiledJudge:
    """Judges compiled, without the interpreter's lock; rules that answer whole kinds of seekers alike are asked first.

    `_masks` are sets of supporters in words of 64: everybody first, then whom a rule allows a kind of seeker, a rule
    after the other; `_mask_of` (n, such rules) names the rows of `_masks` that hold for a seeker. `_turned` answers one
    rule that is declared as an overlap. `_open` has the bits of the questions that remain for each pair.
    """

    def __init__(self, cohort: Cohort) -> None:
        from matching import native

        self._cohort = cohort
        self._driver: Any = driver.load()
        self._columns = cohort.columns
        self._table = native.table_of(cohort.columns)
        # Points that each factor and those after it give at most.
        self._rest = np.cumsum(np.asarray(self._columns.weights)[::-1])[::-1].copy()
        self._turned = not_turned(cohort.priority.size)
        self._ask_kinds()
        self._turn_an_overlap()
        nothing = np.empty(0, dtype=np.int64)
        self.cells(nothing, nothing)
        self.weigh(nothing, NO_CLAIMS)
        driver.mark()

    def cells(self, rows: Ints, columns: Ints) -> Judged:
        """See `Judge`."""
        return Judged(*self._driver.judge_cells(self._table, rows, columns, *self._questions))

    def weigh(self, rows: Ints, claims: Claims) -> Tally:
        """See `Judge`."""
        return Tally(*self._driver.judge_rows(self._table, rows, *self._questions, *claims))

    @property
    def _questions(self) -> tuple[Any, ...]:
        policy = self._cohort.policy
        return policy.minimum_score, self._rest, self._open, self._masks, self._mask_of, *self._turned

    def _ask_kinds(self) -> None:
        n, m = self._cohort.priority.size, self._cohort.capacity.size
        self.order = np.arange(n)
        masks, mask_of = [_everybody(m)], []
        rows, self._open = 1, (1 << len(driver.QUESTIONS)) - 1
        for number, (question, ask) in enumerate(zip(driver.QUESTIONS, self._driver.ASKERS, strict=True)):
            room = MASK_BYTES // masks[0].nbytes - rows if m else 0
            kinds = kinds_for(question, self._columns, n, most=min(max(n // 64, 64), room))
            if kinds is None:
                ask(self._table, self.order[:0], m, masks[0][:0])
                continue
            allowed = np.zeros((kinds.examples.size, masks[0].shape[1]), dtype=np.uint64)
            ask(self._table, kinds.examples, m, allowed)
            masks.append(allowed)
            mask_of.append(kinds.of + rows)
            rows += len(allowed)
            self._open &= ~(1 << number)
        self._masks = np.concatenate(masks)
        self._mask_of = np.array(mask_of, dtype=np.int64).reshape(len(mask_of), n).T.copy()
        # Neighbours who are allowed the same supporters and meet as long read the same memory.
        self.order = np.lexsort((self._columns.seeker_session, *self._mask_of.T[:1]))

    def _turn_an_overlap(self) -> None:
        """Answer the first open rule that is declared as an overlap for many supporters at once."""
        n, m = self._cohort.priority.size, self._cohort.capacity.size
        for number, rule in enumerate(RULES):
            found = None
            if rule.overlap is not None and self._open >> number & 1:
                found = turned(rule.overlap, self._columns, n, m)
            if found is not None:
                self._check_overlap(rule, number, found)
                self._turned, self._open = found, self._open & ~(1 << number)
                return

    def _check_overlap(self, rule: Rule, number: int, found: Turned) -> None:
        """Ask the rule itself about some supporters of every seeker; CertificateError where the overlap differs."""
        n, m = self._cohort.priority.size, self._cohort.capacity.size
        rows = np.repeat(np.arange(n), OVERLAP_SAMPLES)
        columns = np.random.default_rng(n).integers(0, max(m, 1), rows.size)
        if m == 0:
            return
        nothing_else = (-(2**62), self._rest)
        masks = self._masks[:1], self._mask_of[:, :0]
        asked = self._driver.judge_cells(self._table, rows, columns, *nothing_else, 1 << number, *masks, *self._turned)
        told = self._driver.judge_cells(self._table, rows, columns, *nothing_else, 0, *masks, *found)
        if not np.array_equal(asked[0], told[0]):
            raise CertificateError(f"nothing is proven: the rule {rule.key!r} is not the overlap that it declares")


def _everybody(m: int) -> NDArray[np.uint64]:
    bits = np.zeros(-(-m // 64) * 64, dtype=np.uint8)
    bits[:m] = 1
    return np.packbits(bits, bitorder="little").view("<u8").astype(np.uint64).reshape(1, -1)
