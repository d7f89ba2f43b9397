"""`alongside rematch` and `alongside verify`: making a run now, and checking one again.

On a terminal a run is told in a few lines with a progress bar, elsewhere (cron) in one line a platform.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import click

from service.cli.exits import EXPECTED, ExitCode, exit_code_of
from service.cli.output import at_terminal, counted, print_json, progress, say, stages, tell_error
from service.cli.session import Session, json_option, opened, platform_option

if TYPE_CHECKING:
    from service.records.run import Run, RunCounts, RunProof

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

_WIDTH = 80

_PROMISES = {
    "coverage": "no pairing matches more, or as many with a better score",
    "score": "no pairing has a better score",
    "stable": "no two would both rather have each other",
}


@click.command()
@click.option("--platform", "platform_id", metavar="ID", help="The platform to rematch.")
@click.option("--all", "is_all", is_flag=True, help="Rematch every platform, one after the other.")
@click.option("--dry-run", "is_dry_run", is_flag=True, help="Count only: propose nothing, change nothing.")
@click.option(
    "--max-seconds",
    type=click.IntRange(min=1),
    metavar="N",
    help="Take the best pairs found after so long, and tell how far from the best they are at most.",
)
@json_option
def rematch(
    platform_id: str | None, *, is_all: bool, is_dry_run: bool, max_seconds: int | None, as_json: bool
) -> ExitCode:
    """Match everyone who is looking, now, and propose the pairs."""
    if (platform_id is None) != is_all:
        raise click.UsageError("Give either --platform ID or --all.")
    with opened() as session:
        if platform_id is not None:
            runs = {platform_id: _run(session, platform_id, is_dry_run=is_dry_run, max_seconds=max_seconds)}
            failures: Mapping[str, Exception] = {}
        else:
            runs, failures = _run_all(session, is_dry_run=is_dry_run, max_seconds=max_seconds)
    if as_json:
        print_json(_document(runs, failures))
    else:
        for each, run in runs.items():
            _tell(each, run)
        if not runs and not failures:
            say("No platform yet; make one with: alongside platforms create ID")
    return _code_of(failures.values(), is_any_done=bool(runs))


@click.command()
@click.argument("run_id", metavar="RUN")
@platform_option
@json_option
def verify(run_id: str, platform_id: str, *, as_json: bool) -> None:
    """Check a stored run again.

    Every pair is held against the rules and scores of the stored snapshot, the certificate proves again that nothing
    better exists, and the stored matches are held against the pairs.
    """
    from service.usecases.platforms import get_platform
    from service.usecases.runs import verify_run

    with opened() as session:
        get_platform(session.store, platform_id)
        with progress(f"Checking {run_id}") as advance:
            verified = verify_run(session.store, platform_id, run_id=run_id, on_progress=advance)
    if as_json:
        names = ("matched", "total_score", "pairs_checked", "digest")
        numbers = {name: getattr(verified, name) for name in names}
        print_json({"platform_id": platform_id, "run_id": run_id, "holds": True, **numbers})
        return
    proof = verified.run.proof
    say(f"{run_id}: the {'proof' if proof is None or proof.primal else 'record'} holds")
    _tell_rows(
        ("Pairs", f"{verified.matched:,} with total score {verified.total_score:,}"),
        ("Looked at", f"{verified.pairs_checked:,} pairs"),
        ("Proof", _proven(proof) if proof else "checked"),
        ("Fingerprint", verified.digest[:16]),
    )


def _run_all(
    session: Session, *, is_dry_run: bool, max_seconds: int | None
) -> tuple[dict[str, Run], dict[str, Exception]]:
    """Rematch every platform; one that fails is told at once and does not stop the others."""
    from service.usecases.platforms import platform_ids

    runs: dict[str, Run] = {}
    failures: dict[str, Exception] = {}
    for platform_id in tuple(platform_ids(session.store)):
        try:
            runs[platform_id] = _run(session, platform_id, is_dry_run=is_dry_run, max_seconds=max_seconds)
        except EXPECTED as error:
            failures[platform_id] = error
            tell_error(error, about=platform_id)
    return runs, failures


def _run(session: Session, platform_id: str, *, is_dry_run: bool, max_seconds: int | None) -> Run:
    from service.usecases.platforms import get_platform
    from service.usecases.runs import EngineLimits, Watcher, run_now

    settings = session.settings
    get_platform(session.store, platform_id)
    with stages(platform_id) as (advance, rename):
        return run_now(
            session.store,
            platform_id,
            requested_by="cli",
            is_dry_run=is_dry_run,
            clock=session.clock,
            limits=EngineLimits(settings.engine_memory_mb << 20, max_seconds or settings.engine_seconds),
            watcher=Watcher(advance, lambda stage: rename(_STAGES.get(stage, stage))),
        )


def _code_of(failures: Collection[Exception], *, is_any_done: bool) -> ExitCode:
    """Give the one reason when nothing was done for one reason, else that some failed."""
    codes = {exit_code_of(error) for error in failures}
    if not codes:
        return ExitCode.DONE
    return codes.pop() if len(codes) == 1 and not is_any_done else ExitCode.SOME_FAILED


def _tell(platform_id: str, run: Run) -> None:
    from service.console.proofs import stop_of

    counts, proof = run.counts, run.proof
    if counts is None or proof is None:
        say(f"{platform_id}: run {run.run_id} is {run.state}")
        return
    trial = " (a trial, nothing was changed)" if run.is_dry_run else ""
    matched = f"{counts.matched:,} of {counted(counts.seekers, 'person', 'people')} matched"
    if not at_terminal():
        say(
            f"{platform_id}: {matched}, {counts.still_looking:,} still looking, total score {counts.total_score:,}, "
            f"{stop_of(proof) or 'proof checked'}, {run.run_id}{trial}"
        )
        return
    say(f"{platform_id}: {matched}, {counts.still_looking:,} still looking{trial}")
    rather = [] if counts.blocking_pairs is None else [("Would rather", _rather(counts.blocking_pairs))]
    _tell_rows(
        ("Total score", f"{counts.total_score:,}, {counts.mean_score:,} a pair"),
        ("Places", f"{counts.places:,} with {counted(counts.supporters, 'peer supporter')}"),
        ("Pairs", f"{counts.pairs_checked:,} looked at{_keeping(counts)}"),
        *rather,
        ("Proposals", _proposals(counts)),
        ("Proof", _proven(proof)),
        ("Run", run.run_id),
    )


def _tell_rows(*rows: tuple[str, str]) -> None:
    for title, text in rows:
        for line in wrap(text, _WIDTH, initial_indent=f"  {title:<12} ", subsequent_indent=" " * 15):
            say(line)


def _proven(proof: RunProof) -> str:
    from service.console.proofs import stop_of

    return stop_of(proof) or f"checked: {_PROMISES[proof.objective]}"


def _keeping(counts: RunCounts) -> str:
    return "" if counts.pairs_feasible is None else f", {counts.pairs_feasible:,} keep every rule"


def _rather(pairs: int) -> str:
    return f"{counted(pairs, 'pair')} in which both would rather have each other"


def _proposals(counts: RunCounts) -> str:
    parts = [f"{counts.new:,} new", f"{counts.kept:,} from before still stand", f"{counts.withdrawn:,} taken back"]
    if counts.dropped:
        parts.append(f"{counts.dropped:,} left out, as somebody changed meanwhile")
    return ", ".join(parts)


def _document(runs: Mapping[str, Run], failures: Mapping[str, Exception]) -> dict[str, Any]:
    from schemas.run import RunOut

    dumped = [{"platform_id": platform_id, **RunOut().dump(run)} for platform_id, run in runs.items()]
    failed = [
        {"platform_id": platform_id, "code": getattr(error, "code", ""), "message": str(error)}
        for platform_id, error in failures.items()
    ]
    return {"runs": dumped, "failed": failed}
