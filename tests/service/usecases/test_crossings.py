"""Two things done to a pair at the same moment: whatever the moment, it comes to what one after the other gives.

One is stopped between its last read and its commit, the other is done as a whole, then the first goes on: for every two
of what people, coordinators and timers do in a situation, both ways round. What each answers and all that is stored
must be as if one had been done after the other. `ALONGSIDE_CROSSINGS=all` crosses every two, in every situation and on
both engines; without it every seventh pair of each situation is crossed, on SQLite.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count, product

import pytest

from matching.profile import AgeBand, MemberStatus
from service.errors import Conflict, Forbidden, NotFound
from service.records.block import Block
from service.records.check_in import CheckIn
from service.records.hold import ConcernCategory, HoldCause, Severity
from service.records.load import Load
from service.records.match import Actor, ActorRole, Match
from service.records.member import Member
from service.records.rest import Rest
from service.records.task import CoordinatorTask
from service.storage import open_store
from service.usecases.asking import set_looking
from service.usecases.check_ins import record_check_in
from service.usecases.firing import fire
from service.usecases.members import delete_member, put_member, put_members
from service.usecases.platforms import create_platform
from service.usecases.reading import all_found, maybe_found
from service.usecases.safety import place_hold, put_block, release_holds, report_concern
from tests.service.storage.engines import ENGINES
from tests.service.usecases.acting import act, active, asked_second, offered, seeker_of, supporter_of
from tests.service.usecases.cast import COORDINATOR, NOW, P, seeker, supporter, without_consent
from tests.service.usecases.proposals import propose
from tests.service.usecases.test_runs import Meddling

ALL = os.environ.get("ALONGSIDE_CROSSINGS") == "all"
CARE = Actor(ActorRole.SAFEGUARDING, "c-9")
OTHER_COORDINATOR = Actor(ActorRole.COORDINATOR, "c-2")
SOON = NOW + timedelta(minutes=1)
LONG_AFTER = NOW + timedelta(days=15)
MONTHS_AFTER = NOW + timedelta(days=60)

Deed = Callable[..., object]


def step(action, by=COORDINATOR, **more) -> Deed:
    """An action on the match; `by` may say who of the pair it is."""
    return lambda store, match: act(store, match, action, by=by(match) if callable(by) else by, now=SOON, **more)


def profile(change) -> Deed:
    """A profile put anew: of the seeker or supporter, as `change` gives it of (seeker, supporter)."""

    def put(store, match):
        return put_member(store, P, profile=change(*people(match)), now=SOON)

    return put


def people(match):
    return seeker(match.seeker_id), supporter(match.supporter_id)


def paused(one):
    return replace(one, status=MemberStatus.PAUSED)


def said(store, match, *, role=ActorRole.SEEKER, **answers):
    check_in = CheckIn("", match.match_id, role, match.member_of(role), SOON, **answers)
    return record_check_in(store, P, said=check_in, now=SOON)


def held(side) -> Deed:
    return lambda store, match: place_hold(
        store, P, member_id=getattr(match, side), cause=HoldCause.CRISIS, by=CARE, now=SOON
    )


def left(side) -> Deed:
    return lambda store, match: delete_member(store, P, member_id=getattr(match, side), now=SOON)


def concern(store, match):
    how = {"category": ConcernCategory.OTHER, "severity": Severity.LOW, "by": CARE, "now": SOON}
    return report_concern(store, P, about_id=match.supporter_id, reporter_id=match.seeker_id, **how)


STEPPING_OUT: dict[str, Deed] = {
    "the seeker is held": held("seeker_id"),
    "the supporter is held": held("supporter_id"),
    "a concern about the supporter": concern,
    "a block": lambda store, match: put_block(store, P, one=match.supporter_id, other=match.seeker_id, now=SOON),
    "the supporter pauses": profile(lambda _, ben: paused(ben)),
    "the seeker pauses": profile(lambda ada, _: paused(ada)),
    "the seeker withdraws consent": profile(lambda ada, _: without_consent(ada)),
    "a rule breaks": profile(lambda _, ben: replace(ben, languages=("pl",))),
    "the seeker is erased": left("seeker_id"),
    "the supporter is erased": left("supporter_id"),
}


@dataclass(frozen=True)
class Situation:
    """Where a pair stands, and what may be done then."""

    reach: Callable[..., Match]
    deeds: dict[str, Deed]


def away(store, seeker_id, supporter_id):
    match = active(store, seeker_id, supporter_id)
    put_member(store, P, profile=paused(supporter(supporter_id)), now=NOW)
    return match


def paused_for_care(store, seeker_id, supporter_id):
    match = active(store, seeker_id, supporter_id)
    place_hold(store, P, member_id=seeker_id, cause=HoldCause.CRISIS, by=CARE, now=NOW)
    release_holds(store, P, member_id=seeker_id, by=CARE, now=NOW)
    return match


def closing(store, seeker_id, supporter_id):
    return act(store, active(store, seeker_id, supporter_id), "plan_ending", reason="goal_reached")


def rejected(store, seeker_id, supporter_id):
    return act(store, propose(store, seeker_id, supporter_id), "reject", reason="not_now")


SITUATIONS = {
    "proposed": Situation(
        propose,
        {
            "one coordinator approves": step("approve"),
            "another coordinator approves": step("approve", OTHER_COORDINATOR),
            "a coordinator rejects": step("reject", reason="poor_fit"),
            "it expires": lambda store, match: fire(store, P, match_id=match.match_id, now=LONG_AFTER),
            **STEPPING_OUT,
        },
    ),
    "rejected": Situation(
        rejected,
        {
            "it is reopened": step("reopen"),
            "another coordinator reopens it": step("reopen", OTHER_COORDINATOR),
            **STEPPING_OUT,
        },
    ),
    "offered": Situation(
        offered,
        {
            "the supporter says yes": step("accept", supporter_of),
            "the same yes by phone": step("accept", on_behalf_of=ActorRole.SUPPORTER),
            "the supporter says no": step("decline", supporter_of),
            "a coordinator reopens it": step("reopen"),
            "a coordinator takes it back": step("withdraw", reason="coordinator"),
            "it expires": lambda store, match: fire(store, P, match_id=match.match_id, now=LONG_AFTER),
            **STEPPING_OUT,
        },
    ),
    "asked second": Situation(
        asked_second,
        {
            "the seeker says yes": step("accept", seeker_of),
            "the seeker says no": step("decline", seeker_of),
            "the supporter says no after all": step("decline", supporter_of),
            "a coordinator reopens it": step("reopen"),
            "a coordinator takes it back": step("withdraw", reason="coordinator"),
            "it expires": lambda store, match: fire(store, P, match_id=match.match_id, now=LONG_AFTER),
            **STEPPING_OUT,
        },
    ),
    "active": Situation(
        active,
        {
            "the seeker takes a break": step("pause", seeker_of, reason="break"),
            "an ending is planned": step("plan_ending", supporter_of, reason="goal_reached"),
            "it ends": step("end", seeker_of, reason="poor_fit"),
            "somebody died": step("end", reason="died"),
            "the seeker is not safe": lambda store, match: said(store, match, not_safe=True),
            "the supporter would rather stop": lambda store, match: said(
                store, match, role=ActorRole.SUPPORTER, met=True, wants_to_continue=False
            ),
            "a moment comes": lambda store, match: fire(store, P, match_id=match.match_id, now=LONG_AFTER),
            **STEPPING_OUT,
        },
    ),
    "away": Situation(
        away,
        {
            "the supporter is back": profile(lambda _, ben: ben),
            "it goes on": step("resume"),
            "the seeker would like another": lambda store, match: set_looking(
                store, P, member_id=match.seeker_id, is_looking=True, now=SOON
            ),
            "the seeker would rather wait": lambda store, match: set_looking(
                store, P, member_id=match.seeker_id, is_looking=False, now=SOON
            ),
            "it ends": step("end", seeker_of, reason="other"),
            **STEPPING_OUT,
        },
    ),
    "paused for care": Situation(
        paused_for_care,
        {
            "safeguarding resumes it": step("resume", CARE),
            "it ends": step("end", seeker_of, reason="safety"),
            "an ending is planned": step("plan_ending", supporter_of, reason="other"),
            **STEPPING_OUT,
        },
    ),
    "closing": Situation(
        closing,
        {
            "its last day is over": lambda store, match: fire(store, P, match_id=match.match_id, now=MONTHS_AFTER),
            "it ends before": step("end", seeker_of, reason="other"),
            **STEPPING_OUT,
        },
    ),
}


@pytest.fixture(scope="module", params=["sqlite", *([pytest.param("redis", marks=pytest.mark.redis)] if ALL else [])])
def store(request, tmp_path_factory):
    opened = open_store(ENGINES[request.param](tmp_path_factory.mktemp("crossings")))
    create_platform(opened, platform_id=P, name="Harbour", now=NOW, signposting="Call 112.")
    yield opened
    opened.close()


NUMBERS = count()


def fresh(store, situation) -> Match:
    """A pair of people of their own, led there."""
    number = next(NUMBERS)
    pair = f"s-{number}", f"t-{number}"
    put_members(store, P, profiles=(seeker(pair[0]), supporter(pair[1])), now=NOW)
    return situation.reach(store, *pair)


def outcome_of(deed, store, match) -> str:
    try:
        deed(store, match)
    except (Conflict, Forbidden, NotFound) as refused:
        return refused.code
    return "done"


def what_is(store, match) -> dict[str, object]:
    """Everything that is stored of the pair, without ids and moments."""
    stored = maybe_found(store, P, Match, match.match_id)
    assert stored is not None
    members = {side: maybe_found(store, P, Member, getattr(match, side)) for side in ("seeker_id", "supporter_id")}
    tasks = {
        (task.task_kind, task.detail, task.done_at is None): None
        for member_id in (match.seeker_id, match.supporter_id)
        for task in all_found(store, P, CoordinatorTask, index="member", value=member_id)
    }
    load = maybe_found(store, P, Load, match.supporter_id)
    rest = maybe_found(store, P, Rest, f"{match.seeker_id}~{match.supporter_id}")
    return {
        "history": [(entry.action, entry.to_state, entry.by.role, entry.reason) for entry in stored.history],
        "has met": stored.has_met,
        "places held": 0 if load is None else len(load.match_ids),
        "rest": None if rest is None else (rest.reason, rest.until),
        "blocked": maybe_found(store, P, Block, "~".join(sorted((match.seeker_id, match.supporter_id)))) is not None,
        "tasks": sorted(tasks),
        "people": {side: None if member is None else of_member(member) for side, member in members.items()},
    }


def of_member(member) -> tuple[object, ...]:
    care = member.care
    return (
        replace(member.profile, member_id=""),
        member.waiting_since,
        (care.search, care.has_supporter, care.stopped_on, len(care.holds), care.recovering_until),
        (care.lost_supporter_on, care.is_quiet, care.look_again),
    )


def one_after_the_other(store, situation, first, second):
    match = fresh(store, situation)
    outcomes = outcome_of(situation.deeds[first], store, match), outcome_of(situation.deeds[second], store, match)
    return outcomes, what_is(store, match)


def one_inside_the_other(store, situation, outer, inner):
    """The inner one is done when the outer one has read everything and is about to save."""
    match = fresh(store, situation)
    came = []

    def between():
        came.append(outcome_of(situation.deeds[inner], store, match))

    outcome = outcome_of(situation.deeds[outer], Meddling(store, before=lambda _: True, when=between), match)
    return (outcome, *came), what_is(store, match), bool(came)


def crossings(name):
    """Every two of a situation, either one inside the other; of these every seventh where not all are wanted."""
    pairs = [pair for pair in product(SITUATIONS[name].deeds, repeat=2) if pair[0] != pair[1]]
    return pairs if ALL else [pair for number, pair in enumerate(pairs) if number % 7 == 0]


@pytest.mark.parametrize("name", SITUATIONS)
def test_what_crosses_comes_to_what_one_after_the_other_gives(store, name):
    situation, known = SITUATIONS[name], {}

    def in_turn(first, second):
        if (first, second) not in known:
            known[first, second] = one_after_the_other(store, situation, first, second)
        return known[first, second]

    wrong = []
    for outer, inner in crossings(name):
        outcomes, found, has_crossed = one_inside_the_other(store, situation, outer, inner)
        if not has_crossed:
            # It was refused before it could save anything.
            continue
        inner_first, outer_first = in_turn(inner, outer), in_turn(outer, inner)
        allowed = [(inner_first[0][::-1], inner_first[1]), (outer_first[0], outer_first[1])]
        if (outcomes, found) not in allowed:
            wrong.append((f"{inner} while {outer}", outcomes, found, allowed))
    assert wrong == []


def test_what_is_crossed_is_what_the_situations_promise(store):
    reached = {name: fresh(store, situation) for name, situation in SITUATIONS.items()}

    assert {name: maybe_found(store, P, Match, match.match_id).state for name, match in reached.items()} == {
        "proposed": "proposed",
        "rejected": "rejected",
        "offered": "offered",
        "asked second": "offered",
        "active": "active",
        "away": "paused",
        "paused for care": "paused",
        "closing": "closing",
    }


def test_a_match_that_goes_on_just_while_age_comes_between_the_two_is_paused_again(store):
    match = fresh(store, SITUATIONS["active"])
    act(store, match, "pause", reason="break", now=SOON)
    minor = replace(people(match)[1], age_band=AgeBand.AGE_16_17)

    meddling = Meddling(store, before=lambda _: True, when=lambda: act(store, match, "resume", now=SOON))
    put_member(meddling, P, profile=minor, now=SOON)

    paused_again = maybe_found(store, P, Match, match.match_id)
    assert (paused_again.state, paused_again.paused_because) == ("paused", "rule")
