"""Around a pair: the runners-up on both sides, and what declining the pair would do to others.

A page of its own, which the proposal's page fetches once it is shown, so that nobody waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from service.console.blueprint import console, now, store
from service.console.people import SEEKER_WORDS, SUPPORTER_WORDS, Person, people_of, person_of
from service.console.translation import _
from service.console.words import fit
from service.errors import NotFound
from service.usecases.matches import get_match
from service.usecases.runners_up import RunnerUp, seekers_for, supporters_for

MOST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Other:
    """A runner-up."""

    person: Person
    fit: str
    score: int
    is_free: bool


@console.get("/proposals/<match_id>/around")
def get_around(match_id: str) -> ResponseReturnValue:
    """Show the runners-up of a pair, on both sides."""
    platform_id = current_user.platform_id
    match = get_match(store(), platform_id, match_id=match_id)
    try:
        supporters = supporters_for(
            store(), platform_id, seeker_id=match.seeker_id, but=match.supporter_id, now=now(), limit=MOST_SHOWN
        )
        seekers = seekers_for(
            store(), platform_id, supporter_id=match.supporter_id, but=match.seeker_id, now=now(), limit=MOST_SHOWN
        )
    except NotFound:
        supporters = seekers = ()
    return render_template(
        "console/around.html",
        match_id=match_id,
        people=people_of(match.seeker_id, match.supporter_id),
        supporters=_others(supporters, _(SUPPORTER_WORDS)),
        seekers=_others(seekers, _(SEEKER_WORDS)),
        is_compared=supporters is not None and seekers is not None,
    )


def _others(found: Sequence[RunnerUp] | None, role: str) -> list[Other]:
    return [_other(each, role) for each in found or ()]


def _other(runner_up: RunnerUp, role: str) -> Other:
    return Other(
        person_of(runner_up.member_id, role), fit(runner_up.score, runner_up.most), runner_up.score, runner_up.is_free
    )
