"""The client of the API's benchmarks: what a server may do to a kept connection is no error, all else is."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from benchmarks.asking import Connection, HungUpError, at_once, percentiles

ASK = b"GET /one HTTP/1.1\r\nHost: x\r\n\r\n"
TOLD = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes"
LAST = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nyes"


@contextmanager
def server(*connections: Callable[[socket.socket], None]) -> Iterator[int]:
    """Take so many connections, one after the other, each served by its function and then closed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)

        def serve() -> None:
            for each in connections:
                with listener.accept()[0] as taken:
                    taken.settimeout(60)
                    each(taken)

        thread = Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(60)
        assert not thread.is_alive()


def answering(*answers: bytes) -> Callable[[socket.socket], None]:
    def serve(connection: socket.socket) -> None:
        for answer in answers:
            assert connection.recv(65536) == ASK
            connection.sendall(answer)

    return serve


def test_a_kept_connection_that_was_closed_meanwhile_is_made_anew_and_asked_again():
    with server(answering(TOLD), answering(TOLD)) as port, Connection(port) as connection:
        assert [connection.ask(ASK).body for _ in range(2)] == [b"yes", b"yes"]


def test_a_connection_is_not_kept_where_the_server_says_so():
    with server(answering(LAST), answering(TOLD)) as port, Connection(port) as connection:
        first = connection.ask(ASK)
        second = connection.ask(ASK)

    assert (first.header("connection"), second.header("connection")) == ("close", None)
    assert (second.status, second.body) == (200, b"yes")


def test_a_new_connection_that_is_closed_without_a_word_is_an_error():
    with (
        server(answering(b""), answering(TOLD)) as port,
        Connection(port) as connection,
    ):
        with pytest.raises(HungUpError):
            connection.ask(ASK)
        assert connection.ask(ASK).body == b"yes"


@pytest.mark.parametrize("broken", [TOLD[:-1], TOLD[:10]])
def test_an_answer_that_breaks_off_is_an_error_and_not_asked_for_again(broken):
    with (
        server(answering(TOLD, broken)) as port,
        Connection(port) as connection,
    ):
        connection.ask(ASK)
        with pytest.raises(ConnectionError, match="broke off"):
            connection.ask(ASK)


def test_the_first_error_of_several_threads_comes_out():
    def work(number, _chance):
        if number == 1:
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        at_once(3, work)


def test_percentiles_are_in_milliseconds():
    told = percentiles([0.001 * number for number in range(1, 201)])

    assert told == {"median_ms": 101.0, "p99_ms": 199.0, "worst_ms": 200.0}
