"""The independent check of a matching and its certificate.

It shares the definitions of a problem and of what pairs are worth with the solver side, and nothing else: no solver, no
prices, no engine (an import contract says so), and its own arithmetic, which is exact for any int64 a result may hold.
Whatever a certificate or an outcome claims is checked here; nothing is ever repaired here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order

from matching.cohort import Cohort
from matching.entries import Ints, stored_entries
from matching.errors import CertificateError
from matching.objective import DIGIT_LIMIT, DIGITS, values_of
from matching.outcome import Outcome, check_policy_of, previous_rows
from matching.policy import Objective
from matching.problem import WAITING, Problem, read_problem
from matching.recount import check_scores, check_summary
from matching.rescore import hold_reference_against, rescored


def verify(  # noqa: PLR0913 - stable public signature
    scores: Any,
    result: Any,
    capacity: Any = None,
    priority: Any = None,
    previous: Any = None,
    *,
    objective: str = Objective.COVERAGE,
    keep_margin: int = 0,
    keys: Any = None,
) -> None:
    """Check that a result is a best assignment and says the truth about itself.

    Parameters
    ----------
    scores, capacity, priority, previous, objective, keep_margin, keys : what `assign` was given; see there.
    result : an `Assignment`, or anything with its attributes.

    Raises
    ------
    CertificateError
        Saying what fails: a shape or type; a forbidden pair; a supporter with more seekers than places; a claimed
        total; a negative surplus or price; a pair worth more than surplus + price; dual and primal that differ;
        prices that are valid but not the smallest.
    ScoreError
        When the problem itself is not valid.

    Notes
    -----
    Σ values of any matching ≤ Σ (surplus + price) over its pairs ≤ Σ surplus + Σ places × price, because no vector is
    negative; a matching that reaches this bound is best. O(pairs) time.
    """
    problem = read_problem(
        scores, capacity, priority, previous, objective=objective, keep_margin=keep_margin, keys=keys
    )
    surplus, price = _duals(problem, result)
    supporter_of = problem.from_caller_order(_supporter_of(problem, result))
    chosen = supporter_of[problem.seekers] == problem.supporters
    _check_pairs(problem, supporter_of, chosen)
    values = values_of(problem)
    _check_totals(problem, result, chosen)
    _check_equation(problem, result, values[chosen], surplus, price)
    _check_prices(problem, values, supporter_of, surplus, price)


def verify_outcome(cohort: Cohort, outcome: Outcome) -> None:
    """Check an outcome from the profiles up: score every pair anew, then the matching, then every number it tells.

    The readable reference judges every published pair and 10,000 random ones besides. Raises CertificateError saying
    what fails, PolicyError when the outcome's policy does not fit the cohort.
    """
    check_policy_of(cohort, outcome.policy)
    scores = rescored(cohort)
    entries = stored_entries(scores)
    check_scores(cohort, outcome, entries)
    previous = previous_rows(cohort, outcome.previous)
    verify(
        scores,
        outcome.result,
        cohort.capacity,
        cohort.priority,
        previous,
        objective=outcome.policy.objective,
        keep_margin=outcome.policy.keep_margin,
        keys=(cohort.seeker_keys, cohort.supporter_keys),
    )
    supporter_of = outcome.result.supporter_of
    paired = np.flatnonzero(supporter_of != WAITING)
    cells = paired * entries.shape[1] + supporter_of[paired]
    hold_reference_against(cohort, entries, cells, seed=int.from_bytes(ascii(outcome.digest).encode(), "big"))
    check_summary(cohort, outcome, entries, cells)


def _supporter_of(problem: Problem, result: Any) -> Ints:
    n, m = problem.shape
    array = _int64(result, "supporter_of", (n,))
    if array.size and not WAITING <= int(array.min()) <= int(array.max()) < m:
        raise CertificateError(f"supporter_of names a supporter outside -1…{m - 1}")
    return array


def _duals(problem: Problem, result: Any) -> tuple[Ints, Ints]:
    n, m = problem.shape
    certificate = _attribute(result, "certificate")
    surplus = _int64(certificate, "seeker_surplus", (n, DIGITS))[problem.seeker_order]
    price = _int64(certificate, "supporter_price", (m, DIGITS))[problem.supporter_order]
    for name, vectors in (("seeker_surplus", surplus), ("supporter_price", price)):
        # Within the limit no sum below can wrap around; the smallest prices of a valid problem always are.
        if vectors.size and not -DIGIT_LIMIT < int(vectors.min()) <= int(vectors.max()) < DIGIT_LIMIT:
            raise CertificateError(f"{name} holds a digit beyond ±2⁶², which no smallest price reaches")
        if (_signs(vectors, np.zeros_like(vectors)) < 0).any():
            raise CertificateError(f"{name} holds a negative vector")
    return surplus, price


def _check_pairs(problem: Problem, supporter_of: Ints, chosen: NDArray[np.bool_]) -> None:
    has_pair = np.zeros(supporter_of.size, dtype=np.bool_)
    has_pair[problem.seekers[chosen]] = True
    forbidden = np.flatnonzero((supporter_of != WAITING) & ~has_pair)
    if forbidden.size:
        seeker = forbidden[0]
        at = (int(problem.seeker_order[seeker]), int(problem.supporter_order[supporter_of[seeker]]))
        raise CertificateError(f"the pair {at} is forbidden: it is not stored in the scores")
    load = np.bincount(problem.supporters[chosen], minlength=problem.capacity.size)
    full = np.flatnonzero(load > problem.capacity)
    if full.size:
        at_supporter, places = int(problem.supporter_order[full[0]]), int(problem.capacity[full[0]])
        raise CertificateError(f"supporter {at_supporter} has {load[full[0]]} seekers and {places} places")


def _check_totals(problem: Problem, result: Any, chosen: NDArray[np.bool_]) -> None:
    pairs = zip(problem.seekers[chosen].tolist(), problem.supporters[chosen].tolist(), strict=True)
    previous = problem.previous.tolist()
    counted = {
        "matched": int(np.count_nonzero(chosen)),
        "total_score": sum(problem.scores[chosen].tolist()),
        "kept": sum(previous[seeker] == supporter for seeker, supporter in pairs),
    }
    for name, truth in counted.items():
        claim = _attribute(result, name)
        if type(claim) is not int or claim != truth:
            raise CertificateError(f"{name} is claimed to be {claim!r} and is {truth}")


def _check_equation(problem: Problem, result: Any, worth: Ints, surplus: Ints, price: Ints) -> None:
    primal = tuple(sum(digit) for digit in worth.T.tolist())
    places = problem.capacity.tolist()
    dual = tuple(
        sum(of_seekers) + sum(count * each for count, each in zip(places, of_supporters, strict=True))
        for of_seekers, of_supporters in zip(surplus.T.tolist(), price.T.tolist(), strict=True)
    )
    certificate = _attribute(result, "certificate")
    for name, truth in (("primal", primal), ("dual", dual)):
        claim = _attribute(certificate, name)
        if type(claim) is not tuple or any(type(digit) is not int for digit in claim) or claim != truth:
            raise CertificateError(f"{name} is claimed to be {claim!r} and is {truth}")
    if primal != dual:
        raise CertificateError(f"the matching is worth {primal}, its prices allow {dual}: it is not proven best")


def _check_prices(problem: Problem, values: Ints, supporter_of: Ints, surplus: Ints, price: Ints) -> None:
    allowed = surplus[problem.seekers] + price[problem.supporters]
    signs = _signs(allowed, values)
    short = np.flatnonzero(signs < 0)
    if short.size:
        entry = short[0]
        at = (
            int(problem.seeker_order[problem.seekers[entry]]),
            int(problem.supporter_order[problem.supporters[entry]]),
        )
        raise CertificateError(f"the pair {at} is worth more than its seeker's surplus and its supporter's price")
    tight = signs == 0
    higher = _not_smallest(supporter_of[problem.seekers[tight]], problem.supporters[tight], price)
    if higher.size:
        at_supporter = int(problem.supporter_order[higher[0]])
        raise CertificateError(f"the price of supporter {at_supporter} is valid but not the smallest")


def _not_smallest(held: Ints, wanted: Ints, price: Ints) -> Ints:
    """Find supporters whose prices could all fall together.

    A price is needed when it is 0, when a waiting seeker's tight pair needs it, or when a tight pair needs it whose
    seeker's present supporter has a needed price; `held` and `wanted` are the two supporters of each tight pair. If
    every price is needed none can be smaller; those that are not could all fall by one in the last digit.
    """
    m = len(price)
    root = m
    zero = np.flatnonzero(~price.any(axis=1))
    sources = np.concatenate((np.full(zero.size, root), np.where(held == WAITING, root, held)))
    targets = np.concatenate((zero, wanted))
    arcs = coo_array((np.ones(sources.size, dtype=np.int64), (sources, targets)), shape=(m + 1, m + 1)).tocsr()
    reached = breadth_first_order(arcs, root, return_predecessors=False)
    return np.setdiff1d(np.arange(m), reached)


def _signs(left: Ints, right: Ints) -> Ints:
    """Compare rows as vectors, from left to right: -1, 0 or 1 each, without subtracting."""
    answer = np.zeros(len(left), dtype=np.int64)
    for digit in reversed(range(left.shape[1])):
        greater, less = left[:, digit] > right[:, digit], left[:, digit] < right[:, digit]
        answer = np.where(greater, 1, np.where(less, -1, answer))
    return answer


def _int64(owner: Any, name: str, shape: tuple[int, ...]) -> Ints:
    array = _attribute(owner, name)
    # A subclass may hide elements (masked arrays do) or answer as it likes.
    is_array = type(array) is np.ndarray
    if not is_array or array.dtype != np.int64 or array.shape != shape:
        found = f"{array.dtype} {array.shape}" if is_array else type(array).__name__
        raise CertificateError(f"{name} is {found} (allowed: a plain int64 array of shape {shape})")
    checked: Ints = array
    return checked


def _attribute(owner: Any, name: str) -> Any:
    try:
        return getattr(owner, name)
    except AttributeError as error:
        raise CertificateError(f"the result has no {name}") from error
