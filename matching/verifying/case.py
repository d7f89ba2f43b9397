"""What is verified: a matching and its certificate beside the problem they are said to solve, as plain arrays.

`verify.py` makes a case of arrays or of a cohort. The checks here need no pair but those of the matching; what needs
every pair is in `weighing.py` and comes back as a `Tally`. A new claim of an `Assignment` is checked here. Never here:
what a pair scores, anything of an outcome beside its assignment (`recount.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.entries import Ints
from matching.errors import CertificateError
from matching.keys import ties_of
from matching.objective import DIGIT_LIMIT, DIGITS
from matching.policy import Objective
from matching.problem import WAITING, Keys
from matching.verifying.needed import NeededPrices
from matching.verifying.weighing import (
    COVERED,
    DIGIT,
    HAS_PRICE,
    HELD,
    LEAST,
    MOST,
    OWN_SCORE,
    OWN_TIE,
    PREVIOUS,
    SEEKER_KEY,
    SUPPORTER_KEY,
    WORST_SCORE,
    WORST_TIE,
    Claims,
    Tally,
    signs_of,
    values_of_entries,
)


@dataclass(frozen=True, eq=False)
class Case:
    """One result and its problem; seekers and supporters by ascending key.

    Attributes
    ----------
    supporter_of, own_score : (n,) the supporter of each seeker and the score of the two; -1 and 0 where one waits.
    capacity : (m,). priority, previous : (n,); -1: no previous pair.
    holds_previous : (n,) bool, whether the previous pair is feasible still.
    surplus, price : (n, `DIGITS`), (m, `DIGITS`) int64 within ±`DIGIT_LIMIT`, not negative; None without a certificate.
    pair_name, supporter_name : how people are named in errors.
    """

    result: Any
    objective: Objective
    keep_margin: int
    supporter_of: Ints
    own_score: Ints
    capacity: Ints
    priority: Ints
    previous: Ints
    holds_previous: NDArray[np.bool_]
    seeker_keys: Keys
    supporter_keys: Keys
    surplus: Ints | None
    price: Ints | None
    pair_name: Callable[[int, int], str]
    supporter_name: Callable[[int], str]

    @cached_property
    def paired(self) -> Ints:
        """Rows of the seekers who have a supporter."""
        return np.flatnonzero(self.supporter_of != WAITING)

    @cached_property
    def claims(self) -> Claims:
        """What pairs are weighed against."""
        n, m, paired = self.priority.size, self.capacity.size, self.paired
        seekers = np.zeros((n, SEEKER_KEY + 1), dtype=np.int64)
        supporters = np.zeros((m, SUPPORTER_KEY + 1), dtype=np.int64)
        seekers[:, :DIGITS] = COVERED
        if self.surplus is not None and self.price is not None and self.objective is not Objective.STABLE:
            seekers[:, :DIGITS], supporters[:, :DIGITS] = self.surplus, self.price
            supporters[:, HAS_PRICE] = self.price.any(axis=1)
        seekers[:, DIGIT] = self._digits()
        seekers[:, HELD], seekers[:, PREVIOUS] = self.supporter_of, self.previous
        seekers[:, OWN_SCORE], seekers[:, OWN_TIE] = LEAST, -1
        seekers[paired, OWN_SCORE] = self.own_score[paired]
        seekers[paired, OWN_TIE] = ties_of(self.seeker_keys[paired], self.supporter_keys[self.supporter_of[paired]])
        seekers[:, SEEKER_KEY] = self.seeker_keys.view(np.int64)
        supporters[:, WORST_SCORE], supporters[:, WORST_TIE] = LEAST, -1
        supporters[self.capacity == 0, WORST_SCORE] = MOST
        full, holders = self._worst_held(seekers)
        supporters[full, WORST_SCORE : WORST_TIE + 1] = seekers[holders, OWN_SCORE : OWN_TIE + 1]
        supporters[:, SUPPORTER_KEY] = self.supporter_keys.view(np.int64)
        margin = self.keep_margin if self.objective is Objective.COVERAGE else 0
        return Claims(seekers, supporters, self.objective is Objective.SCORE, margin)

    @cached_property
    def own_values(self) -> Ints:
        """Value vectors of the pairs; (paired, `DIGITS`)."""
        seekers, paired = self.claims.seekers, self.paired
        ties = seekers[paired, OWN_TIE]
        return values_of_entries(self.claims, paired, self.supporter_of[paired], self.own_score[paired], ties)

    def _digits(self) -> Ints:
        """Give the digit of values that is each seeker's alone: the rank of their priority, else 1."""
        if self.objective is not Objective.COVERAGE:
            return np.ones(self.priority.size, dtype=np.int64)
        ranks = np.unique(self.priority, return_inverse=True)[1].reshape(-1) + 1
        # Whoever holds an open proposal enters at the top: a week's wait elsewhere must not undo it.
        return np.where(self.holds_previous, ranks.max(initial=0), ranks)

    def _worst_held(self, seekers: Ints) -> tuple[Ints, Ints]:
        """Give the supporters all of whose places are taken, and who of theirs is the least by (score, tie)."""
        paired, held = self.paired, self.supporter_of[self.paired]
        # Of equal pairs the later seeker's counts.
        order = np.lexsort((-paired, seekers[paired, OWN_TIE], seekers[paired, OWN_SCORE], held))
        supporters, first, load = np.unique(held[order], return_index=True, return_counts=True)
        is_full = load >= self.capacity[supporters]
        return supporters[is_full], paired[order[first[is_full]]]

    def worst_values(self) -> Ints:
        """Give the value vector of the worst pair each supporter holds, zeros where a place is free; (m, `DIGITS`)."""
        values = np.zeros((self.capacity.size, DIGITS), dtype=np.int64)
        full, holders = self._worst_held(self.claims.seekers)
        values[full] = self.own_values[np.searchsorted(self.paired, holders)]
        return values


def check_load(case: Case) -> None:
    """Refuse a supporter with more seekers than places."""
    load = np.bincount(case.supporter_of[case.paired], minlength=case.capacity.size)
    full = np.flatnonzero(load > case.capacity)
    if full.size:
        name, places = case.supporter_name(int(full[0])), int(case.capacity[full[0]])
        raise CertificateError(f"supporter {name} has {load[full[0]]} seekers and {places} places")


def check_totals(case: Case) -> None:
    """Count what the assignment tells about its pairs."""
    paired = case.paired
    counted = {
        "matched": paired.size,
        "total_score": sum(case.own_score[paired].tolist()),
        "kept": int(np.count_nonzero(case.previous[paired] == case.supporter_of[paired])),
    }
    for name, truth in counted.items():
        _check_count(case, name, truth)


def check_sums(case: Case) -> None:
    """Add up both sides of the certificate's equation; a certificate may only be missing from what is not best."""
    is_best = claimed_best(case)
    if case.surplus is None or case.price is None:
        if is_best:
            raise CertificateError("the result says that it is best, without a certificate")
        return
    primal = _sum(case.own_values)
    if case.objective is Objective.STABLE:
        _check_stable(case, case.surplus, case.price)
        dual = primal
    else:
        dual = _dual(case.surplus, case.price, case.capacity)
    certificate = attribute(case.result, "certificate")
    for name, truth in (("primal", primal), ("dual", dual)):
        claim = attribute(certificate, name)
        if type(claim) is not tuple or any(type(digit) is not int for digit in claim) or claim != truth:
            raise CertificateError(f"{name} is claimed to be {claim!r} and is {truth}")
    if is_best and primal != dual:
        raise CertificateError(f"the matching is worth {primal}, its prices allow {dual}: it is not proven best")


def conclude(case: Case, tally: Tally, needed: NeededPrices) -> None:
    """Refuse what does not hold of every pair; `needed` has taken the tight ones."""
    m = case.capacity.size
    if tally.first_short < case.priority.size * m:
        name = case.pair_name(*divmod(tally.first_short, m))
        raise CertificateError(f"the pair {name} is worth more than its seeker's surplus and its supporter's price")
    # A run that was out of time may not have counted them, nor seen that what it had was the best.
    if not claimed_best(case) and attribute(case.result, "blocking_pairs") is None:
        return
    _check_count(case, "blocking_pairs", tally.blocking)
    proven = _is_stable(case, tally) if case.objective is Objective.STABLE else _has_smallest_prices(case, needed)
    if proven and not claimed_best(case):
        raise CertificateError("is_best is claimed to be False, and the certificate proves the matching best")


def _is_stable(case: Case, tally: Tally) -> bool:
    if claimed_best(case) and tally.blocking:
        name = case.pair_name(*divmod(tally.first_blocking, case.capacity.size))
        raise CertificateError(f"the pair {name} would both rather have each other: the matching is not stable")
    return case.surplus is not None and not tally.blocking


def _has_smallest_prices(case: Case, needed: NeededPrices) -> bool:
    missing = needed.missing()
    if claimed_best(case) and missing.size:
        name = case.supporter_name(int(missing[0]))
        raise CertificateError(f"the price of supporter {name} is valid but not the smallest")
    return case.surplus is not None and _has_no_gap(case) and not missing.size


def claimed_best(case: Case) -> bool:
    """Read whether the result says that it is proven best."""
    claim = attribute(case.result, "is_best")
    if type(claim) is not bool:
        raise CertificateError(f"is_best is {claim!r} (allowed: True or False)")
    return claim


def read_supporter_of(result: Any, n: int, m: int) -> Ints:
    """Read the matching; every entry names a supporter or -1."""
    array = _int64(result, "supporter_of", (n,))
    if array.size and not WAITING <= int(array.min()) <= int(array.max()) < m:
        raise CertificateError(f"supporter_of names a supporter outside -1…{m - 1}")
    return array


def read_duals(result: Any, n: int, m: int) -> tuple[Ints, Ints] | tuple[None, None]:
    """Read surplus and price, (n, `DIGITS`) and (m, `DIGITS`); both None where there is no certificate."""
    certificate = attribute(result, "certificate")
    if certificate is None:
        return None, None
    surplus = _int64(certificate, "seeker_surplus", (n, DIGITS))
    price = _int64(certificate, "supporter_price", (m, DIGITS))
    for name, vectors in (("seeker_surplus", surplus), ("supporter_price", price)):
        # Within the limit no sum of two can wrap around; the smallest prices of a valid problem always are.
        if vectors.size and not -DIGIT_LIMIT < int(vectors.min()) <= int(vectors.max()) < DIGIT_LIMIT:
            raise CertificateError(f"{name} holds a digit beyond ±2⁶², which no smallest price reaches")
        if (signs_of(vectors, np.zeros_like(vectors)) < 0).any():
            raise CertificateError(f"{name} holds a negative vector")
    return surplus, price


def attribute(owner: Any, name: str) -> Any:
    """Read what a result must have."""
    try:
        return getattr(owner, name)
    except AttributeError as error:
        raise CertificateError(f"the result has no {name}") from error


def _check_stable(case: Case, surplus: Ints, price: Ints) -> None:
    """Under `stable` the vectors say what each side has."""
    own = np.zeros_like(surplus)
    own[case.paired] = case.own_values
    for name, told, truth in (("seeker_surplus", surplus, own), ("supporter_price", price, case.worst_values())):
        wrong = np.flatnonzero((told != truth).any(axis=1))
        if wrong.size:
            row = int(wrong[0])
            raise CertificateError(
                f"{name} holds {tuple(told[row].tolist())} where the pair is worth {tuple(truth[row].tolist())}"
            )


def _has_no_gap(case: Case) -> bool:
    certificate = attribute(case.result, "certificate")
    return bool(attribute(certificate, "primal") == attribute(certificate, "dual"))


def _check_count(case: Case, name: str, truth: int) -> None:
    claim = attribute(case.result, name)
    if type(claim) is not int or claim != truth:
        raise CertificateError(f"{name} is claimed to be {claim!r} and is {truth}")


def _sum(vectors: Ints) -> tuple[int, ...]:
    return tuple(sum(digit) for digit in vectors.T.tolist())


def _dual(surplus: Ints, price: Ints, capacity: Ints) -> tuple[int, ...]:
    places = capacity.tolist()
    return tuple(
        sum(of_seekers) + sum(count * each for count, each in zip(places, of_supporters, strict=True))
        for of_seekers, of_supporters in zip(surplus.T.tolist(), price.T.tolist(), strict=True)
    )


def _int64(owner: Any, name: str, shape: tuple[int, ...]) -> Ints:
    array = attribute(owner, name)
    # A subclass may hide elements (masked arrays do) or answer as it likes.
    is_array = type(array) is np.ndarray
    if not is_array or array.dtype != np.int64 or array.shape != shape:
        found = f"{array.dtype} {array.shape}" if is_array else type(array).__name__
        raise CertificateError(f"{name} is {found} (allowed: a plain int64 array of shape {shape})")
    checked: Ints = array
    return checked
