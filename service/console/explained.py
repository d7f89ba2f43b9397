"""Why somebody is still looking, and what would help: a page of its own, which their page fetches once it is shown.

By the last run, as `GET /members/{id}/explanation` tells it, in the console's words: what stood in the way, who
competes for the places that would suit, and the smallest change that was tried and does it. A new kind of change is a
row of `_WISHES`. What is found out is decided in `service/usecases/insight/explaining.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from matching.changes import MORE_KM, Kind
from matching.eligibility import Reason
from matching.profile import Day, Mode
from service.console.blueprint import console, now, patience, store, studies
from service.console.people import SEEKER_WORDS, SUPPORTER_WORDS, Person, person_of
from service.console.translation import N_, Words, _
from service.console.words import DAYS, LEFT_OUT, MODES, counted, day, language_name
from service.errors import Conflict, RunRefused, StillPreparing, TooLarge
from service.small_counts import FEW, NOT_TOLD
from service.usecases.insight.explaining import ChangeState, Explanation, Standing, explain_member

_STANDINGS: Mapping[Standing, str] = Words(
    {
        Standing.MATCHED: N_("They have a peer supporter, or an offer that is being answered."),
        Standing.PROPOSED: N_("A pair with them waits in the review queue."),
        Standing.NO_RUN: N_("There was no run yet; the first one looks for somebody."),
        Standing.NOT_IN_RUN: N_("They came after the last run; the next one looks for somebody."),
        Standing.LEFT_OUT: N_("We do not yet have a peer supporter who fits and has room."),
        Standing.SINCE_RUN: N_(
            "The last run had found somebody, and it came to nothing since; the next one looks again."
        ),
        Standing.STILL_LOOKING: N_("We do not yet have a peer supporter who fits and has room."),
    }
)

_WISHES: Mapping[str, str] = Words(
    {
        Kind.MORE_TIME: N_("If %(who)s were also free on %(what)s, we could find company for %(seeker)s."),
        Kind.MORE_MODES: N_("If %(who)s could also meet by %(what)s, we could find company for %(seeker)s."),
        Kind.MORE_DISTANCE: N_("If %(who)s could travel %(what)s km further, we could find company for %(seeker)s."),
        Kind.MORE_LANGUAGES: N_("If %(who)s also spoke %(what)s, we could find company for %(seeker)s."),
        Kind.MORE_PLACES: N_("If %(who)s could take one more person, we could find company for %(seeker)s."),
    }
)

_TO_SAY: Mapping[str, str] = Words(
    {
        Kind.MORE_TIME: N_("If you could also be free on %(what)s, we could suggest somebody today."),
        Kind.MORE_MODES: N_("If you could also meet by %(what)s, we could suggest somebody today."),
        Kind.MORE_DISTANCE: N_("If you could travel %(what)s km further, we could suggest somebody today."),
        Kind.MORE_LANGUAGES: N_("If you could also speak %(what)s, we could suggest somebody today."),
        Kind.MORE_PLACES: N_("We do not yet have someone with room who fits; we are asking around."),
    }
)
"""What can be said to the person themselves of a change of their own; of others only that we ask around."""

_NO_CHANGE: Mapping[ChangeState, str] = Words(
    {
        ChangeState.NONE: N_(
            "No single small change, of theirs or of a peer supporter's, would find company for them without taking it "
            "from somebody else."
        ),
        ChangeState.WORKING: N_("What would help is being worked out; look again in a moment."),
        ChangeState.UNKNOWN: N_("For this run, changes cannot be tried."),
        ChangeState.FAILED: N_("What would help could not be worked out just now. Please look again in a minute."),
    }
)


@dataclass(frozen=True, slots=True)
class Helping:
    """The smallest change: who would change, with whom the seeker would be, and what it means for others."""

    sentence: str
    changing: Person
    company: Person | None
    others: str
    to_say: str


@dataclass(frozen=True, slots=True)
class Why:
    """What the page shows.

    Attributes
    ----------
    obstacles : (what kept peer supporters away, of how many in words), most first.
    rivals : who competes for the places that would suit; empty where nobody does.
    no_change : why no change is shown; empty where `helping` is there.
    is_preparing : asked again, there may be more to tell.
    """

    person: Person
    standing: str
    by_run: str = ""
    obstacles: tuple[tuple[str, str], ...] = ()
    would_fit: str = ""
    rivals: str = ""
    helping: Helping | None = None
    no_change: str = ""
    is_preparing: bool = False


@console.get("/people/<member_id>/why")
def get_why(member_id: str) -> ResponseReturnValue:
    """Show why somebody is still looking, and what would help."""
    return render_template("console/why.html", why=_why(member_id))


def _why(member_id: str) -> Why:
    person = person_of(member_id, _(SEEKER_WORDS))
    try:
        told = explain_member(
            store(),
            studies(),
            current_user.platform_id,
            member_id=member_id,
            is_for_member=False,
            now=now(),
            patience=patience(),
        )
    except StillPreparing:
        return Why(person, _("This is being worked out; look again in a moment."), is_preparing=True)
    except TooLarge:
        return Why(person, _("There are too many people to work this out here while you wait."))
    except Conflict as refused:
        if refused.code == "not_a_seeker":
            return Why(person, _("This person is not looking for company."))
        return Why(person, _("The last run cannot be asked any more; after the next one this can be told again."))
    except RunRefused:
        return Why(person, _("The last run cannot be asked any more; after the next one this can be told again."))
    return _shown(person, told)


def _shown(person: Person, told: Explanation) -> Why:
    left_out = LEFT_OUT.get(Reason(told.left_out)) if told.left_out else None
    is_looking = told.standing is Standing.STILL_LOOKING
    helping = _helping(person, told.change) if told.change else None
    return Why(
        person=person,
        standing=left_out or _STANDINGS[told.standing],
        by_run=_("By the run for the week of %(day)s.", day=day(told.planned_for)) if told.planned_for else "",
        obstacles=tuple((_(each["reason"]), hidden_or(each)) for each in told.removed),
        would_fit=_would_fit(told.would_fit),
        rivals=_rivals(told.rivals),
        helping=helping,
        no_change=_NO_CHANGE[told.change_state] if is_looking and helping is None else "",
        is_preparing=told.change_state is ChangeState.WORKING,
    )


def _would_fit(cell: Mapping[str, Any] | None) -> str:
    if cell is None or cell["count"] == 0:
        return ""
    if cell["count"] is None:
        return _("Some peer supporters would fit; their places are with others just now.")
    who = counted(cell["count"], "peer supporter", "peer supporters")
    return _("%(who)s would fit; their places are with others just now.", who=who)


def _rivals(rivals: Mapping[str, Any] | None) -> str:
    if rivals is None:
        return ""
    return _(
        "%(people)s could be with %(supporters)s and nobody else; together these have %(places)s.",
        people=_group(rivals["people"], "person", "people", _("Fewer than five people")),
        supporters=_group(
            rivals["supporters"], "peer supporter", "peer supporters", _("fewer than five peer supporters")
        ),
        places=_group(rivals["places"], "place", "places", _("fewer than five places")),
    )


def _group(cell: Mapping[str, Any], one: str, many: str, few: str) -> str:
    return few if cell["count"] is None else counted(cell["count"], one, many)


def hidden_or(cell: Mapping[str, Any]) -> str:
    """Say a count, as far as it may be told."""
    words = str(cell["words"])
    return {FEW: _("fewer than five"), NOT_TOLD: _("not told")}.get(words, words)


def _helping(seeker: Person, change: Mapping[str, Any]) -> Helping:
    kind, what = Kind(change["kind"]), _what(Kind(change["kind"]), change["what"])
    is_own = change["member_id"] == seeker.member_id
    changing = seeker if is_own else person_of(change["member_id"], _(SUPPORTER_WORDS))
    moved = change["moved"]
    own_word = Kind.MORE_PLACES if not is_own else kind
    return Helping(
        sentence=_WISHES[kind] % {"who": changing.alias, "what": what, "seeker": seeker.alias},
        changing=changing,
        company=person_of(change["supporter_id"], _(SUPPORTER_WORDS)) if change["supporter_id"] else None,
        others=_("For that, %(who)s would have another peer supporter.", who=counted(moved, "person", "people"))
        if moved
        else _("Nobody else would be moved by it."),
        to_say=_TO_SAY[own_word] % {"what": what},
    )


def _what(kind: Kind, what: str) -> str:
    """Say what would be added."""
    if kind is Kind.MORE_TIME:
        name, _blank, hours = what.partition(" ")
        return f"{DAYS[Day(name)]} {hours}"
    if kind is Kind.MORE_MODES:
        return MODES[Mode(what)]
    if kind is Kind.MORE_LANGUAGES:
        return language_name(what)
    return str(MORE_KM) if kind is Kind.MORE_DISTANCE else ""
