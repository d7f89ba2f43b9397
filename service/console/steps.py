"""Steps with a match that is no proposal, as a coordinator takes them: answers passed on, pauses, endings, check-ins.

Answers and check-ins are the word of one of the two, told on the phone or in a message. What may be done is shown by
`match_steps.py` and decided by `service/lifecycle.py`.
"""

from __future__ import annotations

from enum import StrEnum

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from service.console.access import Need, needs
from service.console.blueprint import console, now, store
from service.console.forms import FormError, choice, maybe_choice, maybe_day, maybe_whole, version, yes_or_no
from service.console.proposals import overtaken_page, proposal_page
from service.console.translation import _
from service.console.words import ANSWERS
from service.errors import Conflict, InvalidInput
from service.lifecycle import Action
from service.reasons import EndReason, PauseReason, WithdrawReason
from service.records.check_in import CheckIn, HowOften
from service.records.match import ActorRole, Match
from service.usecases.check_ins import record_check_in
from service.usecases.matches import act_on_match, get_match

_OWN_REASON = {Action.WITHDRAW: WithdrawReason.COORDINATOR.value, Action.PAUSE: PauseReason.BREAK.value}
"""The one reason that a coordinator can give for a step."""


class _Side(StrEnum):
    SEEKER = ActorRole.SEEKER.value
    SUPPORTER = ActorRole.SUPPORTER.value


class _Answer(StrEnum):
    ACCEPT = Action.ACCEPT.value
    DECLINE = Action.DECLINE.value


class _Step(StrEnum):
    WITHDRAW = Action.WITHDRAW.value
    PAUSE = Action.PAUSE.value
    RESUME = Action.RESUME.value
    PLAN_ENDING = Action.PLAN_ENDING.value
    END = Action.END.value


@console.post("/matches/<match_id>/answer")
@needs(Need.DECIDE)
def post_answer(match_id: str) -> ResponseReturnValue:
    """Pass on what one of the two has said: yes, or not this time."""
    try:
        side = choice("side", _Side, _("Please choose whose answer it is."))
        answer = choice("answer", _Answer, _("Please choose what they said."))
    except FormError as problem:
        return proposal_page(_match(match_id), problem=problem), 422
    reason = request.form.get("reason", "") if answer is _Answer.DECLINE else ""
    return _taken(
        match_id,
        Action(answer.value),
        reason=reason if reason in set(ANSWERS) else None,
        on_behalf_of=ActorRole(side.value),
    )


@console.post("/matches/<match_id>/step")
@needs(Need.DECIDE)
def post_step(match_id: str) -> ResponseReturnValue:
    """Take a step with a match: a pause, going on, an ending."""
    try:
        action = choice("action", _Step, _("Please choose what you would like to do."))
        has_reason = action in (_Step.PLAN_ENDING, _Step.END)
        reason = choice("reason", EndReason, _("Please choose why it ends.")).value if has_reason else None
        day = maybe_day("closing_on") if action is _Step.PLAN_ENDING else None
    except FormError as problem:
        return proposal_page(_match(match_id), problem=problem), 422
    known = Action(action.value)
    return _taken(match_id, known, reason=reason or _OWN_REASON.get(known), closing_on=day)


@console.post("/matches/<match_id>/check-in")
@needs(Need.DECIDE)
def post_check_in(match_id: str) -> ResponseReturnValue:
    """Keep how one of the two says it goes."""
    match = _match(match_id)
    try:
        said = _said(match)
        record_check_in(store(), current_user.platform_id, said=said, now=now())
    except FormError as problem:
        return proposal_page(match, problem=problem), 422
    except InvalidInput:
        refused = FormError("ucla3", _("These three questions are for adults only."))
        return proposal_page(match, problem=refused), 422
    except Conflict as error:
        return overtaken_page(match_id, error)
    if said.not_safe:
        flash(_("Thank you. They are paused for care now, and safeguarding has been told."), "kind")
    else:
        flash(_("Thank you, their words are kept."), "done")
    return redirect(url_for("console.get_proposal", match_id=match_id), code=303)


def _taken(match_id: str, action: Action, **how: object) -> ResponseReturnValue:
    try:
        act_on_match(
            store(),
            current_user.platform_id,
            match_id=match_id,
            action=action,
            by=current_user.actor,
            now=now(),
            expected_version=version(),
            **how,  # type: ignore[arg-type]
        )
    except InvalidInput:
        refused = FormError("closing_on", _("Please choose a day from today on, within a year."))
        return proposal_page(_match(match_id), problem=refused), 422
    except Conflict as error:
        return overtaken_page(match_id, error)
    flash(_("Done. This is how it stands now."), "done")
    return redirect(url_for("console.get_proposal", match_id=match_id), code=303)


def _said(match: Match) -> CheckIn:
    side = ActorRole(choice("side", _Side, _("Please choose who has told you.")).value)
    answers = [maybe_whole(f"ucla3_{number}", 1, 3) for number in (1, 2, 3)]
    given = [answer for answer in answers if answer is not None]
    if given and len(given) < len(answers):
        raise FormError("ucla3", _("Please fill in all three of these questions, or none."))
    return CheckIn(
        check_in_id="",
        match_id=match.match_id,
        role=side,
        member_id=match.member_of(side),
        at=now(),
        met=yes_or_no("met"),
        wants_to_continue=yes_or_no("wants_to_continue"),
        felt_understood=maybe_whole("felt_understood", 1, 5),
        things_in_common=yes_or_no("things_in_common"),
        not_safe=request.form.get("not_safe") == "yes",
        ucla3=(given[0], given[1], given[2]) if given else None,
        feels_lonely=maybe_choice("feels_lonely", HowOften),
    )


def _match(match_id: str) -> Match:
    return get_match(store(), current_user.platform_id, match_id=match_id)
