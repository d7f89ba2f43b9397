"""Today: what waits for a coordinator, the most urgent first; and every open task on a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from service.console.access import Need, needs
from service.console.blueprint import console, now, store
from service.console.care_words import CAUSES, SIDES, TASKS, detail_of
from service.console.people import Person, member_of, people_of
from service.console.team import Owner, Team, owner_asked_for, team
from service.console.translation import _
from service.console.words import day, listed, moment
from service.records.hold import Hold
from service.records.match import Match, MatchState
from service.records.task import CoordinatorTask, TaskKind
from service.usecases.tasks import list_open, mark_done
from service.usecases.today import MatchGroup, TaskGroup, count_of_own_tasks, task_groups, today_of

MOST_SHOWN = 5
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that waits: whom it is about, where it is looked at, since when; `task_id` where it can be ticked.

    `owner` is None where nobody is to look after it by name; `version` is the task's.
    """

    people: tuple[Person, ...]
    link: str
    text: str
    since: str
    task_id: str = ""
    version: int = 0
    owner: Owner | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """What waits of one sort; `link` leads to all of it and is empty where all is shown.

    `gist` stands in place of lines where there are too many of one kind to be named one by one.
    """

    key: str
    title: str
    count: int
    lines: tuple[Line, ...]
    link: str = ""
    gist: str = ""


# With and without the slash: a redirect of Flask's would name host and scheme, and not those outside a proxy.
@console.get("/", strict_slashes=False)
def get_home() -> ResponseReturnValue:
    """Begin the day."""
    return redirect(url_for("console.get_today"))


@console.get("/today")
def get_today() -> ResponseReturnValue:
    """Show what waits; on an empty platform, the first steps."""
    waiting = today_of(store(), current_user.platform_id, most=MOST_SHOWN)
    colleagues = team()
    sections = [
        Section("holds", _("Paused for care"), waiting.hold_count, _holds(waiting.holds), url_for("console.get_holds")),
        *(_tasks(group, colleagues) for group in waiting.tasks),
        _matches(MatchState.OFFERED, _("Waiting for an answer"), waiting.offers, colleagues),
        _matches(MatchState.CLOSING, _("Coming to an end"), waiting.closings, colleagues),
    ]
    return render_template(
        "console/today.html",
        day=day(now().date()),
        proposals=waiting.proposals,
        seekers=waiting.seekers,
        supporters=waiting.supporters,
        sections=[section for section in sections if section.count],
        most_shown=MOST_SHOWN,
        own=count_of_own_tasks(store(), current_user.platform_id, owner_id=current_user.coordinator_id),
    )


@console.get("/tasks")
def get_tasks() -> ResponseReturnValue:
    """Show every open task, those of one kind, or one's own, a page at a time."""
    wanted, owner_id = request.args.get("kind", ""), owner_asked_for()
    kinds = (TaskKind(wanted),) if wanted in set(TaskKind) else tuple(TaskKind)
    page = list_open(
        store(),
        current_user.platform_id,
        of=kinds,
        owner_id=owner_id,
        after=request.args.get("after"),
        limit=PAGE_SIZE,
    )
    colleagues = team()
    return render_template(
        "console/tasks.html",
        groups=task_groups(store(), current_user.platform_id, most=1),
        words=TASKS,
        wanted=wanted,
        is_own=owner_id is not None,
        lines=[(TASKS[task.task_kind], task_line(task, colleagues)) for task in page.records],
        following=page.next,
    )


@console.post("/tasks/<task_id>/done")
@needs(Need.DECIDE)
def post_task_done(task_id: str) -> ResponseReturnValue:
    """Keep that a task is done."""
    mark_done(
        store(),
        current_user.platform_id,
        task_id=task_id,
        of=tuple(TaskKind),
        by=current_user.coordinator_id,
        now=now(),
    )
    flash(_("Done. Thank you."), "done")
    return way_back_to_tasks()


def way_back_to_tasks() -> ResponseReturnValue:
    """Go back to the list a form about a task was sent from."""
    kind, mine = request.form.get("kind", ""), request.form.get("mine") or None
    if kind in {"", *TaskKind}:
        return redirect(url_for("console.get_tasks", kind=kind or None, mine=mine), code=303)
    return redirect(url_for("console.get_today"), code=303)


def task_line(task: CoordinatorTask, colleagues: Team) -> Line:
    """Show a task."""
    is_of_member = task.subject in task.member_ids
    if is_of_member or len(task.member_ids) != 2:
        people = tuple(member_of(member_id) for member_id in task.member_ids)
    else:
        people = people_of(*task.member_ids)
    link = (
        url_for("console.get_member", member_id=task.subject)
        if is_of_member
        else url_for("console.get_proposal", match_id=task.subject)
    )
    return Line(
        people,
        link,
        detail_of(task),
        _("since %(day)s", day=day(task.opened_at.date())),
        task.task_id,
        task.version,
        colleagues.owner(task.owner_id),
    )


def _tasks(group: TaskGroup, colleagues: Team) -> Section:
    """Show the tasks of one kind; long waits beyond a few by their number, since each has its place in a list."""
    key, title, link = group.kind, TASKS[group.kind], url_for("console.get_tasks", kind=group.kind.value)
    if group.kind is TaskKind.LONG_WAIT and group.count > MOST_SHOWN:
        gist = _("So many people have been looking for long. Begin with whoever has waited longest.")
        return Section(key, title, group.count, (), url_for("console.get_looking"), gist)
    return Section(key, title, group.count, tuple(task_line(task, colleagues) for task in group.tasks), link)


def _holds(holds: Sequence[Hold]) -> tuple[Line, ...]:
    """Show who is paused for care; why is for safeguarding."""
    knows_why = current_user.may(Need.CARE)
    return tuple(
        Line(
            (member_of(hold.member_id),),
            url_for("console.get_member", member_id=hold.member_id),
            CAUSES[hold.cause] if knows_why else "",
            _("since %(moment)s", moment=moment(hold.placed_at)),
        )
        for hold in holds
    )


def _matches(state: MatchState, title: str, group: MatchGroup, colleagues: Team) -> Section:
    lines = tuple(match_line(match, colleagues) for match in group.matches)
    return Section(state, title, group.count, lines, url_for("console.get_matches", state=state.value))


def match_line(match: Match, colleagues: Team) -> Line:
    """Show a match: what it waits for, or until when it goes on, and in whose care it is."""
    if match.awaited:
        text = _("We wait for %(whom)s.", whom=listed(SIDES[side] for side in match.awaited))
    elif match.closing_on is not None:
        text = _("The last day is %(day)s.", day=day(match.closing_on))
    else:
        text = ""
    return Line(
        people_of(match.seeker_id, match.supporter_id),
        url_for("console.get_proposal", match_id=match.match_id),
        text,
        _("since %(day)s", day=day(match.updated_at.date())),
        owner=colleagues.owner(match.owner_id),
    )
