"""The readable reference held against the verifier's judge: able to notice when something is wrong."""

from __future__ import annotations

import numpy as np
import pytest

from matching import rescore
from matching.cohort import Cohort
from matching.community import generate
from matching.errors import CertificateError
from matching.policy import LabelFactor, LabelField, LabelOp, LabelRule, LabelType, Policy
from matching.reference import score_of
from matching.rescore import hold_reference_against
from matching.verifying.judges import PlainJudge, judge_for
from tests.matching.people import cohort_of, seeker, supporter
from tests.matching.test_community import TODAY, WEEK

COHORT = Cohort.from_profiles(generate(seed=7, seekers=60, supporters=35, today=TODAY).profiles, week=WEEK)
NO_PAIRS = np.empty(0, dtype=np.int64)
N, M = COHORT.priority.size, COHORT.capacity.size
FEASIBLE = next(cell for cell in range(N * M) if score_of(COHORT, *divmod(cell, M)) is not None)


def judged(cohort):
    n, m = cohort.priority.size, cohort.capacity.size
    answers = [judge_for(cohort, is_compiled=way).cells(*np.divmod(np.arange(n * m), m)) for way in (False, True)]
    assert answers[0].is_feasible.tolist() == answers[1].is_feasible.tolist()
    assert answers[0].scores.tolist() == answers[1].scores.tolist()
    return answers[0]


def test_pairs_below_the_minimum_score_are_absent():
    members = seeker("s", topics=frozenset({"a"})), supporter("p", topics=frozenset({"a"}))
    score = int(judged(cohort_of(*members)).scores[0])

    assert judged(cohort_of(*members, policy=Policy(minimum_score=score))).is_feasible.all()
    assert not judged(cohort_of(*members, policy=Policy(minimum_score=score + 1))).is_feasible.any()


def test_pairs_that_a_label_rule_forbids_are_absent_and_label_factors_count():
    policy = Policy(
        labels=(LabelField("site", LabelType.STRING),),
        label_rules=(LabelRule("site", "site", LabelOp.EQUAL, "another site"),),
        label_factors=(LabelFactor("same_site", "site", LabelOp.EQUAL, points=7),),
    )
    people = seeker("s", labels={"site": "north"}), supporter("p", labels={"site": "north"})
    elsewhere = supporter("q", labels={"site": "south"})

    here = judged(cohort_of(*people, policy=policy))
    plain = judged(cohort_of(*people, policy=Policy(labels=policy.labels)))

    assert here.scores.tolist() == [plain.scores[0] + 7]
    assert not judged(cohort_of(people[0], elsewhere, policy=policy)).is_feasible.any()


class Wrong(PlainJudge):
    """Says something else about one cell."""

    def __init__(self, cohort, cell, *, score=0, is_feasible=True):
        super().__init__(cohort)
        self._cell, self._change, self._is_feasible = cell, score, is_feasible

    def cells(self, rows, columns):
        told = super().cells(rows, columns)
        at = rows * M + columns == self._cell
        return told._replace(
            scores=told.scores + at * self._change, is_feasible=told.is_feasible & (~at | self._is_feasible)
        )


def test_the_reference_notices_a_wrong_score_and_a_wrong_edge():
    hold_reference_against(COHORT, PlainJudge(COHORT), NO_PAIRS, seed=1)

    for wrong in (Wrong(COHORT, FEASIBLE, score=1), Wrong(COHORT, FEASIBLE, is_feasible=False)):
        with pytest.raises(CertificateError, match="readable reference"):
            hold_reference_against(COHORT, wrong, NO_PAIRS, seed=1)


def test_published_pairs_are_judged_even_when_samples_miss_them(monkeypatch):
    monkeypatch.setattr(rescore, "SAMPLES", 0)
    wrong = Wrong(COHORT, FEASIBLE, score=1)

    hold_reference_against(COHORT, wrong, NO_PAIRS, seed=1)
    with pytest.raises(CertificateError, match="readable reference"):
        hold_reference_against(COHORT, wrong, np.array([FEASIBLE]), seed=1)
