"""A year of a community on a driven clock: people answer, forget, go away and come back, day by day.

Everything by chance from a seed. `Year.live` takes one day after the other and calls `each_morning` once workers have
done what was due, where a test looks at what is promised.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from matching.profile import MemberStatus, Profile
from service.clock import FixedClock
from service.errors import Conflict, Forbidden, InvalidInput
from service.records.care import Search
from service.records.check_in import CheckIn
from service.records.codec import read_as
from service.records.hold import HoldCause
from service.records.match import OPEN_STATES, Actor, ActorRole, Match, MatchState
from service.records.member import Member
from service.storage.store import Store
from service.usecases.asking import set_looking
from service.usecases.check_ins import record_check_in
from service.usecases.firing import fire_due
from service.usecases.matches import act_on_match
from service.usecases.members import put_member, put_members
from service.usecases.next_best import propose_for_all
from service.usecases.runs import run_now
from service.usecases.safety import escalate_unseen, place_hold, release_holds
from tests.service.usecases.cast import COORDINATOR, NOW, P, seeker, supporter
from tests.service.usecases.rounds.conftest import DAY, go_round

CARE = Actor(ActorRole.SAFEGUARDING, "c-9")
MORNING = NOW.replace(hour=10)
ENDINGS = ("goal_reached", "became_friends", "supporter_left", "no_contact", "poor_fit", "died")


class Year:
    """One community; `hours` of the day at which work is done are driven by the clock."""

    def __init__(self, store: Store, *, seed: int, seekers: int, supporters: int) -> None:
        self.store = store
        self.chance = random.Random(seed)
        self.clock = FixedClock(MORNING)
        self.profiles: dict[str, Profile] = {f"s-{number}": seeker(f"s-{number}") for number in range(seekers)}
        self.profiles |= {f"t-{number}": supporter(f"t-{number}", capacity=1) for number in range(supporters)}
        put_members(store, P, profiles=self.profiles.values(), now=self.now)
        # Nobody speaks this: they wait the whole year.
        self.profiles["alone"] = seeker("alone", languages=("cy",))
        put_member(store, P, profile=self.profiles["alone"], now=self.now)

    @property
    def now(self):
        return self.clock.now()

    def is_so(self, percent: float) -> bool:
        return self.chance.random() * 100 < percent

    def matches(self, *states: MatchState) -> list[Match]:
        everything = (read_as(Match, stored) for stored in self.store.each(P, Match.KIND))
        return [match for match in everything if match.state in (states or OPEN_STATES)]

    def members(self) -> list[Member]:
        return [read_as(Member, stored) for stored in self.store.each(P, Member.KIND)]

    def live(self, days: int, each_morning: Callable[[Year], None]) -> None:
        for day in range(days):
            if day % 14 == 0:
                run_now(self.store, P, clock=self.clock)
            self.look_after()
            each_morning(self)
            self.people_do()
            self.look_after()
            self.clock.advance(DAY)

    def look_after(self) -> None:
        """What workers do."""
        while (due := fire_due(self.store, P, now=self.now)) is not None and due <= self.now:
            pass
        escalate_unseen(self.store, P, now=self.now)
        while propose_for_all(self.store, P, now=self.now):
            pass
        go_round(self.store, self.now)

    def people_do(self) -> None:
        for match in self.matches():
            with suppress(Conflict, Forbidden, InvalidInput):
                self._move(match)
        for member in self.members():
            self._change(member)

    def _move(self, match: Match) -> None:
        if match.state is MatchState.PROPOSED:
            self._one_of(match, COORDINATOR, (30, "approve", None), (3, "reject", "poor_fit"))
        elif match.awaited:
            role = match.awaited[0]
            self._one_of(match, Actor(role, match.member_of(role)), (18, "accept", None), (3, "decline", None))
        elif match.state is MatchState.ACTIVE:
            self._live_together(match)
        elif match.state is MatchState.PAUSED:
            self._one_of(match, CARE, (5, "resume", None))

    def _one_of(self, match: Match, by: Actor, *choices: tuple[float, str, str | None]) -> None:
        """Take the first of these (percent, action, reason) that comes up, if any."""
        for percent, action, reason in choices:
            if self.is_so(percent):
                self._act(match, action, by, reason=reason)
                return

    def _live_together(self, match: Match) -> None:
        ending = self.chance.choice(ENDINGS)
        others = ((0.4, "plan_ending", "goal_reached"), (0.5, "pause", "break"))
        self._one_of(match, COORDINATOR, (0.8, "end", ending), *others)
        for role in match.check_in_from:
            if self.is_so(20):
                said = CheckIn("", match.match_id, role, match.member_of(role), self.now, met=True)
                record_check_in(self.store, P, said=said, now=self.now)

    def _act(self, match: Match, action: str, by: Actor, *, reason: str | None = None) -> None:
        act_on_match(self.store, P, match_id=match.match_id, action=action, by=by, now=self.now, reason=reason)

    def _change(self, member: Member) -> None:
        if member.member_id == "alone":
            return
        profile, care = self.profiles[member.member_id], member.care
        if care.search is Search.TO_ASK and self.is_so(20):
            set_looking(self.store, P, member_id=member.member_id, is_looking=self.is_so(85), now=self.now)
        if care.is_on_hold:
            if self.is_so(15):
                release_holds(self.store, P, member_id=member.member_id, by=CARE, now=self.now)
        elif self.is_so(0.15):
            place_hold(self.store, P, member_id=member.member_id, cause=HoldCause.CRISIS, by=CARE, now=self.now)
        if member.status is MemberStatus.PAUSED and profile.paused_until is None and self.is_so(5):
            put_member(self.store, P, profile=replace(profile, status=MemberStatus.ACTIVE), now=self.now)
        elif self.is_so(0.4):
            until = self.now.date() + timedelta(days=self.chance.randrange(3, 60))
            away = replace(profile, status=MemberStatus.PAUSED, paused_until=until)
            put_member(self.store, P, profile=away, now=self.now)
