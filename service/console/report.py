"""The report for those who pay: a period is chosen, and people, waits, hours, endings and loneliness are told of it.

As a page, to print, or as CSV. What could point at somebody is hidden in both alike: the rows are made once, here.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from service.console.blueprint import console, now, store
from service.console.care_words import ROLES
from service.console.translation import _
from service.console.words import FAREWELLS, counted, day
from service.records.member import MemberRole
from service.small_counts import Told
from service.usecases.funders import Figure, FundersReport, funders_report


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report: what it tells, the figure as a text, and how many it is made of."""

    section: str
    title: str
    value: str
    of: str = ""


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
            rows=None,
        )
        return page, 422 if problem else 200
    rows = tuple(rows_of(funders_report(store(), current_user.platform_id, first=first, last=last)))
    if request.args.get("as") == "csv":
        return _csv(rows, first, last)
    return render_template("console/report.html", first=first, last=last, problem="", rows=rows)


def rows_of(report: FundersReport) -> Iterator[Row]:
    """Give the lines of a report."""
    people, company = _("People today"), _("Company")
    for role in MemberRole:
        yield Row(people, ROLES[role].capitalize(), _count(report.people[role.value]))
    yield Row(company, _("Pairs that began"), _count(report.begun))
    yield Row(company, _("Days from asking to the beginning, in the middle"), *_said(report.wait_days, digits=0))
    yield Row(company, _("Hours together, if all met as they meant to"), *_said(report.hours))
    yield Row(company, _("Check-ins that tell of a meeting"), *_said(report.met, is_share=True))
    endings = _("Endings")
    yield Row(endings, _("Pairs that ended"), _count(report.ended))
    for reason, count in sorted(report.endings.items()):
        yield Row(endings, (FAREWELLS.get(reason) or reason).capitalize(), _count(count))
    yield from _loneliness(report)


def _loneliness(report: FundersReport) -> Iterator[Row]:
    section, found = _("Loneliness (UCLA-3, 3 to 9), over all time"), report.loneliness
    if found.people is None or found.before is None or found.after is None:
        yield Row(section, _("Change"), _("not enough answers yet"))
        return
    of = counted(found.people, "person", "people")
    yield Row(section, _("At the beginning, on average"), f"{found.before:.1f}", of)
    yield Row(section, _("At the last check-in, on average"), f"{found.after:.1f}", of)
    yield Row(section, _("Change, on average"), f"{found.after - found.before:+.1f}", of)


def _count(count: Told) -> str:
    return _(count.words)


def _said(figure: Figure, *, digits: int = 1, is_share: bool = False) -> tuple[str, str]:
    if figure.value is None or figure.of is None:
        return _("not enough to tell"), ""
    value = f"{figure.value:.0%}" if is_share else f"{figure.value:,.{digits}f}"
    return value, f"{figure.of:,}"


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
    writer.writerow((_("Section"), _("What"), _("Figure"), _("Made of")))
    writer.writerow((_("Period"), f"{day(first)} – {day(last)}", "", ""))
    writer.writerows((row.section, row.title, row.value, row.of) for row in rows)
    name = f"report-{first.isoformat()}-{last.isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    # The mark lets spreadsheets know that it is UTF-8.
    return Response("\ufeff" + text.getvalue(), mimetype="text/csv", headers=headers)
