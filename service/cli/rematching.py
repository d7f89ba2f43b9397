"""Rematching one platform or all of them: what became of each, as lines, as JSON and as an exit code."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from service.cli.exits import EXPECTED, ExitCode, exit_code_of
from service.cli.output import say, stages, tell_error
from service.cli.run_lines import tell_run
from service.cli.session import Session
from service.errors import RunInProgress, SignpostingMissing, SlotDone

if TYPE_CHECKING:
    from service.records.run import Run
    from service.settings import Settings
    from service.usecases.running.differences import Difference
    from service.usecases.running.limits import CrewFor

_STAGES = {
    "read": "reading members",
    "score": "scoring pairs",
    "shortlist": "scoring pairs",
    "start": "matching",
    "mend": "matching",
    "propose": "matching",
    "check lists": "matching",
    "price": "checking every pair",
    "verify": "checking every pair independently",
    "save": "saving",
}
"""Stages of a run in words, the engine's among them."""

SLOT_DONE = "slot_done"
IN_PROGRESS = "run_in_progress"
UNCHANGED = "unchanged"
NOT_READY = "not_ready"

_SKIPPED = {
    SLOT_DONE: "this slot was done already by {run}, so there was nothing to do",
    IN_PROGRESS: "another run is at work{run}, so there was nothing to do",
    UNCHANGED: "nothing has changed since {run}, so there was nothing to do",
    NOT_READY: "not ready to publish, so nobody was matched; first say where help is to be found: "
    "alongside wording help TEXT --platform {platform}",
}
"""Why there was nothing to do, in words."""
_DONE_ELSEWHERE = frozenset((SLOT_DONE, IN_PROGRESS))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for.

    Attributes
    ----------
    slot_minutes : one run in so many minutes; None: whenever it is asked for.
    is_changed_only : nothing where nothing has changed.
    """

    is_dry_run: bool = False
    max_seconds: int | None = None
    slot_minutes: int | None = None
    is_changed_only: bool = False


@dataclass(slots=True)
class Told:
    """What became of each platform: a run, an error that was told already, or why there was nothing to do.

    Attributes
    ----------
    differences : of trials, what they would change, pair by pair.
    """

    runs: dict[str, Run] = field(default_factory=dict)
    differences: dict[str, tuple[Difference, ...]] = field(default_factory=dict)
    failures: dict[str, Exception] = field(default_factory=dict)
    skipped: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Platform → (reason, the run that stands)."""

    @property
    def code(self) -> ExitCode:
        """Give the one reason when nothing was done for one reason, else that some failed.

        A platform whose slot was done elsewhere is no failure beside others that were rematched here; one that is not
        ready to publish is none beside anything, or every night of all others would look like a failure meanwhile.
        """
        codes = {exit_code_of(error) for error in self.failures.values()}
        reasons = {reason for reason, _ in self.skipped.values()}
        if not codes:
            elsewhere = reasons - {NOT_READY}
            is_others = bool(elsewhere) and elsewhere <= _DONE_ELSEWHERE
            return ExitCode.BUSY if is_others and not self.runs else ExitCode.DONE
        return codes.pop() if len(codes) == 1 and not (self.runs or reasons) else ExitCode.SOME_FAILED

    def tell(self) -> None:
        """Say it."""
        for platform_id, run in self.runs.items():
            tell_run(platform_id, run)
        for platform_id, (reason, run_id) in self.skipped.items():
            # Of a run that has just begun only the lock is seen.
            named = run_id if reason != IN_PROGRESS else f" ({run_id})" if run_id else ""
            say(f"{platform_id}: {_SKIPPED[reason].format(run=named, platform=platform_id)}")
        if not (self.runs or self.failures or self.skipped):
            say("No platform yet; make one with: alongside platforms create ID")

    def document(self) -> dict[str, Any]:
        """Give it as JSON."""
        from schemas.run import RunOut

        dumped = [
            {"platform_id": platform_id, **RunOut().dump(run), **self._changes(platform_id)}
            for platform_id, run in self.runs.items()
        ]
        failed = [
            {"platform_id": platform_id, "code": getattr(error, "code", ""), "message": str(error)}
            for platform_id, error in self.failures.items()
        ]
        skipped = [
            {"platform_id": platform_id, "reason": reason, "run_id": run_id}
            for platform_id, (reason, run_id) in self.skipped.items()
        ]
        return {"runs": dumped, "failed": failed, "skipped": skipped}

    def _changes(self, platform_id: str) -> dict[str, Any]:
        """Give what a trial would change; nothing for a run, whose pairs are matches now."""
        if platform_id not in self.differences:
            return {}
        return {"changes": [asdict(difference) for difference in self.differences[platform_id]]}


def rematch_one(session: Session, wanted: Wanted, platform_id: str) -> Told:
    """Rematch a platform; whatever keeps it from being rematched comes out."""
    told = Told()
    _rematch(session, wanted, platform_id, told)
    return told


def rematch_all(session: Session, wanted: Wanted) -> Told:
    """Rematch every platform; one that fails is told at once and does not stop the others.

    One that is not ready to publish is passed over: it is being set up.
    """
    from service.usecases.platforms import platform_ids

    told = Told()
    for platform_id in tuple(platform_ids(session.store)):
        try:
            _rematch(session, wanted, platform_id, told)
        except SignpostingMissing:
            told.skipped[platform_id] = (NOT_READY, "")
        except EXPECTED as error:
            told.failures[platform_id] = error
            tell_error(error, about=platform_id)
    return told


def _rematch(session: Session, wanted: Wanted, platform_id: str, told: Told) -> None:
    from service.usecases.platforms import get_platform
    from service.usecases.running.unchanged import run_that_still_holds

    get_platform(session.store, platform_id)
    last = run_that_still_holds(session.store, platform_id, now=session.now) if wanted.is_changed_only else None
    if last is not None:
        told.skipped[platform_id] = (UNCHANGED, last.run_id)
        return
    try:
        run = told.runs[platform_id] = _run(session, wanted, platform_id)
        if wanted.is_dry_run:
            told.differences[platform_id] = _changes_of(session, platform_id, run.run_id)
    except SlotDone as done:
        told.skipped[platform_id] = (SLOT_DONE, done.run_id)
    except RunInProgress as other:
        # Whoever asks for a slot asks that somebody does it: a run that is at work is no error then.
        if wanted.slot_minutes is None:
            raise
        told.skipped[platform_id] = (IN_PROGRESS, other.run_id)


def _changes_of(session: Session, platform_id: str, run_id: str) -> tuple[Difference, ...]:
    from service.usecases.changes import each_change

    return tuple(change for _, change in each_change(session.store, platform_id, run_id=run_id))


def _crew_for(settings: Settings) -> CrewFor | None:
    """Give who does parts of a run; without a cluster nothing of it is loaded."""
    if settings.dask is None:
        return None
    from service.cluster import crew_for

    return partial(crew_for, settings=settings)


def _run(session: Session, wanted: Wanted, platform_id: str) -> Run:
    from service.usecases.runs import EngineLimits, Watcher, run_now
    from service.usecases.scheduling import rematch_slot

    settings = session.settings
    minutes = wanted.slot_minutes
    with stages(platform_id) as (advance, rename):
        return run_now(
            session.store,
            platform_id,
            requested_by="cli",
            is_dry_run=wanted.is_dry_run,
            slot=None if minutes is None else rematch_slot(platform_id, session.now, minutes=minutes),
            clock=session.clock,
            limits=EngineLimits(
                settings.engine_memory_mb << 20,
                wanted.max_seconds or settings.engine_seconds,
                _crew_for(settings),
            ),
            watcher=Watcher(advance, lambda stage: rename(_STAGES.get(stage, stage))),
        )
