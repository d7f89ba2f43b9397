"""Answers that others published, read from a folder that is not part of the project; skipped where it is absent."""

from __future__ import annotations

import csv
import json
import os
from fractions import Fraction
from math import isqrt
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import coo_array

from matching import assign, verify
from tests.matching.instances import sparse

DATA = Path(os.environ.get("ALONGSIDE_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="no folder of published answers (set ALONGSIDE_SHARED_DATA, or put it at ../shared/data)"
)


def proven(scores, **arguments):
    """Assign, and let the verifier agree."""
    result = assign(scores, **arguments)
    verify(scores, result, **arguments)
    return result


def least_cost(costs, shape, **arguments):
    """Minimise by maximising constant − cost over as many pairs as can be; a missing cell is forbidden."""
    constant = 1 + max(costs.values(), default=0)
    result = proven(sparse({cell: constant - cost for cell, cost in costs.items()}, shape), **arguments)
    return result, constant * result.matched - result.total_score


def numbers(path):
    return [int(word) for word in (DATA / path).read_text().split()]


def small_cases(section):
    return json.loads((DATA / "small_known_optima.json").read_text())[section] if DATA.is_dir() else []


def named(case):
    return case["name"].split()[0]


def cells_of(matrix):
    return {(i, j): cost for i, row in enumerate(matrix) for j, cost in enumerate(row) if cost is not None}


@pytest.mark.parametrize("objective", ["coverage", "score"])
@pytest.mark.parametrize(("n", "best"), [(100, 305), (200, 475), (300, 626), (400, 804)])
def test_dense_assignment_of_the_operations_research_library(n, best, objective):
    size, *costs = numbers(f"orlib/assign{n}.txt")
    rows, columns = np.indices((size, size))
    scores = coo_array((101 - np.array(costs), (rows.ravel(), columns.ravel())), shape=(size, size))

    result = proven(scores, objective=objective)

    assert result.matched == n
    assert 101 * n - result.total_score == best


def test_sparse_assignment_of_the_operations_research_library():
    size, *triplets = numbers("orlib/assignp800.txt")
    rows, columns, costs = np.array(triplets).reshape(-1, 3).T

    result = proven(coo_array((1000 - costs, (rows - 1, columns - 1)), shape=(size, size)))

    assert result.matched == 800
    assert 1000 * 800 - result.total_score == 2239


@pytest.mark.parametrize(("number", "best"), [(0, 5010), (1, 8352), (3, 6036), (4, 1329)])
def test_matrices_with_forbidden_pairs(number, best):
    with np.load(DATA / "forbidden_pairs" / f"costs{number}.npz") as file:
        costs, total = file["costs"], file["total_cost"]
    rows, columns = np.nonzero(~np.isnan(costs))
    cells = zip(rows.tolist(), columns.tolist(), costs[rows, columns].tolist(), strict=True)

    result, cost = least_cost({(i, j): int(each) for i, j, each in cells}, costs.shape)

    assert cost == best == int(total)
    assert result.matched == min(costs.shape)


def test_hospital_places_by_specialty():
    lines = [line.split(",") for line in (DATA / "hospital" / "real1.txt").read_text().split("\n") if line.strip()]
    people = int(lines[0][0])
    patients, hospitals = lines[1 : 1 + people], lines[1 + people :]
    costs = {}
    for i, (_, specialty, priority, *at) in enumerate(patients):
        for j, (_, offered, _, *place) in enumerate(hospitals):
            squared = sum((int(a) - int(b)) ** 2 for a, b in zip(at, place, strict=True))
            if specialty == offered:
                assert isqrt(squared) ** 2 == squared
                costs[i, j] = int(Fraction(isqrt(squared), int(priority)) * 10)

    result, cost = least_cost(costs, (people, len(hospitals)), capacity=[int(hospital[2]) for hospital in hospitals])

    assert result.matched == 3
    assert cost == 85


@pytest.mark.parametrize("case", small_cases("transportation_capacitated"), ids=named)
def test_transportation_with_places(case):
    sender_of = [sender for sender, supply in enumerate(case["supply"]) for _ in range(supply)]
    costs = {(i, j): cost for i, sender in enumerate(sender_of) for j, cost in enumerate(case["cost"][sender])}

    result, cost = least_cost(costs, (len(sender_of), len(case["demand"])), capacity=case["demand"])

    assert result.matched == sum(case["demand"])
    assert cost == case["min_cost"]


@pytest.mark.parametrize("case", small_cases("assignment_dense_min"), ids=named)
def test_small_matrices(case):
    matrix = case["cost"]

    result, cost = least_cost(cells_of(matrix), (len(matrix), len(matrix[0])))

    assert result.matched == min(len(matrix), len(matrix[0]))
    assert cost == case["min_cost"]
    assert result.supporter_of.tolist() == case.get("row_to_col", result.supporter_of.tolist())


@pytest.mark.parametrize("case", small_cases("assignment_sparse_min"), ids=named)
def test_small_sparse_graphs(case):
    result, cost = least_cost({(i, j): each for i, j, each in case["edges"]}, (case["n"], case["n"]))

    assert result.matched == case["n"]
    assert cost == case["min_cost"]


@pytest.mark.parametrize("case", small_cases("infeasible_full_matching"), ids=named)
def test_as_many_pairs_as_can_be_where_not_everybody_can(case):
    matrix = case["biadjacency"]
    costs = {(i, j): 0 for i, row in enumerate(matrix) for j, cell in enumerate(row) if cell}

    assert least_cost(costs, (len(matrix), len(matrix[0])))[0].matched == case["max_cardinality"]


GRADES = ("AA", "AO", "EO", "HEO", "SEO", "Grade 7", "Grade 6", "SCS1", "SCS2", "SCS3", "SCS4")
GAP_POINTS = {1: 9, 2: 12}


def spreadsheet_scores(size):
    """The peer project's rules; its identity rule reads the mentee's identity only, not whether a match is wished."""
    sides = []
    for side in ("mentees", "mentors"):
        with (DATA / "spreadsheets" / f"{size}_{side}.csv").open(encoding="utf-8", newline="") as file:
            sides.append(list(csv.DictReader(file)))
    scores = {}
    for i, mentee in enumerate(sides[0]):
        for j, mentor in enumerate(sides[1]):
            gap = GRADES.index(mentor["grade"]) - GRADES.index(mentee["grade"])
            if mentee["organisation"] == mentor["organisation"] or gap not in GAP_POINTS:
                continue
            has_profession = mentee["profession"] == mentor["profession"]
            has_identity = mentee["identity to match"] in mentor["characteristics"].split(", ")
            scores[i, j] = (
                GAP_POINTS[gap] + 10 * has_profession + 6 * (has_identity and mentee["identity to match"] != "")
            )
    return sparse(scores, (len(sides[0]), len(sides[1])))


@pytest.mark.parametrize(
    ("size", "objective", "pairs", "total"),
    [
        ("small", "coverage", 35, 750),
        ("small", "score", 35, 750),
        ("large", "coverage", 484, 11_480),
        ("large", "score", 483, 11_488),
    ],
)
def test_spreadsheets_of_another_matcher(size, objective, pairs, total):
    result = proven(spreadsheet_scores(size), objective=objective)

    assert (result.matched, result.total_score) == (pairs, total)
