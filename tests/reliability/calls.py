"""One client's connection to the API: a call is answered, or it is not known what became of it."""

from __future__ import annotations

import http.client
import json
import select
from dataclasses import dataclass
from typing import Any

from tests.reliability.ledger import Ledger

TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said; `status` 0: nothing."""

    status: int
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_refused(self) -> bool:
        """The server says that it did nothing."""
        return 400 <= self.status < 500 or (self.status == 503 and self.body.get("code") != "commit_unconfirmed")


class Client:
    """Calls one after the other over one connection, made anew when it breaks."""

    def __init__(self, port: int, key: str, ledger: Ledger) -> None:
        self._port = port
        self._key = key
        self._ledger = ledger
        self._connection: http.client.HTTPConnection | None = None

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        """Send a request once, never again: what comes back, or nothing."""
        name = f"{method} {path.split('?', maxsplit=1)[0].removeprefix('/v1').split('/')[1]}"
        try:
            answer = self._sent(method, path, body)
        except (OSError, http.client.HTTPException, ValueError):
            self.close()
            self._ledger.unanswered(name)
            return Answer(0)
        self._ledger.answered(name, answer.status)
        return answer

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _sent(self, method: str, path: str, body: Any) -> Answer:
        if self._connection is not None and _is_closed_by_server(self._connection):
            # As every client library does: what the server has closed already carries no request.
            self.close()
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_SECONDS)
        headers = {"Authorization": f"Bearer {self._key}"}
        encoded = None
        if body is not None:
            encoded, headers["Content-Type"] = json.dumps(body), "application/json"
        self._connection.request(method, path, body=encoded, headers=headers)
        response = self._connection.getresponse()
        text = response.read()
        return Answer(response.status, json.loads(text) if text else None, tuple(response.getheaders()))


def _is_closed_by_server(connection: http.client.HTTPConnection) -> bool:
    """Whether an idle connection was closed at the other end: then there is something to read, which is its end."""
    return connection.sock is not None and bool(select.select([connection.sock], [], [], 0)[0])
