"""A community's whole life, driven at random: nothing anybody does, in whatever order, breaks what is promised.

On both engines. Bounded here; `ALONGSIDE_LIFE_STEPS=2000 ALONGSIDE_LIFE_EXAMPLES=50` makes it longer.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from matching.eligibility import is_paused
from matching.policy import Policy
from matching.profile import ClearanceScope, MemberStatus
from service.clock import FixedClock
from service.errors import Conflict, Forbidden, InvalidInput, NotFound
from service.lifecycle import NEEDS_BOTH, TRANSITIONS, Action
from service.reasons import MUST_SAY_WHY
from service.records import kinds
from service.records.check_in import CheckIn
from service.records.codec import read_as
from service.records.hold import ConcernCategory, HoldCause, Severity
from service.records.load import Load
from service.records.match import HOLDING_STATES, OPEN_STATES, Actor, ActorRole, Match, MatchState
from service.records.member import Member
from service.storage import open_store
from service.usecases.asking import set_looking
from service.usecases.check_ins import record_check_in
from service.usecases.firing import fire_due
from service.usecases.matches import act_on_match
from service.usecases.members import delete_member, get_member, put_member, put_members
from service.usecases.next_best import propose_for_all, propose_next_best
from service.usecases.pair_rules import broken_rule
from service.usecases.platforms import create_platform
from service.usecases.policies import get_policy, put_policy
from service.usecases.proposing import propose_pair
from service.usecases.rests import are_blocked, are_resting
from service.usecases.runs import run_now
from service.usecases.safety import delete_block, place_hold, put_block, release_holds, report_concern
from service.usecases.work import Work
from tests.service.storage import servers
from tests.service.usecases.cast import COORDINATOR, NOW, P, seeker, supporter, without_consent
from tests.service.usecases.rounds.conftest import go_round

SEEKERS = ("ada", "amy", "ann", "eve")
SUPPORTERS = {"bea": 1, "ben": 2, "bob": 1}
SAFEGUARDING = Actor(ActorRole.SAFEGUARDING, "c-9")
REASONS = ("not_now", "poor_fit", "safety", "coordinator", "goal_reached", "supporter_left", "died", None)
REFUSALS = (Conflict, Forbidden, InvalidInput, NotFound)


class Life(RuleBasedStateMachine):
    """Four seekers, three supporters, a coordinator, safeguarding, runs and the clock."""

    def open(self):
        self.folder = tempfile.TemporaryDirectory()
        return open_store(f"sqlite:///{Path(self.folder.name) / 'life.sqlite3'}")

    def clean_up(self) -> None:
        self.folder.cleanup()

    @initialize()
    def begin(self) -> None:
        self.store = self.open()
        self.clock = FixedClock(NOW)
        self.waited: dict[str, int] = {}
        create_platform(self.store, platform_id=P, name="Harbour", now=NOW, signposting="Call 112.")
        self.profiles = {member_id: seeker(member_id) for member_id in SEEKERS}
        self.profiles |= {member_id: supporter(member_id, capacity=places) for member_id, places in SUPPORTERS.items()}
        put_members(self.store, P, profiles=self.profiles.values(), now=NOW)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.clean_up()

    @property
    def now(self):
        return self.clock.now()

    def all_of(self, record_type):
        return [read_as(record_type, stored) for stored in self.store.each(P, record_type.KIND)]

    def attempt(self, deed) -> None:
        """Do it, or be refused in one of our ways; anything else is a fault."""
        with suppress(*REFUSALS):
            deed()

    @rule()
    def rematch(self) -> None:
        run_now(self.store, P, clock=self.clock)

    @rule(
        number=st.integers(0, 7),
        action=st.sampled_from((*Action, Action.APPROVE, Action.ACCEPT, Action.ACCEPT)),
        role=st.sampled_from(ActorRole),
        reason=st.sampled_from(REASONS),
    )
    def act(self, number, action, role, reason) -> None:
        matches = [match for match in self.all_of(Match) if match.state in OPEN_STATES | {MatchState.REJECTED}]
        if not matches:
            return
        match = matches[number % len(matches)]
        in_pair = role in (ActorRole.SEEKER, ActorRole.SUPPORTER)
        by = Actor(role, match.member_of(role) if in_pair else "somebody")
        why = reason if action in MUST_SAY_WHY or reason in ("not_now", "poor_fit") else None
        self.attempt(
            lambda: act_on_match(self.store, P, match_id=match.match_id, action=action, by=by, now=self.now, reason=why)
        )

    @rule(number=st.integers(0, 7))
    def go_on(self, number) -> None:
        """Take the next friendly step of a match: approve, then a yes from whoever is awaited."""
        matches = [match for match in self.all_of(Match) if match.state in (MatchState.PROPOSED, MatchState.OFFERED)]
        if not matches:
            return
        match = matches[number % len(matches)]
        step = {"action": "approve", "by": COORDINATOR}
        if match.awaited:
            role = match.awaited[0]
            step = {"action": "accept", "by": Actor(role, match.member_of(role))}
        self.attempt(lambda: act_on_match(self.store, P, match_id=match.match_id, now=self.now, **step))

    @rule(days=st.integers(0, 40), hours=st.integers(0, 23))
    def wait(self, days, hours) -> None:
        self.clock.advance(timedelta(days=days, hours=hours))
        fire_due(self.store, P, now=self.now)
        fire_due(self.store, P, now=self.now)
        go_round(self.store, self.now)

    @rule()
    def find_next_best(self) -> None:
        propose_for_all(self.store, P, now=self.now)

    @rule(member_id=st.sampled_from(SEEKERS))
    def ask_for_somebody(self, member_id) -> None:
        propose_next_best(self.store, P, seeker_id=member_id, now=self.now)

    @rule(
        member_id=st.sampled_from((*SEEKERS, *SUPPORTERS)),
        how=st.sampled_from(("as before", "paused", "for a week", "no consent", "another language")),
    )
    def change_profile(self, member_id, how) -> None:
        profile = self.profiles[member_id]
        changed = {
            "as before": profile,
            "paused": replace(profile, status=MemberStatus.PAUSED),
            "for a week": replace(
                profile, status=MemberStatus.PAUSED, paused_until=self.now.date() + timedelta(days=7)
            ),
            "no consent": without_consent(profile),
            "another language": replace(profile, languages=("pl",)),
        }[how]
        put_member(self.store, P, profile=changed, now=self.now)

    @rule(member_id=st.sampled_from((*SEEKERS, *SUPPORTERS)))
    def leave(self, member_id) -> None:
        """Whoever is deleted comes back with their next change of profile, as somebody new."""
        self.attempt(lambda: delete_member(self.store, P, member_id=member_id, now=self.now))
        self.waited.pop(member_id, None)

    @rule(is_strict=st.booleans())
    def change_policy(self, is_strict) -> None:
        current = get_policy(self.store, P)
        clearances = {ClearanceScope.ADULTS: ("basic",)} if is_strict else {}
        put_policy(self.store, P, policy=Policy(clearances=clearances), now=self.now, expected_version=current.version)
        go_round(self.store, self.now)

    @rule(one=st.sampled_from(SEEKERS), other=st.sampled_from(tuple(SUPPORTERS)))
    def propose_own_pair(self, one, other) -> None:
        self.attempt(
            lambda: propose_pair(self.store, P, seeker_id=one, supporter_id=other, by=COORDINATOR, now=self.now)
        )

    @rule(
        number=st.integers(0, 7),
        role=st.sampled_from((ActorRole.SEEKER, ActorRole.SUPPORTER)),
        met=st.sampled_from((True, False, None)),
        goes_on=st.sampled_from((True, False, None)),
        not_safe=st.sampled_from((False, False, False, True)),
    )
    def check_in(self, number, role, met, goes_on, not_safe) -> None:
        matches = [match for match in self.all_of(Match) if match.active_since is not None]
        if matches:
            match = matches[number % len(matches)]
            said = CheckIn(
                *("", match.match_id, role, match.member_of(role), self.now),
                met=met,
                wants_to_continue=goes_on,
                not_safe=not_safe,
            )
            self.attempt(lambda: record_check_in(self.store, P, said=said, now=self.now))

    @rule(about=st.sampled_from((*SEEKERS, *SUPPORTERS)), by=st.sampled_from((*SEEKERS, *SUPPORTERS)))
    def report(self, about, by) -> None:
        how = {"category": ConcernCategory.OTHER, "severity": Severity.LOW}
        self.attempt(
            lambda: report_concern(self.store, P, about_id=about, reporter_id=by, by=SAFEGUARDING, now=self.now, **how)
        )

    @rule(member_id=st.sampled_from((*SEEKERS, *SUPPORTERS)), is_placing=st.booleans())
    def hold_or_release(self, member_id, is_placing) -> None:
        who = {"member_id": member_id, "by": SAFEGUARDING, "now": self.now}
        if is_placing:
            self.attempt(lambda: place_hold(self.store, P, cause=HoldCause.CRISIS, **who))
        else:
            self.attempt(lambda: release_holds(self.store, P, **who))

    @rule(one=st.sampled_from(SEEKERS), other=st.sampled_from(tuple(SUPPORTERS)), is_placing=st.booleans())
    def block_or_not(self, one, other, is_placing) -> None:
        if is_placing:
            self.attempt(lambda: put_block(self.store, P, one=one, other=other, now=self.now))
        else:
            self.attempt(lambda: delete_block(self.store, P, one=one, other=other, now=self.now))

    @rule(member_id=st.sampled_from(SEEKERS), is_looking=st.booleans())
    def say_whether_looking(self, member_id, is_looking) -> None:
        self.attempt(lambda: set_looking(self.store, P, member_id=member_id, is_looking=is_looking, now=self.now))

    @invariant()
    def places_are_held_once_and_never_more_than_there_are(self) -> None:
        held: dict[str, set[str]] = {member_id: set() for member_id in SUPPORTERS}
        for match in self.all_of(Match):
            if match.state in HOLDING_STATES:
                held[match.supporter_id].add(match.match_id)
        loads = {load.supporter_id: set(load.match_ids) for load in self.all_of(Load)}
        for supporter_id, places in SUPPORTERS.items():
            assert held[supporter_id] == loads.get(supporter_id, set())
            assert len(held[supporter_id]) <= places

    @invariant()
    def nobody_has_two_open_matches(self) -> None:
        seekers = [match.seeker_id for match in self.all_of(Match) if match.state in OPEN_STATES]
        assert len(set(seekers)) == len(seekers)

    @invariant()
    def nobody_who_is_out_is_proposed_or_offered_and_no_pair_that_is_kept_apart(self) -> None:
        work = Work(self.store, P, self.now)
        for match in self.all_of(Match):
            if match.state not in (MatchState.PROPOSED, MatchState.OFFERED):
                continue
            for member_id in (match.seeker_id, match.supporter_id):
                member = get_member(self.store, P, member_id=member_id)
                assert member.profile.consent.matching
                assert not is_paused(member.profile, self.now.date())
                assert not member.care.is_on_hold
            assert not are_blocked(work, match.seeker_id, match.supporter_id)
            assert not are_resting(work, match.seeker_id, match.supporter_id)

    @invariant()
    def no_open_proposal_or_offer_breaks_a_hard_rule(self) -> None:
        policy = get_policy(self.store, P)
        for match in self.all_of(Match):
            if match.state in (MatchState.PROPOSED, MatchState.OFFERED):
                pair = [
                    get_member(self.store, P, member_id=one).profile for one in (match.seeker_id, match.supporter_id)
                ]
                assert broken_rule(*pair, policy=policy, today=self.now.date()) is None

    @invariant()
    def what_is_told_of_waits_is_told_once(self) -> None:
        said = [
            (event.subject, event.body["days"])
            for event in self.store.events(P, limit=1000)
            if event.type == "member.still_looking" and event.subject
        ]
        assert len(said) == len(set(said))

    @invariant()
    def nobody_on_hold_is_in_a_match_that_runs(self) -> None:
        for match in self.all_of(Match):
            if match.state in (MatchState.ACTIVE, MatchState.CLOSING):
                for member_id in (match.seeker_id, match.supporter_id):
                    assert not get_member(self.store, P, member_id=member_id).care.is_on_hold

    @invariant()
    def no_waiting_time_is_ever_lost(self) -> None:
        today = self.now.date()
        for member in self.all_of(Member):
            since = member.waiting_since_on(today)
            if since is not None:
                waited = (today - since).days
                assert waited >= self.waited.get(member.member_id, 0)
                self.waited[member.member_id] = waited

    @invariant()
    def a_running_match_stops_the_seekers_clock(self) -> None:
        running = {
            match.seeker_id
            for match in self.all_of(Match)
            if match.state in (MatchState.ACTIVE, MatchState.PAUSED, MatchState.CLOSING)
        }
        for member in self.all_of(Member):
            assert member.care.has_supporter == (member.member_id in running)

    @invariant()
    def every_history_is_complete_and_follows_the_table(self) -> None:
        for match in self.all_of(Match):
            assert match.state is match.history[-1].to_state
            for before, later in pairwise(match.history):
                assert later.from_state is before.to_state
                assert before.at <= later.at
                leads_to = TRANSITIONS[later.from_state, Action(later.action)]
                is_first_yes = later.action in NEEDS_BOTH and later.to_state is later.from_state
                assert later.to_state is leads_to or is_first_yes

    @invariant()
    def nothing_that_is_over_is_still_due(self) -> None:
        for stored in self.store.page(P, Match.KIND, index=kinds.BY_DUE, limit=1000).records:
            assert read_as(Match, stored).state in OPEN_STATES


class LifeOnRedis(Life):
    """The same on the other engine."""

    def open(self):
        self.server = servers.RedisServer()
        return open_store(self.server.url)

    def clean_up(self) -> None:
        self.server.remove()


_SETTINGS = settings(
    max_examples=int(os.environ.get("ALONGSIDE_LIFE_EXAMPLES", "6")),
    stateful_step_count=int(os.environ.get("ALONGSIDE_LIFE_STEPS", "40")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestLife = Life.TestCase
TestLife.settings = _SETTINGS
TestLifeOnRedis = pytest.mark.redis(LifeOnRedis.TestCase)
TestLifeOnRedis.settings = settings(_SETTINGS, max_examples=max(_SETTINGS.max_examples // 3, 1))
