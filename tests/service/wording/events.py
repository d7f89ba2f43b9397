"""Every type of event the service tells, read from its own source."""

from __future__ import annotations

import ast
from pathlib import Path

import service
from service.records.match import MatchState


def told_types() -> frozenset[str]:
    """Every text in the source that has the form of a type, but for those of the wording pack itself."""
    found = {f"match.{state}" for state in MatchState} | {"match.accepted"}
    for file in Path(service.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {node.value} if _is_type(node.value) and file.name != "english.py" else set()
    return frozenset(found)


def _is_type(text: str) -> bool:
    first, _, rest = text.partition(".")
    of = ("match", "member", "members", "hold", "task", "block", "policy", "wording", "run", "audit")
    return first in of and rest.replace("_", "").isalpha() and rest.islower()
