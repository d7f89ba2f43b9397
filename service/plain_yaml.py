"""Read YAML files that people write by hand: mappings and policies.

Only what JSON can say is read, so that the Norwegian language stays ``no``, a time stays ``18:30`` and a grade stays
``007``: plain words are text unless they are whole numbers, decimals, ``true``, ``false`` or ``null``. Repeated keys,
aliases and tags are refused. What the values mean is never decided here.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import yaml

from schemas.told import tell
from service.errors import InvalidInput

MOST_CHARACTERS = 1_000_000
"""A file people write by hand is far smaller; a larger one is the wrong file."""


class YamlError(InvalidInput):
    """The text is not plain YAML; the message names the line."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="invalid_yaml")


class _PlainLoader(yaml.SafeLoader):
    """YAML's JSON part: implicit types as in YAML 1.2, nothing else."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own protocol

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Compose one node; an alias would let a small file grow without end."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise YamlError(
                tell("line %(line)s: aliases (*name) are not allowed; write the value out", line=mark.line + 1)
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Build a mapping; a key written twice would silently lose its first value."""
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise YamlError(
                    tell("line %(line)s: a key must be a single word or a quoted text", line=key.start_mark.line + 1)
                )
            if key.value in seen:
                raise YamlError(
                    tell("line %(line)s: the key %(key)r is written twice", line=key.start_mark.line + 1, key=key.value)
                )
            seen.add(key.value)
            # A key is always text: the cell `1` of a spreadsheet is looked up as "1".
            key.tag = "tag:yaml.org,2002:str"
        return super().construct_mapping(node, deep=deep)


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(0|[1-9][0-9]*)\.[0-9]+", "-+0123456789"),
):
    _PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first))


def read_yaml(text: str) -> Any:
    """Read one document of plain YAML (or JSON, its subset); an empty text is None.

    Raises YamlError with the line.
    """
    if len(text) > MOST_CHARACTERS:
        raise YamlError(
            tell("the file holds more than %(most)s characters; is it the right file?", most=f"{MOST_CHARACTERS:,}")
        )
    try:
        return yaml.load(text, Loader=_PlainLoader)
    except yaml.YAMLError as error:
        raise YamlError(_told(error)) from error
    except RecursionError as error:
        raise YamlError(tell("the file is nested too deeply")) from error


def _told(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        return tell(
            "line %(line)s, column %(column)s: %(problem)s",
            line=mark.line + 1,
            column=mark.column + 1,
            problem=error.problem or "",
        )
    return tell("the file is not YAML: %(problem)s", problem=str(error).splitlines()[0])
