"""Members: what platforms tell about the people in their care.

A profile is taken as a whole, checked already (`schemas.member.load_profile`). What belongs to the service (the waiting
clock) is kept across every change. Reading rows and files is for `imports.py`, what a step means for a match for
`consequences.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypedDict, Unpack

from matching.profile import MemberStatus, Profile
from matching.profile_json import profile_to_mapping
from service.errors import StaleVersion
from service.events import new_event
from service.records import kinds
from service.records.codec import new_id, put_of, read_as
from service.records.erasure import Erasure, ErasureState
from service.records.member import Member, MemberRole, MemberShown
from service.records.task import TaskKind
from service.storage.store import MAX_RECORDS_PER_COMMIT, Changes, NewEvent, Page, Put, Store, Stored
from service.usecases.clocks import clock_for, clock_settled
from service.usecases.consequences import take_step
from service.usecases.erasing.returning import returned
from service.usecases.farewell import say_farewell_again
from service.usecases.leaving import reason_out, steps_of_change, steps_of_farewell
from service.usecases.meanwhile import Meanwhile, look_again
from service.usecases.queueing import enqueue, new_job
from service.usecases.reading import as_page, found, maybe_found
from service.usecases.rechecks import recheck
from service.usecases.running.orders import LOOKING, KeptOrder, looking_entry
from service.usecases.runs import current_run
from service.usecases.saving import in_commits, in_step, until_saved
from service.usecases.work import Step, Work

_STEPS_AT_ONCE = MAX_RECORDS_PER_COMMIT // 8
"""An ending brings a load, a rest, two members and a task with it, and the member's own record comes on top."""


class MembersAsked(TypedDict, total=False):
    """Which members; each may be left out. `after` is the `next` of the page before, with the same role and status."""

    role: MemberRole | None
    status: MemberStatus | None
    after: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of many profiles."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0

    def __add__(self, other: Imported) -> Imported:
        """Add up what became of two lots."""
        return Imported(self.created + other.created, self.updated + other.updated, self.unchanged + other.unchanged)


def put_member(
    store: Store, platform_id: str, *, profile: Profile, now: datetime, expected_version: int | None = None
) -> tuple[Member, bool]:
    """Save a member's profile; give the member as it now stands, and whether they are new.

    A profile that says what is known already changes nothing, the version neither. What a change means for the member's
    matches (`leaving.py`) is saved in the same commit. With `expected_version` (0: must be new), StaleVersion when the
    member is at another.
    """

    def attempt() -> tuple[Member, bool]:
        meanwhile = Meanwhile(store, platform_id)
        current = maybe_found(store, platform_id, Member, profile.member_id)
        _check_version(current, profile.member_id, expected_version)
        member = _merged(profile, current, now)
        if member is current:
            return member, False
        steps = () if current is None else steps_of_change(store, platform_id, before=current, after=member, now=now)
        work = Work(store, platform_id, now)
        work.put(member)
        name = "member.created" if current is None else "member.updated"
        work.tell(name, member.member_id, version=work.next_version(member))
        for step in _all_but_the_last(store, platform_id, steps, now):
            take_step(work, step)
        if current is not None and reason_out(current, member, now) is not None:
            work.settle_tasks(TaskKind.LONG_WAIT, member.member_id)
        seen: set[str] = set()
        is_more = current is not None and recheck(work, member, seen=seen)
        committed = store.commit(platform_id, _with_returned(store, platform_id, work.changes(), (current, member)))
        while is_more:
            is_more = until_saved(lambda: _recheck_more(store, platform_id, member, seen, now))
        if current is not None and meanwhile.may_have_proposed():
            look_again(store, platform_id, before=current, after=member, now=now)
        member = work.find(Member, member.member_id) or member
        return replace(member, version=committed.versions[Member.KIND, member.member_id]), current is None

    return until_saved(attempt)


def put_members(store: Store, platform_id: str, *, profiles: Iterable[Profile], now: datetime) -> Imported:
    """Save many profiles, in commits of some hundreds; those that say nothing new are not written.

    Each commit stands or falls by itself: after an error, what was committed before stays. One event tells of it all.
    While one is saved, the next profiles are taken from `profiles`, which may be read from a file.
    """

    def save(batch: Sequence[Profile]) -> Imported:
        return _put_batch(store, platform_id, {profile.member_id: profile for profile in batch}, now)

    total = sum(in_step(save, in_commits(profiles)), start=Imported())
    event = event_of_import(platform_id, total, now)
    if event is not None:
        store.commit(platform_id, Changes(events=(event,)))
    return total


def put_some_members(store: Store, platform_id: str, *, profiles: Sequence[Profile], now: datetime) -> None:
    """Save some profiles as `put_members` does, without an event: for a caller that tells of them all later."""
    for batch in in_commits(profiles):
        _put_batch(store, platform_id, {profile.member_id: profile for profile in batch}, now)


def count_changes(store: Store, platform_id: str, *, profiles: Sequence[Profile], now: datetime) -> Imported:
    """Count what saving profiles, each of another member, would come to now; nothing is saved."""
    stored = store.get_many(platform_id, Member.KIND, [profile.member_id for profile in profiles])
    known = {member_id: read_as(Member, each) for member_id, each in stored.items()}
    updated = sum(
        _merged(profile, known[profile.member_id], now) is not known[profile.member_id]
        for profile in profiles
        if profile.member_id in known
    )
    return Imported(len(profiles) - len(known), updated, len(known) - updated)


def event_of_import(
    platform_id: str, total: Imported, now: datetime, *, import_id: str | None = None
) -> NewEvent | None:
    """Make the one event that tells of an import; None where it changed nothing."""
    if not total.created and not total.updated:
        return None
    created, updated = total.created, total.updated
    return new_event("members.imported", platform_id, now, created=created, updated=updated, import_id=import_id)


def get_member(store: Store, platform_id: str, *, member_id: str) -> Member:
    """Read one member; NotFound (``member_not_found``) otherwise."""
    return found(store, platform_id, Member, member_id)


def show_member(store: Store, platform_id: str, *, member_id: str) -> MemberShown:
    """Read one member to show them; NotFound (``member_not_found``) otherwise."""
    return found(store, platform_id, MemberShown, member_id)


def list_members(store: Store, platform_id: str, **asked: Unpack[MembersAsked]) -> Page[Member]:
    """Read some members by id."""
    return as_page(Member, _page_of(store, platform_id, **asked))


def show_members(store: Store, platform_id: str, **asked: Unpack[MembersAsked]) -> Page[MemberShown]:
    """Read some members by id, to show them."""
    return as_page(MemberShown, _page_of(store, platform_id, **asked))


def _page_of(
    store: Store,
    platform_id: str,
    *,
    role: MemberRole | None = None,
    status: MemberStatus | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Page[Stored]:
    index, value = _index_of(role, status)
    return store.page(platform_id, Member.KIND, index=index, value=value, after=after, limit=limit)


def delete_member(
    store: Store, platform_id: str, *, member_id: str, now: datetime, expected_version: int | None = None
) -> Erasure:
    """Remove a member, and take back their proposals and offers, in one commit; a job erases what else names them.

    Events no longer name them. NotFound (``member_not_found``) when there is none; with `expected_version`,
    StaleVersion when they are at another.
    """

    def attempt() -> Erasure:
        meanwhile = Meanwhile(store, platform_id)
        member = found(store, platform_id, Member, member_id)
        _check_version(member, member_id, expected_version)
        steps = steps_of_farewell(store, platform_id, member_id, now=now)
        work = Work(store, platform_id, now)
        for step in _all_but_the_last(store, platform_id, steps, now):
            take_step(work, step)
        load = work.load_of(member_id)
        if not load.match_ids:
            # Its id is all it would still say.
            work.delete(load)
        work.delete(work.find(Member, member_id) or member)
        work.tell("member.deleted", member_id)
        erasure = Erasure(new_id("erasure", now), ErasureState.REQUESTED, member_id, requested_at=now)
        work.put(erasure)
        work.put(new_job("erase", subject=erasure.erasure_id, due_at=now, now=now))
        changes = work.changes()
        puts = (*changes.puts, *_forgotten_in_order(store, platform_id, member, now))
        enqueue(store, platform_id, replace(changes, puts=puts, forget=(member_id,)), now=now)
        if meanwhile.may_have_proposed():
            say_farewell_again(store, platform_id, member_id, now=now)
        return erasure

    return until_saved(attempt)


def _forgotten_in_order(store: Store, platform_id: str, member: Member, now: datetime) -> tuple[Put, ...]:
    """Take the member's id out of the order in which the last run left those who are still looking."""
    run = current_run(store, platform_id)
    order = None if run is None else KeptOrder.of(store, platform_id, run_id=run.run_id, name=LOOKING)
    if order is None:
        return ()
    put = order.without(looking_entry(member.waiting_since or now.date(), member.member_id))
    return () if put is None else (put,)


def _put_batch(store: Store, platform_id: str, profiles: dict[str, Profile], now: datetime) -> Imported:
    """Save a batch in one commit; one by one those who have had matches, and all if another writer was quicker."""
    meanwhile = Meanwhile(store, platform_id)
    stored = store.get_many(platform_id, Member.KIND, tuple(profiles))
    known = {member_id: read_as(Member, each) for member_id, each in stored.items()}
    changed: list[Member] = []
    leaving: list[Member] = []
    for member_id, profile in profiles.items():
        before = known.get(member_id)
        after = _merged(profile, before, now)
        if after is not before:
            is_leaving = before is not None and _has_matches(store, platform_id, member_id)
            (leaving if is_leaving else changed).append(after)
    one_by_one = leaving
    try:
        puts = tuple(put_of(member, expected_version=member.version) for member in changed)
        new = [member.member_id for member in changed if member.version == 0]
        if returned(store, platform_id, new).puts:
            # Rare, and not to be missed by a batch that is full already.
            one_by_one = [*changed, *leaving]
        else:
            store.commit(platform_id, Changes(puts=puts))
            _look_again_at(store, platform_id, meanwhile, changed=changed, known=known, now=now)
    except StaleVersion:
        one_by_one = [*changed, *leaving]
    for member in one_by_one:
        put_member(store, platform_id, profile=member.profile, now=now)
    written = [*changed, *leaving]
    created = sum(member.version == 0 for member in written)
    return Imported(created, len(written) - created, len(profiles) - len(written))


def _look_again_at(
    store: Store,
    platform_id: str,
    meanwhile: Meanwhile,
    *,
    changed: Iterable[Member],
    known: Mapping[str, Member],
    now: datetime,
) -> None:
    if not meanwhile.may_have_proposed():
        return
    for member in changed:
        if member.version > 0 and _has_matches(store, platform_id, member.member_id):
            look_again(store, platform_id, before=known[member.member_id], after=member, now=now)


def _with_returned(store: Store, platform_id: str, changes: Changes, step: tuple[Member | None, Member]) -> Changes:
    """Give somebody new the rests back that were theirs before they were erased."""
    before, member = step
    if before is not None:
        return changes
    rests = returned(store, platform_id, (member.member_id,))
    return replace(changes, puts=(*changes.puts, *rests.puts), deletes=(*changes.deletes, *rests.deletes))


def _merged(profile: Profile, current: Member | None, now: datetime) -> Member:
    """Give the member with this profile; `current` itself when the profile says nothing new."""
    today = now.date()
    if current is None:
        return clock_for(Member(profile, _waiting_since(profile, now), created_at=now, updated_at=now), today)
    if profile_to_mapping(profile) == profile_to_mapping(current.profile):
        return current
    settled = clock_settled(current, today)
    waiting_since = settled.waiting_since or _waiting_since(profile, now)
    return clock_for(replace(settled, profile=profile, waiting_since=waiting_since, updated_at=now), today)


def _waiting_since(profile: Profile, now: datetime) -> date | None:
    if profile.seeker is None:
        return None
    told, today = profile.seeker.waiting_since, now.date()
    return told if told is not None and told <= today else today


def _recheck_more(store: Store, platform_id: str, member: Member, seen: set[str], now: datetime) -> bool:
    work, looked_at = Work(store, platform_id, now), set(seen)
    is_more = recheck(work, member, seen=looked_at)
    store.commit(platform_id, work.changes())
    seen |= looked_at
    return is_more


def _has_matches(store: Store, platform_id: str, member_id: str) -> bool:
    return store.count(platform_id, kinds.MATCH, index=kinds.BY_MEMBER, value=member_id) > 0


def _all_but_the_last(store: Store, platform_id: str, steps: Iterable[Step], now: datetime) -> Sequence[Step]:
    """Commit what does not fit beside the member's own record, and give the steps that do: usually all of them."""
    batches = list(in_commits(steps, size=_STEPS_AT_ONCE))
    for batch in batches[:-1]:
        work = Work(store, platform_id, now)
        for step in batch:
            take_step(work, step)
        store.commit(platform_id, work.changes())
    return batches[-1] if batches else ()


def _check_version(current: Member | None, member_id: str, expected: int | None) -> None:
    actual = 0 if current is None else current.version
    if expected is not None and expected != actual:
        raise StaleVersion(Member.KIND, member_id, expected=expected, actual=actual)


def _index_of(role: MemberRole | None, status: MemberStatus | None) -> tuple[str | None, str | None]:
    if role is not None and status is not None:
        return kinds.BY_ROLE_AND_STATUS, kinds.joined(role, status)
    if role is not None:
        return kinds.BY_ROLE, role.value
    if status is not None:
        return kinds.BY_STATUS, status.value
    return None, None
