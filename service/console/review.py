"""The review queue, and looking at several of its pairs together: at most twenty, each of them plain to see.

Nothing is approved before a preview has said which pairs can be and which need a look of their own; what has become of
each is told afterwards, with a way back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from service.console.access import Need, needs
from service.console.blueprint import console, now, store
from service.console.care_words import FLAGS
from service.console.people import Person, people_of
from service.console.proposal import Decided, decided_of
from service.console.proposals import CONFLICTS, OVERTAKEN, decided_before
from service.console.queue import page_of
from service.console.translation import _
from service.console.words import listed
from service.errors import NotFound
from service.lifecycle import Action
from service.usecases.bulk import FLAGGED, MOST_AT_ONCE, Flag, Outcome, act_on_many, flags_of
from service.usecases.claims import CLAIMED, claims_of_others, end_claim
from service.usecases.matches import get_match
from service.usecases.reviewing import queue_of


@dataclass(frozen=True, slots=True)
class ChosenPair:
    """One of several pairs that were chosen; `trouble` is empty where it can be approved with the others."""

    match_id: str
    people: tuple[Person, Person]
    trouble: str


@console.get("/review")
def get_review() -> ResponseReturnValue:
    """Show the queue, a page at a time."""
    return _queue_page()


def _queue_page(*, problem: str = "") -> str:
    queue = queue_of(store(), current_user.platform_id)
    page = page_of(queue, page=request.args.get("page", 1, type=int), today=now().date())
    match_ids = [entry.match_id for entry in page.entries]
    others = claims_of_others(
        store(), current_user.platform_id, match_ids, coordinator_id=current_user.coordinator_id, now=now()
    )
    return render_template(
        "console/review.html",
        queue=page,
        claimed=frozenset(others),
        alone=_alone(match_ids, frozenset(others)) if current_user.may_act else {},
        is_ticked=request.args.get("tick") == "all",
        problem=problem,
        decided=decided_before(),
    )


def _alone(match_ids: Sequence[str], claimed: frozenset[str]) -> dict[str, str]:
    """Say of each pair that cannot be approved with others why not; empty where its line says so already."""
    told = {}
    for match_id in match_ids:
        flags = _flags(match_id)
        if match_id in claimed or flags:
            told[match_id] = listed(FLAGS[flag] for flag in flags if flag is not Flag.THIN)
    return told


def _flags(match_id: str) -> Sequence[Flag]:
    try:
        return flags_of(store(), current_user.platform_id, match_id)
    except NotFound:
        return ()  # gone since the queue was read


@console.post("/review/chosen")
@needs(Need.DECIDE)
def post_chosen() -> ResponseReturnValue:
    """Show the chosen pairs together, which of them can be approved and which need a look of their own."""
    match_ids = _chosen()
    if not 1 <= len(match_ids) <= MOST_AT_ONCE:
        return _queue_page(problem=_("Please choose 1 to %(most)s pairs.", most=MOST_AT_ONCE)), 422
    pairs = _pairs_of(match_ids, is_preview=True)
    if not pairs:
        return _queue_page(problem=_("These pairs are no longer here to be reviewed.")), 422
    return render_template("console/chosen.html", pairs=pairs, ready=[pair for pair in pairs if not pair.trouble])


@console.post("/review/approve")
@needs(Need.DECIDE)
def post_approve_chosen() -> ResponseReturnValue:
    """Approve the chosen pairs, each by itself, and show what has become of them."""
    match_ids = _chosen()
    if not 1 <= len(match_ids) <= MOST_AT_ONCE:
        return _queue_page(problem=_("Please choose 1 to %(most)s pairs.", most=MOST_AT_ONCE)), 422
    pairs = _pairs_of(match_ids, is_preview=False)
    done = [pair.match_id for pair in pairs if not pair.trouble]
    for match_id in done:
        end_claim(store(), current_user.platform_id, match_id=match_id, coordinator_id=current_user.coordinator_id)
    left = [pair.match_id for pair in pairs if pair.trouble]
    return redirect(url_for("console.get_approved", pair=done, left=left), code=303)


@console.get("/review/approved")
def get_approved() -> ResponseReturnValue:
    """Show what has become of pairs that were approved together, as they stand now, each with a way back."""
    return render_template(
        "console/approved.html",
        done=_decided(request.args.getlist("pair")),
        left=_decided(request.args.getlist("left")),
    )


def _chosen() -> list[str]:
    return list(dict.fromkeys(request.form.getlist("pair")))


def _pairs_of(match_ids: Sequence[str], *, is_preview: bool) -> list[ChosenPair]:
    """Approve these pairs, or find out what would become of them; those whom somebody else looks at are left alone."""
    platform_id = current_user.platform_id
    others = claims_of_others(store(), platform_id, match_ids, coordinator_id=current_user.coordinator_id, now=now())
    free = [match_id for match_id in match_ids if match_id not in others]
    outcomes = act_on_many(
        store(),
        platform_id,
        match_ids=free,
        action=Action.APPROVE,
        by=current_user.actor,
        now=now(),
        is_preview=is_preview,
    )
    told = {outcome.match_id: outcome for outcome in outcomes}
    told |= {match_id: Outcome(match_id, code=CLAIMED) for match_id in others}
    return [pair for match_id in match_ids if (pair := _chosen_pair(told[match_id])) is not None]


def _chosen_pair(outcome: Outcome) -> ChosenPair | None:
    try:
        match = outcome.match or get_match(store(), current_user.platform_id, match_id=outcome.match_id)
    except NotFound:
        return None
    people = people_of(match.seeker_id, match.supporter_id)
    return ChosenPair(outcome.match_id, people, "" if outcome.match else _trouble(outcome))


def _trouble(outcome: Outcome) -> str:
    if outcome.code == FLAGGED:
        return _("Please look at it by itself: %(why)s.", why=listed(FLAGS[flag] for flag in outcome.flags))
    if outcome.code == CLAIMED:
        return _("Somebody else looks at it just now.")
    return CONFLICTS.get(outcome.code) or _(OVERTAKEN)


def _decided(match_ids: Sequence[str]) -> list[tuple[Decided | None, tuple[Person, Person], str]]:
    shown = []
    for match_id in match_ids[:MOST_AT_ONCE]:
        try:
            match = get_match(store(), current_user.platform_id, match_id=match_id)
        except NotFound:
            continue
        decided = decided_of(match, now=now(), may_act=current_user.may_act)
        shown.append((decided, people_of(match.seeker_id, match.supporter_id), match_id))
    return shown
