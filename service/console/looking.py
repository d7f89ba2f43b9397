"""Still looking: who waits for company, for how long, and what stood in the way, as a matter of supply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from matching.eligibility import Reason
from service.console.blueprint import console, now, patience, store, studies
from service.console.people import SEEKER_WORDS, Person, person_of
from service.console.translation import N_, _
from service.console.words import LEFT_OUT, counted, listed, plain, waited
from service.records.member import Member
from service.usecases.looking import Looking, WhyLooking, looking_from, why_looking
from service.usecases.members import list_members

PAGE_SIZE = 20

_MOST_REASONS = 4

_NOBODY_YET = N_("We do not yet have a peer supporter who fits and has room.")


@dataclass(frozen=True, slots=True)
class Looker:
    """Somebody who is still looking; `obstacles` are words and how many peer supporters they concern."""

    person: Person
    waiting: str
    asked: str
    reason: str
    obstacles: tuple[tuple[str, int], ...]
    supporters: int


@console.get("/still-looking")
def get_looking() -> ResponseReturnValue:
    """Show who is still looking, a page at a time, the longest wait first."""
    page = max(request.args.get("page", 1, type=int), 1)
    found = _page(page)
    pages = max(-(-found.places // PAGE_SIZE), 1)
    if page > pages:
        page, found = pages, _page(pages)
    why = why_looking(store(), studies(), current_user.platform_id, found.seekers, now=now(), patience=patience())
    return render_template(
        "console/looking.html",
        lookers=_lookers(found.seekers, why, now().date()),
        total=found.places,
        is_of_last_run=found.is_of_last_run,
        is_unknown=found.is_unknown,
        is_nobody_here=not found.places and not list_members(store(), current_user.platform_id, limit=1).records,
        page=page,
        pages=pages,
    )


def _page(page: int) -> Looking:
    start = (page - 1) * PAGE_SIZE
    return looking_from(store(), current_user.platform_id, start=start, end=start + PAGE_SIZE, now=now())


def _lookers(seekers: Sequence[Member], why: Mapping[str, WhyLooking], today: date) -> list[Looker]:
    return [_looker(seeker, why.get(seeker.member_id), today) for seeker in seekers]


def _looker(seeker: Member, why: WhyLooking | None, today: date) -> Looker:
    topics = sorted(seeker.profile.seeker.topics) if seeker.profile.seeker else []
    return Looker(
        person=person_of(seeker.member_id, _(SEEKER_WORDS)),
        waiting=waited(seeker.waiting_since, today),
        asked=_("Would like company with %(topics)s", topics=listed(plain(topic) for topic in topics))
        if topics
        else _("Any company is welcome"),
        reason=_reason(why),
        obstacles=tuple((_(words), number) for words, number in why.removed[:_MOST_REASONS]) if why else (),
        supporters=why.supporters if why else 0,
    )


def _reason(why: WhyLooking | None) -> str:
    if why is None:
        return _(_NOBODY_YET)
    if why.left_out:
        return LEFT_OUT.get(Reason(why.left_out)) or _(_NOBODY_YET)
    if why.would_fit:
        who = counted(why.would_fit, "peer supporter", "peer supporters")
        return _("%(who)s would fit; their places are with others just now.", who=who)
    return _(_NOBODY_YET)
