"""Compressing answers for clients that take gzip.

Only answers of the API, never of the console: its pages hold secrets of a form beside what was typed, and how well such
a page compresses tells about them. A compressed answer's ETag is weak, as it is no longer the same bytes; it is taken
in If-Match and If-None-Match all the same.
"""

from __future__ import annotations

import gzip

from flask import Response, request

LEAST_BYTES = 1400
"""What fits one packet anyway is left as it is."""

_LEVEL = 5
_TYPES = ("application/json", "application/problem+json", "text/")


def compress(response: Response) -> None:
    """Compress an answer that is worth it, where the client takes it."""
    if response.is_streamed or response.direct_passthrough or len(response.get_data()) < LEAST_BYTES:
        return
    if response.content_encoding or not (response.mimetype or "").startswith(_TYPES):
        return
    response.vary.add("Accept-Encoding")
    if not request.accept_encodings["gzip"]:
        return
    # No time in it: equal answers stay equal bytes.
    response.set_data(gzip.compress(response.get_data(), _LEVEL, mtime=0))
    response.content_encoding = "gzip"
    tag, _ = response.get_etag()
    if tag is not None:
        response.set_etag(tag, weak=True)
