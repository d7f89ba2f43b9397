"""Reading what a client still sends after it was answered: all of it, up to the bounds, and never longer."""

from __future__ import annotations

import io
import socket
import time
from threading import Timer

import pytest

from service import drain as drain_module
from service.drain import Draining


def answering(environ, start_response):
    """Answer without looking at the body."""
    start_response("413 Content Too Large", [("Content-Length", "2")])
    return [b"no"]


def reading(environ, start_response):
    """Answer after the whole body."""
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


def call(app, stream, **environ):
    """Call as a server does: send the answer, then close it."""
    answer = Draining(app)({"wsgi.input": stream, **environ}, lambda *_: None)
    sent = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    return sent


class Endless(io.RawIOBase):
    """A body without an end."""

    taken = 0

    def read(self, size=-1, /):
        self.taken += size
        return b"x" * size


def test_the_rest_of_a_body_is_read_once_the_answer_is_out():
    stream = io.BytesIO(b"x" * 3_000_000)
    answer = Draining(answering)({"wsgi.input": stream, "CONTENT_LENGTH": "3000000"}, lambda *_: None)

    assert b"".join(answer) == b"no"
    assert stream.tell() == 0
    answer.close()
    assert stream.tell() == 3_000_000


def test_a_chunked_body_is_read_to_its_end():
    stream = io.BytesIO(b"x" * 200_000)

    call(answering, stream, HTTP_TRANSFER_ENCODING="chunked")

    assert stream.tell() == 200_000


def test_a_body_that_was_read_is_not_waited_for_again(monkeypatch):
    def forbidden(*_args):
        raise AssertionError("nothing is left to wait for")

    monkeypatch.setattr(drain_module, "Timer", forbidden)

    assert call(reading, io.BytesIO(b"x" * 10), CONTENT_LENGTH="10") == b"ok"
    assert call(reading, io.BytesIO(b""), CONTENT_LENGTH="0") == b"ok"
    assert call(reading, io.BytesIO(b"")) == b"ok"


def test_a_body_without_an_end_is_left_at_the_bound(monkeypatch):
    monkeypatch.setattr(drain_module, "MAX_BYTES", 1_000_000)
    stream = Endless()

    call(answering, stream, HTTP_TRANSFER_ENCODING="chunked")

    assert 1_000_000 <= stream.taken <= 1_100_000


@pytest.mark.parametrize("trickle", [b"", b"x"])
def test_a_client_that_stalls_is_left_in_time(monkeypatch, trickle):
    monkeypatch.setattr(drain_module, "MAX_SECONDS", 0.1)
    server, client = socket.socketpair()
    with server, client, server.makefile("rb") as stream:
        client.sendall(trickle)
        give_up = Timer(40, client.close)
        give_up.start()
        began = time.monotonic()

        call(answering, stream, **{"CONTENT_LENGTH": "1000000", "gunicorn.socket": server})

        give_up.cancel()
        assert time.monotonic() - began < 20


def test_a_client_that_is_gone_is_no_error():
    class Gone(io.RawIOBase):
        def read(self, size=-1, /):
            raise ConnectionResetError

    assert call(answering, Gone(), CONTENT_LENGTH="10") == b"no"
