"""What a run changed, pair by pair, in words: new pairs, then those that were kept, then those that were taken back."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from service.console.blueprint import console, store
from service.console.change_words import FATES, why_in_words
from service.console.people import Person, people_of
from service.console.run_pages import run_page_of
from service.errors import Conflict
from service.storage.store import Page
from service.usecases import runs
from service.usecases.changes import list_changes
from service.usecases.running.differences import Difference

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One pair; `fate` and `why` in words."""

    people: tuple[Person, Person]
    fate: str
    why: str


@console.get("/runs/<run_id>/changes")
def get_run_changes(run_id: str) -> ResponseReturnValue:
    """Show what a run changed, a page at a time; that it is not kept any longer where it is not."""
    run = runs.get_run(store(), current_user.platform_id, run_id=run_id)
    page = _page(run_id)
    return render_template(
        "console/run_changes.html",
        run=run_page_of(run),
        gone=page is None,
        rows=[_row(change) for change in page.records] if page else [],
        following=page.next if page else None,
    )


def _page(run_id: str) -> Page[Difference] | None:
    after = request.args.get("after", 0, type=int)
    try:
        return list_changes(store(), current_user.platform_id, run_id=run_id, after=str(max(after, 0)), limit=PAGE_SIZE)
    except Conflict:
        return None


def _row(change: Difference) -> ChangeRow:
    return ChangeRow(people_of(*change.pair), FATES[change.fate], why_in_words(change))
