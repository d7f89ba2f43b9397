"""The members of one run as arrays: who takes part on which side, with how many places and how soon.

Members are sorted by key, so the order in which they come in never matters. They come as profiles (`from_profiles`) or
as arrays (`from_arrays`); profiles become arrays first, so there is one way through. Who takes part is in
`taking_part.py`, what becomes of them in `encoding.py`. Never here: anything about a pair, a store or a clock; the
planning day is in `Week`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from matching.array_checks import check_members, check_standings
from matching.arrays import MemberArrays, StandingArrays
from matching.columns import Columns, plain_columns
from matching.eligibility import PACE_QUARTERS
from matching.encoding import encode
from matching.kept_apart import Kept, apart_columns
from matching.label_codes import check_policy
from matching.policy import Policy
from matching.profile import Profile, Standing
from matching.profile_arrays import arrays_of, standing_arrays_of
from matching.profile_rows import ProfileRows
from matching.taking_part import Side, sides_of
from matching.terms import Vocabulary
from matching.week import Week

__all__ = ["PACE_QUARTERS", "Cohort", "Columns", "LeftOut"]

LeftOut = Mapping[str, Mapping[str, str]]
"""Member id → role → the reason why the member does not take part in that role (`eligibility.Reason`)."""

NO_STANDINGS: Mapping[str, Standing] = MappingProxyType({})
NEWCOMERS = StandingArrays()
NOBODY_APART: Kept = MappingProxyType({})
DEFAULT_POLICY = Policy()


@dataclass(frozen=True, eq=False)
class Cohort:
    """Everybody who takes part in one run, both sides sorted by key, and who was left out and why.

    Attributes
    ----------
    seekers, supporters : profiles, n and m of them; somebody eligible for both roles is on both sides. Of members given
        as arrays each is made when it is asked for.
    n, m : how many seekers and supporters take part.
    seeker_ids, supporter_ids : their ids, in the same order.
    seeker_keys, supporter_keys : (n,), (m,) uint64, ascending.
    capacity : (m,) int64, free places, at least 1.
    priority : (n,) int64, at least 1 with non-negative weights.
    columns : what rules and factors read; see `columns.py`.
    left_out : why members are not on a side they asked to be on.
    vocabularies : what bits and numbers in the columns stand for.
    """

    seekers: Sequence[Profile]
    supporters: Sequence[Profile]
    seeker_keys: NDArray[np.uint64]
    supporter_keys: NDArray[np.uint64]
    capacity: NDArray[np.int64]
    priority: NDArray[np.int64]
    columns: Columns
    left_out: LeftOut
    week: Week
    policy: Policy
    vocabularies: tuple[Vocabulary, ...] = ()

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
        members = list(profiles)
        arrays, known = arrays_of(members, policy), standing_arrays_of(members, standings)
        return _made(arrays, known, week=week, policy=policy, apart=apart, profiles=members)

    @classmethod
    def from_arrays(
        cls,
        arrays: MemberArrays,
        *,
        week: Week,
        policy: Policy = DEFAULT_POLICY,
        standings: StandingArrays = NEWCOMERS,
        apart: Kept = NOBODY_APART,
    ) -> Cohort:
        """Choose who takes part, and encode them, without one object a member.

        Parameters
        ----------
        arrays : the members' profiles, in any order.
        week : the planning day, and offsets for every zone of a member who could take part.
        standings : what is known of members beside their profiles, in the same order.
        apart : as for `from_profiles`.

        Returns
        -------
        Cohort
            The same as of the profiles that the arrays tell of.

        Raises
        ------
        PolicyError, ProfileError
            As `from_profiles`, and a ProfileError that names the array for one of another type, shape or range.
        """
        check_policy(policy)
        return _made(arrays, standings, week=week, policy=policy, apart=apart)

    @property
    def n(self) -> int:
        """How many seekers take part."""
        return len(self.seeker_keys)

    @property
    def m(self) -> int:
        """How many supporters take part."""
        return len(self.supporter_keys)

    @cached_property
    def seeker_ids(self) -> tuple[str, ...]:
        """Ids of the seekers, in order."""
        return _ids(self.seekers)

    @cached_property
    def supporter_ids(self) -> tuple[str, ...]:
        """Ids of the supporters, in order."""
        return _ids(self.supporters)

    @cached_property
    def terms_of(self) -> Mapping[str, tuple[Hashable, ...]]:
        """What the bits and numbers of a column stand for, by its name."""
        return {name: vocabulary.terms for vocabulary in self.vocabularies for name in vocabulary.columns}

    @cached_property
    def plain(self) -> Columns:
        """The columns as Python integers, for calling declared functions uncompiled."""
        return plain_columns(self.columns)


def _made(
    arrays: MemberArrays,
    standings: StandingArrays,
    *,
    week: Week,
    policy: Policy,
    apart: Kept,
    profiles: Sequence[Profile] | None = None,
) -> Cohort:
    """Check the arrays, choose who takes part, encode them; `profiles` are those the arrays were made from."""
    check_members(arrays)
    known = standings.filled(len(arrays.member_ids))
    check_standings(known, len(arrays.member_ids))
    seekers, supporters, left_out = sides_of(arrays, known, week=week, policy=policy)

    def of(side: Side) -> Sequence[Profile]:
        if profiles is None:
            return ProfileRows(arrays, side.members)
        return tuple(profiles[row] for row in side.members.tolist())

    columns, vocabularies = encode(
        arrays,
        seekers,
        supporters,
        week=week,
        policy=policy,
        apart=apart_columns(apart, arrays.member_ids, seekers, supporters),
    )
    return Cohort(
        seekers=of(seekers),
        supporters=of(supporters),
        seeker_keys=seekers.keys,
        supporter_keys=supporters.keys,
        capacity=supporters.amounts,
        priority=seekers.amounts,
        columns=columns,
        left_out=left_out,
        week=week,
        policy=policy,
        vocabularies=vocabularies,
    )


def _ids(members: Sequence[Profile]) -> tuple[str, ...]:
    return members.ids() if isinstance(members, ProfileRows) else tuple(profile.member_id for profile in members)
