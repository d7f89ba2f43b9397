from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from benchmarks.hard_cases import CASES
from matching import match
from matching.kernel import score_pairs
from matching.verify import verify_outcome
from tests.matching.instances import WAITING, Instance

SEEKERS = 40


@pytest.fixture(scope="module", params=CASES)
def case(request):
    cohort = CASES[request.param](SEEKERS)
    return request.param, cohort, score_pairs(cohort)


def instance_of(cohort, scores):
    """The whole problem as plain Python values."""
    pairs = scores.tocoo()
    cells = zip(pairs.row.tolist(), pairs.col.tolist(), strict=True)
    return Instance(
        scores=dict(zip(cells, pairs.data.tolist(), strict=True)),
        capacity=tuple(cohort.capacity.tolist()),
        priority=tuple(cohort.priority.tolist()),
        previous=(WAITING,) * len(cohort.priority),
        keep_margin=cohort.policy.keep_margin,
        keys=(tuple(cohort.seeker_keys.tolist()), tuple(cohort.supporter_keys.tolist())),
    )


def best_worth(instance):
    """The digits of the best matching by networkx, each vector packed into one Python integer, each place a node."""
    value_of = {pair: instance.value(*pair) for pair in instance.scores}
    graph = nx.Graph()
    for (i, j), value in value_of.items():
        packed = sum(digit << 80 * (3 - at) for at, digit in enumerate(value))
        graph.add_weighted_edges_from((("seeker", i), (j, place), packed) for place in range(instance.capacity[j]))
    chosen = nx.max_weight_matching(graph)
    pairs = [(one[1], other[0]) if one[0] == "seeker" else (other[1], one[0]) for one, other in chosen]
    return tuple(map(sum, zip((0, 0, 0, 0), *(value_of[pair] for pair in pairs), strict=True)))


def test_the_engine_finds_what_an_independent_solver_finds_digit_by_digit(case):
    _, cohort, scores = case

    outcome = match(cohort, cohort.policy)

    verify_outcome(cohort, outcome)
    assert outcome.result.certificate.primal == best_worth(instance_of(cohort, scores))


def test_a_case_is_hard_for_the_reason_it_is_named_after():
    cohort_of = {name: case(200) for name, case in CASES.items()}
    scores_of = {name: score_pairs(cohort) for name, cohort in cohort_of.items()}
    places = cohort_of["places at 30 % of demand"].capacity
    hubs = scores_of["all fit the same ten"]
    priority = cohort_of["priorities over six orders of magnitude"].priority
    sizes = component_sizes(scores_of["one huge, thousands of tiny components"])

    assert places.sum() == 60
    assert len(np.unique(scores_of["four distinct scores"].data)) == 4
    assert hubs.shape == (200, 10)
    assert hubs.nnz == 2000
    assert len(np.unique(scores_of["identical profiles"].data)) == 1
    assert scores_of["identical profiles"].nnz == 200 * 100
    assert priority.min() == 1
    assert priority.max() > 500_000
    assert sizes[0] == 150
    assert max(sizes[1:]) < 10
    assert len(sizes) > 20


def component_sizes(scores):
    n, m = scores.shape
    pairs = scores.tocoo()
    graph = coo_array((np.ones(scores.nnz), (pairs.row, n + pairs.col)), shape=(n + m, n + m))
    return sorted(np.bincount(connected_components(graph, directed=False)[1]).tolist(), reverse=True)
