from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from benchmarks.ours import assign_plainly
from benchmarks.peers import PEERS
from benchmarks.peers.bounds import costs_times_nodes, float_paths
from benchmarks.question import WAITING, CannotGoError, Question, WrongAnswerError, counted, tiny_question

# The benchmark's own libraries are not installed for tests; every peer answers the tiny question before it is timed.
INSTALLED = [name for name, peer in PEERS.items() if peer.is_installed]
EXACT = [name for name in INSTALLED if PEERS[name].bound]


def answer(name, question):
    peer = PEERS[name]
    model = peer.prepare(question)
    return counted(question, peer.read(question, model, peer.solve(model)))


def question(scores, capacity, memory_limit=2**30):
    return Question(csr_array(np.array(scores, dtype=np.int64)), np.array(capacity, dtype=np.int64), memory_limit)


def random_question(seed):
    draw = np.random.default_rng(seed)
    scores = np.where(
        draw.random((30, 20)) < draw.choice([0.1, 0.5]), draw.integers(1, draw.choice([3, 9999]), (30, 20)), 0
    )
    return question(scores, draw.integers(0, 3, 20))


def test_the_solvers_that_come_with_the_engine_are_always_there():
    assert {
        "scipy linear_sum_assignment",
        "scipy min_weight_full_bipartite_matching",
        "networkx max_weight_matching",
        "networkx network_simplex",
        "greedy, best pair first",
    } <= set(INSTALLED)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", EXACT)
def test_an_exact_peer_and_the_engine_give_the_same_answer(name, seed):
    asked = random_question(seed)

    assert answer(name, asked) == counted(asked, assign_plainly(asked))


@pytest.mark.parametrize("name", EXACT)
def test_an_exact_peer_answers_the_question_it_warms_up_on(name):
    asked = tiny_question()

    assert answer(name, asked) == counted(asked, assign_plainly(asked))


@pytest.mark.parametrize("name", EXACT)
def test_two_ordinary_pairs_beat_one_excellent_pair(name):
    assert answer(name, question([[90, 40], [70, 0]], [1, 1])) == (2, 110)


@pytest.mark.parametrize("name", EXACT)
def test_a_supporter_with_two_places_takes_two(name):
    assert answer(name, question([[5], [7], [6]], [2])) == (2, 13)


def test_the_best_pair_first_leaves_one_waiting():
    assert answer("greedy, best pair first", question([[90, 40], [70, 0]], [1, 1])) == (1, 90)


def test_an_answer_with_more_seekers_than_places_is_refused():
    with pytest.raises(WrongAnswerError, match="1 supporters have more seekers than places"):
        counted(question([[5], [7]], [1]), np.array([0, 0]))


def test_an_answer_with_a_forbidden_pair_is_refused():
    with pytest.raises(WrongAnswerError, match="1 of 2 pairs are not feasible"):
        counted(question([[5, 0], [7, 8]], [1, 1]), np.array([1, 0]))


def test_those_who_wait_are_not_counted():
    assert counted(question([[5], [7]], [1]), np.array([WAITING, 0])) == (1, 7)


@pytest.mark.parametrize("name", [name for name in EXACT if not name.startswith("greedy")])
def test_what_would_not_fit_is_refused_before_it_is_made(name):
    with pytest.raises(CannotGoError, match="would take"):
        PEERS[name].prepare(replace(tiny_question(), memory_limit=1000))


@pytest.mark.parametrize(("greatest", "holds"), [(10**12, True), (10**15, False)])
def test_doubles_are_exact_while_path_lengths_stay_below_2_to_the_53(greatest, holds):
    bound = float_paths(question([[greatest, 1], [1, 1]], [1, 1]))

    assert bound.holds is holds


@pytest.mark.parametrize(("greatest", "holds"), [(2**59, True), (2**60, False)])
def test_or_tools_is_exact_while_costs_times_nodes_fit(greatest, holds):
    bound = costs_times_nodes(question([[greatest, 1], [1, 1]], [1, 1]))

    assert bound.holds is holds


def test_a_question_comes_back_from_its_folder(tmp_path):
    asked = tiny_question()

    asked.save(tmp_path)
    read = Question.load(tmp_path, 5)

    assert (read.scores != asked.scores).nnz == 0
    assert read.capacity.tolist() == asked.capacity.tolist()
    assert read.memory_limit == 5
