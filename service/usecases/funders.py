"""A report for those who pay for a programme: people, waits, hours and endings of a period, and what became of pairs.

What became of pairs, and how lonely people felt, is told over all time and as everywhere else (`outcomes.py`). Counts
of one to four, and what would tell them, are hidden (`service/small_counts.py`); a figure comes with how many it is
made of. At most `MOST_LOOKED_AT` matches of each state are read. Nothing here changes anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from statistics import median
from typing import Final

from matching.groups import FEWEST
from matching.profile import Pace
from service.intervals import Estimate, share
from service.records import kinds
from service.records.check_in import CheckIn
from service.records.codec import read_as
from service.records.match import Match, MatchState
from service.records.member import Member, MemberRole
from service.small_counts import Told, told, told_alone
from service.storage.store import Store
from service.usecases.outcomes import Outcomes, outcomes
from service.usecases.reading import all_found

MOST_LOOKED_AT: Final = 20_000
_AT_ONCE: Final = 500

BEGUN: Final = (MatchState.ACTIVE, MatchState.PAUSED, MatchState.CLOSING, MatchState.ENDED)

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
    matches = tuple(_begun(store, platform_id))
    began = [match for match in matches if first <= _began(match) <= last]
    ended = Counter(
        match.history[-1].reason
        for match in matches
        if match.state is MatchState.ENDED and first <= match.history[-1].at.date() <= last
    )
    seekers = _members(store, platform_id, [match.seeker_id for match in matches])
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
        outcomes=outcomes(store, platform_id, now=now),
    )


def _begun(store: Store, platform_id: str) -> Iterator[Match]:
    for state in BEGUN:
        found = all_found(store, platform_id, Match, index=kinds.BY_STATE, value=state.value)
        yield from (match for match in islice(found, MOST_LOOKED_AT) if match.active_since is not None)


def _began(match: Match) -> date:
    return (match.active_since or match.created_at).date()


def _ended(match: Match, last: date) -> date:
    return match.history[-1].at.date() if match.state is MatchState.ENDED else last


def _members(store: Store, platform_id: str, member_ids: list[str]) -> dict[str, Member]:
    found: dict[str, Member] = {}
    distinct = sorted(set(member_ids))
    for start in range(0, len(distinct), _AT_ONCE):
        stored = store.get_many(platform_id, Member.KIND, distinct[start : start + _AT_ONCE])
        found |= {member_id: read_as(Member, each) for member_id, each in stored.items()}
    return found


def _wait(began: list[Match], seekers: Mapping[str, Member]) -> Figure:
    waits = [
        max((_began(match) - seeker.waiting_since).days, 0)
        for match in began
        if (seeker := seekers.get(match.seeker_id)) is not None and seeker.waiting_since is not None
    ]
    return _figure(float(median(waits)) if waits else 0.0, len(waits))


def _hours(matches: tuple[Match, ...], seekers: Mapping[str, Member], first: date, last: date) -> Figure:
    total, pairs = 0.0, 0
    for match in matches:
        seeker = seekers.get(match.seeker_id)
        days = (min(_ended(match, last), last) - max(_began(match), first) + timedelta(days=1)).days
        if seeker is None or seeker.profile.seeker is None or days <= 0:
            continue
        pairs += 1
        weekly = _MEETINGS_A_WEEK[seeker.profile.pace] * seeker.profile.seeker.session_minutes / 60
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
