"""Reading a PromQL query: that it parses, and asks only for series, labels and values that are really exported.

What its answer is labelled with comes out, so that a legend or an annotation cannot name a label that is gone by then.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import promql_parser as promql

SCALAR = None
"""A number: it has no labels, and fits beside anything."""

KEEPING = ("topk", "bottomk", "quantile", "limitk")
"""Aggregations that give series as they are."""


class Query:
    """One query over the series that are exported; `values` are those a label can have, where they are known."""

    def __init__(self, exported: Mapping[str, object], values: Mapping[str, Collection[str]]) -> None:
        self._exported, self._values = exported, values
        self.names: set[str] = set()

    def labels_of(self, text: str) -> frozenset[str]:
        """Give the labels of its answer; AssertionError or ValueError where it asks for what is not there."""
        return self._of(promql.parse(text)) or frozenset()

    def _of(self, node: promql.Expr) -> frozenset[str] | None:
        match node:
            case promql.VectorSelector() | promql.MatrixSelector():
                return self._selected(node)
            case promql.AggregateExpr():
                return self._aggregated(node)
            case promql.Call():
                return self._called(node)
            case promql.BinaryExpr():
                return self._joined(node)
            case promql.NumberLiteral() | promql.StringLiteral():
                return SCALAR
            case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
                return self._of(node.expr)
        raise AssertionError(f"no reader for {type(node).__name__}")

    def _selected(self, node: promql.VectorSelector | promql.MatrixSelector) -> frozenset[str]:
        is_range = isinstance(node, promql.MatrixSelector)
        selector = node.vector_selector if is_range else node
        assert selector.name in self._exported, f"nobody exports {selector.name}"
        self.names.add(selector.name)
        series = self._exported[selector.name]
        assert series.is_counted == is_range, f"{selector.name}: a rate of what only grows, and of nothing else"
        for matcher in selector.matchers.matchers:
            assert matcher.name in series.labels, f"{selector.name} has no label {matcher.name}"
            known = self._values.get(matcher.name)
            is_pattern = matcher.op in (promql.MatchOp.Re, promql.MatchOp.NotRe)
            if known is not None:
                for part in matcher.value.split("|") if is_pattern else (matcher.value,):
                    assert any(re.fullmatch(part, value) if is_pattern else part == value for value in known), (
                        f"{matcher.name} is never {part}"
                    )
        return series.labels

    def _aggregated(self, node: promql.AggregateExpr) -> frozenset[str]:
        inner = self._of(node.expr)
        assert inner is not SCALAR
        if str(node.op) in KEEPING:
            return inner
        if node.modifier is None:
            return frozenset()
        named = frozenset(node.modifier.labels)
        assert named <= inner, f"by labels that are not there: {sorted(named - inner)}"
        return named if node.modifier.type == promql.AggModifierType.By else inner - named

    def _called(self, node: promql.Call) -> frozenset[str] | None:
        inner = [self._of(argument) for argument in node.args]
        labels = [each for each in inner if each is not SCALAR]
        if node.func.name == "histogram_quantile":
            assert "le" in labels[0], "a quantile needs the buckets' le"
            return labels[0] - {"le"}
        return labels[0] if labels else SCALAR

    def _joined(self, node: promql.BinaryExpr) -> frozenset[str] | None:
        left, right = self._of(node.lhs), self._of(node.rhs)
        if left is SCALAR or right is SCALAR:
            return right if left is SCALAR else left
        assert left == right, f"no series of both sides fit together: {sorted(left)} and {sorted(right)}"
        return left
