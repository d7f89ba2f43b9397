"""`alongside backup`, `restore` and `migrate-store`: whole stores, kept safe and moved.

Settings say which store and which secret key; progress goes to stderr, only on a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.cli.exits import ExitCode
from service.cli.output import counted, print_json, say, stages, warn
from service.cli.session import json_option, opened

if TYPE_CHECKING:
    from service.backups.moving import Moved, Tell
    from service.usecases.audit import AuditReport


@click.command()
@click.argument("target", metavar="FILE|FOLDER", type=click.Path(path_type=Path))
@click.option("--plain", "is_plain", is_flag=True, help="Do not encrypt it.")
@json_option
def backup(target: Path, *, is_plain: bool, as_json: bool) -> None:
    """Write everything into one new file, online.

    Each platform is kept as it was at one moment. The file is encrypted under the newest secret key, which is not part
    of it: keep that elsewhere.
    """
    from service.backups.moving import check_backup, write_backup
    from service.secret_keys import load_secret_keys

    with opened() as session:
        keys = load_secret_keys(session.settings)
        path = target / f"alongside-{session.now:%Y%m%dT%H%M%SZ}.backup" if target.is_dir() else target
        with _told("Writing") as tell:
            moved = write_backup(
                session.store, path, key=None if is_plain else keys.current, now=session.now, tell=tell
            )
        with _told("Reading it again") as tell:
            check_backup(path, keys, tell=tell)
    if as_json:
        print_json({"file": str(path), "key": None if is_plain else keys.current.key_id, **_numbers(moved)})
        return
    say(f"{path}: {_sentence(moved)}; read again and whole.")
    say(
        "Not encrypted." if is_plain else f"Encrypted under the secret key {keys.current.key_id!r}, which is not in it."
    )


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", "is_replacing", is_flag=True, help="Remove first what the store holds now.")
@click.option(
    "--ledger",
    "ledgers",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An erasure ledger beside the one in the settings; may be given several times.",
)
@click.option("--go-live", "is_live", is_flag=True, help="This is the store in use from now on; see `go-live`.")
@json_option
def restore(file: Path, *, is_replacing: bool, ledgers: tuple[Path, ...], is_live: bool, as_json: bool) -> ExitCode:
    """Load a backup into the store of the settings. Stop the service first.

    The whole file is checked before anything is written, and what is stored is compared afterwards, the audit chain
    too. Whoever was erased since the backup was made is erased again, by the erasure ledger.

    The store then stands by: it may be a copy of one that is in use, so no webhook is called and no scheduled run is
    made before `alongside go-live`.
    """
    from service.backups.moving import finish_restore, restore_backup
    from service.erasure_ledger import ErasureLedger
    from service.secret_keys import load_secret_keys
    from service.usecases.audit import check_audit
    from service.usecases.platforms import platform_ids

    with opened(is_restoring=True) as session:
        keys = load_secret_keys(session.settings)
        paths = dict.fromkeys((session.settings.erasure_ledger, *ledgers))
        erased_since = [ErasureLedger(path, keys).read() for path in paths]
        with _told("Restoring") as tell:
            moved = restore_backup(session.store, file, keys, is_replacing=is_replacing, tell=tell)
        erased = finish_restore(session.store, erased_since, is_live=is_live, now=session.clock.now)
        reports = {scope: check_audit(session.store, scope) for scope in platform_ids(session.store)}
    broken = {scope: report for scope, report in reports.items() if report.broken_at is not None}
    if as_json:
        told = {"erased_again": erased, "audit_broken": sorted(broken), "stands_by": not is_live}
        print_json({"file": str(file), **_numbers(moved), **told})
    else:
        say(f"{file.name}: {_sentence(moved)} restored and compared.")
        say(f"{counted(erased, 'member')} erased again, as the erasure ledger says.")
        _tell_audit(broken)
        if not is_live:
            say("It stands by: no webhook is called and no scheduled run is made before you say: alongside go-live")
    return ExitCode.REFUSED if broken else ExitCode.DONE


@click.command("go-live")
def go_live() -> None:
    """Say that a restored store is the one in use.

    Webhooks are then told what has happened, and scheduled runs are made, the latest that was missed at once.
    """
    from service.usecases import standby

    with opened() as session:
        was_standing_by = standby.go_live(session.store)
    if was_standing_by:
        say("Webhooks are called and scheduled runs are made from now on; workers notice within half a minute.")
    else:
        say("This store is in use already.")


@click.command("migrate-store")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--platform", "platform_id", metavar="ID", help="Copy this platform alone.")
@json_option
def migrate_store(source: str, target: str, *, platform_id: str | None, as_json: bool) -> None:
    """Copy platforms from one store into another, of any engine.

    FROM and TO are written as in ALONGSIDE_STORE. Stop the service first. Versions, sequences and the audit chain stay
    as they are, and every record is compared. Begun again, it goes on with the platforms that are not there yet.
    """
    from service.backups.moving import migrate
    from service.backups.unfinished import open_whole_store

    with closing(open_whole_store(source)) as old, closing(open_whole_store(target)) as new, _told("Copying") as tell:
        moved = migrate(old, new, platform_id=platform_id, tell=tell)
    if as_json:
        print_json({**_numbers(moved), "already_there": moved.skipped})
        return
    say(f"{_sentence(moved)} in the new store, each compared with the old one.")
    if moved.skipped:
        say(f"{counted(moved.skipped, 'platform')} of them had been there already.")
    say("Now set ALONGSIDE_STORE to the new store, keep the secret key, and start the service.")


def _numbers(moved: Moved) -> dict[str, int]:
    return {"platforms": moved.platforms, "records": moved.records, "events": moved.events}


def _sentence(moved: Moved) -> str:
    parts = (counted(moved.platforms, "platform"), counted(moved.records, "record"), counted(moved.events, "event"))
    return ", ".join(parts)


def _tell_audit(broken: dict[str, AuditReport]) -> None:
    if not broken:
        say("The audit chain of every platform holds.")
    for scope, report in broken.items():
        warn(f"alongside: {scope}: the audit chain does not hold at event {report.broken_at}: {report.problem}")


@contextmanager
def _told(title: str) -> Iterator[Tell]:
    with stages(title) as (advance, rename):
        last = ""

        def tell(scope: str, done: int) -> None:
            nonlocal last
            if scope != last:
                rename(scope)
                last = scope
            advance(done, 0)

        yield tell
