"""How many places of everybody on one side are taken: held by a match, or promised by a proposal."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from service.records import kinds
from service.records.match import HOLDING_STATES, Match, MatchState
from service.records.member import MemberRole
from service.storage.store import Store
from service.usecases.matches import each_visible

OF_A_MATCH: Final = {MemberRole.SEEKER: "seeker_id", MemberRole.SUPPORTER: "supporter_id"}
"""The field of a match that names who is on a side."""


@dataclass(slots=True)
class Taken:
    """How many matches hold a place of each member of a side, and how many proposals promise one, by id."""

    held: Counter[str]
    promised: Counter[str]

    def of(self, member_id: str) -> int:
        """Count both."""
        return self.held[member_id] + self.promised[member_id]

    def put(self, member_id: str, *, held: int, promised: int) -> None:
        """Write both anew."""
        self.held[member_id], self.promised[member_id] = held, promised

    def differing(self, other: Taken) -> set[str]:
        """Give the members of whom either count differs."""
        known = {*self.held, *self.promised, *other.held, *other.promised}
        return {
            each for each in known if (self.held[each], self.promised[each]) != (other.held[each], other.promised[each])
        }


def taken_now(store: Store, platform_id: str, role: MemberRole) -> Taken:
    """Count the matches of everybody on a side."""
    side = OF_A_MATCH[role]
    held, promised = Counter[str](), Counter[str]()
    for state in (MatchState.PROPOSED, *sorted(HOLDING_STATES)):
        counts = promised if state is MatchState.PROPOSED else held
        counts.update(stored.body[side] for stored in each_visible(store, platform_id, state=state))
    return Taken(held, promised)


def are_many(store: Store, platform_id: str, most: int) -> bool:
    """Tell whether there are more matches that take a place than `most`."""
    states = (MatchState.PROPOSED, *HOLDING_STATES)
    counts = (store.count(platform_id, Match.KIND, index=kinds.BY_STATE, value=state.value) for state in states)
    return sum(counts) > most
