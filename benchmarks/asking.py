"""Asking a server over kept connections as HTTP clients do, and what the answers took: for benchmarks of the API.

A server may close a connection that is kept (gunicorn does when a worker has answered its many requests, and when
nothing is asked for some seconds). A client that finds it closed before it has read anything connects anew and sends
again; what that takes counts. An answer that breaks off is an error.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from types import TracebackType
from typing import Self

PATIENCE_SECONDS = 60.0
_PIECE = 65536


class HungUpError(ConnectionError):
    """The server closed the connection before it had said anything."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said; `head` without the empty line."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str | None:
        """Give a header; None where there is none."""
        begin = name.lower().encode() + b":"
        found = (line for line in self.head.split(b"\r\n") if line.lower().startswith(begin))
        return next((line[len(begin) :].strip().decode("latin-1") for line in found), None)


class Connection:
    """A connection to a port of this machine that is kept, and made anew where it has to be."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        """Connect with the first question."""
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close it; the next question makes it anew."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def ask(self, request: bytes) -> Answer:
        """Send a request and read its answer; HungUpError where a new connection is closed, too."""
        is_kept = self._socket is not None
        try:
            return self._exchanged(request)
        except HungUpError:
            if not is_kept:
                raise
            return self._exchanged(request)

    def _exchanged(self, request: bytes) -> Answer:
        try:
            answer = _answer(self._connected(), request)
        except BaseException:
            self.close()
            raise
        if (answer.header("Connection") or "").lower() == "close":
            self.close()
        return answer

    def _connected(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE_SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket


def _answer(connection: socket.socket, request: bytes) -> Answer:
    data = _first_piece(connection, request)
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += _more(connection)
    head, body = data[:end], data[end + 4 :]
    answer = Answer(int(head.split(b" ", 2)[1]), head, body)
    length = 0 if answer.status in (204, 304) else int(answer.header("Content-Length") or 0)
    while len(body) < length:
        body += _more(connection)
    return Answer(answer.status, head, body)


def _first_piece(connection: socket.socket, request: bytes) -> bytes:
    try:
        connection.sendall(request)
        piece = connection.recv(_PIECE)
    except (BrokenPipeError, ConnectionResetError) as error:
        raise HungUpError from error
    if not piece:
        raise HungUpError
    return piece


def _more(connection: socket.socket) -> bytes:
    piece = connection.recv(_PIECE)
    if not piece:
        raise ConnectionError("the answer broke off")
    return piece


def at_once(count: int, ask: Callable[[int, Random], None]) -> None:
    """Do something in so many threads, each with its number and luck of its own; the first error comes out."""
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            ask(number, Random(number))
        except BaseException as error:  # noqa: BLE001 - it is raised again below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def percentiles(waits: list[float]) -> dict[str, float]:
    """Give median, p99 and worst in milliseconds."""
    ordered = sorted(waits)
    return {
        "median_ms": round(ordered[len(ordered) // 2] * 1000, 1),
        "p99_ms": round(ordered[len(ordered) * 99 // 100] * 1000, 1),
        "worst_ms": round(ordered[-1] * 1000, 1),
    }
