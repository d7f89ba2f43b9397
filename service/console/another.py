"""Make another pair instead: who else could be with this person, what choosing them does to others, and doing it.

First a list, then the effect of the one that was chosen, then a press that confirms it: nothing is done before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from service.console.access import Need, needs
from service.console.blueprint import console, now, patience, store, warm
from service.console.forms import FormError, is_member_id, member_id, version
from service.console.people import SUPPORTER_WORDS, Person, people_of, person_of
from service.console.proposal import most_of
from service.console.proposals import CONFLICTS, OVERTAKEN
from service.console.translation import N_, Words, _
from service.console.words import fit
from service.errors import Conflict, InvalidInput, NotFound, StillPreparing, TooLarge
from service.records.match import Match, MatchState
from service.records.member import Member
from service.usecases.claims import check_claim, end_claim
from service.usecases.instead import Instead, propose_instead
from service.usecases.matches import get_match
from service.usecases.runners_up import RunnerUp, supporters_for

MOST_SHOWN = 10

_REFUSED: Mapping[str, str] = Words(
    {
        "same_person": N_("Nobody can be their own peer supporter."),
        "same_pair": N_("This is the pair that is proposed already."),
    }
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A peer supporter who could be chosen instead."""

    person: Person
    fit: str
    score: int
    is_free: bool


@dataclass(frozen=True, slots=True)
class Effect:
    """What choosing somebody does: to this pair, to the new one, and to whoever gives way."""

    people: tuple[Person, Person]
    supporter_id: str
    score: int
    fit: str
    is_thin: bool
    score_before: int
    gives_way: tuple[Person, Person] | None


@console.get("/proposals/<match_id>/another")
@needs(Need.DECIDE)
def get_another(match_id: str) -> ResponseReturnValue:
    """Show who else could be with this person; with a choice, what it does."""
    match = get_match(store(), current_user.platform_id, match_id=match_id)
    if match.state is not MatchState.PROPOSED:
        return redirect(url_for("console.get_proposal", match_id=match_id))
    if "supporter" not in request.args:
        return _page(match)
    return _effect_page(match, request.args["supporter"].strip())


@console.post("/proposals/<match_id>/another")
@needs(Need.DECIDE)
def post_another(match_id: str) -> ResponseReturnValue:
    """Make the pair that was chosen."""
    platform_id, coordinator_id = current_user.platform_id, current_user.coordinator_id
    match = get_match(store(), platform_id, match_id=match_id)
    try:
        check_claim(store(), platform_id, match_id=match_id, coordinator_id=coordinator_id, now=now())
        made = propose_instead(
            store(),
            platform_id,
            match_id=match_id,
            supporter_id=member_id("supporter"),
            by=current_user.actor,
            now=now(),
            expected_version=version(),
        )
    except FormError as problem:
        return _page(match, problem=problem), 422
    except (Conflict, InvalidInput, NotFound) as error:
        return _refused(match, error)
    end_claim(store(), platform_id, match_id=match_id, coordinator_id=coordinator_id)
    flash(_("Another pair is proposed instead. It is yours to approve."), "done")
    return redirect(url_for("console.get_proposal", match_id=made.match.match_id), code=303)


def _effect_page(match: Match, supporter_id: str) -> ResponseReturnValue:
    try:
        if not is_member_id(supporter_id):
            raise NotFound(Member.KIND)
        made = propose_instead(
            store(),
            current_user.platform_id,
            match_id=match.match_id,
            supporter_id=supporter_id,
            by=current_user.actor,
            now=now(),
            expected_version=match.version,
            is_preview=True,
        )
    except (Conflict, InvalidInput, NotFound) as error:
        return _refused(match, error)
    return _page(match, effect=_effect(made))


def _refused(match: Match, error: Conflict | InvalidInput | NotFound) -> ResponseReturnValue:
    """Say why it cannot be, and show who else could be chosen; a pair that is decided meanwhile is shown as it is."""
    current = get_match(store(), current_user.platform_id, match_id=match.match_id)
    if current.state is not MatchState.PROPOSED:
        flash(CONFLICTS.get(error.code) or _(OVERTAKEN), "kind")
        return redirect(url_for("console.get_proposal", match_id=match.match_id), code=303)
    if isinstance(error, NotFound):
        return _page(current, problem=FormError("supporter", _("There is nobody with this id on your platform."))), 422
    words = _REFUSED.get(error.code) or CONFLICTS.get(error.code) or _(OVERTAKEN)
    is_conflict = isinstance(error, Conflict)
    return _page(current, problem=FormError("" if is_conflict else "supporter", words)), 409 if is_conflict else 422


def _page(match: Match, *, effect: Effect | None = None, problem: FormError | None = None) -> str:
    choices, state = _choices(match)
    return render_template(
        "console/another.html",
        match_id=match.match_id,
        version=match.version,
        people=people_of(match.seeker_id, match.supporter_id),
        choices=choices,
        state=state,
        effect=effect,
        problem=problem,
        typed={"supporter": request.values.get("supporter", "")},
    )


def _choices(match: Match) -> tuple[list[Choice], str]:
    """Give who else could be chosen, and whether they were ``compared``; ``preparing`` or ``too_many`` otherwise."""
    try:
        found = supporters_for(
            store(),
            warm(),
            current_user.platform_id,
            seeker_id=match.seeker_id,
            but=match.supporter_id,
            now=now(),
            limit=MOST_SHOWN,
            patience=patience(),
        )
    except StillPreparing:
        return [], "preparing"
    except TooLarge:
        return [], "too_many"
    return [_choice(candidate) for candidate in found], "compared"


def _choice(candidate: RunnerUp) -> Choice:
    return Choice(
        person=person_of(candidate.member_id, _(SUPPORTER_WORDS)),
        fit=fit(candidate.score, candidate.most),
        score=candidate.score,
        is_free=candidate.is_free,
    )


def _effect(made: Instead) -> Effect:
    match, gives_way = made.match, made.gives_way
    return Effect(
        people=people_of(match.seeker_id, match.supporter_id),
        supporter_id=match.supporter_id,
        score=match.score,
        fit=fit(match.score, most_of(match)),
        is_thin=match.is_thin,
        score_before=made.replaced.score,
        gives_way=people_of(gives_way.seeker_id, gives_way.supporter_id) if gives_way else None,
    )
