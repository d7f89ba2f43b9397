"""Peer supporters who take part, encoded under the policy in force and this day, and kept so by following events.

Each change of a member comes with an event that names them, so before every question the few who were named since the
last one are read anew; after an import, a new policy, on a new day, or where too much has happened at once everybody
is. It may be behind for as long as an import goes on, which is told when it ends. Seekers are not kept: whoever is
asked about comes for the length of the question.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from threading import RLock
from typing import TYPE_CHECKING, Final

from service.kept import PATIENCE_SECONDS, Kept
from service.records import kinds
from service.records.codec import read_as
from service.records.match import HOLDING_STATES, OPEN_STATES, MatchState
from service.records.member import Member, MemberRole
from service.storage.store import MAX_PAGE, Store
from service.usecases.matches import each_visible, visible
from service.usecases.moves import matches_of
from service.usecases.places import standing_of
from service.usecases.policies import get_policy
from service.usecases.reading import all_found
from service.usecases.sealing import last_seal
from service.weeks import known_zones, week_for

if TYPE_CHECKING:
    from matching.live import LiveCohort
    from matching.profile import Profile, Standing

DEFAULT_BYTES: Final = 256 << 20
_BYTES_A_SUPPORTER: Final = 3_000

MOST_FOLLOWED: Final = 500
"""Events, and members, that are followed one by one; with more everybody is read anew."""

WORTH_LOADING: Final = 500
"""Supporters from which compiled rules are loaded, where there are any."""

PUBLISHED: Final = "run.published"
_EVERYBODY: Final = frozenset({"members.imported"})
"""Events after which nobody knows who has changed."""

_ASKING: Final = "~asking"
"""Stands for the seeker of a question; no member's id begins with a tilde."""


class WarmCohort:
    """The peer supporters of one platform on one day.

    Attributes
    ----------
    lock : to be held around everything else.
    taken : places that are held or promised, by supporter id.
    """

    def __init__(self, cohort: LiveCohort, taken: Counter[str], seen: int) -> None:
        self.lock = RLock()
        self.taken = taken
        self._cohort = cohort
        self._seen = seen

    def follow(self, store: Store, platform_id: str, now: datetime) -> bool:
        """Take in what has happened since; False where everybody has to be read anew."""
        events = store.events(platform_id, after=self._seen, limit=MOST_FOLLOWED + 1)
        if len(events) > MOST_FOLLOWED or any(event.type in _EVERYBODY for event in events):
            return False
        if not events:
            return True
        changed = {name for event in events for name in event.mentions}
        if any(event.type == PUBLISHED for event in events):
            # One event tells of all proposals that came and went.
            taken = _taken(store, platform_id)
            changed |= {each for each in taken.keys() | self.taken.keys() if taken[each] != self.taken[each]}
        if len(changed) > MOST_FOLLOWED:
            return False
        self._renew(store, platform_id, sorted(changed), now)
        self._seen = events[-1].sequence
        return True

    def ranked(self, seeker: Member, now: datetime, *, never: Container[str], most: int) -> tuple[str, ...]:
        """List the first supporters whom the rules allow a seeker, with a place, the best first.

        Blocks and rests are left out of account, but for those who are `never` to be listed. Nobody for a seeker who
        can take no part.
        """
        import numpy as np

        from matching.keys import key_of, ties_of

        profile = replace(seeker.profile, member_id=_ASKING, supporter=None)
        standing = standing_of(seeker, held=0, holds_match=False, today=now.date())
        position = self._cohort.add(profile, standing).seeker
        try:
            if position is None:
                return ()
            _, supporters, scores = self._cohort.rows(np.array([position]))
            keys = self._cohort.supporter_keys[supporters]
            ties = ties_of(np.full(keys.size, key_of(seeker.member_id), dtype=np.uint64), keys)
            order = np.lexsort((ties, scores))[::-1]
            ids = (self._cohort.supporter_at(each) for each in supporters[order].tolist())
            own = seeker.member_id
            may_be = (each for each in ids if each is not None and each != own and each not in never)
            return tuple(islice(may_be, most))
        finally:
            self._cohort.remove(_ASKING)

    def _renew(self, store: Store, platform_id: str, member_ids: Iterable[str], now: datetime) -> None:
        stored = store.get_many(platform_id, Member.KIND, tuple(member_ids))
        for member_id in member_ids:
            member = read_as(Member, stored[member_id]) if member_id in stored else None
            if member is None or MemberRole.SUPPORTER not in member.roles:
                self.taken.pop(member_id, None)
                if member_id in self._cohort:
                    self._cohort.remove(member_id)
                continue
            found = visible(store, platform_id, matches_of(store, platform_id, member_id, sorted(OPEN_STATES)))
            self.taken[member_id] = sum(match.supporter_id == member_id for match in found)
            change = self._cohort.edit if member_id in self._cohort else self._cohort.add
            change(*_as_supporter(member, self.taken[member_id], now))


class WarmCohorts:
    """The warm cohorts of this process; safe to share between threads. Parameters as `Kept`."""

    def __init__(self, most_bytes: int = DEFAULT_BYTES, *, patience: float = PATIENCE_SECONDS) -> None:
        self._kept: Kept[WarmCohort] = Kept(most_bytes, setting="ALONGSIDE_COHORT_MEMORY_MB", patience=patience)
        self._latest: dict[str, tuple[str, int, date]] = {}

    def of(self, store: Store, platform_id: str, *, now: datetime, patience: float | None = None) -> WarmCohort:
        """Give a platform's supporters as they are now; hold its lock while it is asked.

        TooLarge and StillPreparing as `Kept.of`.
        """
        key = (platform_id, get_policy(store, platform_id).version, now.date())
        before = self._latest.get(platform_id, key)
        if before != key:
            # Of yesterday, or under another policy: nobody asks for it any more.
            self._kept.forget(before)
        self._latest[platform_id] = key
        count = store.count(platform_id, Member.KIND, index=kinds.BY_ROLE, value=MemberRole.SUPPORTER.value)

        def kept() -> WarmCohort:
            size = count * _BYTES_A_SUPPORTER
            return self._kept.of(key, size, lambda: read_warm(store, platform_id, now), patience=patience)

        warm = kept()
        with warm.lock:
            if warm.follow(store, platform_id, now):
                return warm
        self._kept.forget(key)
        return kept()


def read_warm(store: Store, platform_id: str, now: datetime) -> WarmCohort:
    """Read and encode everybody."""
    from matching import compiled
    from matching.cohort import Cohort
    from matching.live import LiveCohort

    # Before anything else: what happens while members are read is followed afterwards.
    seen = _last_event(store, platform_id)
    policy, taken = get_policy(store, platform_id), _taken(store, platform_id)
    profiles: list[Profile] = []
    standings: dict[str, Standing] = {}
    supporters = all_found(store, platform_id, Member, index=kinds.BY_ROLE, value=MemberRole.SUPPORTER.value)
    for member in supporters:
        profile, standings[member.member_id] = _as_supporter(member, taken[member.member_id], now)
        profiles.append(profile)
    # Of every zone, since whoever asks later may live anywhere.
    week = week_for(now.date(), known_zones())
    cohort = Cohort.from_profiles(profiles, week=week, policy=policy, standings=standings)
    if cohort.m >= WORTH_LOADING and compiled.is_compiled():
        # A second now, against tenths of a second of plain Python at every question.
        compiled.load()
    live = LiveCohort(cohort)
    live.prepare()
    return WarmCohort(live, taken, seen)


def _as_supporter(member: Member, taken: int, now: datetime) -> tuple[Profile, Standing]:
    standing = standing_of(member, held=taken, holds_match=False, today=now.date())
    return replace(member.profile, seeker=None), standing


def _taken(store: Store, platform_id: str) -> Counter[str]:
    return Counter(
        stored.body["supporter_id"]
        for state in (MatchState.PROPOSED, *sorted(HOLDING_STATES))
        for stored in each_visible(store, platform_id, state=state)
    )


def _last_event(store: Store, platform_id: str) -> int:
    """Give the sequence of the last event that can be seen."""
    seal = last_seal(store, platform_id)
    last = 0 if seal is None else seal.last
    while events := store.events(platform_id, after=last, limit=MAX_PAGE):
        last = events[-1].sequence
    return last
