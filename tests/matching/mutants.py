"""Wrong versions of a function, one small change each: what the tables must notice."""

from __future__ import annotations

import ast
import copy
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

SWAPPED: dict[type, type] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
"""What each operator becomes."""

SWAPPED_NAMES = {
    "min": "max",
    "max": "min",
    "abs": "int",
    "seeker": "supporter",
    "supporter": "seeker",
    "i": "j",
}


def mutants_of(function: Callable[..., Any]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Give (what was changed, the changed function) for every small change to the function's source."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    definition.decorator_list = []
    definition.body = definition.body[1:]  # the docstring
    for number, node in enumerate(ast.walk(tree)):
        for changed in _changes(node):
            mutant = copy.deepcopy(tree)
            target = list(ast.walk(mutant))[number]
            target.__dict__.update(changed.__dict__)
            target.__class__ = changed.__class__  # type: ignore[misc]
            ast.fix_missing_locations(mutant)
            yield _described(node, changed), _compiled(mutant, function)


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    if type(node) in SWAPPED:
        yield SWAPPED[type(node)]()
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield ast.Call(ast.Name("bool", ast.Load()), [node.operand], [])
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield ast.Constant(node.value + 1)
        yield ast.Constant(node.value - 1)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        if node.id.isupper():
            yield ast.BinOp(ast.Name(node.id, ast.Load()), ast.Add(), ast.Constant(1))
        elif node.id in SWAPPED_NAMES:
            yield ast.Name(SWAPPED_NAMES[node.id], ast.Load())


def _described(node: ast.AST, changed: ast.AST) -> str:
    if isinstance(node, ast.expr):
        return f"line {node.lineno}: {ast.unparse(node)} -> {ast.unparse(changed)}"
    return f"{type(node).__name__} -> {type(changed).__name__}"


def _compiled(tree: ast.Module, function: Callable[..., Any]) -> Callable[..., Any]:
    names = dict(function.__globals__)
    exec(compile(tree, f"<mutant of {function.__name__}>", "exec"), names)
    mutant: Callable[..., Any] = names[function.__name__]
    return mutant
