"""Sending one message to one URL, and telling what came of it.

The receiver is somebody else's server and may do anything: not exist, not answer, answer a byte a second, answer
without end, lead elsewhere. So everything together has one deadline that no single byte can move; redirects are not
followed; of an answer no more is read than asked for. The connection is made to an address that was checked a moment
before, with the name in SNI, certificate and Host, so that a name which changes its addresses leads nowhere else.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, Final, cast

from service.errors import InvalidInput
from service.webhooks.naming import Resolve, addresses_within, system_addresses
from service.webhooks.reach import Reach, Target, target_of

AGENT: Final = "Alongside-Webhooks/1"
MOST_RETRY_AFTER: Final = 24 * 60 * 60


class Failure(StrEnum):
    """Why a message did not arrive; part of the stored format and of the API."""

    NO_ADDRESS = "no_address"  # the name has none, or nobody could say in time
    NOT_ALLOWED = "not_allowed"  # an address, port or scheme that may not be called
    NO_CONNECTION = "no_connection"
    NO_TLS = "no_tls"  # no TLS, or a certificate that is not trusted or of another name
    TOO_SLOW = "too_slow"
    BROKEN = "broken"  # the connection broke, or what came is no HTTP
    REDIRECTED = "redirected"
    STATUS = "status"  # an answer that is not 2xx
    GONE = "gone"  # 410: nobody wants messages there any more
    NO_CHALLENGE = "no_challenge"  # a verification whose challenge did not come back


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a message.

    Attributes
    ----------
    failure : None when it has arrived.
    status : of the answer; None when there was none.
    seconds : how long it took.
    retry_after : seconds after which the receiver wants to be asked again, where it said so.
    body : the beginning of the answer's body, as far as it was wanted.
    """

    failure: Failure | None
    status: int | None = None
    seconds: float = 0.0
    retry_after: int | None = None
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait: for a name's addresses, for each connection, and for everything together."""

    name_seconds: float = 3.0
    connect_seconds: float = 3.0
    total_seconds: float = 10.0


Send = Callable[[str, bytes, Mapping[str, str]], Answer]
"""(URL, body, headers) → what came of it."""


class _FailedError(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure


class Sender:
    """Sends messages within a reach; safe to share between threads."""

    def __init__(
        self,
        reach: Reach,
        *,
        patience: Patience | None = None,
        resolve: Resolve = system_addresses,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._reach = reach
        self._patience = patience or Patience()
        self._resolve = resolve
        self._tls = tls or _trusting_the_system()

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, wanted_bytes: int = 0) -> Answer:
        """Send a message; read up to so many bytes of the answer's body, none unless told otherwise."""
        begun = time.monotonic()
        try:
            target = target_of(url, self._reach)
            answer = self._exchange(target, body, headers, wanted_bytes, until=begun + self._patience.total_seconds)
        except InvalidInput:
            answer = Answer(Failure.NOT_ALLOWED)
        except _FailedError as error:
            answer = Answer(error.failure)
        return replace(answer, seconds=time.monotonic() - begun)

    def _exchange(
        self, target: Target, body: bytes, headers: Mapping[str, str], wanted_bytes: int, *, until: float
    ) -> Answer:
        connected = self._connected(target, until)
        try:
            connected = self._secured(connected, target, until)
            return _answer(_Stream(connected, until), target, body, headers, wanted_bytes)
        except TimeoutError as error:
            raise _FailedError(Failure.TOO_SLOW) from error
        except (OSError, HTTPException, ValueError) as error:
            raise _FailedError(Failure.BROKEN) from error
        finally:
            connected.close()

    def _connected(self, target: Target, until: float) -> socket.socket:
        """Connect to the first address that takes it; every address the name has must be one that may be called."""
        seconds = min(self._patience.name_seconds, until - time.monotonic())
        try:
            addresses = addresses_within(self._resolve, target.host, target.port, seconds=seconds)
        except OSError as error:
            raise _FailedError(Failure.NO_ADDRESS) from error
        if not addresses:
            raise _FailedError(Failure.NO_ADDRESS)
        if not all(self._reach.allows(address, target.port) for address in addresses):
            raise _FailedError(Failure.NOT_ALLOWED)
        for address in addresses:
            seconds = min(self._patience.connect_seconds, until - time.monotonic())
            if seconds <= 0:
                break
            try:
                return socket.create_connection((address, target.port), timeout=seconds)
            except OSError:
                continue
        raise _FailedError(Failure.NO_CONNECTION)

    def _secured(self, connected: socket.socket, target: Target, until: float) -> socket.socket:
        if not target.is_secure:
            return connected
        try:
            connected.settimeout(_left(until))
            return self._tls.wrap_socket(connected, server_hostname=target.host)
        except TimeoutError:
            raise
        except (ssl.SSLError, OSError, ValueError) as error:
            raise _FailedError(Failure.NO_TLS) from error


class _Stream:
    """A connection whose every step ends by one moment; as much of a socket as http.client asks for."""

    def __init__(self, connected: socket.socket, until: float) -> None:
        self._socket = connected
        self._until = until

    def sendall(self, part: bytes) -> None:
        self._socket.settimeout(_left(self._until))
        self._socket.sendall(part)

    def makefile(self, *_: Any) -> io.BufferedReader:
        return io.BufferedReader(_Received(self._socket, self._until))

    def close(self) -> None:
        """Leave it open: http.client lets go of it before the answer's body is read."""


class _Received(io.RawIOBase):
    def __init__(self, connected: socket.socket, until: float) -> None:
        super().__init__()
        self._socket = connected
        self._until = until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._socket.settimeout(_left(self._until))
        return self._socket.recv_into(buffer)


def _answer(stream: _Stream, target: Target, body: bytes, headers: Mapping[str, str], wanted_bytes: int) -> Answer:
    connection = HTTPConnection(target.host, target.port)
    connection.sock = cast("socket.socket", stream)
    own = {"Host": target.authority, "User-Agent": AGENT, "Content-Type": "application/json", "Connection": "close"}
    # A receiver may answer before it has read everything, and close: what it said still counts.
    with suppress(ConnectionError, ssl.SSLError):
        connection.request("POST", target.path, body=body, headers={**own, **headers})
    response = connection.getresponse()
    failure = _failure_of(response.status)
    answered = response.read(wanted_bytes) if wanted_bytes and failure is None else b""
    return Answer(failure, response.status, retry_after=_retry_after(response), body=answered)


def _failure_of(status: int) -> Failure | None:
    if 200 <= status < 300:
        return None
    if status == 410:
        return Failure.GONE
    return Failure.REDIRECTED if 300 <= status < 400 else Failure.STATUS


def _retry_after(response: HTTPResponse) -> int | None:
    """Read the header where it says seconds; a date is left alone, since whose clock it is by nobody knows."""
    said = (response.getheader("Retry-After") or "").strip()
    return min(int(said), MOST_RETRY_AFTER) if said.isascii() and said.isdigit() and len(said) < 10 else None


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


@cache
def _trusting_the_system() -> ssl.SSLContext:
    """Trust what the system trusts (SSL_CERT_FILE names another file of certificates), from TLS 1.2 on."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
