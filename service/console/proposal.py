"""One proposal as its page shows it: both people, the reasons, the points, the times, and what may be done now.

Built from the match, both members and the day; reads no store and decides nothing. What may be done is asked of
`service/lifecycle.py`, what a run explained is read as the run wrote it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from matching.rules import RULES
from service.console.beside import Row, rows_of
from service.console.people import Person, people_of
from service.console.reasons import FactorLine, sentence_of
from service.console.translation import N_, Words, _
from service.console.week_grid import GridDay, week_grid
from service.console.words import CHECKS, STATES, fit, moment, plain, waited, why
from service.lifecycle import PROPOSE, Action, allowed_actions
from service.records.match import ActorRole, HistoryEntry, Match, MatchState
from service.records.member import Member
from service.times import JointTime, joint_times

_DONE: Mapping[str, str] = Words(
    {
        PROPOSE: N_("Proposed"),
        Action.APPROVE: N_("Approved"),
        Action.REJECT: N_("Not this pair"),
        Action.WITHDRAW: N_("Taken back"),
        Action.ACCEPT: N_("Yes"),
        Action.DECLINE: N_("Not this time"),
        Action.EXPIRE: N_("No answer yet"),
        Action.REOPEN: N_("Undone, back to review"),
        Action.PAUSE: N_("Taking a break"),
        Action.RESUME: N_("Going on"),
        Action.PLAN_ENDING: N_("An ending was planned"),
        Action.END: N_("Ended"),
    }
)

_BY = Words(
    {
        ActorRole.COORDINATOR: N_("by a coordinator"),
        ActorRole.SAFEGUARDING: N_("by safeguarding"),
        ActorRole.SEEKER: N_("by the person looking for company"),
        ActorRole.SUPPORTER: N_("by the peer supporter"),
        ActorRole.PLATFORM: N_("by your platform"),
    }
)


@dataclass(frozen=True, slots=True)
class Decided:
    """What has just become of a proposal, and whether it can be undone."""

    match_id: str
    version: int
    people: tuple[Person, Person]
    outcome: str
    can_undo: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the proposal page shows; lines about people whose profile has gone are empty."""

    match_id: str
    version: int
    people: tuple[Person, Person]
    state: str
    state_key: str
    is_to_review: bool
    score: int
    most: int
    fit: str
    is_thin: bool
    waiting: str
    reasons: tuple[str, ...]
    rows: tuple[Row, ...]
    times: tuple[JointTime, ...]
    grid: tuple[GridDay, ...]
    zones: tuple[str, ...]
    factors: tuple[FactorLine, ...]
    rules: tuple[str, ...]
    can_decide: bool
    can_undo: bool
    history: tuple[str, ...]


def factors_of(match: Match) -> tuple[FactorLine, ...]:
    """Read the factors that the run explained, in its order."""
    return tuple(
        FactorLine(
            key=factor["key"],
            title=factor["title"],
            points=factor["points"],
            most=factor["most"],
            evidence=tuple(factor["evidence"]),
            phrase=factor["phrase"],
        )
        for factor in match.explanation.get("factors", ())
    )


def most_of(match: Match) -> int:
    """Give the most points the policy could have given this pair."""
    return max(sum(factor.most for factor in factors_of(match)), match.score, 1)


def proposal_of(
    match: Match, seeker: Member | None, supporter: Member | None, *, now: datetime, may_act: bool
) -> Proposal:
    """Show a match; `may_act` is False for those who only read."""
    people = people_of(match.seeker_id, match.supporter_id)
    both = (seeker.profile, supporter.profile) if seeker and supporter else None
    times = joint_times(*both, today=now.date()) if both else ()
    factors = tuple(factor for factor in factors_of(match) if factor.most > 0)
    most = most_of(match)
    return Proposal(
        match_id=match.match_id,
        version=match.version,
        people=people,
        state=STATES[match.state],
        state_key=match.state.value,
        is_to_review=match.state is MatchState.PROPOSED,
        score=match.score,
        most=most,
        fit=fit(match.score, most),
        is_thin=match.is_thin,
        waiting=waited(seeker.waiting_since if seeker else None, now.date()),
        reasons=_reasons(factors, people, times),
        rows=rows_of(*both) if both else (),
        times=times,
        grid=week_grid(*both, today=now.date()) if both and times else (),
        zones=tuple(profile.timezone.rsplit("/", 1)[-1].replace("_", " ") for profile in both) if both else (),
        factors=factors,
        rules=tuple(_check(key) for key in match.explanation.get("rules_checked", ())),
        can_decide=may_act and match.state is MatchState.PROPOSED,
        can_undo=may_act and can_undo(match, now),
        history=tuple(step_words(entry) for entry in match.history),
    )


def _reasons(
    factors: tuple[FactorLine, ...], people: tuple[Person, Person], times: tuple[JointTime, ...]
) -> tuple[str, ...]:
    """Say what speaks for a pair, the weightiest first."""
    speaking = sorted((one for one in factors if one.evidence and one.points > 0), key=lambda one: -one.points)
    return tuple(sentence_of(factor, people, times) for factor in speaking)


def decided_of(match: Match, *, now: datetime, may_act: bool) -> Decided | None:
    """Say what became of a match; None while it is still to be reviewed."""
    if match.state is MatchState.PROPOSED:
        return None
    people = people_of(match.seeker_id, match.supporter_id)
    return Decided(match.match_id, match.version, people, STATES[match.state], may_act and can_undo(match, now))


def can_undo(match: Match, now: datetime) -> bool:
    """Tell whether a coordinator may take the last decision back."""
    return Action.REOPEN in allowed_actions(match, by=ActorRole.COORDINATOR, at=now)


def _check(rule_key: str) -> str:
    return CHECKS.get(rule_key) or (_(RULES[rule_key].title) if rule_key in RULES else plain(rule_key).capitalize())


def step_words(entry: HistoryEntry, *, with_moment: bool = True) -> str:
    """Say what was done, by whom, why and when."""
    by = f" {_BY[entry.voice]}" if entry.voice in _BY else ""
    reason = f" ({why(entry.action, entry.reason)})" if entry.reason else ""
    done = _DONE.get(entry.action, plain(entry.action).capitalize())
    return f"{done}{by}{reason}, {moment(entry.at)}" if with_moment else f"{done}{by}{reason}"
