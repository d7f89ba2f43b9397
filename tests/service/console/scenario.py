"""A small community for the console's tests: two platforms, their coordinators, and proposals made by hand.

Pairs are explained by the engine, and saved as a finished run saves them; which pairs there are is up to each test.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any

from argon2 import PasswordHasher

from matching.cohort import Cohort
from matching.explain import explain_pair
from matching.profile import Profile
from service.lifecycle import propose
from service.records.codec import new_id, put_of
from service.records.coordinator import Coordinator, Role
from service.records.match import Actor, ActorRole, Match, MatchState
from service.records.member import Member
from service.records.run import Run, RunCounts, RunProof, RunState
from service.storage.store import Changes, Store
from service.usecases.members import get_member, put_members
from service.usecases.platforms import create_platform
from service.usecases.policies import DEFAULT_POLICY
from service.weeks import week_for

LOGIN = "maria@example.org"
PASSWORD = "correct horse battery"

PROFILE: dict[str, Any] = {
    "languages": ["en", "pl"],
    "timezone": "Europe/London",
    "availability": [
        {"day": "mon", "start": "18:00", "end": "21:30"},
        {"day": "sat", "start": "10:00", "end": "12:00"},
    ],
    "modes": ["text", "video"],
    "pace": "weekly",
    "age_band": "25-34",
    "interests": ["gardening", "chess"],
    "consent": {
        "matching": True,
        "given_at": "2026-09-01T10:00:00Z",
        "given_by": "member",
        "text_version": "2026-08",
    },
}
SEEKER = {"topics": ["bereavement", "new_parent"], "session_minutes": 30}
SUPPORTER = {"topics": ["bereavement", "burnout"], "capacity": 2}


def seeker(member_id: str, *, waiting_since: date, **more: Any) -> Profile:
    """Make somebody who would like company."""
    side = {**SEEKER, "waiting_since": waiting_since.isoformat(), **more.pop("seeker", {})}
    return Profile.from_mapping(member_id, {**PROFILE, **more, "seeker": side})


def supporter(member_id: str, **more: Any) -> Profile:
    """Make a peer supporter."""
    side = {**SUPPORTER, **more.pop("supporter", {})}
    return Profile.from_mapping(member_id, {**PROFILE, **more, "supporter": side})


@cache
def _password_hash() -> str:
    """Hash the password cheaply: a hash names its own costs, and every test signs in."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


class Community:
    """One platform in a store, with what a test puts into it."""

    def __init__(self, store: Store, platform_id: str, *, name: str, now: datetime) -> None:
        self.store = store
        self.platform_id = platform_id
        self.now = now
        create_platform(store, platform_id=platform_id, name=name, now=now, signposting="Call 112.")
        self.coordinator_id = self.add_coordinator(LOGIN, Role.COORDINATOR)
        self.run_id = self.save_run()

    def add_coordinator(self, login: str, role: Role) -> str:
        """Add somebody who signs in with `PASSWORD`."""
        coordinator = Coordinator(new_id("coordinator", self.now), login, role, _password_hash(), created_at=self.now)
        self.store.commit(self.platform_id, Changes(puts=(put_of(coordinator, expected_version=0),)))
        return coordinator.coordinator_id

    def save(self, *profiles: Profile) -> None:
        """Save members."""
        put_members(self.store, self.platform_id, profiles=profiles, now=self.now)

    def member(self, member_id: str) -> Member:
        """Read a member."""
        return get_member(self.store, self.platform_id, member_id=member_id)

    def propose(
        self, seeker_id: str, supporter_id: str, *, is_thin: bool = False, more_factors: tuple[dict[str, Any], ...] = ()
    ) -> str:
        """Save a proposal as a run does, with the factors of a policy's own labels behind the rest; give its id."""
        pair = [self.member(member_id).profile for member_id in (seeker_id, supporter_id)]
        week = week_for(self.now.date(), [profile.timezone for profile in pair])
        cohort = Cohort.from_profiles(pair, week=week, policy=DEFAULT_POLICY)
        explained = explain_pair(cohort, seeker_id, supporter_id)
        factors = [
            {
                "key": factor.key,
                "title": factor.title,
                "points": factor.points,
                "most": factor.most,
                "evidence": list(factor.evidence),
                "phrase": factor.phrase,
            }
            for factor in explained.factors
        ]
        match = Match(
            match_id=new_id("match", self.now),
            run_id=self.run_id,
            seeker_id=seeker_id,
            supporter_id=supporter_id,
            state=MatchState.PROPOSED,
            score=explained.score,
            is_thin=is_thin,
            created_at=self.now,
            updated_at=self.now,
            explanation={
                "score": explained.score,
                "factors": [*factors, *more_factors],
                "rules_checked": list(explained.rules_checked),
            },
        )
        match = propose(match, by=Actor(ActorRole.SYSTEM), at=self.now)
        self.store.commit(self.platform_id, Changes(puts=(put_of(match, expected_version=0),)))
        return match.match_id

    def save_run(self, state: RunState = RunState.DONE, **counts: int) -> str:
        """Save a run; a finished one has counts and a proof."""
        is_done = state is RunState.DONE
        told = {
            "seekers": 3, "supporters": 2, "places": 4, "pairs_checked": 6, "pairs_feasible": 5,
            "matched": 2, "still_looking": 1, "kept": 0, "thin": 0, "total_score": 15001,
        }  # fmt: skip
        run = Run(
            run_id=new_id("run", self.now),
            state=state,
            requested_by="cli",
            is_dry_run=False,
            created_at=self.now,
            policy_version=1,
            planned_for=self.now.date(),
            counts=RunCounts(**{**told, **counts}) if is_done else None,
            proof=self._proof() if is_done else None,
        )
        self.store.commit(self.platform_id, Changes(puts=(put_of(run, expected_version=0),)))
        return run.run_id

    def _proof(self) -> RunProof:
        return RunProof(
            objective="coverage",
            primal=(12, 15201, 1, 77),
            dual=(12, 15201, 1, 77),
            digest="ab" * 32,
            engine_version="0.1.0",
            tzdata_version="2026b",
            checked_at=self.now,
        )
