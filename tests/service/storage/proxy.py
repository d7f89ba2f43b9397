"""A way to a server that can be made to fail: answers get lost, late or cut off, connections break.

    with Proxy(server.port) as proxy:
        store = open_store(f"redis://127.0.0.1:{proxy.port}/0?timeout=0.5")
        proxy.inject(Fault(Break.RESET_ANSWER), matching=b"EVALSHA")     # the next request that contains these bytes
        proxy.choose = lambda request: ...                                # or: a fault, or None, for each request
        proxy.is_cut = True                                               # or: nobody gets through at all

It listens on loopback only and knows no protocol: a request is what a client sent at once, an answer whatever comes
back after it on the same connection. Many clients may use it at a time; each connection has two threads.
"""

import socket
import struct
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum

_PIECE = 1 << 16


class Break(Enum):
    """What is broken, and how it looks to the two sides."""

    LOSE_REQUEST = "the server never gets the request; the client's connection is reset"
    HOLD_REQUEST = "the server gets the request only after some seconds, although the client may have gone meanwhile"
    DROP_ANSWER = "the server does what it is asked; the client hears nothing, and its connection stays open"
    DELAY_ANSWER = "the client gets the answer only after some seconds"
    TRUNCATE_ANSWER = "the client gets some bytes of the answer, then an end of the connection"
    RESET_ANSWER = "the server does what it is asked; in place of its answer the connection is reset"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong; `seconds` for what is held or delayed, `size` for what is cut off, in bytes."""

    how: Break
    seconds: float = 0.0
    size: int = 0


class Proxy:
    """Hands bytes on between clients and the server on a port of this machine.

    Attributes
    ----------
    port : where clients connect.
    choose : says for each request what goes wrong with it; None: nothing.
    is_cut : while true, every connection is reset, and new ones too.
    faults : how many requests something went wrong with.
    held : how many requests are held back just now.
    """

    def __init__(self, server_port):
        self.choose = self._injected
        self.is_cut = False
        self.faults = 0
        self.held = 0
        self._server_port = server_port
        self._injections = []
        self._lock = threading.Lock()
        self._pairs = set()
        self._threads = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._start(self._accept)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def inject(self, fault, *, matching=b"", times=1, after=0):
        """Let something go wrong with the next `times` requests that contain these bytes, `after` so many went well."""
        with self._lock:
            self._injections.append([fault, matching, times, after])

    def heal(self):
        """Let everything through again."""
        with self._lock:
            self._injections.clear()
        self.choose, self.is_cut = self._injected, False

    def cut(self):
        """Reset every connection, and every new one until `heal`."""
        self.is_cut = True
        for pair in tuple(self._pairs):
            pair.reset()

    def close(self):
        """Stop, and end every connection."""
        self.is_cut = True
        # An accept that waits does not see that its socket is closed; it sees one that is shut down.
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for pair in tuple(self._pairs):
            pair.reset()
        for thread in self._threads:
            thread.join(timeout=10)

    def _injected(self, request):
        with self._lock:
            for injection in self._injections:
                fault, matching, times, after = injection
                if times and matching in request:
                    if after:
                        injection[3] -= 1
                        return None
                    injection[2] -= 1
                    return fault
        return None

    def _accept(self):
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            if self.is_cut:
                _reset(client)
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self._server_port), timeout=5)
            except OSError:
                _reset(client)
                continue
            server.settimeout(None)
            pair = _Pair(client, server, self)
            self._pairs.add(pair)
            self._start(pair.carry_requests)
            self._start(pair.carry_answers)

    def _start(self, target):
        thread = threading.Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _chosen(self, request):
        fault = self.choose(request)
        if fault is not None:
            with self._lock:
                self.faults += 1
        return fault

    @contextmanager
    def _holding(self, fault):
        """Wait before the block where a request is to be held back, and count it until the block is done."""
        is_held = fault is not None and fault.how is Break.HOLD_REQUEST
        with self._lock:
            self.held += is_held
        try:
            if is_held:
                time.sleep(fault.seconds)
            yield
        finally:
            with self._lock:
                self.held -= is_held

    def _forget(self, pair):
        self._pairs.discard(pair)


class _Pair:
    """A client's connection and the one to the server that belongs to it."""

    def __init__(self, client, server, proxy):
        self._client = client
        self._server = server
        self._proxy = proxy
        self._fault = None
        self._ends = 0
        self._lock = threading.Lock()

    def carry_requests(self):
        with suppress(OSError):
            while request := self._client.recv(_PIECE):
                fault = self._proxy._chosen(request)
                if fault is not None and fault.how is Break.LOSE_REQUEST:
                    _reset(self._client)
                    break
                if fault is not None:
                    self._fault = fault
                with self._proxy._holding(fault):
                    self._server.sendall(request)
            # What the server still has to say goes to the client first.
            self._server.shutdown(socket.SHUT_WR)
        self._end()

    def carry_answers(self):
        with suppress(OSError):
            while answer := self._server.recv(_PIECE):
                if not self._hand_on(answer):
                    break
        # The other thread waits for the client: let it see that this is over.
        with suppress(OSError):
            self._client.shutdown(socket.SHUT_RDWR)
        self._end()

    def reset(self):
        _reset(self._client)
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)

    def _hand_on(self, answer):
        """Give the client what the server said; false when that was the last it hears."""
        fault = self._fault
        how = fault.how if fault is not None else None
        if how is Break.DROP_ANSWER:
            return True
        if how is Break.RESET_ANSWER:
            _reset(self._client)
            return False
        if how is Break.TRUNCATE_ANSWER:
            self._client.sendall(answer[: fault.size])
            return False
        if how is Break.DELAY_ANSWER:
            time.sleep(fault.seconds)
        self._fault = None
        self._client.sendall(answer)
        return True

    def _end(self):
        with self._lock:
            self._ends += 1
            if self._ends == 2:
                self._client.close()
                self._server.close()
                self._proxy._forget(self)


def _reset(connection):
    """Close so that the other side sees a reset, not an end."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # Closing alone would wait for the other thread's recv to return.
        connection.shutdown(socket.SHUT_RD)
    connection.close()
