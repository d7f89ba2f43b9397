"""Bringing people in from a spreadsheet: what its columns mean, a look at how they are read, then keeping them.

With JavaScript only the columns that were named leave the browser's tab; without it the file comes as it is, and the
others are dropped while it is read. Either way nothing but profiles is kept, and no message repeats a cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from service.console.access import Need, needs
from service.console.beside import Said, facts_of
from service.console.blueprint import console, now, store
from service.console.people import Person, member_of
from service.console.spreadsheet import DATE_FORMATS, QUESTIONS, ROLES, SEPARATORS, by_questions, document_of, title_of
from service.console.translation import _, retold
from service.console.words import counted, sentence
from service.errors import InvalidInput, RunInProgress
from service.mapping.document import load_mapping
from service.mapping.errors import MappingError, Problem
from service.mapping.reading import SheetReading, read_with_ids
from service.plain_yaml import read_yaml
from service.usecases.importing.files import ImportReport, import_profiles
from service.usecases.policies import get_policy
from service.usecases.runs import request_run

MOST_ROWS = 5000
"""More of them take longer than somebody waits for a page; the command line and the API take any number."""

_SHOWN_PEOPLE = 5
_SHOWN_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Preview:
    """How a file is read: whom the first rows become, and what is wrong with others."""

    ready: int
    refused: int
    people: tuple[tuple[Person, tuple[tuple[str, tuple[Said, ...]], ...]], ...]
    problems: tuple[Problem, ...]


@console.get("/import")
@needs(Need.MANAGE)
def get_import() -> ResponseReturnValue:
    """Show the questions about a spreadsheet."""
    return _page()


@console.post("/import")
@needs(Need.MANAGE)
def post_import() -> ResponseReturnValue:
    """Read a spreadsheet: show how it is read, or keep the people in it."""
    if missing := _not_answered():
        return _page(problem=missing), 422
    try:
        reading = _reading(request.form)
        if reading.count > MOST_ROWS:
            most = f"{MOST_ROWS:,}"
            return _page(problem=_("Please bring at most %(most)s people at once here.", most=most)), 422
        if request.form.get("step") != "import":
            return _page(preview=_preview(reading))
        report = import_profiles(store(), current_user.platform_id, rows=reading.rows, now=now())
    except MappingError as error:
        # A form's part is named by its question; in a mapping file by its key.
        title = "" if _has_own_mapping() else title_of(error.key.removeprefix("fields."))
        told = f"{title}: {retold(error.problems[0].message)}" if title else retold(error.message)
        return _page(problem=f"{sentence(told)}."), 422
    except InvalidInput as error:
        message = error.message if _has_own_mapping() else by_questions(error.message)
        return _page(problem=f"{sentence(retold(message))}."), 422
    return _page(report=report)


@console.post("/runs")
@needs(Need.MANAGE)
def post_run() -> ResponseReturnValue:
    """Ask for a run; a worker does it."""
    try:
        run = request_run(
            store(), current_user.platform_id, requested_by=f"coordinator:{current_user.coordinator_id}", now=now()
        )
    except RunInProgress as error:
        flash(_("A run is at work already; here it is."), "kind")
        return redirect(url_for("console.get_run", run_id=error.run_id), code=303)
    return redirect(url_for("console.get_run", run_id=run.run_id), code=303)


def _reading(form: Mapping[str, str]) -> SheetReading:
    if _has_own_mapping():
        document = read_yaml(request.files["mapping"].read().decode("utf-8", errors="replace"))
    else:
        document = document_of(form, now=now())
    labels = get_policy(store(), current_user.platform_id).labels
    return read_with_ids(request.files["file"].stream, load_mapping(document), labels=labels)  # type: ignore[arg-type]


def _not_answered() -> str:
    """Ask for what nothing can be read without; empty where it is there."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _("Please choose your file.")
    if not _has_own_mapping() and request.form.get("role") not in ROLES:
        return _("Please choose who the people in this file are.")
    return ""


def _has_own_mapping() -> bool:
    own = request.files.get("mapping")
    return own is not None and bool(own.filename)


def _preview(reading: SheetReading) -> Preview:
    people: list[tuple[Person, tuple[tuple[str, tuple[Said, ...]], ...]]] = []
    problems: list[Problem] = []
    ready = 0
    for row in islice(reading.rows, 10 * MOST_ROWS):
        if isinstance(row, Problem):
            problems.append(row)
            continue
        ready += 1
        if len(people) < _SHOWN_PEOPLE:
            people.append((member_of(row.profile.member_id), facts_of(row.profile)))
    refused = len({problem.line for problem in problems})
    return Preview(ready, refused, tuple(people), tuple(problems[:_SHOWN_PROBLEMS]))


def _page(*, problem: str = "", preview: Preview | None = None, report: ImportReport | None = None) -> str:
    return render_template(
        "console/import.html",
        questions=QUESTIONS,
        title_of=title_of,
        roles=ROLES,
        separators=SEPARATORS,
        date_formats=DATE_FORMATS,
        typed=request.form,
        problem=problem,
        preview=preview,
        report=report,
        report_words=_told(report) if report else "",
        shown_problems=_SHOWN_PROBLEMS,
    )


def _told(report: ImportReport) -> str:
    kept = report.created + report.updated + report.unchanged
    return _(
        "%(people)s: %(created)s new, %(updated)s changed, %(unchanged)s as before.",
        people=counted(kept, "person", "people"),
        created=f"{report.created:,}",
        updated=f"{report.updated:,}",
        unchanged=f"{report.unchanged:,}",
    )
