"""Around a pair: the runners-up on both sides, and what declining the pair would do to others.

A page of its own, which the proposal's page fetches once it is shown, so that nobody waits for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from service.console.blueprint import console, now, patience, store, studies, warm
from service.console.people import SEEKER_WORDS, SUPPORTER_WORDS, Person, people_of, person_of
from service.console.translation import _
from service.console.words import counted, fit
from service.errors import Conflict, NotFound, RunRefused, StillPreparing, TooLarge
from service.records.match import Match
from service.usecases.insight.knock_on import Choice, PairEffect, effect_of_choice
from service.usecases.matches import get_match
from service.usecases.runners_up import RunnerUp, seekers_for, supporters_for

if TYPE_CHECKING:
    from matching.overrides import MemberMove

MOST_SHOWN = 3
MOST_MOVES = 10


@dataclass(frozen=True, slots=True)
class Other:
    """A runner-up."""

    person: Person
    fit: str
    score: int
    is_free: bool


@dataclass(frozen=True, slots=True)
class RunnersUp:
    """Runners-up on both sides; none while they are being made ready, or where there are too many people."""

    supporters: Sequence[Other] = ()
    seekers: Sequence[Other] = ()
    is_preparing: bool = False
    are_too_many: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody whose peer supporter would change; None for waiting."""

    person: Person
    before: Person | None
    after: Person | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What declining the pair would do to others; `is_preparing` while the run is being read.

    `is_told`: it is what the run says, and no word that it cannot be told. `more` moves are not shown.
    """

    sentence: str
    moves: tuple[Move, ...] = ()
    is_preparing: bool = False
    is_told: bool = True
    more: int = 0


@console.get("/proposals/<match_id>/around")
def get_around(match_id: str) -> ResponseReturnValue:
    """Show the runners-up of a pair, on both sides."""
    platform_id = current_user.platform_id
    match = get_match(store(), platform_id, match_id=match_id)
    others, effect = _compared(match), _effect(match)
    is_preparing = others.is_preparing or (effect is not None and effect.is_preparing)
    return render_template(
        "console/around.html",
        match_id=match_id,
        effect=effect,
        people=people_of(match.seeker_id, match.supporter_id),
        others=others,
        is_preparing=is_preparing,
    )


def _compared(match: Match) -> RunnersUp:
    """Find the runners-up on both sides, as far as these are ready."""

    def ask(find: Callable[..., Sequence[RunnerUp]], **who: str) -> Sequence[RunnerUp]:
        platform_id = current_user.platform_id
        return find(store(), warm(), platform_id, now=now(), limit=MOST_SHOWN, patience=patience(), **who)

    try:
        supporters = ask(supporters_for, seeker_id=match.seeker_id, but=match.supporter_id)
        seekers = ask(seekers_for, supporter_id=match.supporter_id, but=match.seeker_id)
    except NotFound:
        return RunnersUp()
    except StillPreparing:
        return RunnersUp(is_preparing=True)
    except TooLarge:
        return RunnersUp(are_too_many=True)
    return RunnersUp(_others(supporters, _(SUPPORTER_WORDS)), _others(seekers, _(SEEKER_WORDS)))


def _effect(match: Match) -> Effect | None:
    """Tell what declining the pair would do, by the run that proposed it; None where that cannot be told just now."""
    try:
        found = effect_of_choice(
            store(),
            studies(),
            current_user.platform_id,
            run_id=match.run_id,
            seeker_id=match.seeker_id,
            supporter_id=match.supporter_id,
            choice=Choice.FORBID,
            patience=patience(),
        )
    except StillPreparing:
        return Effect(_("This is being worked out; look again in a moment."), is_preparing=True, is_told=False)
    except (NotFound, Conflict, RunRefused) as refused:
        if refused.code != "effect_too_far":
            return None
        return Effect(
            _("With so many people, it is not worked out how far a no to this pair would reach."), is_told=False
        )
    moves = tuple(_move(move) for move in found.moves[:MOST_MOVES])
    return Effect(_told(found), moves, more=len(found.moves) - len(moves))


def _told(found: PairEffect) -> str:
    """Say in a sentence what declining the pair would have done."""
    if not found.moves:
        return _("Nothing else would change.")
    moved = sum(bool(move.before and move.after) for move in found.moves)
    left = sum(move.after is None for move in found.moves)
    said = [
        _matched(found.matched),
        _fit(found.score),
        _("%(who)s would have another peer supporter", who=counted(moved, "person", "people")) if moved else "",
        _("%(who)s would be without the one proposed for them", who=counted(left, "person", "people")) if left else "",
    ]
    sentence = "; ".join(part for part in said if part)
    return f"{sentence[:1].upper()}{sentence[1:]}."


def _matched(number: int) -> str:
    if not number:
        return ""
    who = counted(abs(number), "person", "people")
    if number > 0:
        return _("%(who)s more would find company", who=who)
    return _("%(who)s fewer would find company", who=who)


def _fit(score: int) -> str:
    if not score:
        return ""
    points = counted(abs(score), "point", "points")
    if score > 0:
        return _("the fit of all pairs together would rise by %(points)s", points=points)
    return _("the fit of all pairs together would fall by %(points)s", points=points)


def _move(move: MemberMove) -> Move:
    def supporter(member_id: str | None) -> Person | None:
        return person_of(member_id, _(SUPPORTER_WORDS)) if member_id else None

    return Move(person_of(move.seeker_id, _(SEEKER_WORDS)), supporter(move.before), supporter(move.after))


def _others(found: Sequence[RunnerUp], role: str) -> list[Other]:
    return [_other(each, role) for each in found]


def _other(runner_up: RunnerUp, role: str) -> Other:
    return Other(
        person_of(runner_up.member_id, role), fit(runner_up.score, runner_up.most), runner_up.score, runner_up.is_free
    )
