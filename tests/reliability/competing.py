"""Fifty coordinators at once, over matches that compete for the same few supporters."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

from service.storage import open_store
from tests.reliability import people
from tests.reliability.calls import Client
from tests.reliability.deployment import deployed
from tests.reliability.invariants import broken, is_at_rest
from tests.reliability.ledger import Ledger
from tests.reliability.processes import wait_until

_CONFLICTS = ("no_place_left", "seeker_has_match", "action_not_allowed", "stale_version")


@dataclass(frozen=True, slots=True)
class Contest:
    """What became of everybody's tries."""

    clients: int
    won: int
    lost: Counter[str]
    other: Counter[str]
    seconds: float
    broken: tuple[str, ...]

    @property
    def tries_a_second(self) -> float:
        """Answered tries a second, of all clients together."""
        return (self.won + self.lost.total()) / self.seconds


def compete(folder: Path, store_name: str, *, clients: int, seekers: int = 120, supporters: int = 20) -> Contest:
    """Publish proposals, then let every client approve every proposal it sees, all of them starting at once.

    Halfway the platform takes half of every supporter's capacity away, so that not all proposals can be approved.
    """
    ledger = Ledger()
    with deployed(folder, store_name) as (deployment, key), Client(deployment.port, key, ledger) as platform:
        for number in range(supporters):
            _put(platform, *_supporter(number, capacity=4))
        for number in range(seekers):
            _put(platform, *people.seeker(number))
        _published(platform)
        for number in range(supporters):
            _put(platform, *_supporter(number, capacity=1 + number % 3))
        proposed = _proposed(platform)
        began, answers = _all_at_once(deployment.port, key, ledger, proposed, clients)
        seconds = time.monotonic() - began
        store = open_store(deployment.store.url)
        try:
            wait_until(partial(is_at_rest, store), what="the job of the run is closed")
            wrong = broken(store, ledger)
        finally:
            store.close()
    conflicts = Counter({code: times for code, times in answers.items() if code in _CONFLICTS})
    other = Counter({code: times for code, times in answers.items() if code not in (*_CONFLICTS, "approved")})
    return Contest(clients, answers["approved"], conflicts, other, seconds, tuple(wrong))


def _all_at_once(port: int, key: str, ledger: Ledger, match_ids: list[str], clients: int) -> tuple[float, Counter[str]]:
    start = Barrier(clients + 1)

    def approve_all(number: int) -> Counter[str]:
        told = Counter[str]()
        start.wait()
        with Client(port, key, ledger) as client:
            # Everybody begins elsewhere, and all meet at the same matches.
            for turn in range(len(match_ids)):
                match_id = match_ids[(turn + number) % len(match_ids)]
                answer = client.call("POST", f"/v1/matches/{match_id}/actions", {"action": "approve"})
                if answer.is_good:
                    ledger.acted(match_id, "approve")
                told["approved" if answer.is_good else _code(answer.body)] += 1
        return told

    with ThreadPoolExecutor(clients) as pool:
        waiting = [pool.submit(approve_all, number) for number in range(clients)]
        start.wait()
        began = time.monotonic()
        answers = sum((each.result() for each in waiting), Counter())
    return began, answers


def _code(body: Any) -> str:
    return str(body["code"]) if isinstance(body, dict) and "code" in body else "no answer"


def _supporter(number: int, *, capacity: int) -> tuple[str, dict[str, Any]]:
    member_id, profile = people.supporter(number)
    return member_id, profile | {"supporter": profile["supporter"] | {"capacity": capacity}}


def _put(client: Client, member_id: str, profile: dict[str, Any]) -> None:
    assert client.call("PUT", f"/v1/members/{member_id}", profile).is_good


def _published(client: Client) -> None:
    run_id = client.call("POST", "/v1/runs", {}).body["run_id"]
    wait_until(lambda: client.call("GET", f"/v1/runs/{run_id}").body["state"] == "done", what="the run is published")


def _proposed(client: Client) -> list[str]:
    listed = client.call("GET", "/v1/matches?state=proposed&limit=500").body
    return [match["match_id"] for match in listed["matches"]]
