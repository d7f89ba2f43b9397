"""The review queue: open proposals in the order in which a coordinator should see them.

Whoever has waited longest comes first; among equal waits the better fit. Deciding on a proposal is
`matches.act_on_match`; nothing here changes anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from service.records.codec import maybe_day_from_json
from service.records.match import Match, MatchState
from service.records.member import Member
from service.storage.store import MAX_PAGE, Store
from service.usecases.matches import list_matches


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open proposal, and the day its seeker's waiting clock started (None: the seeker has gone)."""

    match: Match
    waiting_since: date | None

    @property
    def key(self) -> tuple[date, int, str, str]:
        """What orders the queue; the same community is always reviewed in the same order."""
        day = self.waiting_since or self.match.created_at.date()
        return day, -self.match.score, self.match.seeker_id, self.match.match_id


def review_queue(store: Store, platform_id: str) -> tuple[Waiting, ...]:
    """Give every open proposal, the longest wait first."""
    matches: list[Match] = []
    after: str | None = None
    while True:
        page = list_matches(store, platform_id, state=MatchState.PROPOSED, after=after, limit=MAX_PAGE)
        matches.extend(page.records)
        after = page.next
        if after is None:
            break
    return tuple(sorted(_with_waits(store, platform_id, matches), key=lambda waiting: waiting.key))


def waiting_of(store: Store, platform_id: str, match: Match) -> Waiting:
    """Give any match, open or decided, with its seeker's waiting clock."""
    return _with_waits(store, platform_id, [match])[0]


def _with_waits(store: Store, platform_id: str, matches: list[Match]) -> list[Waiting]:
    seekers = store.get_many(platform_id, Member.KIND, tuple({match.seeker_id for match in matches}))
    # Only the clock is needed: reading hundreds of whole profiles would make every page of the console wait.
    since = {member_id: maybe_day_from_json(stored.body["waiting_since"]) for member_id, stored in seekers.items()}
    return [Waiting(match, since.get(match.seeker_id)) for match in matches]
