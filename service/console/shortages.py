"""Whom to ask in: the peer supporters who would let most people be matched, by the last run, worked out by a job.

In the console's words from what `service/usecases/insight/shortages.py` has worked out; nothing is decided here. A new
stretch of hours is a row of `_HOURS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from matching.profile import Mode
from service.console.blueprint import console, now, store
from service.console.explained import hidden_or
from service.console.people import SUPPORTER_WORDS, Person, person_of
from service.console.translation import N_, Words, _
from service.console.words import MODES, counted, day, language_name, plain
from service.errors import Conflict, TemporaryError
from service.records.report import Report
from service.usecases.insight.reading import get_shortages as shortages_of
from service.usecases.runs import current_run

MOST_SHOWN = 20

_HOURS: Mapping[str, str] = Words(
    {
        "weekday mornings": N_("weekday mornings"),
        "weekday afternoons": N_("weekday afternoons"),
        "weekday evenings": N_("weekday evenings"),
        "weekend days": N_("weekend days"),
        "weekend evenings": N_("weekend evenings"),
    }
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A sort of peer supporter to ask in, and for how many people."""

    who: str
    profile: str
    for_whom: str


@dataclass(frozen=True, slots=True)
class MoreRoom:
    """A peer supporter with whom one more place would help, and how."""

    person: Person
    helps: str


@dataclass(frozen=True, slots=True)
class Ready:
    """A peer supporter with room whom nobody was proposed to, and what is between them and those who look."""

    person: Person
    places: str
    between: str


@dataclass(frozen=True, slots=True)
class Shortages:
    """What the page shows; `notice` in place of all else where there is nothing to tell (yet)."""

    notice: str = ""
    is_working: bool = False
    by_run: str = ""
    wanted: tuple[Wanted, ...] | None = None
    places: tuple[MoreRoom, ...] = ()
    ready: tuple[Ready, ...] = ()


@console.get("/whom-to-ask-in")
def get_shortages() -> ResponseReturnValue:
    """Show whom to ask in."""
    return render_template("console/shortages.html", shortages=_shortages())


def _shortages() -> Shortages:
    platform_id = current_user.platform_id
    run = current_run(store(), platform_id)
    if run is None:
        return Shortages(_("After the first run you see here whom to ask in."))
    try:
        report = shortages_of(store(), platform_id, run_id=run.run_id, now=now())
    except Conflict:
        return Shortages(_("The last run cannot be asked any more; after the next one this can be told again."))
    except TemporaryError as error:
        if error.code != "report_failed":
            raise
        return Shortages(_("This could not be worked out just now; it is tried again in a minute."))
    if report.answer is None:
        return Shortages(_("This is being worked out; look again in a moment."), is_working=True)
    by_run = _("By the run for the week of %(day)s.", day=day(run.planned_for)) if run.planned_for else ""
    return _told(report, by_run)


def _told(report: Report, by_run: str) -> Shortages:
    answer: Mapping[str, Any] = report.answer or {}
    wanted, places = answer["shortages"], answer["places"]
    return Shortages(
        by_run=by_run,
        wanted=None if wanted is None else tuple(_wanted(each) for each in wanted[:MOST_SHOWN]),
        places=() if places is None else tuple(_room(each) for each in places["supporters"][:MOST_SHOWN]),
        ready=tuple(_ready(each) for each in answer["ready"]["supporters"][:MOST_SHOWN]),
    )


def _wanted(shortage: Mapping[str, Any]) -> Wanted:
    profile = _(
        "speaking %(language)s, free on %(hours)s (%(zone)s), meeting by %(mode)s",
        language=language_name(shortage["language"]),
        hours=_HOURS.get(shortage["hours"], shortage["hours"]),
        zone=plain(shortage["timezone"].rsplit("/", 1)[-1]),
        mode=MODES[Mode(shortage["mode"])],
    )
    if shortage["topic"]:
        profile = _("%(profile)s, with lived experience of %(topic)s", profile=profile, topic=plain(shortage["topic"]))
    people = shortage["people"]
    many = _("Fewer than five people") if people["count"] is None else counted(people["count"], "person", "people")
    return Wanted(
        who=counted(shortage["supporters"], "peer supporter", "peer supporters"),
        profile=profile,
        for_whom=_("%(people)s more would find company", people=many),
    )


def _room(place: Mapping[str, Any]) -> MoreRoom:
    helps = []
    if place["matched"]:
        helps.append(_("%(people)s more would find company", people=counted(place["matched"], "person", "people")))
    if place["score"] > 0:
        points = counted(place["score"], "point", "points")
        helps.append(_("the fit of all pairs together would rise by %(points)s", points=points))
    return MoreRoom(person_of(place["supporter_id"], _(SUPPORTER_WORDS)), "; ".join(helps))


def _ready(each: Mapping[str, Any]) -> Ready:
    if not each["between"]:
        between = _("nobody is looking just now")
    else:
        first = each["between"][0]
        reason = _(first["reason"])
        # Where the number would give a smaller one away, the reason alone is told.
        between = _("%(reason)s: %(many)s", reason=reason, many=hidden_or(first)) if first["count"] else reason
    person = person_of(each["supporter_id"], _(SUPPORTER_WORDS))
    return Ready(person, _("room for %(people)s", people=counted(each["places"], "person", "people")), between)
