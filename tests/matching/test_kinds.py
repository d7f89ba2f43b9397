"""Seekers of one kind: whom a rule must answer alike, found in the rule's code."""

from __future__ import annotations

import numpy as np
import pytest

from matching.columns import Columns
from matching.declare import RULES
from matching.verifying import kinds
from matching.verifying.driver import QUESTIONS
from matching.verifying.kinds import OF_OTHERS, OF_SEEKERS, columns_read, kinds_for
from tests.matching.crowds import crowd

COHORT = crowd(60, 50, seed=4)
N, M = COHORT.priority.size, COHORT.capacity.size
LISTED = OF_SEEKERS | {name for name in Columns._fields if name.startswith(OF_OTHERS)}
KINDED = [question for question in QUESTIONS if LISTED.issuperset(columns_read(question) or {"unknown"})]


class Watched:
    """Columns that note which rows of a seekers' column are read."""

    def __init__(self, columns):
        self._columns = columns
        self.rows = {}

    def __getattr__(self, name):
        return WatchedColumn(getattr(self._columns, name), self.rows.setdefault(name, set()))


class WatchedColumn:
    def __init__(self, column, rows):
        self._column, self._rows = column, rows

    def __getitem__(self, row):
        self._rows.add(row)
        return self._column[row]

    def __len__(self):
        return len(self._column)


def test_the_lists_name_columns_that_there_are_and_one_row_a_seeker():
    assert set(Columns._fields) >= OF_SEEKERS
    for name in OF_SEEKERS - {"seeker_labels"}:
        assert len(getattr(COHORT.columns, name)) == N, name


def test_most_rules_are_asked_once_a_kind():
    names = {question.__name__ for question in KINDED}

    assert {"language", "mode", "age_groups", "gender", "preferred_ages", "training", "labels_allow"} <= names
    # They depend on who the two are.
    assert not {"blocked", "resting", "same_person"} & names


@pytest.mark.parametrize("question", KINDED, ids=lambda question: question.__name__)
def test_such_a_rule_reads_the_seekers_own_row_only_and_no_column_that_its_code_does_not_show(question):
    for i, j in np.random.default_rng(1).integers(0, (N, M), (300, 2)).tolist():
        watched = Watched(COHORT.plain)
        question(watched, i, j)

        assert watched.rows.keys() <= columns_read(question)
        for name in watched.rows.keys() & OF_SEEKERS:
            assert {row % N for row in watched.rows[name]} <= {i}
        if i >= M:
            # Nothing of others is found by the seeker's row.
            for name in watched.rows.keys() & {"supporter_modes", "supporter_languages", "supporter_age"}:
                assert watched.rows[name] <= {j}


@pytest.mark.parametrize("question", KINDED, ids=lambda question: question.__name__)
def test_seekers_of_one_kind_get_the_same_answers(question):
    found = kinds_for(question, COHORT.columns, N, most=N)

    for i in range(N):
        example = int(found.examples[found.of[i]])
        assert [question(COHORT.plain, i, j) for j in range(M)] == [
            question(COHORT.plain, example, j) for j in range(M)
        ]


def test_kinds_are_no_more_than_they_must_be():
    languages = kinds_for(RULES["language"].function, COHORT.columns, N, most=N)

    assert languages.examples.size == len({int(row[0]) for row in COHORT.columns.seeker_languages})
    assert kinds_for(RULES["language"].function, COHORT.columns, N, most=languages.examples.size - 1) is None


def unlisted(c, i, j):
    return c.blocked_starts[i] == j


def hidden(c, i, j):
    return getattr(c, "seeker_age")[i] == j  # noqa: B009


def through_another(c, i, j):
    return unlisted(c, i, j) and c.seeker_age[i] == j


def closed_over(column):
    return lambda c, i, j: column[i] == j


@pytest.mark.parametrize(
    "rule", [unlisted, hidden, through_another, closed_over([1]), len], ids=lambda rule: rule.__name__
)
def test_a_rule_of_which_not_everything_is_plain_is_asked_for_every_pair(rule):
    assert kinds_for(rule, COHORT.columns, N, most=N) is None


def test_what_is_read_is_found_through_calls():
    assert columns_read(through_another) == {"blocked_starts", "seeker_age"}
    assert columns_read(closed_over([1])) is None
    assert columns_read(kinds.kinds_for) is None
