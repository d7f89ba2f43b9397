"""The API as gunicorn serves it: clients that send far too much still read why it was refused."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess

import pytest

from tests.service.api.conftest import SEEKER
from tests.service.api.serving import serving

FORTY_MB = 40_000_000
PIECE = b"x" * 1_000_000


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    with serving(folder, f"sqlite:///{folder}/alongside.sqlite3") as server:
        yield server


def pieces(size):
    for _ in range(size // len(PIECE)):
        yield PIECE


def assert_too_large(status, body):
    assert status == 413
    assert json.loads(body)["code"] == "body_too_large"


@pytest.mark.parametrize("attempt", range(5))
def test_http_client_reads_the_problem_after_sending_forty_megabytes(served, attempt):
    connection = served.connect()

    connection.request("PUT", "/v1/members/m-1", body=b"x" * FORTY_MB, headers=served.headers)
    answer = connection.getresponse()

    assert_too_large(answer.status, answer.read())
    connection.close()


@pytest.mark.parametrize("attempt", range(5))
def test_http_client_reads_the_problem_after_chunks_without_a_length(served, attempt):
    connection = served.connect()

    connection.request("PUT", "/v1/members/m-1", body=pieces(FORTY_MB), headers=served.headers, encode_chunked=True)
    answer = connection.getresponse()

    assert_too_large(answer.status, answer.read())
    connection.close()


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("PUT", "/v1/members/m-1", {"Content-Type": "application/json"}, 401),
        ("POST", "/v1/nothing", {}, 404),
        ("POST", "/v1/factors", {}, 405),
    ],
)
def test_every_early_refusal_is_read_however_much_is_sent(served, method, path, headers, status):
    connection = served.connect()

    connection.request(method, path, body=b"x" * FORTY_MB, headers=headers)
    answer = connection.getresponse()

    assert (answer.status, json.loads(answer.read())["status"]) == (status, status)
    connection.close()


def test_a_connection_is_good_for_the_next_call_after_a_refusal(served):
    connection = served.connect()
    connection.request("PUT", "/v1/members/m-1", body=b"x" * FORTY_MB, headers=served.headers)
    connection.getresponse().read()

    connection.request("PUT", "/v1/members/m-1", body=json.dumps(SEEKER), headers=served.headers)
    answer = connection.getresponse()

    assert answer.status in (200, 201)
    assert json.loads(answer.read())["member_id"] == "m-1"
    connection.close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on PATH")
@pytest.mark.parametrize(
    "options",
    [
        ["--data-binary", "@-"],
        ["--data-binary", "@-", "--header", "Expect:"],
        ["--upload-file", "-"],
        ["--upload-file", "-", "--header", "Expect:"],
        ["--http1.0", "--data-binary", "@-"],
    ],
    ids=["after asking", "at once", "chunked after asking", "chunked at once", "HTTP 1.0"],
)
def test_curl_reads_the_problem_after_forty_megabytes(served, options):
    command = ["curl", "--silent", "--show-error", "--max-time", "30", "--request", "PUT", *options]
    for name, value in served.headers.items():
        command += ["--header", f"{name}: {value}"]
    command += ["--write-out", "\n%{http_code}", f"http://127.0.0.1:{served.port}/v1/members/m-1"]

    done = subprocess.run(command, input=PIECE * 40, capture_output=True, check=False, timeout=60)

    assert (done.returncode, done.stderr) == (0, b"")
    body, status = done.stdout.rsplit(b"\n", 1)
    assert_too_large(int(status), body)


def test_a_chunked_body_within_the_limit_is_taken(served):
    connection = served.connect()

    connection.request(
        "PUT",
        "/v1/members/m-2",
        body=iter([json.dumps(SEEKER).encode()]),
        headers=served.headers,
        encode_chunked=True,
    )
    answer = connection.getresponse()

    assert (answer.status, json.loads(answer.read())["member_id"]) == (201, "m-2")
    connection.close()


def test_the_answer_does_not_wait_for_a_body_that_never_comes(served):
    connection = served.connect()
    connection.putrequest("PUT", "/v1/members/m-1")
    for name, value in {**served.headers, "Content-Length": str(FORTY_MB)}.items():
        connection.putheader(name, value)
    connection.endheaders()

    answer = connection.getresponse()

    assert_too_large(answer.status, answer.read())
    connection.close()


def _told_in_full(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize("chunks", [b"ZZ\r\n{}\r\n0\r\n\r\n", b"2\r\n{}XX\r\n0\r\n\r\n", b"5\r\n{}"])
def test_a_body_of_broken_chunks_is_the_clients_fault(served, chunks):
    headers = "".join(f"{name}: {value}\r\n" for name, value in served.headers.items())
    head = f"PUT /v1/members/m-1 HTTP/1.1\r\nHost: x\r\n{headers}Transfer-Encoding: chunked\r\n\r\n"

    told = _told_in_full(served.port, head.encode() + chunks)

    assert told.startswith(b"HTTP/1.1 400 ")
    assert b'"code": "bad_request"' in told


def test_a_malformed_request_leaves_nothing_of_itself_in_the_log(served):
    assert _told_in_full(served.port, b"GET /v1/members/anna-kowalska\r\n\r\n").startswith(b"HTTP/1.1 400 ")

    assert "kowalska" not in served.log.read_text()
