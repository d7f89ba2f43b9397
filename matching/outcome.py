"""What the engine hands back: an `Assignment` of arrays, and the `Outcome` of a cohort in members' ids.

Values and what follows from them by definition: pairs, counts, digest. The verifier counts for itself and shares the
definitions only, so nothing that solves or scores may live here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np

from matching.certificate import Certificate
from matching.cohort import Cohort
from matching.entries import Ints
from matching.errors import PolicyError
from matching.policy import Policy
from matching.problem import WAITING


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """A matching and its proof; arrays are read-only.

    Attributes
    ----------
    supporter_of : (n,) int64, -1 where the seeker waits.
    matched, total_score, kept : pairs, their plain scores added up (no margin), pairs that were there before.
    certificate : proves that no other matching is worth more; under ``stable``, that nobody blocks.
    is_best : True when that is proven.
    blocking_pairs : feasible pairs whose two sides would both strictly rather have each other than what they have,
        by (score, tie); waiting and a free place are below every pair. 0 under ``stable``. None where the time was up
        before they were counted; then `is_best` is False.
    """

    supporter_of: Ints
    matched: int
    total_score: int
    kept: int
    certificate: Certificate | None
    is_best: bool
    blocking_pairs: int | None


@dataclass(frozen=True, slots=True)
class Pair:
    """One pair of the matching: its score, whether it was the open proposal before, whether it is thin."""

    seeker_id: str
    supporter_id: str
    score: int
    is_kept: bool
    is_thin: bool


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """The matching of a cohort, with everything needed to check it again.

    Attributes
    ----------
    policy : the policy it was made under; shapes the same cohort as `cohort.policy`.
    previous : seeker id → supporter id of open proposals, as given.
    pairs : sorted by seeker id. still_looking : ids of seekers without a supporter, sorted.
    pairs_checked : n × m. pairs_feasible : those no rule forbids; None where the time was up before all were asked.
    places : all supporters' places together. blocking_pairs : as of the `Assignment`.
    digest : SHA-256, hex; equal for the same pairs, objective, policy version and certificate totals.
    """

    cohort: Cohort
    policy: Policy
    previous: Mapping[str, str]
    result: Assignment
    pairs: tuple[Pair, ...]
    still_looking: tuple[str, ...]
    pairs_checked: int
    pairs_feasible: int | None
    total_score: int
    matched: int
    kept: int
    places: int
    blocking_pairs: int | None
    digest: str


def digest_of(pairs: tuple[Pair, ...], policy: Policy, certificate: Certificate | None) -> str:
    """Hash the canonical JSON (UTF-8, no spaces, sorted keys) of what was decided and its proven worth."""
    decided = {
        "dual": certificate.dual if certificate else None,
        "objective": str(policy.objective),
        "pairs": sorted((pair.seeker_id, pair.supporter_id, pair.score) for pair in pairs),
        "policy_version": policy.version,
        "primal": certificate.primal if certificate else None,
    }
    canonical = json.dumps(decided, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(canonical.encode()).hexdigest()


def previous_rows(cohort: Cohort, previous: Mapping[str, str]) -> Ints:
    """Give each seeker's earlier supporter as a row, -1 where there is none or either is not in the cohort."""
    row_of = {supporter_id: row for row, supporter_id in enumerate(cohort.supporter_ids)}
    rows = (row_of.get(previous.get(seeker_id, ""), WAITING) for seeker_id in cohort.seeker_ids)
    return np.fromiter(rows, dtype=np.int64, count=len(cohort.seeker_ids))


def check_policy_of(cohort: Cohort, policy: Policy) -> None:
    """Refuse a policy under which the cohort would have been encoded differently."""
    ours = cohort.policy
    shaped_alike = replace(
        policy,
        version=ours.version,
        objective=ours.objective,
        thin_below=ours.thin_below,
        keep_margin=ours.keep_margin,
        offer_order=ours.offer_order,
        de_jong_gierveld=ours.de_jong_gierveld,
        timings=ours.timings,
    )
    if shaped_alike != ours:
        raise PolicyError(
            "cannot match a cohort under a policy that it was not encoded with "
            "(allowed to differ: version, objective, thin_below, keep_margin, offer_order, de_jong_gierveld, timings)"
        )
