"""The receivers of docs/webhooks.md, run as they stand: each takes what we sign, and refuses what we do not."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.usecases.webhooks.messages import challenge_message
from service.webhooks.sending import Sender
from service.webhooks.signing import new_secret, signed_headers
from tests.service.webhooks.receiver import LOOPBACK, wait_until

PAGE = Path(__file__).parents[3] / "docs" / "webhooks.md"
SECRET = new_secret()
EVENT = json.dumps({"event_id": "evt_1", "type": "match.offered", "data": {"match_id": "match_1"}}).encode()
SERVES = '\n\nif __name__ == "__main__":\n    app.run(port=int(os.environ["PORT"]))\n'


def snippet(language):
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return found


@contextmanager
def running(command, text, folder, suffix):
    """Run a receiver, and give its port and what it printed."""
    program, said = folder / f"receiver{suffix}", folder / "said"
    program.write_text(text, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "PORT": str(port), "WEBHOOK_SECRET": SECRET, "PYTHONUNBUFFERED": "1"}
    with said.open("w") as out:
        process = subprocess.Popen([command, str(program)], env=environment, stdout=out, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: is_listening(port), said="the receiver did not start")
        yield port, said
    finally:
        process.kill()
        process.wait()


def is_listening(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def post(port, body, *, message_id="evt_1", secret=SECRET, at=None, tampered=False):
    headers = signed_headers(message_id, at or datetime.now(UTC), body, secrets_in_force=[new_secret(), secret])
    sent = body + b" " if tampered else body
    return Sender(LOOPBACK).post(f"http://127.0.0.1:{port}/alongside", sent, headers, wanted_bytes=4096)


RECEIVERS = [
    pytest.param("python", sys.executable, ".py", SERVES, id="python"),
    pytest.param(
        *("javascript", shutil.which("node"), ".mjs", ""),
        id="javascript",
        marks=pytest.mark.skipif(shutil.which("node") is None, reason="no node on PATH"),
    ),
]


@pytest.mark.parametrize(("language", "command", "suffix", "more"), RECEIVERS)
def test_the_receivers_of_the_page_take_what_we_sign_once_and_nothing_else(tmp_path, language, command, suffix, more):
    with running(command, snippet(language) + more, tmp_path, suffix) as (port, said):
        challenge = challenge_message("verification_1", "c4allenge", webhook_id="webhook_1", at="2026-11-30T09:00:00Z")
        verified = post(port, challenge.body, message_id="verification_1")
        first, again = post(port, EVENT), post(port, EVENT)
        stranger = post(port, EVENT, secret=new_secret())
        changed = post(port, EVENT, tampered=True)
        late = post(port, EVENT, at=datetime(2026, 1, 1, tzinfo=UTC))
        wait_until(lambda: "told of" in said.read_text(), said="it was not told")

    assert b"c4allenge" in verified.body
    assert [each.status for each in (verified, first, again)] == [200, 204, 204]
    assert [each.status for each in (stranger, changed, late)] == [401, 401, 401]
    assert said.read_text().count("told of match.offered") == 1
