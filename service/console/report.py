"""The report for those who pay: a period is chosen, and people, waits, hours, endings and loneliness are told of it.

As a page, to print, or as CSV. What could point at somebody is hidden in both alike: the rows are made once, here.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from service.console.blueprint import console, funders_reports, now, patience, store
from service.console.care_words import ROLES
from service.console.translation import _
from service.console.words import FAREWELLS, counted, day
from service.errors import StillPreparing
from service.intervals import Estimate
from service.records.member import MemberRole
from service.small_counts import Told
from service.usecases.funders import Figure, FundersReport
from service.usecases.outcomes import CAVEAT_OF_CHANGE, Change, Outcomes


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report: what it tells, the figure as a text, and how many it is made of.

    `low`, `high`: between what it lies, with 95 % confidence; empty where it was counted and not estimated.
    """

    section: str
    title: str
    value: str
    of: str = ""
    low: str = ""
    high: str = ""


@console.get("/report")
def get_report() -> ResponseReturnValue:
    """Show the report of a period, or ask for one."""
    today = now().date()
    first = _day("from", today - timedelta(days=364))
    last = _day("to", today)
    if not request.args or first is None or last is None or first > last:
        problem = _("Please choose two days, the first not after the last.") if request.args else ""
        page = render_template(
            "console/report.html",
            first=first or today - timedelta(days=364),
            last=last or today,
            problem=problem,
            sections=None,
        )
        return page, 422 if problem else 200
    try:
        report = funders_reports().of(
            store(), current_user.platform_id, first=first, last=last, now=now(), patience=patience()
        )
    except StillPreparing:
        return render_template(
            "console/report.html", first=first, last=last, problem="", sections=None, is_working=True
        )
    rows = tuple(rows_of(report))
    if request.args.get("as") == "csv":
        return _csv(rows, first, last)
    return render_template(
        "console/report.html",
        first=first,
        last=last,
        problem="",
        sections=[(name, list(lines)) for name, lines in groupby(rows, key=lambda row: row.section)],
        caveat=_(CAVEAT_OF_CHANGE),
    )


def rows_of(report: FundersReport) -> Iterator[Row]:
    """Give the lines of a report."""
    people, company = _("People today"), _("Company")
    for role in MemberRole:
        yield Row(people, ROLES[role].capitalize(), _count(report.people[role.value]))
    yield Row(company, _("Pairs that began"), _count(report.begun))
    yield Row(company, _("Days from asking to the beginning, in the middle"), *_said(report.wait_days, digits=0))
    yield Row(company, _("Hours together, if all met as they meant to"), *_said(report.hours))
    yield Row(company, _("Check-ins that tell of a meeting"), *_said(report.met))
    endings = _("Endings")
    yield Row(endings, _("Pairs that ended"), _count(report.ended))
    for reason, count in sorted(report.endings.items()):
        yield Row(endings, (FAREWELLS.get(reason) or reason).capitalize(), _count(count))
    yield from _became_of_pairs(report.outcomes)
    yield from _loneliness(report.outcomes.ucla3)


def _became_of_pairs(found: Outcomes) -> Iterator[Row]:
    section, title = (
        _("Pairs that began at least twelve weeks ago"),
        _("Together for twelve weeks, or ended well before"),
    )
    group = found.all_pairs
    if group is None:
        yield Row(section, title, _("not enough to tell"))
        return
    of = counted(group.pairs, "pair", "pairs")
    yield Row(section, title, f"{group.share.value:.0%}", of, f"{group.share.low:.0%}", f"{group.share.high:.0%}")


def _loneliness(found: Change) -> Iterator[Row]:
    section = _("Loneliness (UCLA-3, 3 to 9) in these pairs, from before they began to the latest answer")
    if found.members is None or found.before is None or found.after is None or found.change is None:
        yield Row(section, _("Change"), _("not enough answers yet"))
        return
    of = counted(found.members, "person", "people")
    yield _mean(section, _("Before they began, on average"), found.before, of)
    yield _mean(section, _("At the latest answer, on average"), found.after, of)
    yield _mean(section, _("Change, on average"), found.change, of, sign="+")


def _mean(section: str, title: str, found: Estimate, of: str, *, sign: str = "") -> Row:
    return Row(section, title, *(f"{found.value:{sign}.1f}", of, f"{found.low:{sign}.1f}", f"{found.high:{sign}.1f}"))


def _count(count: Told) -> str:
    return _(count.words)


def _said(figure: Figure, *, digits: int = 1) -> tuple[str, ...]:
    if figure.value is None or figure.of is None:
        return (_("not enough to tell"),)
    of = f"{figure.of:,}"
    if figure.estimate is None:
        return f"{figure.value:,.{digits}f}", of
    return f"{figure.value:.0%}", of, f"{figure.estimate.low:.0%}", f"{figure.estimate.high:.0%}"


def _day(name: str, otherwise: date) -> date | None:
    value = request.args.get(name, "")
    if not value:
        return otherwise
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _csv(rows: tuple[Row, ...], first: date, last: date) -> Response:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        (_("Section"), _("What"), _("Figure"), _("Made of"), _("At least (with 95 in 100 confidence)"), _("At most"))
    )
    writer.writerow((_("Period"), f"{day(first)} – {day(last)}", "", "", "", ""))
    writer.writerows((row.section, row.title, row.value, row.of, row.low, row.high) for row in rows)
    name = f"report-{first.isoformat()}-{last.isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    # The mark lets spreadsheets know that it is UTF-8.
    return Response("\ufeff" + text.getvalue(), mimetype="text/csv", headers=headers)
