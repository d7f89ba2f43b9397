"""What may be done with a match that is no proposal: answers passed on, a pause, an ending, a check-in.

Which steps there are is asked of `service/lifecycle.py`; a new one is a row of `_TITLES` here, and of `_Step` in
`steps.py`, which takes them. Reads no store.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from service.console.care_words import HOW_OFTEN, SIDES
from service.console.translation import N_, Words, _
from service.console.words import ANSWERS, FAREWELLS
from service.lifecycle import Action, allowed_actions
from service.reasons import BY_HAND
from service.records.match import ActorRole, Match, MatchState

_TITLES: Mapping[Action, str] = Words(
    {
        Action.WITHDRAW: N_("Take the offer back"),
        Action.PAUSE: N_("They would like a break"),
        Action.RESUME: N_("They go on"),
        Action.PLAN_ENDING: N_("Plan an ending"),
        Action.END: N_("It has ended"),
    }
)

_HINTS = Words(
    {
        Action.WITHDRAW: N_("Neither of them is blamed, and the waiting time is kept."),
        Action.PAUSE: N_("Their place is kept for them."),
        Action.RESUME: N_("Reminders and check-ins begin again."),
        Action.PLAN_ENDING: N_("Both are told in good time, so that they can say goodbye."),
        Action.END: N_("Both are left in peace for a while; the person who was looking is asked before anything new."),
    }
)

_BEGUN = frozenset((MatchState.ACTIVE, MatchState.PAUSED, MatchState.CLOSING, MatchState.ENDED))

_UCLA_QUESTIONS = (
    N_("How often do you feel that you lack companionship?"),
    N_("How often do you feel left out?"),
    N_("How often do you feel isolated from others?"),
)
"""Hughes et al., A Short Scale for Measuring Loneliness in Large Surveys, 2004; answers 1 to 3."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What can be passed on for one side."""

    side: ActorRole
    whose: str
    can_accept: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `reasons` to choose from are empty where there is none to choose."""

    action: Action
    title: str
    hint: str
    reasons: Mapping[str, str]
    has_day: bool


@dataclass(frozen=True, slots=True)
class Steps:
    """All that may be done now."""

    answers: tuple[Answer, ...]
    decline_reasons: Mapping[str, str]
    steps: tuple[Step, ...]
    can_check_in: bool
    to_ask: tuple[str, ...]
    sides: Mapping[str, str]
    how_often: Mapping[str, str]
    ucla_questions: tuple[str, ...]


def steps_of(match: Match, *, by: ActorRole, now: datetime) -> Steps:
    """Give what this coordinator may do with a match at this moment."""
    allowed = allowed_actions(match, by=by, at=now)
    is_offered = match.state is MatchState.OFFERED
    answers = tuple(
        Answer(side, SIDES[side], can_accept=side in match.awaited)
        for side in sorted(match.asked, reverse=True)
        if is_offered
    )
    farewells = {reason: FAREWELLS[reason] for reason in FAREWELLS if reason in BY_HAND}
    return Steps(
        answers=answers,
        decline_reasons=ANSWERS,
        steps=tuple(
            Step(
                action,
                _TITLES[action],
                _HINTS[action],
                farewells if action in (Action.PLAN_ENDING, Action.END) else {},
                has_day=action is Action.PLAN_ENDING,
            )
            for action in allowed
            if action in _TITLES and match.state is not MatchState.PROPOSED
        ),
        can_check_in=match.state in _BEGUN,
        to_ask=tuple(SIDES[role] for role in match.check_in_from),
        sides={side.value: SIDES[side] for side in SIDES},
        how_often={each.value: HOW_OFTEN[each] for each in HOW_OFTEN},
        ucla_questions=tuple(_(question) for question in _UCLA_QUESTIONS),
    )
