"""Retention: removing what was kept long enough, by the platform's policy; done twice, it changes nothing.

A new kind that is not kept for ever is a function here and a line in `remove_what_is_over`, with its time in the policy
(`matching.policy.Retention`), or here where the platform has no say. Erasing what is about one member is another
matter (`usecases/members.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

from service.records import kinds
from service.records.check_in import CheckIn
from service.records.claim import Claim
from service.records.codec import R, Record, delete_of, instant_to_json, put_of
from service.records.delivery import Delivery
from service.records.ended_session import EndedSession
from service.records.forgotten import EVENTS, Forgotten
from service.records.job import Job
from service.records.match import HOLDING_STATES, Match, MatchState
from service.records.note import Note
from service.records.run import Run, RunState
from service.records.task import CoordinatorTask
from service.sealed_text import TextSeal
from service.storage.store import Changes, Delete, Fence, Store
from service.usecases.importing.receiving import ABANDONED_AFTER, remove_old_imports
from service.usecases.notes import sealed_anew
from service.usecases.policies import get_policy
from service.usecases.reading import as_page, maybe_found
from service.usecases.running.parts import CHANGES_PART, SNAPSHOT_PART, delete_parts
from service.usecases.saving import in_commits

JOBS_KEPT: Final = timedelta(days=7)
"""Records of jobs that are over: long enough to look into what went wrong."""

IMPORTS_KEPT: Final = timedelta(days=7)
"""What imports counted, and what was wrong with their lines."""

_AT_ONCE: Final = 400
_REPORTS_AT_ONCE: Final = 50
"""Each may be as large as a record can be."""

OVER: Final = tuple(state for state in MatchState if state not in HOLDING_STATES and state is not MatchState.PROPOSED)
"""States of matches in which nothing more happens."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """One clearing up of a platform; `seal` None leaves notes under the keys they were sealed with."""

    store: Store
    platform_id: str
    fence: Fence
    now: datetime
    is_stopping: Callable[[], bool]
    seal: TextSeal | None = None


def remove_what_is_over(keeping: Keeping) -> bool:
    """Remove all that was kept long enough; False when it was to stop before all was done."""
    policy = get_policy(keeping.store, keeping.platform_id).retention
    long_ago = keeping.now - timedelta(days=policy.match_days)
    return (
        _jobs(keeping)
        and _lapsed(keeping, Claim)
        and _lapsed(keeping, EndedSession)
        and _lapsed(keeping, Delivery)
        and _snapshots(keeping, kept=policy.run_snapshots, since=long_ago)
        and _matches(keeping, before=long_ago)
        and _imports(keeping)
        and _check_ins(keeping, before=long_ago)
        and _tasks(keeping, before=long_ago)
        and _notes(keeping, before=keeping.now - timedelta(days=policy.note_days))
        and _events(keeping, before=keeping.now - timedelta(days=policy.event_days))
    )


def _jobs(keeping: Keeping) -> bool:
    before = instant_to_json(keeping.now - JOBS_KEPT)
    while not keeping.is_stopping():
        page = keeping.store.page(keeping.platform_id, Job.KIND, index=kinds.BY_ENDED, limit=100)
        ended = as_page(Job, page).records
        over = [job for job in ended if instant_to_json(job.finished_at or job.created_at) < before]
        if over:
            deletes = tuple(delete_of(job, expected_version=job.version) for job in over)
            keeping.store.commit(keeping.platform_id, Changes(deletes=deletes, fence=keeping.fence))
        if len(over) < len(ended) or page.next is None:
            return True
    return False


def _lapsed(keeping: Keeping, record_type: type[Claim | EndedSession | Delivery]) -> bool:
    """Remove records of this kind that mean nothing any more."""
    while not keeping.is_stopping():
        page = keeping.store.page(keeping.platform_id, record_type.KIND, index=kinds.BY_ENDED, limit=100)
        found = as_page(record_type, page).records
        over = [each for each in found if each.until < keeping.now]
        if over:
            deletes = tuple(delete_of(each, expected_version=each.version) for each in over)
            keeping.store.commit(keeping.platform_id, Changes(deletes=deletes, fence=keeping.fence))
        if len(over) < len(found) or page.next is None:
            return True
    return False


def _snapshots(keeping: Keeping, *, kept: int, since: datetime) -> bool:
    """Keep the snapshots of the latest published runs, as far as their matches are all kept, and what they changed.

    Of as many trials what they would have changed is kept.
    """
    after, seen = None, Counter[bool]()
    while not keeping.is_stopping():
        page = keeping.store.page(keeping.platform_id, Run.KIND, after=after, descending=True)
        for run in as_page(Run, page).records:
            if run.state is RunState.DONE:
                seen[run.is_dry_run] += 1
                is_over = seen[run.is_dry_run] > kept or run.created_at < since
                if is_over and run.snapshot_removed_at is None:
                    _remove_snapshot(keeping, run)
        after = page.next
        if after is None:
            return True
    return False


def _remove_snapshot(keeping: Keeping, run: Run) -> None:
    store, platform_id, fence = keeping.store, keeping.platform_id, keeping.fence
    for name in (SNAPSHOT_PART, CHANGES_PART):
        delete_parts(store, platform_id, run_id=run.run_id, name=name, fence=fence)
    _remove_reports(keeping, run)
    marked = put_of(replace(run, snapshot_removed_at=keeping.now), expected_version=run.version)
    store.commit(platform_id, Changes(puts=(marked,), fence=fence))


def _imports(keeping: Keeping) -> bool:
    remove_old_imports(
        keeping.store,
        keeping.platform_id,
        finished_before=keeping.now - IMPORTS_KEPT,
        given_up_before=keeping.now - ABANDONED_AFTER,
    )
    return not keeping.is_stopping()


def _remove_reports(keeping: Keeping, run: Run) -> None:
    """What was found out about a run is kept as long as what it was found out from."""
    while True:
        page = keeping.store.page(
            keeping.platform_id, kinds.REPORT, index=kinds.BY_RUN, value=run.run_id, limit=_REPORTS_AT_ONCE
        )
        if not page.records:
            return
        deletes = tuple(Delete(stored.kind, stored.record_id) for stored in page.records)
        keeping.store.commit(keeping.platform_id, Changes(deletes=deletes, fence=keeping.fence))


def _events(keeping: Keeping, *, before: datetime) -> bool:
    """Empty events that are old enough, from where the last clearing up came to."""
    store, platform_id = keeping.store, keeping.platform_id
    while not keeping.is_stopping():
        done = maybe_found(store, platform_id, Forgotten, EVENTS) or Forgotten(EVENTS, until=0)
        old = [event for event in store.events(platform_id, after=done.until, limit=_AT_ONCE) if event.at < before]
        if not old:
            return True
        until = old[-1].sequence
        put = put_of(replace(done, until=until), expected_version=done.version)
        forget = (done.until + 1, until)
        store.commit(platform_id, Changes(puts=(put,), forget_between=forget, fence=keeping.fence))
    return False


def _matches(keeping: Keeping, *, before: datetime) -> bool:
    for state in OVER:
        for batch in in_commits(_matches_over(keeping, state, before), size=100):
            if keeping.is_stopping():
                return False
            deletes = tuple(delete_of(match, expected_version=match.version) for match in batch)
            keeping.store.commit(keeping.platform_id, Changes(deletes=deletes, fence=keeping.fence))
    return True


def _check_ins(keeping: Keeping, *, before: datetime) -> bool:
    """Remove what was said about matches that are kept no longer; the oldest come first."""
    return _oldest(keeping, CheckIn, lambda said: said.at >= before, lambda said: _is_gone(keeping, said.match_id))


def _tasks(keeping: Keeping, *, before: datetime) -> bool:
    """Remove tasks that were done so long ago; those that are open stay, however old."""
    after: str | None = None
    while not keeping.is_stopping():
        page = keeping.store.page(keeping.platform_id, CoordinatorTask.KIND, after=after, limit=_AT_ONCE)
        over = (task for task in as_page(CoordinatorTask, page).records if task.done_at and task.done_at < before)
        _delete(keeping, over)
        after = page.next
        if after is None:
            return True
    return False


def _notes(keeping: Keeping, *, before: datetime) -> bool:
    """Remove notes that are old enough, and seal the others under the newest key."""
    if not _oldest(keeping, Note, lambda note: note.written_at >= before, lambda _note: True):
        return False
    after: str | None = None
    while keeping.seal is not None and not keeping.is_stopping():
        page = keeping.store.page(keeping.platform_id, Note.KIND, after=after, limit=_AT_ONCE)
        notes = as_page(Note, page).records
        fresh = [sealed_anew(keeping.platform_id, note, keeping.seal) for note in notes]
        puts = tuple(
            put_of(new, expected_version=old.version) for new, old in zip(fresh, notes, strict=True) if new is not old
        )
        if puts:
            keeping.store.commit(keeping.platform_id, Changes(puts=puts, fence=keeping.fence))
        after = page.next
        if after is None:
            return True
    return keeping.seal is None


def _oldest(keeping: Keeping, record_type: type[R], is_young: Callable[[R], bool], goes: Callable[[R], bool]) -> bool:
    """Remove what goes of a kind whose ids are in the order of making, up to the first that is young."""
    after: str | None = None
    while not keeping.is_stopping():
        page = keeping.store.page(keeping.platform_id, record_type.KIND, after=after, limit=_AT_ONCE)
        records = as_page(record_type, page).records
        old = list(takewhile(lambda record: not is_young(record), records))
        _delete(keeping, (record for record in old if goes(record)))
        after = page.next
        if after is None or len(old) < len(records):
            return True
    return False


def _delete(keeping: Keeping, records: Iterable[Record]) -> None:
    deletes = tuple(delete_of(record, expected_version=record.version) for record in records)
    if deletes:
        keeping.store.commit(keeping.platform_id, Changes(deletes=deletes, fence=keeping.fence))


def _is_gone(keeping: Keeping, match_id: str) -> bool:
    return keeping.store.get(keeping.platform_id, Match.KIND, match_id) is None


def _matches_over(keeping: Keeping, state: MatchState, before: datetime) -> Iterator[Match]:
    """Go through matches of a state whose last step was before, by id: the order of making, so that it ends early."""
    after = None
    while True:
        page = keeping.store.page(
            keeping.platform_id, Match.KIND, index=kinds.BY_STATE, value=state, after=after, limit=100
        )
        for match in as_page(Match, page).records:
            if match.created_at >= before:
                return
            if match.updated_at < before:
                yield match
        after = page.next
        if after is None:
            return
