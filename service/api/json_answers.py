"""How answers are written as JSON: by orjson, a third of what json takes, and by json whatever orjson would refuse.

orjson writes no integer beyond 64 bits, no half of a surrogate pair and no key that is not text; json does. Both write
dates as Flask does. No key is sorted: fields come in the order of their schema.
"""

from __future__ import annotations

from typing import Any, Final, cast

import orjson
from flask import Response
from flask.json.provider import DefaultJSONProvider

_AS_FLASK: Final = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_APPEND_NEWLINE


class Answers(DefaultJSONProvider):
    """Flask's own way to JSON, but for how an answer's text is written."""

    sort_keys = False

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Give an answer with this JSON, and a line's end."""
        try:
            text = orjson.dumps(self._prepare_response_obj(args, kwargs), option=_AS_FLASK)
        except TypeError:
            return cast("Response", super().response(*args, **kwargs))
        return Response(text, mimetype=self.mimetype)
