"""A run: one rematching of a platform's members, what it counted and what proves it.

The pairs, prices and the snapshot they follow from are large and live in `run_part` records; the run itself stays small
enough to list. Counts never name a member.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar, Final, Self

from service.records import kinds
from service.records.codec import (
    instant_from_json,
    instant_to_json,
    maybe_day_from_json,
    maybe_day_to_json,
    maybe_instant_from_json,
    maybe_instant_to_json,
)
from service.records.run_progress import RunProgress
from service.storage.store import Entries, Stored


class RunState(StrEnum):
    """The states of a run; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Nothing more will happen to it."""
        return self in (RunState.DONE, RunState.FAILED, RunState.CANCELLED)


WAITING_DAYS: Final = (("0-13", 0), ("14-41", 14), ("42-111", 42), ("112+", 112))
"""Stretches of waiting by name, and the day on which each begins."""


@dataclass(frozen=True, slots=True)
class RunCounts:
    """What a run counted.

    Attributes
    ----------
    seekers, supporters : who could take part in this run.
    places : the supporters' free places together.
    pairs_checked, pairs_feasible : candidate pairs looked at, and those no hard rule forbids; None for a run that was
        out of time before it had counted these.
    matched, still_looking : seekers the proven matching gives a supporter, and the others; together `seekers`.
    kept, new : pairs that stood as proposals before the run, and those that did not.
    dropped : pairs not published, because a member changed while the engine worked; kept + new + dropped = matched.
    withdrawn : proposals that stood before the run and do not any longer.
    thin : pairs flagged as thin.
    total_score : points of all pairs of the matching together.
    blocking_pairs : pairs no hard rule forbids whose two sides would both rather have each other than what the
        matching gives them, by score; None for a run of format 1, and for one that was out of time: not counted.
    left_out : reason (`matching.eligibility.Reason`) → members it kept out of the run, on either side.
    waiting : days (`WAITING_DAYS`) → of those still looking, how many have waited so long; None for runs before
        format 4.
    reasons : what became of pairs (`differences.Fate`) → why (`differences.Why`) → how many; what is none is absent.
        None for runs before format 6.
    """

    seekers: int
    supporters: int
    places: int
    pairs_checked: int
    pairs_feasible: int | None
    matched: int
    still_looking: int
    kept: int
    thin: int
    total_score: int
    new: int = 0
    dropped: int = 0
    withdrawn: int = 0
    blocking_pairs: int | None = None
    left_out: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, int] | None = None
    reasons: dict[str, dict[str, int]] | None = None

    @property
    def mean_score(self) -> float:
        """Points of a pair on average, to one digit; 0 where nobody was matched."""
        return round(self.total_score / self.matched, 1) if self.matched else 0.0


_AS_THEY_ARE = (
    "objective",
    "digest",
    "engine_version",
    "tzdata_version",
    "snapshot_sha256",
    "is_best",
    "stopped_after_seconds",
)


@dataclass(frozen=True, slots=True)
class RunProof:
    """What anyone needs to check the run beside its parts.

    Attributes
    ----------
    objective : the policy's objective.
    primal, dual : the certificate's totals, digit by digit: what the pairs are worth, and what nothing can pass. None
        where the time was up before every pair had been asked: then nothing is proven of the pairs but that they keep
        every rule.
    digest : SHA-256 over pairs, objective, policy version and totals, as hexadecimal text.
    engine_version, tzdata_version : of the programs that made it.
    checked_at : when the independent verifier accepted it.
    snapshot_sha256 : of the stored snapshot that `digest` follows from; empty for a dry run, which stores none.
    is_best : proven that nothing is better; else the time was up before, and `gap` bounds what is missing.
    stopped_after_seconds : how long the engine was given; None where it ended by itself.
    """

    objective: str
    primal: tuple[int, ...] | None
    dual: tuple[int, ...] | None
    digest: str
    engine_version: str
    tzdata_version: str
    checked_at: datetime
    snapshot_sha256: str = ""
    is_best: bool = True
    stopped_after_seconds: int | None = None

    @property
    def gap(self) -> tuple[int, ...] | None:
        """What is missing from the best at most, digit by digit, of which the first that is not 0 counts."""
        if self.primal is None or self.dual is None:
            return None
        return tuple(most - reached for most, reached in zip(self.dual, self.primal, strict=True))

    def to_json(self) -> dict[str, Any]:
        """Give its JSON form."""
        return {
            **{name: getattr(self, name) for name in _AS_THEY_ARE},
            "primal": None if self.primal is None else list(self.primal),
            "dual": None if self.dual is None else list(self.dual),
            "checked_at": instant_to_json(self.checked_at),
        }

    @classmethod
    def from_json(cls, proof: dict[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        lists = {name: None if proof[name] is None else tuple(proof[name]) for name in ("primal", "dual")}
        return cls(**{**proof, **lists, "checked_at": instant_from_json(proof["checked_at"])})


@dataclass(frozen=True, slots=True)
class Run:
    """One rematching.

    Attributes
    ----------
    requested_by : ``key:<id>``, ``coordinator:<id>``, ``cli`` or ``schedule``.
    policy_version : of the policy it used; None until it started.
    planned_for : the planning day; waiting weeks and clearances are counted to it. None until it started.
    slot : the moment for which it stands (`kinds.slot_of`), None where it stands for none; nobody else can make a run
        for it, unless this one failed or was cancelled.
    erased_at : when somebody who was in it was erased: it cannot be replayed since; None while all are there.
    snapshot_removed_at : when its snapshot was removed, as enough later ones are kept, and what it changed, pair by
        pair; None while they are there.
    trial_policy : what a trial run tries in place of the policy in force, as JSON; None for a run by that one.
    as_of_event : sequence of the last event before the run read anything; None until it started, and for runs of
        earlier programs.
    counts, proof : None until it is done.
    progress : how far it has come while it is at work; a record of its own, read with the run by who shows it.
    error : why it failed, or what of it was taken back after it was published, as a sentence for the reader, and
        `error_code` for programs; empty otherwise.
    """

    KIND: ClassVar[str] = kinds.RUN
    FORMAT: ClassVar[int] = 6

    run_id: str
    state: RunState
    requested_by: str
    is_dry_run: bool
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    policy_version: int | None = None
    planned_for: date | None = None
    counts: RunCounts | None = None
    proof: RunProof | None = None
    error_code: str = ""
    error: str = ""
    progress: RunProgress | None = None
    slot: str | None = None
    as_of_event: int | None = None
    snapshot_removed_at: datetime | None = None
    erased_at: datetime | None = None
    trial_policy: dict[str, Any] | None = None
    version: int = 0

    @property
    def record_id(self) -> str:
        """Its own id."""
        return self.run_id

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {
            "state": self.state.value,
            "requested_by": self.requested_by,
            "is_dry_run": self.is_dry_run,
            "created_at": instant_to_json(self.created_at),
            "started_at": maybe_instant_to_json(self.started_at),
            "finished_at": maybe_instant_to_json(self.finished_at),
            "policy_version": self.policy_version,
            "planned_for": maybe_day_to_json(self.planned_for),
            "counts": None if self.counts is None else asdict(self.counts),
            "proof": None if self.proof is None else self.proof.to_json(),
            "error_code": self.error_code,
            "error": self.error,
            "slot": self.slot,
            "as_of_event": self.as_of_event,
            "snapshot_removed_at": maybe_instant_to_json(self.snapshot_removed_at),
            "erased_at": maybe_instant_to_json(self.erased_at),
            "trial_policy": self.trial_policy,
        }

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        return cls(
            run_id=stored.record_id,
            state=RunState(body["state"]),
            requested_by=body["requested_by"],
            is_dry_run=body["is_dry_run"],
            created_at=instant_from_json(body["created_at"]),
            started_at=maybe_instant_from_json(body["started_at"]),
            finished_at=maybe_instant_from_json(body["finished_at"]),
            policy_version=body["policy_version"],
            planned_for=maybe_day_from_json(body["planned_for"]),
            counts=None if body["counts"] is None else RunCounts(**body["counts"]),
            proof=None if body["proof"] is None else RunProof.from_json(body["proof"]),
            error_code=body["error_code"],
            error=body["error"],
            slot=body["slot"],
            as_of_event=body["as_of_event"],
            snapshot_removed_at=maybe_instant_from_json(body["snapshot_removed_at"]),
            erased_at=maybe_instant_from_json(body["erased_at"]),
            trial_policy=body["trial_policy"],
            version=stored.version,
        )

    def index_entries(self) -> Entries:
        """By state; ids are in the order of making."""
        return ((kinds.BY_STATE, self.state.value),)

    def unique_keys(self) -> Entries:
        """Its place as the platform's only open run, until it is over; and its slot, unless it came to nothing."""
        open_run = () if self.state.is_final else ((kinds.OPEN_RUN, "run"),)
        came_to_nothing = self.state in (RunState.FAILED, RunState.CANCELLED)
        slot = () if self.slot is None or came_to_nothing else ((kinds.SLOT, self.slot),)
        return (*open_run, *slot)
