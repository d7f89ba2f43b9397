"""Sending to servers that do anything: each ends in time, follows nothing, and reads no more than it must."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from service.webhooks.naming import addresses_within
from service.webhooks.reach import Reach
from service.webhooks.sending import Answer, Failure, Patience, Sender
from tests.service.webhooks.certificates import Authority
from tests.service.webhooks.receiver import LOOPBACK, answering, receiving, writing

QUICK = Patience(name_seconds=0.5, connect_seconds=0.5, total_seconds=1.0)
"""For tests in which it runs out; in all others a busy machine may take its time."""
PATIENT = Patience(name_seconds=30, connect_seconds=30, total_seconds=60)
MUCH_LATER = 40
IN_TIME = 20
BODY = b'{"type":"match.offered"}'


def leading_to(*addresses):
    """A resolver that knows one answer for every name."""
    return lambda _name, _port: addresses


def post(url, *, reach=LOOPBACK, resolve=None, tls=None, wanted_bytes=0, patience=PATIENT) -> Answer:
    more = {} if resolve is None else {"resolve": resolve}
    sender = Sender(reach, patience=patience, tls=tls, **more)
    return sender.post(url, BODY, {"webhook-id": "evt_1"}, wanted_bytes=wanted_bytes)


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def test_a_message_arrives_as_it_was_sent():
    with receiving(answering(204)) as receiver:
        answer = post(f"{receiver.url}?a=b")

    (received,) = receiver.received
    assert (answer.failure, answer.status) == (None, 204)
    assert (received.path, received.body) == ("/hook?a=b", BODY)
    assert received.headers["webhook-id"] == "evt_1"
    assert received.headers["content-type"] == "application/json"
    assert received.headers["host"] == f"127.0.0.1:{receiver.address[1]}"
    assert received.headers["connection"] == "close"


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (200, None),
        (202, None),
        (299, None),
        (300, Failure.REDIRECTED),
        (304, Failure.REDIRECTED),
        (400, Failure.STATUS),
        (404, Failure.STATUS),
        (410, Failure.GONE),
        (429, Failure.STATUS),
        (500, Failure.STATUS),
        (503, Failure.STATUS),
    ],
)
def test_only_2xx_is_an_arrival(status, failure):
    with receiving(answering(status)) as receiver:
        answer = post(receiver.url)

    assert (answer.failure, answer.status) == (failure, status)


def test_a_redirect_is_not_followed():
    with receiving(answering(200)) as inside, receiving(answering(307, Location=inside.url)) as receiver:
        answer = post(receiver.url)

    assert answer.failure is Failure.REDIRECTED
    assert inside.received == []


@pytest.mark.parametrize(
    "behave",
    [
        lambda _handler, _received: time.sleep(MUCH_LATER),
        writing(b"H", b"T", b"T", b"P", pause=0.3, ends=False),
        writing(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n", b"X-C: d\r\n", pause=0.3, ends=False),
        writing(b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.05, ends=False),
    ],
    ids=["never", "byte by byte", "header by header", "continue for ever"],
)
def test_a_receiver_that_does_not_answer_in_time_is_left(behave):
    with receiving(behave) as receiver:
        begun = time.monotonic()
        answer = post(receiver.url, patience=QUICK)

    assert answer.failure is Failure.TOO_SLOW
    assert time.monotonic() - begun < IN_TIME
    assert answer.seconds >= 1.0


def test_a_slow_body_after_a_quick_answer_is_not_waited_for():
    with receiving(writing(b"HTTP/1.1 200 OK\r\n\r\n", b"x", pause=0.5, ends=False)) as receiver:
        answer = post(receiver.url)

    assert (answer.failure, answer.status) == (None, 200)
    assert answer.seconds < IN_TIME


def test_a_slow_body_that_is_wanted_is_waited_for_until_the_end_alone():
    with receiving(writing(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", b"x", pause=0.3, ends=False)) as receiver:
        answer = post(receiver.url, patience=QUICK, wanted_bytes=4096)

    assert answer.failure is Failure.TOO_SLOW


def test_no_more_of_an_endless_body_is_read_than_is_wanted():
    sent = []

    def behave(handler, _received):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(4096):
            handler.wfile.write(b"x" * 65536)
            sent.append(65536)

    with receiving(behave) as receiver:
        answer = post(receiver.url, wanted_bytes=1000)

    assert (answer.failure, answer.body) == (None, b"x" * 1000)
    assert sum(sent) < 64 << 20


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"hello\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX-A: " + b"b" * 100_000 + b"\r\n\r\n",
        b"\x00\xff\xfe" * 100,
    ],
    ids=["nothing", "no HTTP", "no status", "many headers", "a long header", "bytes"],
)
def test_what_is_no_answer_is_none(written):
    with receiving(writing(written)) as receiver:
        answer = post(receiver.url)

    assert (answer.failure, answer.status) == (Failure.BROKEN, None)


def test_a_receiver_that_resets_the_connection_is_told_apart():
    listening = socket.create_server(("127.0.0.1", 0))

    def reset():
        connection, _ = listening.accept()
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        connection.close()

    thread = threading.Thread(target=reset)
    thread.start()
    answer = post(f"http://127.0.0.1:{listening.getsockname()[1]}/")
    thread.join()
    listening.close()

    assert answer.failure is Failure.BROKEN


def test_nobody_there_is_no_connection():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    assert post(f"http://127.0.0.1:{port}/").failure is Failure.NO_CONNECTION


def test_an_answer_says_when_to_come_back_in_seconds_alone():
    with receiving(answering(429, Retry_After="120")) as receiver:
        assert post(receiver.url).retry_after == 120
        receiver.behave = answering(503, Retry_After="Wed, 21 Oct 2026 07:28:00 GMT")
        assert post(receiver.url).retry_after is None
        receiver.behave = answering(503, Retry_After="99999999")
        assert post(receiver.url).retry_after == 86400


# --- Names ------------------------------------------------------------------------------------------------------------


def failing(_name, _port):
    raise socket.gaierror(socket.EAI_NONAME, "not known")


@pytest.mark.parametrize("resolve", [failing, leading_to()], ids=["fails", "has none"])
def test_a_name_without_an_address_is_told(resolve):
    assert post("https://example.org/", resolve=resolve).failure is Failure.NO_ADDRESS


def test_a_resolver_that_does_not_answer_holds_nobody_up():
    is_over = threading.Event()
    begun = time.monotonic()

    answer = post("https://example.org/", patience=QUICK, resolve=lambda *_: (is_over.wait(MUCH_LATER), ())[1])
    is_over.set()

    assert answer.failure is Failure.NO_ADDRESS
    assert time.monotonic() - begun < IN_TIME


def test_resolvers_left_behind_are_bounded():
    is_over = threading.Event()
    try:
        for _ in range(100):
            with pytest.raises(TimeoutError):
                addresses_within(lambda *_: (is_over.wait(MUCH_LATER), ())[1], "example.org", 443, seconds=0.001)
        assert sum(thread.name == "names" for thread in threading.enumerate()) <= 64
    finally:
        is_over.set()
    assert addresses_within(leading_to("8.8.8.8"), "example.org", 443, seconds=5) == ("8.8.8.8",)


# --- Inside -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "addresses", [("127.0.0.1",), ("93.184.216.34", "127.0.0.1"), ("::ffff:127.0.0.1",), ("169.254.169.254",)]
)
def test_a_name_of_which_any_address_is_inside_is_not_called(addresses):
    with receiving(answering(200)) as receiver:
        url = f"http://example.org:{receiver.address[1]}/"
        answer = post(url, reach=Reach(allows_http=True, networks=()), resolve=leading_to(*addresses))
        # Its port alone would have it refused.
        secure = post("https://example.org/", reach=Reach(), resolve=leading_to(*addresses))

    assert (answer.failure, secure.failure) == (Failure.NOT_ALLOWED, Failure.NOT_ALLOWED)
    assert receiver.received == []


def test_a_name_that_changes_its_address_leads_to_the_one_that_was_checked():
    asked = []

    def rebinding(name, _port):
        asked.append(name)
        return ("127.0.0.1",) if len(asked) == 1 else ("127.0.0.2",)

    with receiving(answering(200)) as receiver:
        answer = post(f"http://rebinding.example:{receiver.address[1]}/", resolve=rebinding)

    assert answer.failure is None
    assert asked == ["rebinding.example"]
    assert receiver.received[0].headers["host"] == f"rebinding.example:{receiver.address[1]}"


def test_a_name_that_is_public_at_first_and_inside_at_the_next_call_is_not_called_again():
    answers = [("127.0.0.1",), ("127.0.0.9",)]
    only_one = Reach(allows_http=True, networks=(LOOPBACK.networks[0].__class__("127.0.0.1/32"),))

    with receiving(answering(200)) as receiver:
        sender = Sender(only_one, patience=QUICK, resolve=lambda *_: answers.pop(0))
        url = f"http://rebinding.example:{receiver.address[1]}/"
        first, second = sender.post(url, BODY, {}), sender.post(url, BODY, {})

    assert (first.failure, second.failure) == (None, Failure.NOT_ALLOWED)
    assert len(receiver.received) == 1


def test_the_next_address_is_tried_where_one_does_not_answer():
    with receiving(answering(200)) as receiver:
        answer = post(f"http://example.org:{receiver.address[1]}/", resolve=leading_to("127.0.0.77", "127.0.0.1"))

    assert answer.failure is None


def test_a_url_that_is_no_longer_allowed_is_not_called():
    with receiving(answering(200)) as receiver:
        assert post(receiver.url, reach=Reach()).failure is Failure.NOT_ALLOWED
    assert receiver.received == []


# --- TLS --------------------------------------------------------------------------------------------------------------


def test_tls_is_by_the_name_while_the_connection_is_to_the_address(authority):
    names = []
    server = authority.server("example.org")
    server.sni_callback = lambda _socket, name, _context: names.append(name)

    with receiving(answering(200, b"yes"), tls=server) as receiver:
        answer = post(
            f"https://example.org:{receiver.address[1]}/",
            resolve=leading_to("127.0.0.1"),
            tls=authority.trusting(),
            wanted_bytes=10,
        )

    assert (answer.failure, answer.body) == (None, b"yes")
    assert names == ["example.org"]


def test_a_certificate_of_another_name_out_of_date_or_of_nobody_we_trust_is_refused(authority, tmp_path):
    (tmp_path / "other").mkdir()
    stranger = Authority(tmp_path / "other")
    for server in (
        authority.server("other.example"),
        authority.server("example.org", days=0),
        stranger.server("example.org"),
    ):
        with receiving(answering(200), tls=server) as receiver:
            url = f"https://example.org:{receiver.address[1]}/"
            answer = post(url, resolve=leading_to("127.0.0.1"), tls=authority.trusting())

        assert answer.failure is Failure.NO_TLS
        assert receiver.received == []


def test_a_server_without_tls_and_one_that_never_shakes_hands_are_told_apart(authority):
    with receiving(answering(200)) as receiver:
        url = f"https://example.org:{receiver.address[1]}/"
        plain = post(url, resolve=leading_to("127.0.0.1"), tls=authority.trusting())
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://example.org:{silent.getsockname()[1]}/"
        never = post(url, patience=QUICK, resolve=leading_to("127.0.0.1"), tls=authority.trusting())

    assert (plain.failure, never.failure) == (Failure.NO_TLS, Failure.TOO_SLOW)
