"""`alongside rematch`, `verify` and `replay`: making a run now, and checking one again.

What rematching does with one or all platforms is in `rematching.py`, how a run is told in `run_lines.py`.
"""

from __future__ import annotations

import click

from service.cli.exits import ExitCode
from service.cli.output import print_json, progress, say
from service.cli.rematching import Wanted, rematch_all, rematch_one
from service.cli.run_lines import proven, tell_rows
from service.cli.session import json_option, opened, platform_option


@click.command()
@click.option("--platform", "platform_id", metavar="ID", help="The platform to rematch.")
@click.option("--all", "is_all", is_flag=True, help="Rematch every platform, one after the other.")
@click.option("--dry-run", "is_dry_run", is_flag=True, help="Tell what would change; change nothing.")
@click.option(
    "--max-seconds",
    type=click.IntRange(min=1),
    metavar="N",
    help="Take the best pairs found after so long, and tell how far from the best they are at most.",
)
@click.option(
    "--slot",
    "slot_minutes",
    type=click.IntRange(1, 1440),
    is_flag=False,
    flag_value=10,
    metavar="[MINUTES]",
    help="Make one run in so many minutes (10), counted from midnight UTC, however many machines ask; the others end "
    "with exit code 75.",
)
@click.option("--changed-only", "is_changed_only", is_flag=True, help="Do nothing where nothing has changed today.")
@click.option("--force", "is_forced", is_flag=True, help="Run in spite of --slot and --changed-only.")
@json_option
def rematch(  # noqa: PLR0913 - one command, described by its options
    platform_id: str | None,
    *,
    is_all: bool,
    is_dry_run: bool,
    max_seconds: int | None,
    slot_minutes: int | None,
    is_changed_only: bool,
    is_forced: bool,
    as_json: bool,
) -> ExitCode:
    """Match everyone who is looking, now, and propose the pairs."""
    if (platform_id is None) != is_all:
        raise click.UsageError("Give either --platform ID or --all.")
    wanted = Wanted(
        is_dry_run=is_dry_run,
        max_seconds=max_seconds,
        slot_minutes=None if is_forced or is_dry_run else slot_minutes,
        is_changed_only=is_changed_only and not is_forced,
    )
    with opened() as session:
        told = rematch_all(session, wanted) if platform_id is None else rematch_one(session, wanted, platform_id)
    if as_json:
        print_json(told.document())
    else:
        told.tell()
    return told.code


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
    tell_rows(
        ("Pairs", f"{verified.matched:,} with total score {verified.total_score:,}"),
        ("Looked at", f"{verified.pairs_checked:,} pairs"),
        ("Proof", proven(proof) if proof else "checked"),
        ("Fingerprint", verified.digest[:16]),
    )


@click.command()
@click.argument("run_id", metavar="RUN")
@platform_option
@json_option
def replay(run_id: str, platform_id: str, *, as_json: bool) -> None:
    """Match the stored snapshot of a run again, and compare.

    Every pair and the fingerprint must be the same. A run that was stopped by its time limit is verified instead.
    """
    from service.usecases.platforms import get_platform
    from service.usecases.runs import replay_run

    with opened() as session:
        get_platform(session.store, platform_id)
        with progress(f"Replaying {run_id}") as advance:
            replayed = replay_run(session.store, platform_id, run_id=run_id, on_progress=advance)
    if as_json:
        numbers = {name: getattr(replayed, name) for name in ("matched", "total_score", "digest")}
        same = {"same": True, "solved_again": replayed.is_solved}
        print_json({"platform_id": platform_id, "run_id": run_id, **same, **numbers})
        return
    say(f"{run_id}: {'the same pairs again' if replayed.is_solved else 'stopped by its time limit; the record holds'}")
    tell_rows(
        ("Pairs", f"{replayed.matched:,} with total score {replayed.total_score:,}"),
        ("Fingerprint", replayed.digest[:16]),
    )
