"""Whether two people may meet by the hard rules as they stand now: asked again at every offer, answer and change.

The rules are the engine's own, asked of these two alone. A pause, missing places or a missing word of consent are no
rules of a pair: callers look at these themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Final

from matching.eligibility import Reason, place_cost_of
from matching.policy import Policy
from matching.profile import MemberStatus, Profile
from service.weeks import week_for

CARE_RULES: Final = frozenset(("age_groups", "clearances", "blocked"))
"""A running match that breaks one of these is paused; of any other a coordinator is told."""

_AS_RULE: Final[Mapping[str, str]] = MappingProxyType(
    {
        Reason.MINORS_NOT_ACCEPTED: "age_groups",
        Reason.NO_GUARDIAN_CONSENT: "age_groups",
        Reason.AGE_NOT_CONFIRMED: "age_groups",
        Reason.NO_AVAILABILITY: "joint_start",
    }
)
"""What leaves one person out of every pair, as the rule it stands for."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A hard rule that does not hold: its key, and its reason in the words it was declared with."""

    rule: str
    reason: str

    @property
    def is_care(self) -> bool:
        """One that pauses a running match."""
        return self.rule in CARE_RULES


def broken_rule(seeker: Profile, supporter: Profile, *, policy: Policy, today: date) -> Broken | None:
    """Give the first hard rule that forbids the two to meet; None when they may."""
    # The engine is loaded where it is needed only, so that other calls never wait for it.
    from matching.cohort import Cohort
    from matching.reference import rule_that_forbids
    from matching.rules import RULES

    if seeker.seeker is None or supporter.supporter is None:
        return Broken("role", "one of the two is not on this side any longer")
    people = [_as_seeker(seeker), _as_supporter(supporter)]
    cohort = Cohort.from_profiles(people, week=week_for(today, (each.timezone for each in people)), policy=policy)
    for left_out in cohort.left_out.values():
        for reason in left_out.values():
            return Broken(_AS_RULE[reason], reason.replace("_", " "))
    key = rule_that_forbids(cohort, 0, 0)
    if key is None:
        return None
    labels = {rule.key: rule.reason for rule in policy.label_rules}
    return Broken(key, labels.get(key) or RULES[key].reason)


def _as_seeker(profile: Profile) -> Profile:
    return replace(_there(profile), supporter=None)


def _as_supporter(profile: Profile) -> Profile:
    """Give them with at least one place: how many are left is not what is asked."""
    side = profile.supporter
    if side is None:
        return profile
    minutes = side.weekly_minutes
    if minutes is not None:
        minutes = max(minutes, -(-place_cost_of(side, profile.pace) // 4))
    return replace(
        _there(profile), seeker=None, supporter=replace(side, capacity=max(side.capacity, 1), weekly_minutes=minutes)
    )


def _there(profile: Profile) -> Profile:
    return replace(
        profile, status=MemberStatus.ACTIVE, paused_until=None, consent=replace(profile.consent, matching=True)
    )
