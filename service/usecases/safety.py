"""Safety: holds, concerns and blocks, and what each does at once to proposals, offers and running matches.

A hold keeps one member out of everything new, takes back what is offered and pauses what runs; the other one sees a
pause. A concern holds the one it is about, never the one who is worried. Only safeguarding releases a hold, and then
resumes matches one by one. A block keeps two members apart both ways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice

from service.errors import Conflict, InvalidInput
from service.lifecycle import Action, transition
from service.reasons import PauseReason, WithdrawReason
from service.records import kinds
from service.records.block import Block, block_id_of
from service.records.codec import new_id, read_as
from service.records.hold import Concern, ConcernCategory, Hold, HoldCause, Severity
from service.records.match import Actor, Match, MatchState
from service.records.member import Member
from service.storage.store import Page, Store
from service.usecases.meanwhile import Meanwhile
from service.usecases.moves import SYSTEM, matches_of
from service.usecases.reading import as_page
from service.usecases.saving import until_saved
from service.usecases.work import Step, Work

_STEPS_AT_ONCE = 100
_STOPPED = (MatchState.PROPOSED, MatchState.OFFERED, MatchState.ACTIVE, MatchState.CLOSING)


def place_hold(store: Store, platform_id: str, *, member_id: str, cause: HoldCause, by: Actor, now: datetime) -> Hold:
    """Pause a member for care, and everything of theirs, at once; NotFound (``member_not_found``)."""
    return _place(store, platform_id, Hold(new_id("hold", now), member_id, cause, now, by.actor_id or by.role.value))


def report_concern(  # noqa: PLR0913 - one concern, described by names
    store: Store,
    platform_id: str,
    *,
    about_id: str,
    category: ConcernCategory,
    severity: Severity,
    by: Actor,
    now: datetime,
    case_number: str = "",
    reporter_id: str = "",
) -> tuple[Concern, Hold]:
    """Keep a concern and hold the member it is about; the one who is worried keeps everything, waiting time too.

    NotFound (``member_not_found``) when there is no such member; InvalidInput when both are the same.
    """
    if about_id == reporter_id:
        raise InvalidInput("cannot keep a concern that somebody has about themselves", code="same_person")
    concern = Concern(new_id("concern", now), about_id, category, severity, now, case_number, reporter_id)
    placed_by = by.actor_id or by.role.value
    hold = Hold(new_id("hold", now), about_id, HoldCause.CONCERN, now, placed_by, concern.concern_id)
    return concern, _place(store, platform_id, hold, concern=concern)


def mark_seen(store: Store, platform_id: str, *, hold_id: str, now: datetime) -> Hold:
    """Keep that somebody of safeguarding looks after a hold, so that it does not escalate; NotFound."""

    def change(hold: Hold) -> Hold:
        return hold if hold.seen_at else replace(hold, seen_at=now)

    return _changed(store, platform_id, hold_id, change, now)


def release_holds(store: Store, platform_id: str, *, member_id: str, by: Actor, now: datetime) -> Member:
    """Release every hold on a member; their matches stay paused until safeguarding resumes them.

    NotFound (``member_not_found``); Conflict (``not_held``) for somebody who is not held.
    """

    def attempt() -> Member:
        work = Work(store, platform_id, now)
        member = work.found(Member, member_id)
        if not member.care.is_on_hold:
            raise Conflict("cannot release somebody who is not paused for care", code="not_held")
        for hold_id in member.care.holds:
            hold = work.find(Hold, hold_id)
            if hold is not None:
                work.put(hold.released(now, by=by.actor_id or by.role.value))
        free = replace(member, care=replace(member.care, holds=()), updated_at=now)
        work.put(free)
        work.tell("member.released", member_id)
        committed = store.commit(platform_id, work.changes())
        return replace(free, version=committed.versions[Member.KIND, member_id])

    return until_saved(attempt)


def list_holds(store: Store, platform_id: str, *, after: str | None = None, limit: int = 100) -> Page[Hold]:
    """Read holds that stand, the oldest first."""
    page = store.page(platform_id, Hold.KIND, index=kinds.BY_STATE, value="held", after=after, limit=limit)
    return as_page(Hold, page)


def list_concerns(store: Store, platform_id: str, *, after: str | None = None, limit: int = 100) -> Page[Concern]:
    """Read concerns, the oldest first; for safeguarding only."""
    return as_page(Concern, store.page(platform_id, Concern.KIND, after=after, limit=limit))


def escalate_unseen(store: Store, platform_id: str, *, now: datetime) -> datetime | None:
    """Call to mind every hold that nobody has looked after in time; give when the next one is due."""
    for stored in store.page(platform_id, Hold.KIND, index=kinds.BY_DUE).records:
        moment = read_as(Hold, stored).escalates_at
        if moment is None or moment > now:
            break
        _changed(store, platform_id, stored.record_id, lambda hold: _escalated(hold, now), now)
    rest = store.page(platform_id, Hold.KIND, index=kinds.BY_DUE, limit=1).records
    return read_as(Hold, rest[0]).escalates_at if rest else None


def put_block(store: Store, platform_id: str, *, one: str, other: str, now: datetime) -> Block:
    """Keep two members apart from now on, both ways; what is proposed or offered ends, what runs pauses.

    NotFound (``member_not_found``); InvalidInput when both are the same. A block that stands already stays as it is.
    """
    if one == other:
        raise InvalidInput("cannot keep a member apart from themselves", code="same_person")

    def attempt() -> Block:
        meanwhile = Meanwhile(store, platform_id)
        work = Work(store, platform_id, now)
        earlier = work.find(Block, block_id_of(one, other))
        if earlier is not None:
            return earlier
        first, second = sorted((one, other))
        block = Block(first, second, now)
        work.put(block)
        for member_id in (first, second):
            # Their records change too, so that a run which has read them already drops this pair.
            work.put(replace(work.found(Member, member_id), updated_at=now))
        _stop_between(work, one, other)
        work.tell("block.placed", block.record_id, mentions=(first, second), first_id=first, second_id=second)
        store.commit(platform_id, work.changes())
        if meanwhile.may_have_proposed():
            until_saved(lambda: _stop_what_came_between(store, platform_id, one, other, now))
        return replace(block, version=1)

    return until_saved(attempt)


def delete_block(store: Store, platform_id: str, *, one: str, other: str, now: datetime) -> None:
    """Take a block back; NotFound (``block_not_found``). What it ended does not come back by itself."""

    def attempt() -> None:
        work = Work(store, platform_id, now)
        block = work.found(Block, block_id_of(one, other))
        work.delete(block)
        first, second = block.first_id, block.second_id
        work.tell("block.removed", block.record_id, mentions=(first, second), first_id=first, second_id=second)
        store.commit(platform_id, work.changes())

    until_saved(attempt)


def _stop_between(work: Work, one: str, other: str) -> None:
    for match in matches_of(work.store, work.platform_id, one, (*_STOPPED, MatchState.PAUSED)):
        if other not in (match.seeker_id, match.supporter_id):
            continue
        if match.state is MatchState.PAUSED:
            # It must not go on at this very moment.
            work.rely_on(match)
        else:
            work.step(*_stopped(match, WithdrawReason.BLOCK, PauseReason.RULE, work.now))


def _stop_what_came_between(store: Store, platform_id: str, one: str, other: str, now: datetime) -> None:
    work = Work(store, platform_id, now)
    _stop_between(work, one, other)
    changes = work.changes()
    if changes.puts:
        store.commit(platform_id, changes)


def _place(store: Store, platform_id: str, hold: Hold, *, concern: Concern | None = None) -> Hold:
    """Save a hold, and the concern behind it."""

    def attempt() -> Hold:
        work = Work(store, platform_id, hold.placed_at)
        if concern is not None:
            work.put(concern)
        return place(store, platform_id, hold, work=work)

    return until_saved(attempt)


def place(store: Store, platform_id: str, hold: Hold, *, work: Work) -> Hold:
    """Save a hold with all that it stops, beside what is in the work already; for callers who try again.

    Of somebody with many matches the rest is stopped right after that commit.
    """
    member = work.found(Member, hold.member_id)
    work.put(hold)
    care = replace(member.care, holds=(*member.care.holds, hold.hold_id))
    work.put(replace(member, care=care, updated_at=hold.placed_at))
    work.tell("member.held", hold.member_id, cause=hold.cause.value, hold_id=hold.hold_id)
    for step in islice(_stopping(work, hold.member_id), _STEPS_AT_ONCE):
        work.step(*step)
    store.commit(platform_id, work.changes())
    while until_saved(lambda: _stop_more(store, platform_id, hold)):
        pass
    return replace(hold, version=1)


def _stop_more(store: Store, platform_id: str, hold: Hold) -> bool:
    work = Work(store, platform_id, hold.placed_at)
    steps = tuple(islice(_stopping(work, hold.member_id), _STEPS_AT_ONCE))
    for step in steps:
        work.step(*step)
    if steps:
        store.commit(platform_id, work.changes())
    return bool(steps)


def _stopping(work: Work, member_id: str) -> Iterator[Step]:
    """Give the steps that stop everything of a member: proposals and offers end, what runs is paused."""
    for stored in matches_of(work.store, work.platform_id, member_id, _STOPPED):
        # As this work leaves it: a check-in may have changed it already, or somebody since the list was read.
        match = work.find(Match, stored.match_id) or stored
        if match.state in _STOPPED:
            yield _stopped(match, WithdrawReason.HOLD, PauseReason.HOLD, work.now)


def _stopped(match: Match, withdraw: WithdrawReason, pause: PauseReason, now: datetime) -> Step:
    if match.state in (MatchState.PROPOSED, MatchState.OFFERED):
        return match, transition(match, Action.WITHDRAW, by=SYSTEM, at=now, reason=withdraw)
    return match, transition(match, Action.PAUSE, by=SYSTEM, at=now, reason=pause)


def _changed(store: Store, platform_id: str, hold_id: str, change: Callable[[Hold], Hold], now: datetime) -> Hold:
    """Save a changed hold, and tell of it; one that the change leaves alone is not written."""

    def attempt() -> Hold:
        work = Work(store, platform_id, now)
        before = work.found(Hold, hold_id)
        after = change(before)
        if after is before:
            return before
        work.put(after)
        name = "hold.escalated" if after.escalated_at != before.escalated_at else "hold.seen"
        work.tell(name, hold_id, mentions=(after.member_id,), member_id=after.member_id, cause=after.cause.value)
        committed = store.commit(platform_id, work.changes())
        return replace(after, version=committed.versions[Hold.KIND, hold_id])

    return until_saved(attempt)


def _escalated(hold: Hold, now: datetime) -> Hold:
    moment = hold.escalates_at
    return hold if moment is None or moment > now else replace(hold, escalated_at=now)
