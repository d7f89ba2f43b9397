"""What platforms, coordinators and operators do all day, each in a thread of its own, until told to stop.

Every effect that was acknowledged goes into the ledger; a call without an answer goes there as in doubt. A call is
never repeated by itself: what came of the first one must be clear in the end.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from threading import Event, Thread

from tests.reliability import people
from tests.reliability.calls import Client
from tests.reliability.ledger import Ledger

SEEKERS = 90
SUPPORTERS = 40
_PAUSE_SECONDS = 0.05


class Workload:
    """Clients at work; `with` starts them, and stops and joins them at the end."""

    def __init__(self, port: int, key: str, ledger: Ledger, *, seed: int, writers: int = 4, reviewers: int = 3) -> None:
        self._port = port
        self._key = key
        self.ledger = ledger
        self._is_over = Event()
        work: list[Callable[[Client, random.Random], None]] = [
            *(self._writer(number, writers) for number in range(writers)),
            *([self._review] * reviewers),
            self._rematch,
        ]
        self._threads = [
            Thread(target=self._go_on, args=(step, random.Random(seed * 100 + number)), daemon=True)
            for number, step in enumerate(work)
        ]

    def __enter__(self) -> Workload:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _go_on(self, step: Callable[[Client, random.Random], None], choose: random.Random) -> None:
        client = Client(self._port, self._key, self.ledger)
        while not self._is_over.is_set():
            step(client, choose)
            self._is_over.wait(_PAUSE_SECONDS * choose.random())
        client.close()

    def _writer(self, number: int, writers: int) -> Callable[[Client, random.Random], None]:
        """Give a client that alone writes its share of the members, so that it knows what they must say."""
        mine = [*(("seeker", each) for each in range(number, SEEKERS, writers))]
        mine += [("supporter", each) for each in range(number, SUPPORTERS, writers)]
        sent = iter(range(1, 1 << 30))

        def write(client: Client, choose: random.Random) -> None:
            note = next(sent)
            role, each = mine[note - 1] if note <= len(mine) else choose.choice(mine)
            if role == "seeker":
                member_id, profile = people.seeker(each, note=note, is_paused=choose.random() < 0.05)
            else:
                member_id, profile = people.supporter(each, note=note)
            answer = client.call("PUT", f"/v1/members/{member_id}", profile)
            if answer.is_good:
                self.ledger.saved(member_id, note, answer.body["version"])
            elif not answer.is_refused:
                self.ledger.maybe_saved(member_id, note)

        return write

    def _review(self, client: Client, choose: random.Random) -> None:
        listed = client.call("GET", "/v1/matches?state=proposed&limit=50")
        if not listed.is_good or not listed.body["matches"]:
            return
        match = choose.choice(listed.body["matches"])
        chosen = {"action": "approve"} if choose.random() < 0.6 else {"action": "reject", "reason": "not_now"}
        self._act(client, match["match_id"], chosen)
        if choose.random() < 0.4:
            # Undone, so that there is always something left to review.
            self._act(client, match["match_id"], {"action": "reopen"})

    def _act(self, client: Client, match_id: str, chosen: dict[str, str]) -> None:
        answer = client.call("POST", f"/v1/matches/{match_id}/actions", chosen)
        if answer.is_good:
            self.ledger.acted(match_id, chosen["action"])
        elif not answer.is_refused:
            self.ledger.maybe_acted(match_id, chosen["action"])

    def _rematch(self, client: Client, _choose: random.Random) -> None:
        answer = client.call("POST", "/v1/runs", {})
        if answer.is_good:
            self.ledger.asked_for_run(answer.body["run_id"])
            self._is_over.wait(1)
        else:
            self._is_over.wait(0.3)
