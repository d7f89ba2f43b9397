"""A report for those who pay for a programme: people, waits, hours and endings of a period, and what became of pairs.

What became of pairs, and how lonely people felt, is told over all time and as everywhere else (`outcomes.py`). Counts
of one to four, and what would tell them, are hidden (`service/small_counts.py`); a figure comes with how many it is
made of. Of each state at most `outcomes.MOST_LOOKED_AT` matches are read. Nothing here changes anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Final, NamedTuple

from matching.groups import FEWEST
from matching.profile import Pace
from service.intervals import Estimate, share
from service.records import kinds
from service.records.check_in import CheckIn
from service.records.codec import maybe_day_from_json, read_as
from service.records.match import Match, MatchState
from service.records.member import Member, MemberRole
from service.small_counts import Told, told, told_alone
from service.storage.store import Store, Stored
from service.usecases.outcomes import Outcomes, matches_that_began, outcomes

_AT_ONCE: Final = 500

_MEETINGS_A_WEEK: Final[Mapping[Pace, float]] = {
    Pace.WEEKLY: 1.0,
    Pace.FORTNIGHTLY: 0.5,
    Pace.MONTHLY: 0.25,
    Pace.FLEXIBLE: 0.5,
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and how many it is made of; both None where these are too few to show it.

    `estimate`: of a share, between what it lies.
    """

    value: float | None
    of: int | None
    estimate: Estimate | None = None


@dataclass(frozen=True, slots=True)
class FundersReport:
    """What happened from `first` to `last`, both included; people as they are today.

    Attributes
    ----------
    people : seekers and supporters. begun, ended : matches that did in the period; endings : by reason.
    wait_days : the middle wait from asking to the second yes, of those who began. hours : of company, if all met as
        often and as long as they said they would, up to one decimal. met : share of check-ins that say they have met.
    outcomes : how many pairs stayed together, and how UCLA-3 sums of seekers changed, over all time.
    """

    first: date
    last: date
    people: Mapping[str, Told]
    begun: Told
    wait_days: Figure
    hours: Figure
    met: Figure
    ended: Told
    endings: Mapping[str, Told]
    outcomes: Outcomes


def funders_report(store: Store, platform_id: str, *, first: date, last: date, now: datetime) -> FundersReport:
    """Make the report of a period."""
    matches = tuple(matches_that_began(store, platform_id))
    began = [match for match in matches if first <= _began(match) <= last]
    ended = Counter(
        match.history[-1].reason
        for match in matches
        if match.state is MatchState.ENDED and first <= match.history[-1].at.date() <= last
    )
    seekers = _seekers(store, platform_id, (match.seeker_id for match in matches))
    people = {role.value: store.count(platform_id, Member.KIND, index=kinds.BY_ROLE, value=role) for role in MemberRole}
    return FundersReport(
        first=first,
        last=last,
        people={name: told_alone(count) for name, count in people.items()},
        begun=told_alone(len(began)),
        wait_days=_wait(began, seekers),
        hours=_hours(matches, seekers, first, last),
        met=_met(store, platform_id, first, last),
        ended=told_alone(ended.total()),
        endings=dict(zip(ended, told(tuple(ended.values())), strict=True)),
        outcomes=outcomes(store, platform_id, now=now, known=matches),
    )


def _began(match: Match) -> date:
    return (match.active_since or match.created_at).date()


def _ended(match: Match, last: date) -> date:
    return match.history[-1].at.date() if match.state is MatchState.ENDED else last


class _Seeker(NamedTuple):
    """What is asked of a seeker: reading thousands of whole profiles for it would take seconds."""

    waiting_since: date | None
    pace: Pace
    session_minutes: int


def _seekers(store: Store, platform_id: str, member_ids: Iterable[str]) -> dict[str, _Seeker]:
    found: dict[str, _Seeker] = {}
    distinct = sorted(set(member_ids))
    for start in range(0, len(distinct), _AT_ONCE):
        stored = store.get_many(platform_id, Member.KIND, distinct[start : start + _AT_ONCE])
        found |= {member_id: seeker for member_id, each in stored.items() if (seeker := _seeker(each)) is not None}
    return found


def _seeker(stored: Stored) -> _Seeker | None:
    """Read what is asked; None for somebody who is no seeker any longer."""
    profile = stored.body["profile"]
    side = profile.get("seeker")
    if side is None:
        return None
    since = maybe_day_from_json(stored.body["waiting_since"])
    return _Seeker(since, Pace(profile["pace"]), int(side["session_minutes"]))


def _wait(began: list[Match], seekers: Mapping[str, _Seeker]) -> Figure:
    waits = [
        max((_began(match) - seeker.waiting_since).days, 0)
        for match in began
        if (seeker := seekers.get(match.seeker_id)) is not None and seeker.waiting_since is not None
    ]
    return _figure(float(median(waits)) if waits else 0.0, len(waits))


def _hours(matches: tuple[Match, ...], seekers: Mapping[str, _Seeker], first: date, last: date) -> Figure:
    total, pairs = 0.0, 0
    for match in matches:
        seeker = seekers.get(match.seeker_id)
        days = (min(_ended(match, last), last) - max(_began(match), first) + timedelta(days=1)).days
        if seeker is None or days <= 0:
            continue
        pairs += 1
        weekly = _MEETINGS_A_WEEK[seeker.pace] * seeker.session_minutes / 60
        total += days / 7 * weekly
    return _figure(round(total, 1), pairs)


def _met(store: Store, platform_id: str, first: date, last: date) -> Figure:
    answers = [
        said.met
        for said in (read_as(CheckIn, stored) for stored in store.each(platform_id, CheckIn.KIND))
        if said.met is not None and first <= said.at.date() <= last
    ]
    count, of = sum(answers), len(answers)
    # Few on either side would point at somebody; nobody on one side points at nobody.
    if of < FEWEST or 0 < min(count, of - count) < FEWEST:
        return Figure(None, None)
    return Figure(count / of, of, share(count, of))


def _figure(value: float, of: int) -> Figure:
    return Figure(value, of) if of >= FEWEST else Figure(None, None)
