"""What an error looks like: RFC 9457 problem details with a stable code and a place for each bad field.

One shape for every error of the API. Which error has which status is told in `service/api/errors.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, fields
from marshmallow.exceptions import SCHEMA


class FieldErrorOut(Schema):
    """One bad field: `pointer` says where in the body, `parameter` which of the address."""

    class Meta:
        """Readers must expect more fields one day."""

        unknown = EXCLUDE

    pointer = fields.String(
        metadata={"description": "JSON Pointer to it in the body, as a fragment.", "example": "#/languages/0"}
    )
    parameter = fields.String(metadata={"description": "The query or path parameter."})
    detail = fields.String(required=True, metadata={"description": "What is allowed.", "example": "must be text"})


class ProblemOut(Schema):
    """What went wrong, and what to change."""

    class Meta:
        """Readers must expect more fields one day."""

        unknown = EXCLUDE

    type = fields.String(required=True, metadata={"description": "Always about:blank; programs read `code`."})
    title = fields.String(required=True, metadata={"description": "The status in words."})
    status = fields.Integer(required=True, metadata={"description": "The HTTP status."})
    code = fields.String(required=True, metadata={"description": "Stable; programs may test it."})
    detail = fields.String(required=True, metadata={"description": "What was attempted, and what is allowed."})
    errors = fields.List(fields.Nested(FieldErrorOut), metadata={"description": "Each bad field, if any."})
    request_id = fields.String(
        required=True, metadata={"description": "Also the header X-Request-ID; name it when you ask for help."}
    )


def pointers(messages: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Turn nested messages into (JSON Pointer as a URI fragment, sentence), one for each bad field."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from pointers(inner, path if name == SCHEMA else (*path, str(name)))
    else:
        sentences = messages if isinstance(messages, list) else [messages]
        yield pointer_to(path), "; ".join(map(str, sentences))


def pointer_to(path: tuple[str, ...]) -> str:
    """Write a path as a JSON Pointer in a URI fragment; the whole body is ``#``."""
    return "#" + "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in path)
