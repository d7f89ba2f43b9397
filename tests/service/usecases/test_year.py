"""A simulated year: every moment comes once, and nobody waits in silence longer than the policy says.

Bounded here; `ALONGSIDE_YEAR_SEEDS=1,2,3 ALONGSIDE_YEAR_PEOPLE=60 ALONGSIDE_YEAR_DAYS=730` makes it longer.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from datetime import datetime, timedelta

import pytest

from matching.eligibility import is_paused
from matching.policy import Timings
from service.records.codec import read_as
from service.records.match import ActorRole, Match, MatchState
from service.records.member import Member
from service.records.task import CoordinatorTask, TaskKind
from service.timers import due
from service.usecases.rounds.waiting import days_waited
from tests.service.usecases.cast import P
from tests.service.usecases.year import Year

SEEDS = [int(seed) for seed in os.environ.get("ALONGSIDE_YEAR_SEEDS", "7").split(",")]
PEOPLE = int(os.environ.get("ALONGSIDE_YEAR_PEOPLE", "12"))
DAYS = int(os.environ.get("ALONGSIDE_YEAR_DAYS", "365"))

TIMINGS = Timings()
DAY = timedelta(days=1)


class Mornings:
    """What is looked at each morning, and what a year adds up to."""

    def __init__(self) -> None:
        self.waited: Counter[str] = Counter()
        self.told_days: defaultdict[str, list[int]] = defaultdict(list)
        self.heard: list[tuple[str, str, datetime]] = []
        self.after = 0

    def __call__(self, year: Year) -> None:
        self.listen(year)
        matches = year.matches()
        for match in matches:
            self._nothing_is_left_due(match, year.now)
            self._nobody_waits_for_an_answer_for_ever(match, year.now)
        asked = {match.seeker_id for match in matches if ActorRole.SEEKER in match.asked}
        tasks = tuple(read_as(CoordinatorTask, stored) for stored in year.store.each(P, CoordinatorTask.KIND))
        for member in year.members():
            self._clocks_never_go_back(member, year.now)
            if member.profile.seeker is not None:
                self._nobody_waits_in_silence(member, year.now, is_asked=member.member_id in asked)
                self._somebody_knows_of_long_waits(member, year.now, matches, tasks)

    def listen(self, year: Year) -> None:
        for event in year.store.events(P, after=self.after, limit=1000):
            self.after = event.sequence
            if event.type == "member.still_looking":
                self.told_days[event.subject].append(event.body["days"])
            if event.type.startswith("match."):
                self.heard.append((event.type, event.subject, event.at))

    @staticmethod
    def _nothing_is_left_due(match: Match, now: datetime) -> None:
        assert due(match, TIMINGS, now) == ()

    @staticmethod
    def _nobody_waits_for_an_answer_for_ever(match: Match, now: datetime) -> None:
        limits = {ActorRole.SUPPORTER: TIMINGS.supporter_answer_days, ActorRole.SEEKER: TIMINGS.seeker_answer_days}
        for role in match.awaited:
            assert now - match.asked_at[role] < limits[role] * DAY
        if match.state is MatchState.PROPOSED:
            assert now - match.history[-1].at < TIMINGS.proposal_days * DAY

    def _clocks_never_go_back(self, member: Member, now: datetime) -> None:
        waited = days_waited(member, now)
        assert waited >= self.waited[member.member_id]
        self.waited[member.member_id] = waited

    def _nobody_waits_in_silence(self, member: Member, now: datetime, *, is_asked: bool) -> None:
        every = TIMINGS.waiting_message_days
        if is_looking(member, now) and not is_asked:
            last = max(self.told_days[member.member_id], default=0)
            assert days_waited(member, now) // every <= last // every, member.member_id

    def _somebody_knows_of_long_waits(
        self, member: Member, now: datetime, matches: list[Match], tasks: tuple[CoordinatorTask, ...]
    ) -> None:
        subjects = {(task.task_kind, task.subject) for task in tasks}
        has_offer = any(match.seeker_id == member.member_id for match in matches)
        is_long = days_waited(member, now) >= TIMINGS.waiting_amber_days
        if is_long and is_looking(member, now) and not has_offer:
            assert (TaskKind.LONG_WAIT, member.member_id) in subjects
        care = member.care
        if care.search == "to_ask" and not care.is_quiet:
            assert (TaskKind.WITHOUT_SUPPORTER, member.member_id) in subjects or (
                any(task.task_kind is TaskKind.CARE and member.member_id in task.member_ids for task in tasks)
            )


def is_looking(member: Member, now: datetime) -> bool:
    """Whether somebody waits and would like to hear of it, in the tests' own words."""
    care, today = member.care, now.date()
    is_out = is_paused(member.profile, today) or care.is_on_hold or care.is_quiet or care.is_recovering(today)
    return not is_out and care.search == "looking" and not care.has_supporter


@pytest.mark.parametrize("seed", SEEDS)
def test_in_a_whole_year_every_moment_comes_once_and_nobody_waits_in_silence(store, seed):
    year, mornings = Year(store, seed=seed, seekers=PEOPLE, supporters=PEOPLE // 2), Mornings()

    year.live(DAYS, mornings)
    mornings.listen(year)

    everything = year.matches(*MatchState)
    expected = Counter()
    for match in everything:
        expected.update(moments_of(match, year.now))
    came = Counter((kind, match_id) for kind, match_id, _ in mornings.heard if kind in WATCHED)
    assert {kind for kind, _ in came} == set(WATCHED)
    assert came == expected
    assert mornings.told_days["alone"] == list(range(28, DAYS, 28))
    assert all(days == sorted(set(days)) for days in mornings.told_days.values())
    states = Counter(match.state.value for match in everything)
    # A year in which little happened would show little.
    assert {"ended", "expired", "declined", "active"} <= set(states), states


WATCHED = ("match.supporter_reminder", "match.seeker_reminder", "match.check_in_due", "match.expired")


def moments_of(match: Match, until: datetime) -> Counter[tuple[str, str]]:
    """Work out from a match's history alone what should have come, in the tests' own words."""
    counted: Counter[tuple[str, str]] = Counter()
    counted["match.expired", match.match_id] = sum(entry.action == "expire" for entry in match.history)
    for kind, role, days in (
        ("match.supporter_reminder", ActorRole.SUPPORTER, TIMINGS.supporter_answer_days),
        ("match.seeker_reminder", ActorRole.SEEKER, TIMINGS.seeker_answer_days),
    ):
        counted[kind, match.match_id] = sum(
            later - asked >= timedelta(days=days) / 2 for asked, later in _times_awaited(match, role, until)
        )
    counted["match.check_in_due", match.match_id] = _check_ins(match, until)
    return +counted


def _times_awaited(match: Match, role: ActorRole, until: datetime):
    """Give (asked, until when) of each time somebody's answer was awaited, supporters being asked first."""
    asked = None
    for entry in match.history:
        begins = (entry.action == "approve") if role is ActorRole.SUPPORTER else (entry.action == "accept")
        if asked is not None:
            # Workers looked first on that day, too: nobody had answered yet.
            yield asked, entry.at
            asked = None
        elif begins and entry.to_state is MatchState.OFFERED:
            asked = entry.at
    if asked is not None:
        yield asked, until - DAY


def _check_ins(match: Match, until: datetime) -> int:
    """Count the evenings on which, while they met, another check-in had come due since the last that was asked for."""
    since, count, asked_of = match.active_since, 0, 0
    if since is None:
        return 0
    days = [*TIMINGS.check_in_days]
    while days[-1] < DAYS * 2:
        days.append(days[-1] + TIMINGS.check_in_every_days)
    day = since
    while day < until:
        passed = sum(since + timedelta(days=number) <= day for number in days)
        if passed > asked_of and _met_on(match, day):
            count, asked_of = count + 1, passed
        day += DAY
    return count


def _met_on(match: Match, moment: datetime) -> bool:
    """Whether the match ran in the morning or in the evening of that day, when workers looked."""
    before = [entry for entry in match.history if entry.at < moment]
    until_night = [entry for entry in match.history if entry.at <= moment]
    return MatchState.ACTIVE in (before[-1].to_state, until_night[-1].to_state)
