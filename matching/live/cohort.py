"""A cohort that members join, change and leave one by one, each in milliseconds.

Somebody who comes or changes is encoded as a cohort of one, so what decides who takes part, and what their columns
hold, is said in one place for runs and for single changes; then their rows are written into columns with spare room.
Week and policy are fixed: a new day, or another policy, is a new live cohort. One thread at a time may change it or
read it, unless it was prepared. Never here: what is done with the pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from matching.arrays import Flags
from matching.cohort import NOBODY_APART, Cohort
from matching.errors import ProfileError
from matching.kept_apart import Kept
from matching.live.asking import LiveAsking
from matching.live.columns import LiveColumns
from matching.live.sides import KeptApart, Keys, LiveSide, Positions
from matching.profile import NEWCOMER, Apart, Profile, Standing
from matching.scorer import PairScorer
from matching.terms import Rows
from matching.tile_calls import Cells, Scored

NOWHERE_LEFT_OUT: Mapping[str, str] = MappingProxyType({})
SEEKER, SUPPORTER = "seeker", "supporter"


class LiveCohort:
    """Everybody who takes part, by positions that stay theirs until they leave.

    Whoever takes part on a side has a position there, a number below `n` or `m`; a position that somebody left is free
    and may be given to somebody else. Arrays by position are replaced when the side grows: read them anew after each
    change.

    Parameters
    ----------
    cohort : who is there to begin with; it stays as it is.
    apart : as it was given for that cohort. Pairs of whom both take part are known from the cohort; the others count
        as soon as both do.

    Attributes
    ----------
    week, policy : those of the cohort, for good.
    """

    def __init__(self, cohort: Cohort, *, apart: Kept = NOBODY_APART) -> None:
        self.week = cohort.week
        self.policy = cohort.policy
        self._sides = {
            SEEKER: LiveSide(cohort.seeker_ids, cohort.seeker_keys, cohort.priority),
            SUPPORTER: LiveSide(cohort.supporter_ids, cohort.supporter_keys, cohort.capacity),
        }
        self._columns = LiveColumns(cohort, {name: side.room for name, side in self._sides.items()})
        self._left_out = dict(cohort.left_out)
        self._members = {*cohort.seeker_ids, *cohort.supporter_ids, *cohort.left_out}
        self._apart = KeptApart.of(cohort, apart)
        # Only equal numbers mean anything, so each member who comes or changes may have the next.
        self._next_number = len(self._members)
        self._asking = LiveAsking(self._as_cohort)

    @property
    def n(self) -> int:
        """Positions of seekers, free ones included."""
        return self._sides[SEEKER].room

    @property
    def m(self) -> int:
        """Positions of supporters, free ones included."""
        return self._sides[SUPPORTER].room

    @property
    def seeker_keys(self) -> Keys:
        """(n,) uint64; 0 at free positions."""
        return self._sides[SEEKER].keys

    @property
    def supporter_keys(self) -> Keys:
        """(m,) uint64; 0 at free positions."""
        return self._sides[SUPPORTER].keys

    @property
    def priority(self) -> Rows:
        """(n,) int64, at least 1; 0 at free positions."""
        return self._sides[SEEKER].amounts

    @property
    def capacity(self) -> Rows:
        """(m,) int64, free places, at least 1; 0 at free positions."""
        return self._sides[SUPPORTER].amounts

    @property
    def is_seeker(self) -> Flags:
        """(n,) bool, whether somebody is there."""
        return self._sides[SEEKER].is_taken

    @property
    def is_supporter(self) -> Flags:
        """(m,) bool, whether somebody is there."""
        return self._sides[SUPPORTER].is_taken

    @property
    def left_out(self) -> Mapping[str, Mapping[str, str]]:
        """Why members are not on a side they asked to be on, as `Cohort.left_out`, in no order."""
        return MappingProxyType(self._left_out)

    def __len__(self) -> int:
        """How many members there are, left out or not."""
        return len(self._members)

    def __contains__(self, member_id: object) -> bool:
        return member_id in self._members

    def positions_of(self, member_id: str) -> Positions:
        """Tell where a member takes part; ProfileError for somebody unknown."""
        self._check_known(member_id, "find")
        seeker, supporter = (side.position_of.get(member_id) for side in self._sides.values())
        return Positions(seeker, supporter, self._left_out.get(member_id, NOWHERE_LEFT_OUT))

    def seeker_at(self, position: int) -> str | None:
        """Give the id of the seeker at a position below n; None where it is free."""
        return self._sides[SEEKER].ids[position]

    def supporter_at(self, position: int) -> str | None:
        """Give the id of the supporter at a position below m; None where it is free."""
        return self._sides[SUPPORTER].ids[position]

    def add(self, profile: Profile, standing: Standing = NEWCOMER) -> Positions:
        """Take a new member in, and tell where they take part.

        Raises
        ------
        ProfileError
            A member who is there already, or a profile that no cohort takes; nobody is changed then.
        """
        if profile.member_id in self._members:
            raise ProfileError(f"cannot take member {profile.member_id!r} into a cohort twice", field="member_id")
        return self._write(profile, standing)

    def edit(self, profile: Profile, standing: Standing = NEWCOMER) -> Positions:
        """Replace all that is known of a member, and tell where they take part now.

        They keep their position on a side where they stay. A change of standing alone is an edit with the same profile.

        Raises
        ------
        ProfileError
            Somebody unknown, or a profile that no cohort takes; nobody is changed then.
        """
        self._check_known(profile.member_id, "change")
        return self._write(profile, standing)

    def remove(self, member_id: str) -> Positions:
        """Let a member go, and tell where they were.

        Whom they are kept apart from is remembered for when they come back. ProfileError for somebody unknown.
        """
        self._check_known(member_id, "remove")
        before = self.positions_of(member_id)
        self._members.remove(member_id)
        self._left_out.pop(member_id, None)
        for name in self._sides:
            self._leave(name, member_id)
        self._list_apart_around(member_id)
        return before

    def keep_apart(self, one: str, other: str, why: Apart) -> None:
        """Let two members, present or not, not meet in either role."""
        self._apart.add(one, other, why)
        self._list_apart(one, other)

    def let_meet(self, one: str, other: str, why: Apart) -> None:
        """Take back what `keep_apart` said for that reason; for two whom it never concerned nothing happens."""
        self._apart.remove(one, other, why)
        self._list_apart(one, other)

    def prepare(self) -> None:
        """Make now what the next question needs; after it, and until the next change, several threads may ask."""
        self._asking.prepare()

    def rows(self, seekers: Rows) -> Scored:
        """Give all feasible supporters of the seekers at positions, and the scores; none for a free position."""
        return self._asked(self._sides[SEEKER], seekers, self._asking.rows)

    def columns(self, supporters: Rows) -> Scored:
        """Give all feasible seekers of the supporters at positions, and the scores; none for a free position."""
        return self._asked(self._sides[SUPPORTER], supporters, self._asking.columns)

    def cells(self, seekers: Rows, supporters: Rows) -> Cells:
        """Tell of single pairs of positions whether they are feasible, and their scores; 0 where they are not."""
        is_feasible = self._sides[SEEKER].are_taken(seekers) & self._sides[SUPPORTER].are_taken(supporters)
        scores = np.zeros(len(seekers), dtype=np.int32)
        asked = np.flatnonzero(is_feasible)
        is_feasible[asked], scores[asked] = self._asking.cells(seekers[asked], supporters[asked])
        return is_feasible, scores

    def scorer(self) -> PairScorer:
        """Prepare a pass over all pairs of positions, laid out where that pays; of no use after the next change."""
        return PairScorer.of(self._as_cohort())

    def _write(self, profile: Profile, standing: Standing) -> Positions:
        member_id = profile.member_id
        one = Cohort.from_profiles([profile], week=self.week, policy=self.policy, standings={member_id: standing})
        columns = self._columns.translated(one)
        self._next_number += 1
        for name, keys, amounts in (
            (SEEKER, one.seeker_keys, one.priority),
            (SUPPORTER, one.supporter_keys, one.capacity),
        ):
            if len(keys):
                position = self._position(name, member_id)
                self._sides[name].write(position, int(keys[0]), int(amounts[0]))
                self._columns.put(name, position, columns, number=self._next_number)
            else:
                self._leave(name, member_id)
        self._members.add(member_id)
        self._left_out.pop(member_id, None)
        self._left_out |= one.left_out
        self._list_apart_around(member_id)
        return self.positions_of(member_id)

    def _position(self, name: str, member_id: str) -> int:
        """Give a member's position on a side, a free one if they have none."""
        side = self._sides[name]
        if member_id in side.position_of:
            return side.position_of[member_id]
        if side.is_full:
            side.grow(2 * side.room)
            self._columns.grow(name, side.room)
        return side.take(member_id)

    def _leave(self, name: str, member_id: str) -> None:
        if member_id in self._sides[name].position_of:
            position = self._sides[name].leave(member_id)
            self._columns.clear(name, position)
            self._asking.changed(**{name: position})

    def _check_known(self, member_id: str, attempted: str) -> None:
        if member_id not in self._members:
            raise ProfileError(f"cannot {attempted} member {member_id!r}: not in the cohort", field="member_id")

    def _list_apart_around(self, member_id: str) -> None:
        """Write the lists of a member and of all who are kept apart from them."""
        self._list_apart(member_id, *self._apart.others(member_id))

    def _list_apart(self, *member_ids: str) -> None:
        seekers, supporters = (side.position_of for side in self._sides.values())
        for member_id in member_ids:
            if member_id in seekers:
                for why in Apart:
                    others = (supporters.get(other) for other in self._apart.others(member_id, why))
                    self._columns.list_apart(why, seekers[member_id], sorted(j for j in others if j is not None))
        self._tell(*member_ids)

    def _tell(self, *changed: str) -> None:
        """Tell whoever asks pairs what is no more as it was."""
        if self._columns.has_moved():
            self._asking.moved()
        seekers, supporters = (side.position_of for side in self._sides.values())
        for member_id in changed:
            self._asking.changed(seeker=seekers.get(member_id), supporter=supporters.get(member_id))

    def _asked(self, side: LiveSide, members: Rows, ask: Callable[[Rows], Scored]) -> Scored:
        is_taken = side.are_taken(members)
        if is_taken.all():
            return ask(np.asarray(members, dtype=np.int64))
        scored = ask(np.asarray(members, dtype=np.int64)[is_taken])
        lengths = np.zeros(is_taken.size, dtype=np.int64)
        lengths[is_taken] = scored.lengths
        return scored._replace(lengths=lengths)

    def _as_cohort(self) -> Cohort:
        """Give what a scorer reads of a cohort; nobody's profile is in it."""
        return Cohort(
            seekers=(),
            supporters=(),
            seeker_keys=self.seeker_keys,
            supporter_keys=self.supporter_keys,
            capacity=self.capacity,
            priority=self.priority,
            columns=self._columns.as_columns(),
            left_out={},
            week=self.week,
            policy=self.policy,
        )
