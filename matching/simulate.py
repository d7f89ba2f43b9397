"""A community over months: people come, wait, are matched by a policy on a schedule, answer, meet, pause, end, and go.

The same people come at the same hours and draw the same luck under every policy, so that policies are compared like for
like. Everything is drawn in whole numbers (`draws.py`): the same plan gives the same figures on every machine. Ways of
choosing are in `simulated_choices.py`, rates in `simulated_rates.py`. Never here: the clock, files, plots.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from matching.draws import Draws
from matching.entries import Ints
from matching.errors import MatchingError
from matching.reserve import held_back, scarcity_of
from matching.simulated_choices import CHOICES, Waiting
from matching.simulated_people import DAYS_A_WEEK, HOURS_A_DAY, People, Plan
from matching.terms import taken

MILLION = 1_000_000
NOT_YET = -1
LOOKING, ASKED, MATCHED, GONE = range(4)


@dataclass(frozen=True, slots=True, eq=False)
class Lived:
    """What happened: of each seeker and each match, in hours and points.

    Attributes
    ----------
    waits, is_found : of seekers who came after the start: hours until their first match, or until they or the watch
        stopped; whether they were matched. came : when.
    proposals, declined, withdrawn : made; declined; ended unanswered as somebody went.
    fits : scores of proposals that were accepted. early : matches that ended early. load : share of places in use, in
        thousandths, day by day. idle : supporters with no match, in thousandths of those there, at the end.
    """

    waits: Ints
    is_found: Ints
    came: Ints
    proposals: int
    declined: int
    withdrawn: int
    fits: Ints
    early: int
    load: Ints
    idle: int
    hours: int


def simulate(plan: Plan, people: People) -> Lived:
    """Let a community live through a plan.

    Raises
    ------
    MatchingError
        For a choice that is none, or an interval that is neither an hour nor whole days.
    """
    if plan.choice not in CHOICES:
        raise MatchingError(f"cannot choose by {plan.choice!r} (allowed: {', '.join(CHOICES)})")
    if plan.interval_hours != 1 and (plan.interval_hours <= 0 or plan.interval_hours % HOURS_A_DAY):
        raise MatchingError(f"cannot match every {plan.interval_hours} hours (allowed: 1, or whole days)")
    world = _World(plan, people)
    for day in range(plan.weeks * DAYS_A_WEEK):
        world.live(day)
        if plan.interval_hours == 1:
            for hour in world.hours_with_news(day):
                world.match(hour)
        elif day * HOURS_A_DAY % plan.interval_hours == 0:
            world.match(day * HOURS_A_DAY)
    return world.told()


@dataclass(slots=True)
class _Counts:
    proposals: int = 0
    declined: int = 0
    withdrawn: int = 0
    early: int = 0
    fits: list[Ints] = field(default_factory=list)
    load: list[int] = field(default_factory=list)


class _World:
    """The community at one moment; `supporter_of` counts while somebody is asked or matched."""

    def __init__(self, plan: Plan, people: People) -> None:
        self._plan, self._people, self._rates = plan, people, plan.rates
        n, m = people.cohort.n, people.cohort.m
        self._asked, self._offered = Draws(plan.seed, n), Draws(plan.seed, m)
        self._state = np.full(n, LOOKING, dtype=np.int64)
        self._since = people.seekers_come.copy()
        self._found, self._stopped = np.full(n, NOT_YET, dtype=np.int64), np.full(n, NOT_YET, dtype=np.int64)
        self._supporter_of, self._score = np.full(n, NOT_YET, dtype=np.int64), np.zeros(n, dtype=np.int64)
        self._due, self._started = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
        self._paused, self._free = np.zeros(n, dtype=np.int64), people.cohort.capacity.copy()
        self._supporter_paused, self._free_since = np.zeros(m, dtype=np.int64), people.supporters_come.copy()
        self._has_left = np.zeros(m, dtype=np.bool_)
        self._returning: dict[int, list[Ints]] = {}
        self._resting: dict[int, int] = {}
        self._counts = _Counts()
        self._choices = np.diff(people.starts)
        rows = np.repeat(np.arange(n), self._choices)
        self._scarcity = scarcity_of(rows, people.supporters, self._choices, m)

    def hours_with_news(self, day: int) -> list[int]:
        """List the hours of a day after which somebody new, or a place, is there."""
        first, end = day * HOURS_A_DAY, (day + 1) * HOURS_A_DAY
        come = np.concatenate((self._people.seekers_come, self._people.supporters_come))
        return sorted({first, *come[(come > first) & (come < end)].tolist()})

    def live(self, day: int) -> None:
        """Let a day's answers, endings, pauses and departures happen."""
        self._come_back(day)
        self._answer(day)
        self._end(day)
        self._give_up_or_pause(day)
        there = (self._people.supporters_come <= day * HOURS_A_DAY) & ~self._has_left
        places = int(self._people.cohort.capacity[there].sum())
        held = int(np.count_nonzero((self._state == MATCHED) | (self._state == ASKED)))
        self._counts.load.append(held * 1000 // max(places, 1))

    def _come_back(self, day: int) -> None:
        for supporters in self._returning.pop(day, []):
            np.add.at(self._free, supporters, 1)
            self._free_since[supporters] = day * HOURS_A_DAY

    def _answer(self, day: int) -> None:
        due = np.flatnonzero((self._state == ASKED) & (self._due <= day))
        declines = self._asked.happens(f"declines {day}", self._rates.declines)[due]
        no, yes = due[declines], due[~declines]
        for seeker in no.tolist():
            pair = seeker * self._free.size + int(self._supporter_of[seeker])
            self._resting[pair] = day + self._rates.rest_days
        self._give_back(no, day, after=0)
        self._state[no] = LOOKING
        self._counts.declined += no.size
        self._state[yes], self._started[yes] = MATCHED, day
        first = yes[self._found[yes] == NOT_YET]
        self._found[first] = day * HOURS_A_DAY
        self._counts.fits.append(self._score[yes])

    def _end(self, day: int) -> None:
        rates, matched = self._rates, self._state == MATCHED
        swing = rates.fit_effect - 2 * rates.fit_effect * np.minimum(self._score, 10_000) // 10_000
        chance = rates.early_ends_a_day * (1000 + swing) // 1000
        early = np.flatnonzero(matched & (self._asked.below(f"ends {day}", MILLION) < chance))
        leaves = self._asked.happens(f"leaves {day}", rates.supporter_leaves)[early]
        gone = np.unique(self._supporter_of[early[leaves]])
        self._has_left[gone] = True
        of_gone = np.isin(self._supporter_of, gone) & (self._state != GONE)
        lost = np.flatnonzero(of_gone & (self._state == ASKED))
        self._counts.withdrawn += lost.size
        self._state[lost], self._supporter_of[lost] = LOOKING, NOT_YET
        early = np.union1d(early, np.flatnonzero(of_gone & matched))
        self._counts.early += early.size
        whole = np.setdiff1d(np.flatnonzero(matched & (self._started + rates.whole_weeks * DAYS_A_WEEK <= day)), early)
        again = self._asked.happens(f"asks again {day}", rates.asks_again)[early]
        for rows in (early, whole):
            self._give_back(rows, day, after=rates.recovery_days)
            self._state[rows] = GONE
        self._state[early[again]], self._since[early[again]] = LOOKING, day * HOURS_A_DAY

    def _give_back(self, seekers: Ints, day: int, *, after: int) -> None:
        """Give places back to supporters who are still there, at once or some days later."""
        supporters = self._supporter_of[seekers]
        self._returning.setdefault(day + after, []).append(supporters[~self._has_left[supporters]])
        self._supporter_of[seekers] = NOT_YET
        if not after:
            self._come_back(day)

    def _give_up_or_pause(self, day: int) -> None:
        rates, hour = self._rates, day * HOURS_A_DAY
        here = (self._state == LOOKING) & (self._people.seekers_come <= hour)
        a_day = rates.gives_up_a_week * 1000 // DAYS_A_WEEK
        stops = np.flatnonzero(here & (self._asked.below(f"gives up {day}", MILLION) < a_day))
        self._state[stops], self._stopped[stops] = GONE, hour
        for draws, until in ((self._asked, self._paused), (self._offered, self._supporter_paused)):
            pauses = draws.below(f"pauses {day}", MILLION) < rates.pauses_a_week * 1000 // DAYS_A_WEEK
            until[pauses] = np.maximum(until[pauses], day + rates.pause_days)

    def match(self, hour: int) -> None:
        """Match those who wait with supporters who have room, and ask them."""
        day, people = hour // HOURS_A_DAY, self._people
        rows = np.flatnonzero((self._state == LOOKING) & (people.seekers_come <= hour) & (self._paused <= day))
        has_room = (self._free > 0) & (people.supporters_come <= hour) & (self._supporter_paused <= day)
        free = np.flatnonzero(has_room & ~self._has_left)
        if not rows.size or not free.size:
            return
        waiting = self._waiting(rows, free, hour)
        chosen = CHOICES[self._plan.choice](waiting)
        took = np.flatnonzero(chosen != NOT_YET)
        seekers, supporters = rows[took], free[chosen[took]]
        self._state[seekers], self._supporter_of[seekers] = ASKED, supporters
        self._due[seekers] = day + self._rates.answer_days
        pairs = np.repeat(np.arange(rows.size), np.diff(waiting.starts)) * free.size + waiting.supporters
        self._score[seekers] = waiting.scores[np.searchsorted(pairs, took * free.size + chosen[took])]
        np.subtract.at(self._free, supporters, 1)
        self._counts.proposals += took.size

    def _waiting(self, rows: Ints, free: Ints, hour: int) -> Waiting:
        """Gather whom they could meet; pairs ascend by seeker, then supporter."""
        people, m = self._people, self._free.size
        position = np.full(m, NOT_YET, dtype=np.int64)
        position[free] = np.arange(free.size)
        starts, entries = taken(people.starts, rows)
        at = np.repeat(np.arange(rows.size), np.diff(starts))
        supporters = people.supporters[entries]
        is_kept = position[supporters] != NOT_YET
        self._resting = {pair: until for pair, until in self._resting.items() if until > hour // HOURS_A_DAY}
        is_kept &= ~np.isin(rows[at] * m + supporters, list(self._resting))
        held = held_back(
            at[is_kept], supporters[is_kept], self._choices[rows], self._scarcity, share=self._plan.reserve
        )
        entries, at = entries[is_kept][~held], at[is_kept][~held]
        return Waiting(
            starts=np.concatenate(([0], np.cumsum(np.bincount(at, minlength=rows.size)))).astype(np.int64),
            supporters=position[people.supporters[entries]],
            scores=people.scores[entries],
            places=self._free[free],
            weeks=(hour - self._since[rows]) // (HOURS_A_DAY * DAYS_A_WEEK),
            since=self._since[rows],
            free_since=self._free_since[free],
            luck=self._asked.raw(f"luck {hour}")[rows],
            keys=(people.cohort.seeker_keys[rows], people.cohort.supporter_keys[free]),
        )

    def told(self) -> Lived:
        """Sum up what happened."""
        people, counts = self._people, self._counts
        hours = self._plan.weeks * DAYS_A_WEEK * HOURS_A_DAY
        new = np.flatnonzero(people.seekers_come > 0)
        found, stopped = self._found[new], self._stopped[new]
        until = np.where(found != NOT_YET, found, np.where(stopped != NOT_YET, stopped, hours))
        there = (people.supporters_come < hours) & ~self._has_left
        busy = np.isin(np.arange(there.size), self._supporter_of[self._state == MATCHED])
        return Lived(
            waits=until - people.seekers_come[new],
            is_found=(found != NOT_YET).astype(np.int64),
            came=people.seekers_come[new],
            proposals=counts.proposals,
            declined=counts.declined,
            withdrawn=counts.withdrawn,
            fits=np.concatenate([np.empty(0, dtype=np.int64), *counts.fits]),
            early=counts.early,
            load=np.array(counts.load, dtype=np.int64),
            idle=int(np.count_nonzero(there & ~busy)) * 1000 // max(int(np.count_nonzero(there)), 1),
            hours=hours,
        )
