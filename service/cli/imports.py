"""`alongside import`: members from a spreadsheet with a mapping file, or from JSON lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from service.cli.exits import ExitCode
from service.cli.output import Advance, counted, print_json, progress, say, warn
from service.cli.session import Session, existing_file, json_option, opened, platform_option, read_yaml_file

if TYPE_CHECKING:
    from service.mapping.errors import Problem
    from service.mapping.profiles import ReadyRow
    from service.mapping.reading import SheetReading
    from service.usecases.importing.files import ImportReport

SHOWN_PROBLEMS = 20
"""Problems printed for people; `--json` has them all."""


@click.command("import", short_help="Store members from a CSV or JSON lines file.")
@click.argument("file", type=existing_file)
@platform_option
@click.option("--mapping", "mapping_file", type=existing_file, help="What the columns of a CSV file mean (YAML).")
@click.option(
    "--key-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the random ids of rows without an id are kept; FILE's name with .keys.csv when left out.",
)
@json_option
def import_(
    file: Path, platform_id: str, mapping_file: Path | None, key_file: Path | None, *, as_json: bool
) -> ExitCode:
    """Store members from FILE: CSV with --mapping, else one JSON object a line.

    Good lines are stored, bad ones are told by line. Importing a file again changes only what changed in it.
    """
    from service.mapping.keyfile import default_key_file

    with opened() as session, file.open("rb") as content:
        if mapping_file is None:
            report = _from_json_lines(session, platform_id, content)
            kept_keys = None
        else:
            place = key_file or default_key_file(file)
            report, reading = _from_spreadsheet(session, platform_id, content, mapping_file, place)
            kept_keys = place if reading.has_key_file else None
    if as_json:
        print_json(_as_document(report, kept_keys))
    else:
        _tell(report, file, kept_keys)
    return ExitCode.BAD_INPUT if report.problems else ExitCode.DONE


def _from_spreadsheet(
    session: Session, platform_id: str, content: BinaryIO, mapping_file: Path, key_file: Path
) -> tuple[ImportReport, SheetReading]:
    from service.mapping.document import load_mapping
    from service.mapping.reading import read_spreadsheet
    from service.usecases.importing.files import import_profiles
    from service.usecases.platforms import get_platform
    from service.usecases.policies import get_policy

    get_platform(session.store, platform_id)
    mapping = load_mapping(read_yaml_file(mapping_file))
    labels = get_policy(session.store, platform_id).labels
    reading = read_spreadsheet(content, mapping, labels=labels, key_file=key_file)
    with progress("Importing") as advance:
        rows = _counted_rows(reading.rows, reading.count, advance)
        return import_profiles(session.store, platform_id, rows=rows, now=session.now), reading


def _from_json_lines(session: Session, platform_id: str, content: BinaryIO) -> ImportReport:
    from functools import partial

    from schemas.member import load_profile
    from service.mapping.json_lines import profiles_in_lines
    from service.usecases.importing.files import import_profiles
    from service.usecases.platforms import get_platform
    from service.usecases.policies import get_policy

    get_platform(session.store, platform_id)
    load = partial(load_profile, labels=get_policy(session.store, platform_id).labels)
    with progress("Importing") as advance:
        rows = _counted_rows(profiles_in_lines(content, load), 0, advance)
        return import_profiles(session.store, platform_id, rows=rows, now=session.now)


def _counted_rows(rows: Iterable[ReadyRow | Problem], count: int, advance: Advance) -> Iterator[ReadyRow | Problem]:
    for number, row in enumerate(rows, start=1):
        advance(number, count)
        yield row


def _tell(report: ImportReport, file: Path, kept_keys: Path | None) -> None:
    taken = report.created + report.updated + report.unchanged
    say(
        f"{counted(taken, 'member')} from {file.name}: "
        f"{report.created:,} new, {report.updated:,} changed, {report.unchanged:,} as before."
    )
    if kept_keys is not None:
        say(f"Which row is whose: {kept_keys} (keep it safe; Alongside has no copy).")
    if not report.problems:
        return
    warn(f"{counted(report.refused, 'line was', 'lines were')} not stored:")
    for problem in report.problems[:SHOWN_PROBLEMS]:
        warn(f"  {problem}")
    if len(report.problems) > SHOWN_PROBLEMS:
        warn(f"  ... and {len(report.problems) - SHOWN_PROBLEMS:,} more (all of them: --json)")
    warn("Correct them and import the file again: nobody is stored twice.")


def _as_document(report: ImportReport, kept_keys: Path | None) -> dict[str, object]:
    return {
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "refused": report.refused,
        "key_file": str(kept_keys) if kept_keys else None,
        "problems": [
            {"line": each.line, "column": each.column, "field": each.field, "message": each.message}
            for each in report.problems
        ],
    }
