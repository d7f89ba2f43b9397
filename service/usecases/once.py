"""Doing a call once, however often it is sent: the first answer is kept, and given again.

Where the call saves one commit, as most do, the answer is saved in it: the commit waits until the answer is known, so
that there is never the one without the other. A call of several commits says with the first one that it took effect,
and its answer follows; if the process dies in between, the same call is refused and not done again. Either way a
process that was taken for dead can save nothing more in its first commit, since it expects the record of the call as it
left it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

from service.errors import CallUnderWay, Conflict, InvalidInput, ServiceError, StaleVersion, TemporaryError, UniqueTaken
from service.records import kinds
from service.records.codec import delete_of, put_of
from service.records.kept_answer import BUSY_FOR, KEPT_FOR, Answer, CallState, KeptAnswer
from service.storage.store import MAX_RECORDS_PER_COMMIT, Changes, Committed, Put, Store
from service.usecases.reading import as_page, maybe_found

REUSED = "idempotency_key_reused"
ANSWER_LOST = "answer_lost"

Do = Callable[[Store], Answer]
"""Do the call with this store, and give what may be kept of its answer; it may be called twice."""


def once(store: Store, platform_id: str, *, call_id: str, fingerprint: str, now: datetime, do: Do) -> Answer | None:
    """Do a call that was not done yet and keep its answer; give the kept answer of one that was, else None.

    CallUnderWay while it is being done elsewhere; InvalidInput (``idempotency_key_reused``) for another call under the
    same key; Conflict (``answer_lost``) for one that took effect and whose answer nobody knows. A call that raises is
    as if it had not been made, unless a part of it is saved.
    """
    claim = _claimed(store, platform_id, call_id, fingerprint, now)
    if claim.state is CallState.ANSWERED:
        return claim.answer
    held = _Held(store, platform_id, claim)
    try:
        if not _in_one_commit(held, do):
            _in_several(held, do)
    except BaseException:
        held.let_go(now)
        raise
    return None


def forget_answers(store: Store, platform_id: str, *, now: datetime) -> datetime | None:
    """Remove what was kept long enough; give when the next one will be."""
    while True:
        page = as_page(KeptAnswer, store.page(platform_id, KeptAnswer.KIND, index=kinds.BY_DUE, limit=100))
        over = [kept for kept in page.records if kept.forget_at <= now]
        if over:
            # One that was begun anew meanwhile is at another version: it is left for the next time.
            with suppress(StaleVersion):
                deletes = tuple(delete_of(kept, expected_version=kept.version) for kept in over)
                store.commit(platform_id, Changes(deletes=deletes))
        if len(over) < len(page.records):
            return page.records[len(over)].forget_at
        if page.next is None:
            return None


def _claimed(store: Store, platform_id: str, call_id: str, fingerprint: str, now: datetime) -> KeptAnswer:
    """Take the call for this process, unless somebody has it or it is answered."""
    known = maybe_found(store, platform_id, KeptAnswer, call_id)
    if known is not None and not _is_over(known, now):
        if known.fingerprint != fingerprint:
            raise InvalidInput("this Idempotency-Key was sent with another call: take a new one", code=REUSED)
        if known.answer is not None:
            return known
        if known.state is CallState.UNDER_WAY or known.busy_until > now:
            raise CallUnderWay
        raise Conflict(
            "this call took effect, but its answer is not known any longer: read what it changed", code=ANSWER_LOST
        )
    claim = KeptAnswer(call_id, fingerprint, CallState.UNDER_WAY, now + BUSY_FOR, now + KEPT_FOR)
    try:
        put = put_of(claim, expected_version=known.version if known else 0)
        committed = store.commit(platform_id, Changes(puts=(put,)))
    except StaleVersion as error:
        raise CallUnderWay from error
    return replace(claim, version=committed.versions[KeptAnswer.KIND, call_id])


def _is_over(known: KeptAnswer, now: datetime) -> bool:
    is_dead = known.state is CallState.UNDER_WAY and known.busy_until <= now
    return is_dead or known.forget_at <= now


class _Held:
    """A call that this process has."""

    def __init__(self, store: Store, platform_id: str, claim: KeptAnswer) -> None:
        self.store = store
        self.platform_id = platform_id
        self.claim = claim

    def save(self, record: KeptAnswer, changes: Changes) -> Committed:
        """Commit changes together with what is known of the call; CallUnderWay when somebody else has it now."""
        put = put_of(record, expected_version=self.claim.version)
        try:
            committed = self.store.commit(self.platform_id, replace(changes, puts=(*changes.puts, put)))
        except StaleVersion as error:
            if error.kind == KeptAnswer.KIND:
                raise CallUnderWay from error
            raise
        self.claim = replace(record, version=committed.versions[KeptAnswer.KIND, record.call_id])
        return committed

    def let_go(self, now: datetime) -> None:
        """Give up a call that failed: it may be made again, or only its answer is missing."""
        claim = self.claim
        if claim.state is CallState.UNDER_WAY:
            changes = Changes(deletes=(delete_of(claim, expected_version=claim.version),))
        else:
            ended = replace(claim, busy_until=min(claim.busy_until, now - timedelta(seconds=1)))
            changes = Changes(puts=(put_of(ended, expected_version=claim.version),))
        # Otherwise it is let go when its time is up.
        with suppress(TemporaryError, StaleVersion):
            self.store.commit(self.platform_id, changes)


class _NotOneCommitError(Exception):
    """The call does more than one commit, or reads after it."""


class _Waiting:
    """A store whose one commit to the platform waits, until `end`; whoever keeps it for longer has the store itself."""

    def __init__(self, held: _Held) -> None:
        self._held = held
        self._is_over = False
        self.changes: Changes | None = None

    def end(self) -> Changes | None:
        """Wait no more; give what waited."""
        self._is_over = True
        return self.changes

    def commit(self, scope: str, changes: Changes) -> Committed:
        """Keep the changes, and tell the versions they will lead to."""
        if self.changes is not None and not self._is_over:
            raise _NotOneCommitError
        if self._is_over or scope != self._held.platform_id:
            return self._held.store.commit(scope, changes)
        if len(changes.expected_versions) >= MAX_RECORDS_PER_COMMIT:
            raise _NotOneCommitError
        versions = {(put.kind, put.record_id): _version_after(put) for put in changes.puts}
        self.changes = changes
        return Committed(versions, last_event=0)

    def __getattr__(self, name: str) -> Any:
        if self.changes is not None and not self._is_over:
            # What would be read is not there yet.
            raise _NotOneCommitError
        return getattr(self._held.store, name)


class _Marking:
    """A store whose first commit to the platform says that the call took effect."""

    def __init__(self, held: _Held) -> None:
        self._held = held

    def commit(self, scope: str, changes: Changes) -> Committed:
        """Commit, the first time with the mark."""
        held = self._held
        if scope != held.platform_id or held.claim.state is not CallState.UNDER_WAY:
            return held.store.commit(scope, changes)
        marked = replace(held.claim, state=CallState.TOOK_EFFECT)
        if len(changes.expected_versions) < MAX_RECORDS_PER_COMMIT:
            return held.save(marked, changes)
        held.save(marked, Changes())
        return held.store.commit(scope, changes)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._held.store, name)


def _in_one_commit(held: _Held, do: Do) -> bool:
    """Do the call if all it saves is one commit; else tell so, and nothing is saved."""
    waiting = _Waiting(held)
    try:
        answer = do(cast("Store", waiting))
    except _NotOneCommitError:
        return False
    except ServiceError:
        if waiting.changes is None:
            raise
        # Saved first and refused then, on purpose.
        return False
    finally:
        changes = waiting.end()
    try:
        held.save(held.claim.answered(answer), changes or Changes())
    except (StaleVersion, UniqueTaken):
        return False
    return True


def _in_several(held: _Held, do: Do) -> None:
    answer = do(cast("Store", _Marking(held)))
    held.save(held.claim.answered(answer), Changes())


def _version_after(put: Put) -> int:
    if put.expected_version is None:
        raise _NotOneCommitError
    return put.expected_version + 1
