"""One community, everybody asked the same: the engine and each peer in turn, each in a process of its own.

Exact answers must be equal in their leading digits, people matched and total score, or the benchmark stops: then one of
them is wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.children import Limits, Work, in_child
from benchmarks.machine import memory_bytes
from benchmarks.peers import PEERS
from benchmarks.plan import Plan
from benchmarks.question import CannotGoError, WrongAnswerError
from benchmarks.works import Measured, Source, prepare, run_assign, run_match, run_peer

MEMORY_SHARE = 0.75
"""Of the machine's memory, for one child."""

ASSIGN = "alongside, from the same scores"
MATCH = "alongside, from profiles"
MATCH_PLAIN = "alongside, from profiles, asked what peers are asked"
MATCH_ONE_CORE = "alongside, from profiles, on one core"
FIRST_CALL = "alongside, from profiles, first call of a process"
FIRST_RUN = "alongside, from profiles, first run after start-up"

OURS: dict[str, tuple[Work, dict[str, Any]]] = {
    ASSIGN: (run_assign, {}),
    MATCH: (run_match, {"verify": True}),
    MATCH_PLAIN: (run_match, {"is_plain": True}),
    MATCH_ONE_CORE: (run_match, {"one_core": True}),
    FIRST_CALL: (run_match, {"is_first": True}),
    FIRST_RUN: (run_match, {"is_first": True, "is_started": True}),
}
"""Rows of ours; those not in `SAME_QUESTION` answer the whole objective, so their total score may be less."""

SAME_QUESTION = (ASSIGN, MATCH_PLAIN)

PEOPLE_WAIT_BELOW = 1_000_000
"""Pairs below which the first call or run of a process is of interest, and from which one core is."""


@dataclass(slots=True)
class Field:
    """Who takes part: peers that could not go at one size (`dropped`) are not asked at the next."""

    plan: Plan
    folder: Path
    ours: Collection[str] = tuple(OURS)
    peers: Collection[str] = tuple(PEERS)
    dropped: dict[str, str] = field(default_factory=dict)

    @property
    def memory(self) -> int:
        """Bytes that a child may take."""
        return int(MEMORY_SHARE * memory_bytes())

    def hold(self, source: Source, name: str) -> Measured:
        """Ask everybody about one community; raises WrongAnswerError where exact answers differ."""
        folder = str(self.folder / "question")
        common = {"source": source, "folder": folder, "memory": self.memory}
        contest = {"name": name, **in_child(prepare, common, self._limits(self.plan.our_seconds))}
        contest["rows"] = []
        for row in self._rows(common, contest["pairs_all"]):
            contest["rows"].append(announced(row))
            check_agreement(contest)
        return contest

    def _rows(self, common: dict[str, Any], pairs: int) -> Iterator[Measured]:
        for name in self.ours:
            work, extra = OURS[name]
            if name in ((FIRST_CALL, FIRST_RUN) if pairs >= PEOPLE_WAIT_BELOW else (MATCH_ONE_CORE,)):
                continue
            yield self.measured(name, work, common | extra, self.plan.our_seconds) | {"is_ours": True}
        for name in self.peers:
            peer = PEERS[name]
            if not peer.is_installed:
                yield {"name": name, "reason": f"{peer.needs} is not installed"}
            elif name in self.dropped:
                yield {"name": name, "reason": f"left out: {self.dropped[name]}"}
            else:
                yield self._of_peer(name, common)

    def _of_peer(self, name: str, common: dict[str, Any]) -> Measured:
        row = self.measured(name, run_peer, common | {"peer": name}, self.plan.peer_seconds)
        if "reason" in row:
            self.dropped[name] = row["reason"]
        return row

    def measured(self, name: str, work: Work, arguments: dict[str, Any], seconds: float) -> Measured:
        """Do a piece of work in a child; a row with its measurements, or with the reason why there are none."""
        try:
            return {"name": name, **in_child(work, arguments, self._limits(seconds))}
        except CannotGoError as reason:
            return {"name": name, "reason": str(reason)}

    def _limits(self, seconds: float) -> Limits:
        return Limits(seconds, self.memory)


def announced(row: Measured) -> Measured:
    """Say how a row ended, while the rest is still to come; give it back."""
    print(
        f"    {row['name']:58} {row['reason'] if 'reason' in row else format(row['seconds'], '10.3f') + ' s'}",
        flush=True,
    )
    return row


def check_agreement(contest: Measured) -> None:
    """Compare each exact answer with the first; raises WrongAnswerError naming who differs."""
    rows = {row["name"]: row for row in contest["rows"] if "reason" not in row}
    first = next((name for name, row in rows.items() if row["is_exact"] and _is_same_question(row)), None)
    if first is None:
        return
    best = (rows[first]["matched"], rows[first]["total_score"])
    for name, row in rows.items():
        answer = (row["matched"], row["total_score"])
        is_same_question = _is_same_question(row)
        if row["is_exact"] and (answer != best if is_same_question else answer[0] != best[0]):
            raise WrongAnswerError(f"{contest['name']}: {name} answers {answer}, {first} {best}")
        if not row["is_exact"] and answer > best:
            raise WrongAnswerError(f"{contest['name']}: {name} answers {answer}, more than the best, {best}")


def _is_same_question(row: Measured) -> bool:
    return not row.get("is_ours") or row["name"] in SAME_QUESTION
