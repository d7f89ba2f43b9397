"""The members of one run as arrays: who takes part on which side, with how many places and how soon.

Members are sorted by key, so the order in which profiles come in never matters. What a profile becomes is in
`encoding.py`, who takes part in `eligibility.py`. Never here: anything about a pair, a store or a clock; the planning
day is in `Week`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from matching.columns import Columns, plain_columns
from matching.eligibility import PACE_QUARTERS, Reason, Role, places_of, priority_of, reason_for_both
from matching.encoding import Kept, SeekerRow, SupporterRow, column, encode
from matching.errors import ProfileError
from matching.keys import key_of, keys_of
from matching.label_codes import check_policy
from matching.policy import Policy
from matching.profile import NEWCOMER, SESSION_MINUTES, Profile, Standing
from matching.week import SESSION_SLOTS, Week, slots_of, starts_for

__all__ = ["PACE_QUARTERS", "Cohort", "Columns", "LeftOut"]

LeftOut = Mapping[str, Mapping[str, str]]
"""Member id → role → the reason why the member does not take part in that role (`eligibility.Reason`)."""

NO_STANDINGS: Mapping[str, Standing] = MappingProxyType({})
NOBODY_APART: Kept = MappingProxyType({})
DEFAULT_POLICY = Policy()


@dataclass(frozen=True, eq=False)
class Cohort:
    """Everybody who takes part in one run, both sides sorted by key, and who was left out and why.

    Attributes
    ----------
    seekers, supporters : profiles, n and m of them; somebody eligible for both roles is on both sides.
    seeker_ids, supporter_ids : their ids, in the same order.
    seeker_keys, supporter_keys : (n,), (m,) uint64, ascending.
    capacity : (m,) int64, free places, at least 1.
    priority : (n,) int64, at least 1 with non-negative weights.
    columns : what rules and factors read; see `columns.py`.
    left_out : why members are not on a side they asked to be on.
    """

    seekers: tuple[Profile, ...]
    supporters: tuple[Profile, ...]
    seeker_keys: NDArray[np.uint64]
    supporter_keys: NDArray[np.uint64]
    capacity: NDArray[np.int64]
    priority: NDArray[np.int64]
    columns: Columns
    left_out: LeftOut
    week: Week
    policy: Policy

    @classmethod
    def from_profiles(
        cls,
        profiles: Iterable[Profile],
        *,
        week: Week,
        policy: Policy = DEFAULT_POLICY,
        standings: Mapping[str, Standing] = NO_STANDINGS,
        apart: Kept = NOBODY_APART,
    ) -> Cohort:
        """Choose who takes part, and encode them.

        Parameters
        ----------
        profiles : each member once, in any order.
        week : the planning day, and offsets for every zone of a member who could take part.
        standings : what is known of members beside their profiles; a member without one is a newcomer.
        apart : pairs (seeker id, supporter id) that must not meet; holds for the two in either role.

        Raises
        ------
        PolicyError
            A weight, label rule or label factor that names what does not exist or compares what cannot be compared.
        ProfileError
            A member given twice, a zone the week does not know, or a session length that is none.
        """
        check_policy(policy)
        sides = _Sides(week, policy)
        for number, profile in enumerate(_sorted_by_key(profiles)):
            sides.place(number, profile, standings.get(profile.member_id, NEWCOMER))
        return cls(
            seekers=tuple(row.profile for row in sides.seekers),
            supporters=tuple(row.profile for row in sides.supporters),
            seeker_keys=keys_of(row.profile.member_id for row in sides.seekers),
            supporter_keys=keys_of(row.profile.member_id for row in sides.supporters),
            capacity=column(sides.capacity),
            priority=column(sides.priority),
            columns=encode(sides.seekers, sides.supporters, week=week, policy=policy, apart=apart),
            left_out=sides.left_out,
            week=week,
            policy=policy,
        )

    @cached_property
    def seeker_ids(self) -> tuple[str, ...]:
        """Ids of the seekers, in order."""
        return tuple(profile.member_id for profile in self.seekers)

    @cached_property
    def supporter_ids(self) -> tuple[str, ...]:
        """Ids of the supporters, in order."""
        return tuple(profile.member_id for profile in self.supporters)

    @cached_property
    def plain(self) -> Columns:
        """The columns as Python integers, for calling declared functions uncompiled."""
        return plain_columns(self.columns)


class _Sides:
    """Both sides while members are placed on them, one by one."""

    def __init__(self, week: Week, policy: Policy) -> None:
        self._week = week
        self._policy = policy
        self.seekers: list[SeekerRow] = []
        self.supporters: list[SupporterRow] = []
        self.capacity: list[int] = []
        self.priority: list[int] = []
        self.left_out: dict[str, dict[str, str]] = {}

    def place(self, number: int, profile: Profile, standing: Standing) -> None:
        """Put a member on the sides they can be on; note why not on the others."""
        reason = reason_for_both(profile, standing, self._policy, self._today)
        slots = slots_of(profile.availability, profile.timezone, self._week) if reason is None else 0
        for role, place in ((Role.SEEKER, self._place_seeker), (Role.SUPPORTER, self._place_supporter)):
            why = place(number, profile, standing, slots, reason)
            if why is not None:
                self.left_out.setdefault(profile.member_id, {})[str(role)] = str(why)

    @property
    def _today(self) -> date:
        return self._week.today

    def _place_seeker(
        self, number: int, profile: Profile, standing: Standing, slots: int, reason: Reason | None
    ) -> Reason | None:
        role = profile.seeker
        if role is None or reason is not None:
            return reason if role is not None else None
        _check_session(profile, "seeker", role.session_minutes)
        if standing.has_supporter:
            return Reason.HAS_SUPPORTER
        if starts_for(slots, SESSION_SLOTS[SESSION_MINUTES.index(role.session_minutes)]) == 0:
            return Reason.NO_AVAILABILITY
        self.seekers.append(SeekerRow(number, profile, role, slots))
        self.priority.append(priority_of(role, standing, self._policy.priority, self._today))
        return None

    def _place_supporter(
        self, number: int, profile: Profile, standing: Standing, slots: int, reason: Reason | None
    ) -> Reason | None:
        role = profile.supporter
        if role is None or reason is not None:
            return reason if role is not None else None
        _check_session(profile, "supporter", role.session_minutes)
        places = places_of(role, profile.pace, standing)
        if places == 0:
            return Reason.NO_PLACES
        if slots == 0:
            return Reason.NO_AVAILABILITY
        self.supporters.append(SupporterRow(number, profile, role, slots))
        self.capacity.append(places)
        return None


def _sorted_by_key(profiles: Iterable[Profile]) -> list[Profile]:
    members = sorted(profiles, key=lambda profile: (key_of(profile.member_id), profile.member_id))
    for member, following in pairwise(members):
        if member.member_id == following.member_id:
            raise ProfileError(f"cannot take member {member.member_id!r} into a cohort twice", field="member_id")
    return members


def _check_session(profile: Profile, role: str, minutes: int) -> None:
    if minutes not in SESSION_MINUTES:
        allowed = ", ".join(map(str, SESSION_MINUTES))
        raise ProfileError(
            f"cannot plan sessions of {minutes} minutes for {profile.member_id!r} (allowed: {allowed})",
            field=f"{role}.session_minutes",
        )
