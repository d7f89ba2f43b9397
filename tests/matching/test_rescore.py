"""The verifier's own scoring: equal to the kernel's when nothing is wrong, and able to notice when something is."""

from __future__ import annotations

import numpy as np
import pytest

from matching import rescore
from matching.entries import stored_entries
from matching.errors import CertificateError
from matching.kernel import score_pairs
from matching.policy import LabelFactor, LabelField, LabelOp, LabelRule, LabelType, Policy
from matching.rescore import hold_reference_against, rescored
from tests.matching.people import cohort_of, seeker, supporter
from tests.matching.test_engine import COHORT

NO_PAIRS = np.empty(0, dtype=np.int64)


def test_it_agrees_with_the_kernel_on_every_pair():
    ours, theirs = rescored(COHORT), score_pairs(COHORT)

    assert ours.indptr.tolist() == theirs.indptr.tolist()
    assert ours.indices.tolist() == theirs.indices.tolist()
    assert ours.data.tolist() == theirs.data.tolist()


def test_large_cohorts_are_judged_compiled_with_the_same_answer(monkeypatch):
    plain = rescored(COHORT)
    monkeypatch.setattr(rescore, "PLAIN_PAIRS", 0)
    monkeypatch.setattr(rescore, "_BLOCK_PAIRS", 300)

    compiled = rescored(COHORT)

    assert stored_entries(compiled).values.tolist() == stored_entries(plain).values.tolist()
    assert stored_entries(compiled).columns.tolist() == stored_entries(plain).columns.tolist()


def test_pairs_below_the_minimum_score_are_absent():
    members = seeker("s", topics=frozenset({"a"})), supporter("p", topics=frozenset({"a"}))
    score = int(rescored(cohort_of(*members)).data[0])

    assert rescored(cohort_of(*members, policy=Policy(minimum_score=score))).nnz == 1
    assert rescored(cohort_of(*members, policy=Policy(minimum_score=score + 1))).nnz == 0


def test_pairs_that_a_label_rule_forbids_are_absent_and_label_factors_count():
    policy = Policy(
        labels=(LabelField("site", LabelType.STRING),),
        label_rules=(LabelRule("site", "site", LabelOp.EQUAL, "another site"),),
        label_factors=(LabelFactor("same_site", "site", LabelOp.EQUAL, points=7),),
    )
    people = seeker("s", labels={"site": "north"}), supporter("p", labels={"site": "north"})
    elsewhere = supporter("q", labels={"site": "south"})

    here = rescored(cohort_of(*people, policy=policy))
    plain = rescored(cohort_of(*people, policy=Policy(labels=policy.labels)))

    assert here.data.tolist() == [plain.data[0] + 7]
    assert rescored(cohort_of(people[0], elsewhere, policy=policy)).nnz == 0


def test_the_reference_notices_a_wrong_score_and_a_wrong_edge():
    entries = stored_entries(rescored(COHORT))
    hold_reference_against(COHORT, entries, NO_PAIRS, seed=1)

    higher = entries._replace(values=entries.values + (np.arange(entries.values.size) == 5))
    missing = entries._replace(rows=entries.rows[1:], columns=entries.columns[1:], values=entries.values[1:])
    for wrong in (higher, missing):
        with pytest.raises(CertificateError, match="readable reference"):
            hold_reference_against(COHORT, wrong, NO_PAIRS, seed=1)


def test_published_pairs_are_judged_even_when_samples_miss_them(monkeypatch):
    monkeypatch.setattr(rescore, "SAMPLES", 0)
    entries = stored_entries(rescored(COHORT))
    wrong = entries._replace(values=entries.values + 1)
    cell = entries.rows[:1] * entries.shape[1] + entries.columns[:1]

    hold_reference_against(COHORT, wrong, NO_PAIRS, seed=1)
    with pytest.raises(CertificateError, match="readable reference"):
        hold_reference_against(COHORT, wrong, cell, seed=1)
