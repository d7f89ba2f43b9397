"""Groups of alike members, and what is asked once for each two groups."""

from __future__ import annotations

import numpy as np
import pytest

from matching import blocking
from matching.blocking import Grouped, Grouping, merged, numbered
from matching.labels import label_points
from matching.policy import LabelOp, LabelRule, Policy
from matching.rules import RULES
from tests.matching.crowds import POLICY, crowd
from tests.matching.test_scorer import LABELS

COHORT = crowd(40, 30, seed=2, policy=LABELS)


@pytest.fixture(autouse=True)
def _everything_pays(monkeypatch):
    monkeypatch.setattr(blocking, "PAYS_FROM", 1)


def _ask(function):
    def ask(seekers, supporters):
        asked.append((seekers.size, supporters.size))
        return np.array([[int(function(COHORT.plain, i, j)) for j in supporters] for i in seekers], dtype=np.int64)

    asked: list[tuple[int, int]] = []
    return ask, asked


def test_equal_keys_have_equal_numbers_and_others_have_not():
    codes, rows = numbered((np.array([5, 5, 2**60, -1, 5]), np.array([0, 1, 0, 0, 0], dtype=np.uint64)), 5)

    assert codes[0] == codes[4]
    assert len(set(codes.tolist())) == len(rows) == 4
    assert [codes[row] for row in rows] == list(range(4))


def test_without_keys_all_are_one_group_and_nobody_is_none():
    assert [array.tolist() for array in numbered((), 3)] == [[0, 0, 0], [2]]
    assert [array.tolist() for array in numbered((), 0)] == [[], []]
    assert [array.tolist() for array in numbered((np.empty(0, dtype=np.int64),), 0)] == [[], []]


@pytest.mark.parametrize("key", ["language", "mode", "gender", "preferred_ages", "clearances", "training"])
def test_groups_answer_for_every_pair_of_members(key: str):
    function = RULES[key].function
    ask, asked = _ask(function)

    grouped = Grouping(COHORT.columns).by_function(function, ask)

    assert grouped is not None
    for i in range(40):
        for j in range(30):
            answer = grouped.answers[grouped.seekers[i], grouped.supporters[j]]
            assert bool(answer) is function(COHORT.plain, i, j)
    assert asked[0][0] * asked[0][1] <= 1200


def test_functions_of_one_side_alone_are_grouped_too():
    def young(c, i, j):
        return c.seeker_age[i] < 4

    def brief(c, i, j):
        return c.supporter_pace[j] == 0

    grouping = Grouping(COHORT.columns)
    for function in (young, brief):
        grouped = grouping.by_function(function, _ask(function)[0])

        assert grouped is not None
        assert (grouped.seekers.size, grouped.supporters.size) == (40, 30)
        assert sorted(grouped.answers.ravel().tolist()) == [0, 1]


@pytest.mark.parametrize("comparison", range(len(LABELS.label_rules) + len(LABELS.label_factors)))
def test_groups_answer_for_labels(comparison: int):
    ask, _ = _ask(lambda c, i, j: label_points(c, comparison, i, j))

    grouped = Grouping(COHORT.columns).by_label(comparison, ask)

    assert grouped is not None
    for i in range(40):
        for j in range(30):
            answer = grouped.answers[grouped.seekers[i], grouped.supporters[j]]
            assert answer == label_points(COHORT.plain, comparison, i, j)


def test_a_list_label_groups_by_its_own_terms_alone():
    overlap = next(k for k, rule in enumerate(LABELS.label_rules) if rule.op is LabelOp.OVERLAP)
    c = COHORT.columns
    masks = c.label_masks.copy()
    masks[overlap] = 0
    ask, asked = _ask(lambda *_: False)

    assert Grouping(c._replace(label_masks=masks)).by_label(overlap, ask) is not None
    assert asked == [(1, 1)]


def test_too_many_groups_are_left_alone_before_anything_is_asked(monkeypatch):
    ask, asked = _ask(RULES["language"].function)

    assert Grouping(COHORT.columns).by_function(RULES["language"].function, ask, most=3) is None
    monkeypatch.setattr(blocking, "PAYS_FROM", 10**6)
    assert Grouping(COHORT.columns).by_function(RULES["language"].function, ask) is None
    assert asked == []


def test_functions_that_read_more_than_members_are_never_grouped():
    ask, asked = _ask(RULES["blocked"].function)

    assert Grouping(COHORT.columns).by_function(RULES["blocked"].function, ask) is None
    assert asked == []


def test_groups_with_the_same_answers_become_one():
    answers = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]])
    grouped = Grouped(np.array([0, 1, 2, 2], dtype=np.int32), np.array([0, 1, 2], dtype=np.int32), answers)

    one = merged(grouped)

    assert one.answers.shape == (2, 2)
    assert np.array_equal(one.answers[np.ix_(one.seekers, one.supporters)], answers[np.ix_([0, 1, 2, 2], [0, 1, 2])])


def test_the_share_of_allowed_pairs_counts_members_not_groups():
    grouped = Grouped(
        np.array([0, 0, 0, 1], dtype=np.int32), np.array([0, 1], dtype=np.int32), np.array([[1, 0], [1, 1]])
    )

    assert grouped.share == 5 / 8
    assert not grouped.is_always


def test_a_label_of_one_site_each_still_groups():
    rule = LabelRule("own_site", "site", LabelOp.EQUAL, "another site")
    cohort = crowd(40, 30, seed=3, policy=Policy(accepts_minors=True, labels=POLICY.labels, label_rules=(rule,)))

    grouped = Grouping(cohort.columns).by_label(
        0, lambda a, b: np.array([[label_points(cohort.plain, 0, i, j) for j in b] for i in a])
    )

    assert grouped is not None
    # Three sites, and those without one.
    assert grouped.answers.shape == (4, 4)
