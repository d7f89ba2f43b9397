"""Taking in a large body: read piece by piece onto the disk, never into memory, with the limits that hold for it.

The file has no name and is gone with the request, or with the process. What is in it is for a use case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, Final, cast

from flask import request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from service.api.blueprint import documented
from service.api.errors import RequestError
from service.errors import TemporaryError

MAX_UPLOAD_BYTES: Final = 256 << 20
"""Some 300,000 members as JSON lines."""

JSON_LINES: Final = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")
CSV: Final = ("text/csv",)

_CHARSETS: Final = ("utf-8", "utf8", "us-ascii")
_IN_MEMORY: Final = 1 << 20
_PIECE: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Upload:
    """A body that came in whole: a seekable file at its start, and whether it is CSV (else JSON lines)."""

    file: BinaryIO
    is_csv: bool


def takes_lines(view: Callable[..., Any]) -> Callable[..., Any]:
    """Tell the document that the view takes JSON lines or CSV; it reads them with `uploaded`."""
    told = f"At most {MAX_UPLOAD_BYTES:,} bytes, sent as it is, without Content-Encoding."
    text = {"type": "string", "description": told}
    content = {
        JSON_LINES[0]: {"schema": text, "example": '{"member_id": "m-1", "languages": ["en"], "…": "…"}\n'},
        CSV[0]: {"schema": text, "example": "Member,Languages\nm-1,en\n"},
    }
    return documented(
        requestBody={"required": True, "content": content},
        responses={"400": "BadRequest", "413": "TooLarge", "415": "UnsupportedType", "422": "Invalid"},
    )(view)


@contextmanager
def uploaded() -> Iterator[Upload]:
    """Read the request's body, and give it for the length of the block.

    Raises RequestError: 413 for one that is too large, 415 for another type, 400 for one that ended too early.
    """
    if request.mimetype not in (*JSON_LINES, *CSV):
        raise RequestError(
            415, "unsupported_media_type", f"the body must be {JSON_LINES[0]} or {CSV[0]}, by its Content-Type"
        )
    if request.mimetype_params.get("charset", "utf-8").lower() not in _CHARSETS:
        raise RequestError(415, "unsupported_media_type", "the lines must be UTF-8, whatever charset was meant")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise RequestError(415, "unsupported_media_type", "the body must be sent as it is, without Content-Encoding")
    if (request.content_length or 0) > MAX_UPLOAD_BYTES:
        raise _too_large()
    # One more than allowed: a stream without a length is cut at the limit in silence, and must be seen to pass it.
    request.max_content_length = MAX_UPLOAD_BYTES + 1
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        _read_into(file)
        file.seek(0)
        yield Upload(cast("BinaryIO", file), is_csv=request.mimetype in CSV)


def _read_into(file: SpooledTemporaryFile[bytes]) -> None:
    size = 0
    while piece := _piece():
        size += len(piece)
        if size > MAX_UPLOAD_BYTES:
            raise _too_large()
        try:
            file.write(piece)
        except OSError as error:
            raise TemporaryError("there is no room for this body just now", code="no_room") from error
    if request.content_length is not None and size < request.content_length:
        raise _ended_early()


def _piece() -> bytes:
    try:
        return request.stream.read(_PIECE)
    except RequestEntityTooLarge as error:
        raise _too_large() from error
    except (ClientDisconnected, OSError) as error:
        raise _ended_early() from error


def _ended_early() -> RequestError:
    return RequestError(400, "bad_request", "the body ended before it was complete")


def _too_large() -> RequestError:
    return RequestError(413, "body_too_large", f"the body may have at most {MAX_UPLOAD_BYTES:,} bytes")
