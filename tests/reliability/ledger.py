"""What clients were told, and what they could not know: the truth that the store is held against afterwards."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from threading import Lock


@dataclass
class Writes:
    """The writes to one member: numbers that grow, each said in the profile."""

    acknowledged: int = 0
    version: int = 0
    in_doubt: list[int] = field(default_factory=list)

    @property
    def possible(self) -> set[int]:
        """What the member may say now: the last acknowledged number, or one sent after it that was never answered."""
        return {self.acknowledged, *(number for number in self.in_doubt if number > self.acknowledged)}


class Ledger:
    """Notes of all clients; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.members: dict[str, Writes] = {}
        self.actions: dict[str, Counter[str]] = {}
        self.actions_in_doubt: dict[str, Counter[str]] = {}
        self.runs: set[str] = set()
        self.answers: Counter[str] = Counter()
        self.surprises: list[str] = []

    def answered(self, call: str, status: int) -> None:
        """Count an answer; one that no client should ever see is kept."""
        with self._lock:
            self.answers[f"{call} {status}"] += 1
            if status >= 500 and status != 503:
                self.surprises.append(f"{call} was answered {status}")

    def unanswered(self, call: str) -> None:
        with self._lock:
            self.answers[f"{call} without an answer"] += 1

    def saved(self, member_id: str, number: int, version: int) -> None:
        with self._lock:
            writes = self.members.setdefault(member_id, Writes())
            if version <= writes.version:
                self.surprises.append(f"the version went from {writes.version} to {version}")
            writes.acknowledged, writes.version = number, version

    def maybe_saved(self, member_id: str, number: int) -> None:
        with self._lock:
            self.members.setdefault(member_id, Writes()).in_doubt.append(number)

    def acted(self, match_id: str, action: str) -> None:
        with self._lock:
            self.actions.setdefault(match_id, Counter())[action] += 1

    def maybe_acted(self, match_id: str, action: str) -> None:
        with self._lock:
            self.actions_in_doubt.setdefault(match_id, Counter())[action] += 1

    def asked_for_run(self, run_id: str) -> None:
        with self._lock:
            self.runs.add(run_id)

    def found(self, surprise: str) -> None:
        """Note something that must never be seen."""
        with self._lock:
            self.surprises.append(surprise)

    @property
    def acknowledged_writes(self) -> int:
        """How many effects somebody was told of."""
        good = {
            f"{call} {status}" for call in ("PUT members", "POST matches", "POST runs") for status in (200, 201, 202)
        }
        return sum(count for answer, count in self.answers.items() if answer in good)
