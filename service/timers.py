"""What becomes due in the life of a match, as one table: from which moment, how long after, what happens then. Pure.

A new timer is a row of `TIMERS`; what its deed does is told in `service/usecases/firing.py`, how long it takes is a
field of the policy's timings. Each moment fires once: a match keeps how often each timer has fired since it began, and
when the next is due. Nothing here reads a clock or saves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from itertools import count, takewhile
from typing import Final

from matching.policy import Timings
from service.records.match import ActorRole, Fired, Match, MatchState

_LONGEST: Final = timedelta(days=3660)
"""Of no match anything later is known by now; it ends the endless rows."""


class Deed(StrEnum):
    """What happens when a moment has come."""

    EXPIRE = "expire"
    END = "end"
    REMIND_SEEKER = "remind_seeker"
    REMIND_SUPPORTER = "remind_supporter"
    ASK_ABOUT_FIRST_MEETING = "ask_about_first_meeting"
    ASK_FOR_CHECK_IN = "ask_for_check_in"


@dataclass(frozen=True, slots=True)
class Timer:
    """One row of the table.

    Attributes
    ----------
    since : the moment from which it counts; None while it does not run. Another moment begins it anew.
    after : how long after that moment it is due; ascending, perhaps without end. Of several that were missed only the
        last one fires, so that nobody gets a heap of reminders after an outage.
    """

    key: str
    since: Callable[[Match], datetime | None]
    after: Callable[[Timings], Iterator[timedelta]]
    deed: Deed


@dataclass(frozen=True, slots=True)
class Firing:
    """A moment that has come; `mark` is what the match keeps of it."""

    timer: Timer
    due_at: datetime
    mark: Fired


def due(match: Match, timings: Timings, now: datetime) -> tuple[Firing, ...]:
    """Give what has become due and has not fired yet, in the order of the table."""
    firings = []
    for timer in TIMERS:
        since, fired = _state_of(timer, match)
        if since is None:
            continue
        passed = list(takewhile(lambda moment: moment <= now, _moments(timer, since, timings)))
        if len(passed) > fired:
            firings.append(Firing(timer, passed[-1], Fired(timer.key, since, len(passed))))
    return tuple(firings)


def next_due(match: Match, timings: Timings) -> datetime | None:
    """Give when the match is to be looked at next; None when nothing is left to wait for."""
    moments = []
    for timer in TIMERS:
        since, fired = _state_of(timer, match)
        if since is not None:
            coming = (moment for number, moment in enumerate(_moments(timer, since, timings)) if number >= fired)
            moments.append(next(coming, None))
    return min((moment for moment in moments if moment is not None), default=None)


def timed(match: Match, timings: Timings) -> Match:
    """Give the match with the moment at which it is to be looked at next."""
    due_at = next_due(match, timings)
    return match if match.due_at == due_at else replace(match, due_at=due_at)


def marked(match: Match, firings: tuple[Firing, ...]) -> Match:
    """Give the match with these firings kept; marks of timers that run no longer, or are no longer, are dropped."""
    marks = {fired.key: fired for fired in match.fired} | {firing.timer.key: firing.mark for firing in firings}
    running = {timer.key: timer.since(match) for timer in TIMERS}
    return replace(match, fired=tuple(mark for mark in marks.values() if running.get(mark.key) == mark.since))


def _state_of(timer: Timer, match: Match) -> tuple[datetime | None, int]:
    """Give the moment from which a timer counts, and how often it has fired since."""
    since = timer.since(match)
    kept = next((fired for fired in match.fired if fired.key == timer.key), None)
    return since, kept.times if kept is not None and kept.since == since else 0


def _moments(timer: Timer, since: datetime, timings: Timings) -> Iterator[datetime]:
    return (since + after for after in timer.after(timings))


def _once(days: Callable[[Timings], int]) -> Callable[[Timings], Iterator[timedelta]]:
    return lambda timings: iter((timedelta(days=days(timings)),))


def _halfway(days: Callable[[Timings], int]) -> Callable[[Timings], Iterator[timedelta]]:
    return lambda timings: iter((timedelta(days=days(timings)) / 2,))


def _check_ins(timings: Timings) -> Iterator[timedelta]:
    named = timings.check_in_days
    last, step = named[-1] if named else 0, timings.check_in_every_days
    yield from (timedelta(days=day) for day in named)
    yield from takewhile(_LONGEST.__gt__, (timedelta(days=last + step * number) for number in count(1)))


def _proposed(match: Match) -> datetime | None:
    return match.history[-1].at if match.state is MatchState.PROPOSED and match.history else None


def _asked(role: ActorRole) -> Callable[[Match], datetime | None]:
    return lambda match: match.asked_at[role] if role in match.awaited else None


def _running(match: Match) -> datetime | None:
    return match.active_since if match.state is MatchState.ACTIVE else None


def _not_met(match: Match) -> datetime | None:
    return None if match.has_met else _running(match)


def _closing(match: Match) -> datetime | None:
    """Give when the last day of a planned ending is over, in UTC."""
    day = match.closing_on
    return None if day is None else datetime.combine(day + timedelta(days=1), time(), UTC)


_SUPPORTER, _SEEKER = _asked(ActorRole.SUPPORTER), _asked(ActorRole.SEEKER)

TIMERS: Final = (
    Timer("proposal", _proposed, _once(lambda timings: timings.proposal_days), Deed.EXPIRE),
    Timer(
        "supporter_reminder", _SUPPORTER, _halfway(lambda timings: timings.supporter_answer_days), Deed.REMIND_SUPPORTER
    ),
    Timer("supporter_answer", _SUPPORTER, _once(lambda timings: timings.supporter_answer_days), Deed.EXPIRE),
    Timer("seeker_reminder", _SEEKER, _halfway(lambda timings: timings.seeker_answer_days), Deed.REMIND_SEEKER),
    Timer("seeker_answer", _SEEKER, _once(lambda timings: timings.seeker_answer_days), Deed.EXPIRE),
    Timer("first_meeting", _not_met, _once(lambda timings: timings.first_meeting_days), Deed.ASK_ABOUT_FIRST_MEETING),
    Timer("check_in", _running, _check_ins, Deed.ASK_FOR_CHECK_IN),
    Timer("closing", _closing, _once(lambda _: 0), Deed.END),
)
"""Every timer of a match, in the order in which they fire when several are due."""
