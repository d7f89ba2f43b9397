"""From what a schema refuses to the problems of our own errors: one dotted field and one sentence each.

Used wherever a schema is loaded outside HTTP: spreadsheets, files on the command line. Statuses are never decided here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from marshmallow import ValidationError
from marshmallow.exceptions import SCHEMA

from schemas.told import together
from service.errors import FieldProblem

_LONGEST_NAME = 80


def field_problems(error: ValidationError) -> tuple[FieldProblem, ...]:
    """Flatten a schema's nested messages; an empty field means the whole body."""
    return tuple(_flat(error.normalized_messages(), ()))  # type: ignore[no-untyped-call]


def _flat(messages: Any, path: tuple[str, ...]) -> Iterator[FieldProblem]:
    if isinstance(messages, dict):
        for key, inner in messages.items():
            yield from _flat(inner, path if key == SCHEMA else (*path, _shown(str(key))))
    else:
        yield FieldProblem(".".join(path), together(messages))


def _shown(name: str) -> str:
    """Make a field's name fit to print: an unknown one is as its sender wrote it."""
    return "".join(character if character.isprintable() else "?" for character in name[:_LONGEST_NAME])
