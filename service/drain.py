"""Reading what a client still sends after it was answered, so that it gets to read the answer.

Most clients send their whole body before they read: when a server answers 413 and closes, they see a broken pipe
instead. So the answer goes out first, and then the rest of the body is read and thrown away, up to `MAX_BYTES` or
`MAX_SECONDS`. Nothing here knows what was asked or answered.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable, Iterator
from threading import Timer
from typing import TYPE_CHECKING

from gunicorn.http.errors import ParseException
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    from _typeshed.wsgi import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

MAX_BYTES = 64 << 20
MAX_SECONDS = 5.0
_PIECE = 1 << 16


class Draining:
    """A WSGI app that never leaves a body half read, within the bounds above."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with the app, and read the rest of the body when the answer is out."""
        length = environ.get("CONTENT_LENGTH") or None
        if length == "0" or (length is None and "HTTP_TRANSFER_ENCODING" not in environ):
            return self._app(environ, start_response)
        body = _Body(environ["wsgi.input"], int(length) if length is not None and length.isdecimal() else None)
        environ["wsgi.input"] = body
        return ClosingIterator(self._app(environ, start_response), lambda: drain(body, environ.get("gunicorn.socket")))


class _Body:
    """A request's body that knows whether all of it was read."""

    def __init__(self, stream: InputStream, length: int | None) -> None:
        self._stream = stream
        self._left = length
        self.is_over = False

    def read(self, size: int = -1, /) -> bytes:
        with self._well_formed():
            piece = self._stream.read(size)
        return self._seen(piece, is_wanted=size != 0)

    def readline(self, size: int = -1, /) -> bytes:
        with self._well_formed():
            piece = self._stream.readline(size)
        return self._seen(piece, is_wanted=size != 0)

    def readlines(self, hint: int = -1, /) -> list[bytes]:
        with self._well_formed():
            lines = self._stream.readlines(hint)
        self._seen(b"".join(lines), is_wanted=hint < 0)
        return lines

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    @contextlib.contextmanager
    def _well_formed(self) -> Iterator[None]:
        """Tell of chunks that are none as of a client that is gone: its fault, and nothing more can be read."""
        try:
            yield
        except ParseException as error:
            self.is_over = True
            raise ClientDisconnected from error

    def _seen(self, piece: bytes, *, is_wanted: bool) -> bytes:
        if self._left is not None:
            self._left -= len(piece)
        self.is_over = self.is_over or self._left == 0 or (is_wanted and not piece)
        return piece


def drain(body: _Body, connection: socket.socket | None) -> None:
    """Read the body to its end, or to the bounds."""
    if body.is_over:
        return
    # A read of a server's stream waits as long as the client does; only the socket can end it.
    timer = Timer(MAX_SECONDS, _stop_reading, (connection,))
    timer.daemon = True
    timer.start()
    read = 0
    try:
        while read < MAX_BYTES and not body.is_over:
            read += len(body.read(_PIECE))
    except (OSError, ValueError, ClientDisconnected):
        pass  # The client is gone or its body malformed: nothing is left to read.
    finally:
        timer.cancel()


def _stop_reading(connection: socket.socket | None) -> None:
    if connection is not None:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RD)
