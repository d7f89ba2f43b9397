"""A real receiver on this machine's loopback: it keeps what it was sent, and answers as it is told."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

from service.webhooks.reach import Reach

LOOPBACK = Reach(allows_http=True, networks=(ip_network("127.0.0.0/8"), ip_network("::1/128")))
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Received:
    """One message as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def document(self):
        return json.loads(self.body)

    @property
    def message_id(self) -> str:
        return self.headers["webhook-id"]


Behave = Callable[[BaseHTTPRequestHandler, Received], None]


def answering(status: int, body: bytes = b"", **headers: str) -> Behave:
    """Answer always the same."""

    def behave(handler: BaseHTTPRequestHandler, _received: Received) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def welcoming(handler: BaseHTTPRequestHandler, received: Received) -> None:
    """Send a challenge back, and take everything else."""
    challenge = received.document["data"].get("challenge") if received.document["data"] else None
    body = json.dumps({"challenge": challenge}).encode() if challenge else b""
    answering(200, body)(handler, received)


def writing(*parts: bytes, pause: float = 0.0, ends: bool = True) -> Behave:
    """Write these bytes instead of an answer, with a pause after each; for ever unless it `ends`."""

    def behave(handler: BaseHTTPRequestHandler, _received: Received) -> None:
        while True:
            for part in parts:
                handler.wfile.write(part)
                handler.wfile.flush()
                time.sleep(pause)
            if ends:
                return

    return behave


@dataclass
class Receiver:
    """What a test sees of the receiver; `behave` may be changed at any time."""

    behave: Behave
    address: tuple[str, int] = ("", 0)
    is_secure: bool = False
    received: list[Received] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        scheme = "https" if self.is_secure else "http"
        return f"{scheme}://{self.address[0]}:{self.address[1]}/hook"

    @property
    def events(self) -> list[Received]:
        """Messages that are no challenge."""
        return [each for each in tuple(self.received) if each.document["type"] != "endpoint.verification"]

    @property
    def types(self) -> list[str]:
        return [each.document["type"] for each in self.events]


@contextmanager
def receiving(behave: Behave = welcoming, *, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Run a receiver for the length of the block."""
    receiver = Receiver(behave, is_secure=tls is not None)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            self.close_connection = True
            if len(body) < length:
                # Its sender died on the way: half a message has not been received.
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            received = Received(self.path, headers, body, time.monotonic())
            with receiver.lock:
                receiver.received.append(received)
                receiver.at_once += 1
                receiver.most_at_once = max(receiver.most_at_once, receiver.at_once)
            try:
                receiver.behave(self, received)
            finally:
                with receiver.lock:
                    receiver.at_once -= 1

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 200

        def handle_error(self, *_: object) -> None:
            # Callers that give up are what these tests are about.
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    receiver.address = ("127.0.0.1", server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def wait_until(is_so: Callable[[], object], *, said: str) -> None:
    """Wait for something, for as long as a busy machine may need."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < until, said
        time.sleep(0.02)
