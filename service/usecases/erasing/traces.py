"""For each kind of record, how it loses a member: the one table an erasure goes through.

A new kind is a row of `TRACES`: a function that removes or rewrites every record of the kind that names the member, in
commits of some hundred, or `NO_TRACE` for a kind that never names one. Done twice, a function changes nothing the
second time. What was made after the member was deleted belongs to somebody who came back under the same id, and stays.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from service.errors import StaleVersion
from service.records import kinds
from service.records.block import Block
from service.records.check_in import CheckIn
from service.records.codec import R, delete_of, put_of, read_as
from service.records.erasure import Erasure
from service.records.hold import Concern, Hold
from service.records.import_ import Import
from service.records.kept_answer import KEPT_FOR, Answer, CallState, KeptAnswer
from service.records.load import Load
from service.records.match import Match
from service.records.member import Member
from service.records.note import Note
from service.records.renewal import Renewal
from service.records.report import Report
from service.records.rest import Rest
from service.records.round import Round
from service.records.task import CoordinatorTask
from service.records.wait import Wait
from service.storage.store import Changes, Delete, Fence, Put, Store
from service.usecases.erasing.returning import made_key, veil_of, veiled, veiled_block
from service.usecases.erasing.runs import erase_from_runs, renamed
from service.usecases.importing.pieces import lines_in, names, put_of_piece
from service.usecases.reading import all_found, maybe_found
from service.usecases.saving import in_commits


@dataclass(frozen=True, slots=True)
class Erasing:
    """An erasure at work: whom it erases, and under which fence it writes.

    `until`: what was made up to this moment was theirs; what came later is somebody's who came back under their id.
    """

    store: Store
    platform_id: str
    erasure: Erasure
    member_id: str
    fence: Fence
    until: datetime

    def commit(self, changes: Changes) -> None:
        """Save some changes."""
        self.store.commit(self.platform_id, changes)

    def named_in(self, record_type: type[R]) -> Iterator[R]:
        """Go through the records of a kind that name the member."""
        return all_found(self.store, self.platform_id, record_type, index=kinds.BY_MEMBER, value=self.member_id)

    def named(self, an_id: str) -> str:
        """Give an id, in place of the member's their alias."""
        return self.erasure.alias if an_id == self.member_id else an_id

    def earlier(self, record_type: type[R], made_at: Callable[[R], datetime]) -> list[R]:
        """Give those of them that were theirs."""
        return [each for each in self.named_in(record_type) if made_at(each) <= self.until]


Trace = Callable[[Erasing], None]


def _no_trace(_erasing: Erasing) -> None:
    """Records of this kind never name a member."""


NO_TRACE: Final[Trace] = _no_trace


def _member(erasing: Erasing) -> None:
    member = maybe_found(erasing.store, erasing.platform_id, Member, erasing.member_id)
    if member is not None and member.created_at <= erasing.erasure.requested_at:
        delete = delete_of(member, expected_version=member.version)
        erasing.commit(Changes(deletes=(delete,), fence=erasing.fence))


def _load(erasing: Erasing) -> None:
    load = maybe_found(erasing.store, erasing.platform_id, Load, erasing.member_id)
    has_returned = maybe_found(erasing.store, erasing.platform_id, Member, erasing.member_id) is not None
    if load is not None and not has_returned:
        delete = delete_of(load, expected_version=load.version)
        erasing.commit(Changes(deletes=(delete,), fence=erasing.fence))


def _matches(erasing: Erasing) -> None:
    """What became of a match stays, for the other of the two and for the platform's numbers; its reasons go."""
    for batch in in_commits(list(erasing.named_in(Match))):
        earlier = (match for match in batch if match.created_at <= erasing.until)
        puts = tuple(put_of(_without(match, erasing), expected_version=match.version) for match in earlier)
        erasing.commit(Changes(puts=puts, fence=erasing.fence))


def _without(match: Match, erasing: Erasing) -> Match:
    # Field by field: an id may be a word that stands elsewhere in a match, such as a role or a state.
    return replace(
        match,
        seeker_id=erasing.named(match.seeker_id),
        supporter_id=erasing.named(match.supporter_id),
        explanation={},
        history=tuple(
            replace(entry, by=replace(entry.by, actor_id=entry.by.actor_id and erasing.named(entry.by.actor_id)))
            for entry in match.history
        ),
    )


def _removed(record_type: type[R], made_at: Callable[[R], datetime]) -> Trace:
    """Records that are about the member alone go."""

    def trace(erasing: Erasing) -> None:
        for batch in in_commits(erasing.earlier(record_type, made_at)):
            deletes = tuple(delete_of(each, expected_version=each.version) for each in batch)
            erasing.commit(Changes(deletes=deletes, fence=erasing.fence))

    return trace


def _veiled(record_type: type[R], made_at: Callable[[R], datetime], veil_in: Callable[[R, str, str], R]) -> Trace:
    """Records that protect the other of the two stay, under a keyed hash."""

    def trace(erasing: Erasing) -> None:
        earlier = erasing.earlier(record_type, made_at)
        if not earlier:
            return
        veil = veil_of(made_key(erasing.store, erasing.platform_id), erasing.member_id)
        for batch in in_commits(earlier, size=200):
            puts = tuple(put_of(veil_in(each, erasing.member_id, veil)) for each in batch)
            deletes = tuple(delete_of(each, expected_version=each.version) for each in batch)
            erasing.commit(Changes(puts=puts, deletes=deletes, fence=erasing.fence))

    return trace


def _concerns(erasing: Erasing) -> None:
    """A concern about the member goes; one that they reported stays, without their name."""
    for batch in in_commits(erasing.earlier(Concern, lambda concern: concern.reported_at)):
        about = [concern for concern in batch if concern.about_id == erasing.member_id]
        reported = [replace(concern, reporter_id="") for concern in batch if concern not in about]
        deletes = tuple(delete_of(concern, expected_version=concern.version) for concern in about)
        puts = tuple(put_of(concern, expected_version=concern.version) for concern in reported)
        erasing.commit(Changes(puts=puts, deletes=deletes, fence=erasing.fence))


def _orders(erasing: Erasing) -> None:
    """Queues that runs wrote: a place in one is left empty-handed by an alias that nobody has."""
    for stored in list(erasing.store.each(erasing.platform_id, kinds.RUN_ORDER)):
        entries = [[*entry[:-1], erasing.named(entry[-1])] for entry in stored.body["entries"]]
        body = {**stored.body, "entries": entries}
        if body != stored.body:
            run_id = stored.record_id.split(".")[0]
            put = Put(
                *(kinds.RUN_ORDER, stored.record_id, body, stored.version, stored.format),
                index=((kinds.BY_RUN, run_id),),
            )
            erasing.commit(Changes(puts=(put,), fence=erasing.fence))


def _runs(erasing: Erasing) -> None:
    store, platform_id, fence = erasing.store, erasing.platform_id, erasing.fence
    erase_from_runs(store, platform_id, erasing.erasure, erasing.member_id, fence, until=erasing.until)


def _renewals(erasing: Erasing) -> None:
    """Where to go on is an id: what is not through is begun anew."""
    for stored in list(erasing.store.each(erasing.platform_id, Renewal.KIND)):
        renewal = read_as(Renewal, stored)
        if renewal.after is not None:
            put = put_of(replace(renewal, after=None), expected_version=renewal.version)
            erasing.commit(Changes(puts=(put,), fence=erasing.fence))


def _reports(erasing: Erasing) -> None:
    """Reports that name the member go: whoever asks again is told that the run lost somebody."""
    for stored in list(erasing.store.each(erasing.platform_id, Report.KIND)):
        if renamed(stored.body, erasing.member_id, erasing.erasure.alias) != stored.body:
            delete = Delete(stored.kind, stored.record_id, expected_version=stored.version)
            erasing.commit(Changes(deletes=(delete,), fence=erasing.fence))


def _import_pieces(erasing: Erasing) -> None:
    """Lines that wait to be stored: whoever was deleted since is not stored again; a later import brings them back."""
    for stored in list(erasing.store.each(erasing.platform_id, kinds.IMPORT_PIECE)):
        import_id, number = stored.record_id.rsplit(".", 1)
        importing = maybe_found(erasing.store, erasing.platform_id, Import, import_id)
        if importing is None or importing.created_at > erasing.erasure.requested_at:
            continue
        lines = lines_in(stored.body)
        kept = [line for line in lines if not names(line, erasing.member_id, importing.mapping)]
        if len(kept) < len(lines):
            put = replace(put_of_piece(import_id, int(number), kept), expected_version=stored.version)
            erasing.commit(Changes(puts=(put,), fence=erasing.fence))


def _kept_answers(erasing: Erasing) -> None:
    """That a call was made stays, so that it is not made again; an answer that names the member goes."""
    for stored in list(erasing.store.each(erasing.platform_id, KeptAnswer.KIND)):
        kept = read_as(KeptAnswer, stored)
        if kept.answer is not None and _is_named_in(kept.answer, erasing):
            emptied = replace(kept, state=CallState.TOOK_EFFECT, busy_until=kept.forget_at - KEPT_FOR, answer=None)
            with suppress(StaleVersion):
                erasing.commit(Changes(puts=(put_of(emptied, expected_version=kept.version),), fence=erasing.fence))


def _is_named_in(answer: Answer, erasing: Erasing) -> bool:
    if erasing.member_id in answer.headers.get("Location", ""):
        return True
    said = json.loads(answer.body) if answer.body else None
    return bool(renamed(said, erasing.member_id, erasing.erasure.alias) != said)


def _wait(erasing: Erasing) -> None:
    """What was said about their wait goes, unless it is somebody's who came back under this id."""
    wait = maybe_found(erasing.store, erasing.platform_id, Wait, erasing.member_id)
    if wait is not None and wait.told_on <= erasing.until.date():
        delete = delete_of(wait, expected_version=wait.version)
        erasing.commit(Changes(deletes=(delete,), fence=erasing.fence))


def _rounds(erasing: Erasing) -> None:
    """Where to go on may be an id: a round that is not through is begun anew, and says nothing twice."""
    for stored in list(erasing.store.each(erasing.platform_id, Round.KIND)):
        line = read_as(Round, stored)
        if line.after is not None:
            put = put_of(replace(line, after=None), expected_version=line.version)
            erasing.commit(Changes(puts=(put,), fence=erasing.fence))


TRACES: Final[Mapping[str, Trace]] = {
    kinds.MEMBER: _member,
    kinds.LOAD: _load,
    kinds.MATCH: _matches,
    kinds.REST: _veiled(Rest, lambda rest: rest.since, veiled),
    kinds.TASK: _removed(CoordinatorTask, lambda task: task.opened_at),
    kinds.BLOCK: _veiled(Block, lambda block: block.since, veiled_block),
    kinds.HOLD: _removed(Hold, lambda hold: hold.placed_at),
    kinds.NOTE: _removed(Note, lambda note: note.written_at),
    kinds.CHECK_IN: _removed(CheckIn, lambda check_in: check_in.at),
    kinds.RUN_ORDER: _orders,
    kinds.CONCERN: _concerns,
    kinds.RUN_PART: _runs,
    kinds.REPORT: _reports,
    kinds.IMPORT_PIECE: _import_pieces,
    kinds.RENEWAL: _renewals,
    kinds.IMPORT: NO_TRACE,
    kinds.IMPORT_ERRORS: NO_TRACE,
    kinds.MAPPING: NO_TRACE,
    kinds.KEPT_ANSWER: _kept_answers,
    kinds.KEY_USE: NO_TRACE,
    kinds.WAIT: _wait,
    kinds.ROUND: _rounds,
    kinds.RUN: NO_TRACE,
    kinds.RUN_PROGRESS: NO_TRACE,
    kinds.POLICY: NO_TRACE,
    kinds.PLATFORM: NO_TRACE,
    kinds.PLATFORM_ENTRY: NO_TRACE,
    kinds.API_KEY: NO_TRACE,
    kinds.COORDINATOR: NO_TRACE,
    kinds.JOB: NO_TRACE,
    kinds.SIGN_IN_TRIES: NO_TRACE,
    kinds.AGENDA: NO_TRACE,
    kinds.HEARTBEAT: NO_TRACE,
    kinds.STANDBY: NO_TRACE,
    kinds.SCHEDULE: NO_TRACE,
    kinds.SEAL: NO_TRACE,
    kinds.WEBHOOK: NO_TRACE,
    kinds.WEBHOOK_PROGRESS: NO_TRACE,
    kinds.DELIVERY: NO_TRACE,
    kinds.FORGOTTEN: NO_TRACE,
    kinds.VEIL_KEY: NO_TRACE,
    kinds.CLAIM: NO_TRACE,
    kinds.ENDED_SESSION: NO_TRACE,
    kinds.WORDING: NO_TRACE,
    # Names the member until the end of it: `progress.py`.
    kinds.ERASURE: NO_TRACE,
}
