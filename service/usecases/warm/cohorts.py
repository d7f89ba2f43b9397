"""One side of a platform, encoded under the policy in force and this day, and kept so by following events.

Each change of a member comes with an event that names them, so before every question those who were named since the
last one are read anew; after an import, a large run, a new policy, on a new day, or where too much has happened at
once everybody is. It may be behind for as long as an import goes on, which is told when it ends. The other side is not
kept: whoever is asked about comes for the length of the question.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from threading import RLock
from time import monotonic
from typing import TYPE_CHECKING, Final, NamedTuple

from service.errors import StillPreparing
from service.kept import PATIENCE_SECONDS, Kept
from service.records import kinds
from service.records.codec import read_as
from service.records.match import OPEN_STATES, MatchState
from service.records.member import Member, MemberRole
from service.storage.store import Store
from service.usecases.events import last_sequence
from service.usecases.matches import visible
from service.usecases.moves import matches_of
from service.usecases.places import standing_of
from service.usecases.policies import get_policy
from service.usecases.reading import all_stored
from service.usecases.warm.taken import OF_A_MATCH, Taken, are_many, taken_now
from service.weeks import known_zones, week_for

if TYPE_CHECKING:
    from matching.live import LiveCohort
    from matching.profile import Profile, Standing

DEFAULT_BYTES: Final = 256 << 20
_BYTES_A_MEMBER: Final = {MemberRole.SEEKER: 2_000, MemberRole.SUPPORTER: 3_000}
"""What a member takes; at 67,000 seekers and 33,000 supporters it was 1.9 KB and 1.5 KB."""

MOST_FOLLOWED: Final = 500
"""Events, members, and proposals of a run that are followed one by one; with more everybody is read anew."""

_AT_ONCE: Final = 25
"""Events that are followed before the clock is looked at."""

WORTH_LOADING: Final = 500
"""Members from which compiled rules are loaded, where there are any."""

PUBLISHED: Final = "run.published"
_EVERYBODY: Final = frozenset({"members.imported"})
"""Events after which nobody knows who has changed."""

_ASKING: Final = "~asking"
"""Stands for whoever is asked about; no member's id begins with a tilde."""

_OTHER: Final = {MemberRole.SEEKER: MemberRole.SUPPORTER, MemberRole.SUPPORTER: MemberRole.SEEKER}


class Ranked(NamedTuple):
    """Somebody whom the rules allow, with the points of the pair."""

    member_id: str
    score: int


class WarmCohort:
    """One side of one platform on one day: seekers, or supporters with a place that no match holds.

    Attributes
    ----------
    lock : to be held around everything else. taken : of the members of this side.
    """

    def __init__(self, cohort: LiveCohort, role: MemberRole, taken: Taken, seen: int) -> None:
        self.lock = RLock()
        self.taken = taken
        self._role = role
        self._cohort = cohort
        self._seen = seen

    def follow(self, store: Store, platform_id: str, now: datetime, *, until: float) -> bool:
        """Take in what has happened since; False where everybody has to be read anew.

        StillPreparing where there is more to take in at `until`, by the monotonic clock; what was taken in stays so.
        """
        events = store.events(platform_id, after=self._seen, limit=MOST_FOLLOWED + 1)
        if len(events) > MOST_FOLLOWED or any(event.type in _EVERYBODY for event in events):
            return False
        changed: set[str] = set()
        if any(event.type == PUBLISHED for event in events):
            # One event tells of all proposals that came and went.
            if are_many(store, platform_id, MOST_FOLLOWED):
                return False
            changed = self.taken.differing(taken_now(store, platform_id, self._role))
            if len(changed) > MOST_FOLLOWED:
                return False
        self._renew(store, platform_id, sorted(changed), now)
        for start in range(0, len(events), _AT_ONCE):
            batch = events[start : start + _AT_ONCE]
            self._renew(store, platform_id, sorted({name for event in batch for name in event.mentions}), now)
            self._seen = batch[-1].sequence
            if batch[-1] is not events[-1] and monotonic() > until:
                raise StillPreparing("this is being made ready; ask again in a moment")
        return True

    def ranked(self, one: Member, now: datetime, *, never: Container[str], most: int) -> tuple[Ranked, ...]:
        """List the first members of this side whom the rules allow with somebody of the other, the best first.

        Blocks and rests are left out of account, but for those who are `never` to be listed. Nobody for somebody who
        can take no part.
        """
        return tuple(islice((each for each, _ in self._allowed(one, now, never)), most))

    def ranked_free(self, one: Member, now: datetime, *, never: Container[str], most: int) -> tuple[Ranked, ...]:
        """List the same, of those with a place that is neither held nor promised."""
        free = (each for each, places in self._allowed(one, now, never) if places > self.taken.promised[each.member_id])
        return tuple(islice(free, most))

    def _allowed(self, one: Member, now: datetime, never: Container[str]) -> Iterator[tuple[Ranked, int]]:
        """Give whom the rules allow and the places they have beside what is held, 1 for a seeker; the best first."""
        for position, score in self._asked(one, now):
            member_id = self._id_at(position)
            if member_id is None or member_id == one.member_id or member_id in never:
                continue
            if self._role is MemberRole.SUPPORTER:
                yield Ranked(member_id, score), int(self._cohort.capacity[position])
            elif not self.taken.held[member_id]:
                yield Ranked(member_id, score), 1

    def _asked(self, one: Member, now: datetime) -> Iterable[tuple[int, int]]:
        """Give positions and points, the best first, equal points as the engine decides between them."""
        import numpy as np

        from matching.keys import key_of, ties_of

        is_seeker = self._role is MemberRole.SUPPORTER
        alone = replace(one.profile, supporter=None) if is_seeker else replace(one.profile, seeker=None)
        profile = replace(alone, member_id=_ASKING)
        standing = standing_of(one, held=0, holds_match=False, today=now.date())
        at = self._cohort.add(profile, standing)
        try:
            position = at.seeker if is_seeker else at.supporter
            if position is None:
                return ()
            ask = self._cohort.rows if is_seeker else self._cohort.columns
            _, others, scores = ask(np.array([position]))
            keys = (self._cohort.supporter_keys if is_seeker else self._cohort.seeker_keys)[others]
            own = np.full(keys.size, key_of(one.member_id), dtype=np.uint64)
            ties = ties_of(own, keys) if is_seeker else ties_of(keys, own)
            order = np.lexsort((ties, scores))[::-1]
            return zip(others[order].tolist(), scores[order].tolist(), strict=True)
        finally:
            self._cohort.remove(_ASKING)

    def _id_at(self, position: int) -> str | None:
        is_seeker = self._role is MemberRole.SEEKER
        return self._cohort.seeker_at(position) if is_seeker else self._cohort.supporter_at(position)

    def _renew(self, store: Store, platform_id: str, member_ids: Sequence[str], now: datetime) -> None:
        stored = store.get_many(platform_id, Member.KIND, tuple(member_ids))
        for member_id in member_ids:
            member = read_as(Member, stored[member_id]) if member_id in stored else None
            if member is None or self._role not in member.roles:
                self.taken.put(member_id, held=0, promised=0)
                if member_id in self._cohort:
                    self._cohort.remove(member_id)
                continue
            found = visible(store, platform_id, matches_of(store, platform_id, member_id, sorted(OPEN_STATES)))
            states = [each.state for each in found if getattr(each, OF_A_MATCH[self._role]) == member_id]
            promised = states.count(MatchState.PROPOSED)
            self.taken.put(member_id, held=len(states) - promised, promised=promised)
            change = self._cohort.edit if member_id in self._cohort else self._cohort.add
            change(*_on_side(member, self._role, self.taken.held[member_id], now))


class WarmCohorts:
    """The warm cohorts of this process; safe to share between threads. Parameters as `Kept`."""

    def __init__(self, most_bytes: int = DEFAULT_BYTES, *, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._kept: Kept[WarmCohort] = Kept(most_bytes, setting="ALONGSIDE_COHORT_MEMORY_MB", patience=patience)
        self._latest: dict[tuple[str, MemberRole], tuple[str, MemberRole, int, date]] = {}

    def of(
        self,
        store: Store,
        platform_id: str,
        *,
        now: datetime,
        role: MemberRole = MemberRole.SUPPORTER,
        patience: float | None = None,
    ) -> WarmCohort:
        """Give one side of a platform as it is now; hold its lock while it is asked.

        TooLarge and StillPreparing as `Kept.of`.
        """
        until = monotonic() + (self._patience if patience is None else patience)
        key = (platform_id, role, get_policy(store, platform_id).version, now.date())
        before = self._latest.get((platform_id, role), key)
        if before != key:
            # Of yesterday, or under another policy: nobody asks for it any more.
            self._kept.forget(before)
        self._latest[platform_id, role] = key
        count = store.count(platform_id, Member.KIND, index=kinds.BY_ROLE, value=role.value)

        def kept() -> WarmCohort:
            size = count * _BYTES_A_MEMBER[role]
            return self._kept.of(key, size, lambda: read_warm(store, platform_id, now, role), patience=patience)

        warm = kept()
        with warm.lock:
            if warm.follow(store, platform_id, now, until=until):
                return warm
        self._kept.forget(key)
        return kept()


def read_warm(store: Store, platform_id: str, now: datetime, role: MemberRole) -> WarmCohort:
    """Read and encode everybody of a side."""
    from matching import compiled
    from matching.live import LiveCohort
    from service.usecases.running.snapshot import standing_in
    from service.usecases.running.snapshot_lines import Reading, head_of, member_line, offsets_line

    # Before anything else: what happens while members are read is followed afterwards.
    seen = last_sequence(store, platform_id)
    policy, taken, today = get_policy(store, platform_id), taken_now(store, platform_id, role), now.date()
    reading, count = Reading(head_of(policy, today)), 0
    for stored in all_stored(store, platform_id, Member.KIND, kinds.BY_ROLE, role.value):
        # As a snapshot reads members: a hundred thousand profiles would take many seconds.
        profile = {**Member.profile_in(stored), _OTHER[role].value: None}
        held = taken.held[stored.record_id] if role is MemberRole.SUPPORTER else 0
        standing = standing_in(stored, held, has_supporter=False, today=today)
        reading.take(member_line(stored.record_id, stored.version, profile, standing))
        count += 1
    # Of every zone, since whoever asks later may live anywhere.
    reading.take(offsets_line(week_for(today, known_zones()).offsets))
    cohort = reading.snapshot().cohort()
    if count >= WORTH_LOADING and compiled.is_compiled():
        # A second now, against tenths of a second of plain Python at every question.
        compiled.load()
    live = LiveCohort(cohort)
    live.prepare()
    return WarmCohort(live, role, taken, seen)


def _on_side(member: Member, role: MemberRole, held: int, now: datetime) -> tuple[Profile, Standing]:
    """Give what the engine reads of somebody on one side; that a seeker holds a match is looked at when it is asked."""
    if role is MemberRole.SEEKER:
        standing = standing_of(member, held=0, holds_match=False, today=now.date())
        return replace(member.profile, supporter=None), standing
    standing = standing_of(member, held=held, holds_match=False, today=now.date())
    return replace(member.profile, seeker=None), standing
