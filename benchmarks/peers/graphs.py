"""Solvers of general graphs: blossom of networkx and rustworkx, network simplex of networkx. Integers throughout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import networkx as nx
import numpy as np

from benchmarks.question import WAITING, Ints, Question

if TYPE_CHECKING:
    Graph: TypeAlias = nx.Graph[int]
    DiGraph: TypeAlias = nx.DiGraph[int]

BYTES_AN_EDGE = 500
"""What networkx keeps at least of an edge: two dictionary entries and a dictionary of attributes."""
BYTES_A_COMPILED_EDGE = 100


def prepare_blossom(question: Question) -> Graph:
    """Give every place a node."""
    _check_edges(question, BYTES_AN_EDGE)
    graph: Graph = nx.Graph()
    graph.add_weighted_edges_from(_slot_edges(question))
    return graph


def solve_blossom(graph: Graph) -> Any:
    """Find the heaviest among the largest matchings."""
    return nx.max_weight_matching(graph, maxcardinality=True)


def read_blossom(question: Question, _: Graph, chosen: Any) -> Ints:
    """Turn nodes into members."""
    return _of_nodes(question, chosen)


def prepare_rustworkx(question: Question) -> Any:
    """Give every place a node, as for networkx."""
    import rustworkx

    _check_edges(question, BYTES_A_COMPILED_EDGE)
    graph = rustworkx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(question.seekers + question.slot_of.size))
    graph.add_edges_from(list(_slot_edges(question)))
    return graph


def solve_rustworkx(graph: Any) -> Any:
    """Find the heaviest among the largest matchings."""
    import rustworkx

    return rustworkx.max_weight_matching(graph, max_cardinality=True, weight_fn=int, verify_optimum=False)


def read_rustworkx(question: Question, _: Any, chosen: Any) -> Ints:
    """Turn nodes into members."""
    return _of_nodes(question, chosen)


def prepare_simplex(question: Question) -> DiGraph:
    """Send every seeker to the sink, through a supporter with places or along a costly arc of waiting."""
    question.check_fits(BYTES_AN_EDGE * int(question.scores.nnz), "the graph")
    n, m = question.seekers, question.supporters
    sink = n + m
    graph: DiGraph = nx.DiGraph()
    graph.add_nodes_from(range(n), demand=-1)
    graph.add_node(sink, demand=n)
    for i, j, score in _pairs(question):
        graph.add_edge(i, n + j, weight=question.greatest - score, capacity=1)
    for j, places in enumerate(question.places.tolist()):
        graph.add_edge(n + j, sink, weight=0, capacity=places)
    for i in range(n):
        graph.add_edge(i, sink, weight=question.greatest + question.bonus, capacity=1)
    return graph


def solve_simplex(graph: DiGraph) -> Any:
    """Find the flow of least cost."""
    return nx.network_simplex(graph)[1]


def read_simplex(question: Question, _: DiGraph, flow: Any) -> Ints:
    """Read where each seeker is sent."""
    supporter_of = np.full(question.seekers, WAITING, dtype=np.int64)
    for i in range(question.seekers):
        for node, amount in flow[i].items():
            if amount and node < question.seekers + question.supporters:
                supporter_of[i] = node - question.seekers
    return supporter_of


def _check_edges(question: Question, each: int) -> None:
    question.check_fits(each * int(question.places[question.scores.indices].sum()), "the graph")


def _pairs(question: Question) -> Iterator[tuple[int, int, int]]:
    scores = question.scores
    return zip(question.rows.tolist(), scores.indices.tolist(), scores.data.tolist(), strict=True)


def _slot_edges(question: Question) -> Iterator[tuple[int, int, int]]:
    """Nodes: seekers first, then one a place."""
    first = (question.seekers + np.cumsum(question.places) - question.places).tolist()
    places = question.places.tolist()
    for i, j, score in _pairs(question):
        for node in range(first[j], first[j] + places[j]):
            yield i, node, score


def _of_nodes(question: Question, chosen: Iterable[tuple[int, int]]) -> Ints:
    supporter_of = np.full(question.seekers, WAITING, dtype=np.int64)
    for left, right in chosen:
        seeker, slot = min(left, right), max(left, right)
        supporter_of[seeker] = question.slot_of[slot - question.seekers]
    return supporter_of
