"""Open proposals by the ids of either side, for what keeps a matching up to date. Never here: what one is worth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from types import MappingProxyType


class Proposals:
    """Whom each seeker has an open proposal with: one at most, whether the two take part or not."""

    def __init__(self, supporter_of: Mapping[str, str]) -> None:
        self._supporter_of: dict[str, str] = {}
        self._seekers_of: defaultdict[str, set[str]] = defaultdict(set)
        for seeker_id, supporter_id in supporter_of.items():
            self.put(seeker_id, supporter_id)

    @property
    def supporter_of(self) -> Mapping[str, str]:
        """All of them: seeker id → supporter id."""
        return MappingProxyType(self._supporter_of)

    def seekers_of(self, supporter_id: str) -> tuple[str, ...]:
        """Give who has a proposal with a supporter, sorted."""
        return tuple(sorted(self._seekers_of.get(supporter_id, ())))

    def put(self, seeker_id: str, supporter_id: str | None) -> None:
        """Replace a seeker's proposal; None: they have none."""
        before = self._supporter_of.pop(seeker_id, None)
        if before is not None:
            self._seekers_of[before].discard(seeker_id)
            if not self._seekers_of[before]:
                del self._seekers_of[before]
        if supporter_id is not None:
            self._supporter_of[seeker_id] = supporter_id
            self._seekers_of[supporter_id].add(seeker_id)

    def forget(self, member_id: str) -> None:
        """Forget every proposal of a member, on either side."""
        for seeker_id in (member_id, *self.seekers_of(member_id)):
            self.put(seeker_id, None)
