"""What was said and asked about somebody who is erased: in no file of the store, no log and no later backup.

Everything comes in over HTTP, as a platform's program would send it, with canaries wherever it may write something.
"""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta

import pytest
import structlog

from service.app import create_app
from service.backups.moving import write_backup
from service.clock import FixedClock
from service.logs import configure_logs
from service.records import Scope
from service.records.erasure import ErasureState
from service.records.wait import Wait
from service.settings import LogFormat, LogLevel, Settings
from service.usecases.keys import create_key
from service.usecases.platforms import create_platform
from tests.service.api.conftest import SEEKER, SUPPORTER, Caller
from tests.service.usecases.cast import NOW, P
from tests.service.usecases.rounds.conftest import go_round
from tests.service.usecases.test_erasing import carry_on, outside, place

__all__ = ["outside", "place"]


@pytest.fixture
def log(place, tmp_path_factory):
    """Every line of this process's log, in a file that is searched with those of the store."""
    handlers, level = logging.root.handlers[:], logging.root.level
    folder = tmp_path_factory.mktemp("logs")
    place.folders.append(folder)
    with (folder / "service.log").open("w") as stream:
        configure_logs(level=LogLevel.DEBUG, log_format=LogFormat.JSON, stream=stream)
        yield folder / "service.log"
    structlog.reset_defaults()
    logging.root.handlers[:], logging.root.level = handlers, level


@pytest.fixture
def caller(place, tmp_path_factory):
    settings = Settings(
        store=place.url,
        is_embedded=place.server is None,
        secret_key_file=tmp_path_factory.mktemp("keys") / "secret.key",
        may_make_secret_key=True,
    )
    app = create_app(settings, clock=FixedClock(NOW))
    create_platform(place.store, platform_id=P, name="Harbour", now=NOW, signposting="Call 112.")
    _, key = create_key(place.store, P, name="test", scopes=tuple(Scope), now=NOW)
    yield Caller(app.test_client(), key)
    app.extensions["alongside"].close()


def canary():
    return f"c{secrets.token_hex(10)}"


def test_what_was_said_about_an_erased_member_is_nowhere(place, log, caller, outside):
    erased, case, note = canary(), canary(), canary()
    waiting = {**SEEKER, "seeker": {"topics": ["bereavement"], "waiting_since": "2026-09-01"}}
    assert caller.put(f"/v1/members/{erased}", waiting).status_code == 201
    for name in ("bea", "ben"):
        caller.put(f"/v1/members/{name}", SUPPORTER)
    caller.put("/v1/members/amy", SEEKER)
    go_round(place.store, NOW)
    match = caller.post("/v1/matches", {"seeker_id": erased, "supporter_id": "ben"}).json["match_id"]
    steps = (
        {"action": "approve"},
        {"action": "accept", "by": {"role": "supporter", "member_id": "ben"}},
        {"action": "accept", "by": {"role": "seeker", "member_id": erased}},
    )
    said = {
        "by": {"role": "seeker", "member_id": erased},
        "met": True,
        "not_safe": True,
        "measures": {"ucla3": [3, 3, 3]},
    }
    about = {"about_id": erased, "category": "other", "severity": "low", "case_number": case}
    answers = [
        *(caller.post(f"/v1/matches/{match}/actions", step) for step in steps),
        caller.post(
            f"/v1/matches/{match}/notes", {"text": note}, headers={"Idempotency-Key": '"one-note-of-one-call"'}
        ),
        caller.post(f"/v1/matches/{match}/check-ins", said),
        caller.post("/v1/concerns", about),
        caller.put(f"/v1/blocks/{erased}/bea", {}),
        caller.get(f"/v1/members/{erased}/export"),
        caller.get(f"/v1/members/{erased}/messages?event=member.held"),
        caller.get(f"/v1/matches/{match}/messages"),
    ]
    assert [answer.status_code for answer in answers if answer.status_code >= 300] == [], [
        answer.json for answer in answers if answer.status_code >= 300
    ]
    assert caller.get(f"/v1/members/{erased}/nothing?case={case}").status_code == 404
    assert caller.post("/v1/concerns", {**about, "case_number": f"{case}\x00"}).status_code == 422
    assert place.store.get(P, Wait.KIND, erased) is not None
    assert place.found((erased, case, note)) == {erased, case}
    assert not any(each in log.read_text() for each in (erased, case, note))

    reading = place.store.each(P, "member")
    next(reading)
    gone = caller.delete(f"/v1/members/{erased}")
    erasure_id = gone.headers["Location"].rsplit("/", 1)[1]
    first = carry_on(place.store, erasure_id, outside, patience=timedelta(0))
    if place.server is None:
        assert first.state is ErasureState.EMPTIED
        assert place.found((erased,)) == {erased}
    reading.close()
    done = carry_on(place.store, erasure_id, outside)
    write_backup(place.store, place.folders[0] / "later.backup", key=None, now=NOW)

    assert done.state is ErasureState.DONE
    assert place.found((erased, case, note)) == set()
    assert log.read_text().count('"route"') > 12
