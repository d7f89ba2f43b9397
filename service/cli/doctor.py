"""`alongside doctor`: is everything as it should be, and what to do where it is not."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from service.cli.exits import ExitCode
from service.cli.output import counted, print_json, say, stages
from service.cli.session import json_option

if TYPE_CHECKING:
    from service.doctor import Told
    from service.storage.operated import Finding
    from service.usecases.audit import AuditReport

_WORDS = {"ok": "ok", "warning": "look", "wrong": "WRONG"}
_WIDTH = 80
_INDENT = " " * 19


@click.command()
@click.option("--audit", "is_auditing", is_flag=True, help="Check every event against the audit chain, too.")
@click.option("--platform", "platform_id", metavar="ID", help="Look at this platform alone.")
@json_option
def doctor(*, is_auditing: bool, platform_id: str | None, as_json: bool) -> ExitCode:
    """Tell whether all is well, and what to do if not.

    Nothing is changed. Ends with 0 when all is well, 1 when there is something to do, 69 when the store cannot be
    reached, 78 when a setting is at fault.
    """
    from service.clock import SystemClock
    from service.doctor import examined
    from service.settings import Settings

    settings, found = Settings.from_environment(), []
    for told in examined(settings, SystemClock(), platform_id=platform_id):
        found.append(told)
        if not as_json:
            _tell(told.finding)
    audited: dict[str, AuditReport] = {}
    if is_auditing and _code(found) not in (ExitCode.STORE_UNREACHABLE, ExitCode.CONFIGURATION):
        audited = _audit(settings.store, platform_id, is_told=not as_json)
    code = _code(found)
    if code is ExitCode.DONE and any(report.broken_at is not None for report in audited.values()):
        code = ExitCode.SOME_FAILED
    if not as_json:
        say(_summed_up(found, audited))
    else:
        document = {"exit_code": int(code), "findings": [asdict(told.finding) for told in found]}
        print_json(document | ({"audit": {each: asdict(audited[each]) for each in audited}} if is_auditing else {}))
    return code


def _code(found: Sequence[Told]) -> ExitCode:
    if any(told.is_store_away for told in found):
        return ExitCode.STORE_UNREACHABLE
    if any(told.is_configuration for told in found):
        return ExitCode.CONFIGURATION
    return ExitCode.DONE if all(told.finding.state == "ok" for told in found) else ExitCode.SOME_FAILED


def _summed_up(found: Sequence[Told], audited: Mapping[str, AuditReport]) -> str:
    wrong = sum(told.finding.state != "ok" for told in found)
    wrong += sum(report.broken_at is not None for report in audited.values())
    return f"{counted(wrong, 'thing')} to do." if wrong else "All is well."


def _audit(url: str, platform_id: str | None, *, is_told: bool) -> dict[str, AuditReport]:
    from service.storage import open_store
    from service.usecases.audit import check_audit
    from service.usecases.platforms import platform_ids

    reports = {}
    with closing(open_store(url)) as store, stages("Checking the audit trail") as (advance, rename):
        for scope in (platform_id,) if platform_id is not None else tuple(platform_ids(store)):
            rename(scope)
            reports[scope] = check_audit(store, scope, on_progress=advance)
            if is_told:
                _tell(_audited(scope, reports[scope]))
    return reports


def _audited(scope: str, report: AuditReport) -> Finding:
    """Put a report into words: what an erasure emptied is as it should be, anything else that does not fit is not."""
    from service.storage.operated import Finding, State

    emptied = f", {report.erased:,} of them emptied by erasures or their age" if report.erased else ""
    fits = f"{scope}: {counted(report.events, 'event')} fit{emptied}"
    if report.broken_at is None:
        return Finding("audit", State.OK, f"{fits}; {report.sealed:,} sealed")
    says = f"{scope}: tampered with or damaged at event {report.broken_at}: {report.problem}"
    advice = "keep this store as it is, restore a backup into another one, and compare the events from there on"
    return Finding("audit", State.WRONG, f"{says}; before it {counted(report.events, 'event')} fit{emptied}", advice)


def _tell(finding: Finding) -> None:
    head = f"{_WORDS[finding.state]:<6} {finding.name:<12}"
    for line in textwrap.wrap(
        finding.says, _WIDTH, initial_indent=head, subsequent_indent=_INDENT, break_on_hyphens=False
    ):
        say(line)
    if finding.advice:
        for line in textwrap.wrap(
            finding.advice,
            _WIDTH,
            initial_indent=f"{_INDENT}→ ",
            subsequent_indent=f"{_INDENT}  ",
            break_on_hyphens=False,
        ):
            say(line)
