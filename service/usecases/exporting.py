"""Everything that is held on one member, to be looked through and handed to them.

`SECTIONS` has a row for each kind of record, like the table by which a member is erased (`erasing/traces.py`); a test
holds them against each other, and the export against everything that is stored. Others are not named in it: the other
one of a pair is "somebody else", and who of the staff did something is told by role.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from service.records import kinds
from service.records.block import Block
from service.records.check_in import CheckIn
from service.records.codec import R, Record, instant_to_json, read_as
from service.records.hold import Concern, Hold
from service.records.kept_answer import Answer, KeptAnswer
from service.records.load import Load
from service.records.match import Match
from service.records.member import Member
from service.records.note import Note
from service.records.rest import Rest
from service.records.run import Run
from service.records.task import CoordinatorTask
from service.records.wait import Wait
from service.sealed_text import TextSeal
from service.storage.store import MAX_PAGE, Store
from service.usecases.erasing.runs import part_names, renamed
from service.usecases.members import get_member
from service.usecases.notes import text_of
from service.usecases.reading import all_found, as_page, maybe_found
from service.usecases.running.parts import UNREADABLE, PartReader

SOMEBODY: Final = "somebody else"
"""Stands in place of every other member's id."""

EVENTS: Final = "event"
"""The section of events, which are no records."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Exporting:
    """Whose export is made, and what opens sealed texts."""

    store: Store
    platform_id: str
    member_id: str
    seal: TextSeal

    def named_in(self, record_type: type[R]) -> Iterator[R]:
        """Go through the records of a kind that name the member."""
        return all_found(self.store, self.platform_id, record_type, index=kinds.BY_MEMBER, value=self.member_id)


Gather = Callable[[Exporting], Iterator[Json]]


@dataclass(frozen=True, slots=True)
class Section:
    """How one kind of record is exported.

    Attributes
    ----------
    told : what it is, in words for the member.
    look_first : somebody should look through it before it is handed over: it may tell of others, too.
    """

    told: str
    gather: Gather
    look_first: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """One section of an export that is not empty."""

    kind: str
    told: str
    look_first: bool
    records: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Export:
    """Everything that is held on a member."""

    member_id: str
    made_at: datetime
    sections: tuple[Exported, ...]


def export_member(store: Store, platform_id: str, *, member_id: str, now: datetime, seal: TextSeal) -> Export:
    """Gather everything that is held on a member; NotFound (``member_not_found``).

    Events and the snapshots of kept runs are read whole: on a large platform that takes a while.
    """
    get_member(store, platform_id, member_id=member_id)
    exporting = Exporting(store, platform_id, member_id, seal)
    sections = []
    for kind, section in SECTIONS.items():
        if section is not None:
            records = tuple(section.gather(exporting))
            if records:
                sections.append(Exported(kind, section.told, section.look_first, records))
    return Export(member_id, now, tuple(sections))


def _own(record_type: type[R]) -> Gather:
    """Of a kind with one record a member, under their id."""

    def gather(exporting: Exporting) -> Iterator[Json]:
        record = maybe_found(exporting.store, exporting.platform_id, record_type, exporting.member_id)
        if record is not None:
            yield _as_json(record)

    return gather


def _named(record_type: type[R], others: Callable[[R], tuple[str, ...]]) -> Gather:
    """Of a kind that names members; the others it names are left out."""

    def gather(exporting: Exporting) -> Iterator[Json]:
        for record in exporting.named_in(record_type):
            told = _as_json(record)
            for other in set(others(record)) - {exporting.member_id, ""}:
                told = renamed(told, other, SOMEBODY)
            yield told

    return gather


def _matches(exporting: Exporting) -> Iterator[Json]:
    for match in exporting.named_in(Match):
        pair = {match.seeker_id, match.supporter_id} - {exporting.member_id}
        told = _as_json(match)
        for entry in told["history"]:
            if entry["by"]["id"] != exporting.member_id:
                entry["by"]["id"] = None
        told["owner_id"] = None
        for other in pair:
            told = renamed(told, other, SOMEBODY)
        yield told


def _notes(exporting: Exporting) -> Iterator[Json]:
    for note in exporting.named_in(Note):
        text = text_of(exporting.platform_id, note, exporting.seal)
        told = {"match_id": note.match_id, "written_at": instant_to_json(note.written_at), "text": text}
        yield {"id": note.note_id, **told}


def _run_parts(exporting: Exporting) -> Iterator[Json]:
    """Give what kept snapshots and results of runs say of the member, and which runs changed something about them."""
    store, platform_id, member_id = exporting.store, exporting.platform_id, exporting.member_id
    after = None
    while True:
        page = as_page(Run, store.page(platform_id, Run.KIND, after=after, limit=100))
        for run in page.records:
            for name in part_names(store, platform_id, run.run_id):
                try:
                    lines = [
                        _line_of(line, member_id, name)
                        for line in PartReader(store, platform_id, run_id=run.run_id, name=name)
                        if renamed(line, member_id, SOMEBODY) != line
                    ]
                except UNREADABLE:
                    continue
                if lines:
                    yield {"id": f"{run.run_id}.{name}", "lines": lines}
        after = page.next
        if after is None:
            return


def _line_of(line: Any, member_id: str, part: str) -> Any:
    """Give a line as far as it is about the member: lists of many people tell only that they are among them."""
    if isinstance(line, dict) and line.get("member") == member_id:
        return line
    if isinstance(line, dict):
        return {"listed_in": sorted(str(name) for name in line)}
    # Why a pair went may be about the other of the two.
    return {"listed_in": [part]}


def _reports(exporting: Exporting) -> Iterator[Json]:
    """Give which answers name the member; what they say of many people is told as that alone."""
    for stored in exporting.store.each(exporting.platform_id, kinds.REPORT):
        if renamed(stored.body, exporting.member_id, SOMEBODY) != stored.body:
            yield {"id": stored.record_id, "about": stored.body.get("about")}


def _kept_answers(exporting: Exporting) -> Iterator[Json]:
    """Give which kept answers name the member: that they do is what they add to the records themselves."""
    for stored in exporting.store.each(exporting.platform_id, KeptAnswer.KIND):
        kept = read_as(KeptAnswer, stored)
        if kept.answer is not None and _is_named_in(kept.answer, exporting.member_id):
            yield {"id": stored.record_id}


def _is_named_in(answer: Answer, member_id: str) -> bool:
    said = json.loads(answer.body) if answer.body else dict(answer.headers)
    return bool(renamed(said, member_id, SOMEBODY) != said) or member_id in answer.headers.get("Location", "")


def _orders(exporting: Exporting) -> Iterator[Json]:
    """Give in which queues of runs the member has a place; the others in them are not told."""
    for stored in exporting.store.each(exporting.platform_id, kinds.RUN_ORDER):
        if renamed(stored.body, exporting.member_id, SOMEBODY) != stored.body:
            yield {"id": stored.record_id}


def _events(exporting: Exporting) -> Iterator[Json]:
    after = 0
    while True:
        events = exporting.store.events(exporting.platform_id, after=after, limit=MAX_PAGE)
        if not events:
            return
        for event in events:
            if exporting.member_id in event.mentions:
                told: Json = {"type": event.type, "at": instant_to_json(event.at), "body": dict(event.body)}
                named = {**told, "id": event.sequence, "subject": event.subject}
                for other in _others_in(event.mentions, exporting.member_id, event.subject):
                    named = renamed(named, other, SOMEBODY)
                yield named
        after = events[-1].sequence


def _others_in(mentions: tuple[str, ...], member_id: str, subject: str | None) -> set[str]:
    """Give the other members an event mentions; its subject may be a match, a task or somebody."""
    return set(mentions) - {member_id, subject}


def _as_json(record: Record) -> Json:
    return {"id": record.record_id, **record.to_body()}


SECTIONS: Final[Mapping[str, Section | None]] = {
    kinds.MEMBER: Section("Your profile, how long you have waited, and what we keep in mind about you.", _own(Member)),
    kinds.LOAD: Section("The matches that take up your places.", _own(Load)),
    kinds.MATCH: Section("Your matches and proposals, why they were made, and what became of them.", _matches),
    kinds.CHECK_IN: Section("What you said about how it goes.", _named(CheckIn, lambda _: ())),
    kinds.WAIT: Section("What was said about your wait.", _own(Wait)),
    kinds.REST: Section(
        "With whom you will not be put together for a while.",
        _named(Rest, lambda rest: (rest.seeker_id, rest.supporter_id)),
        look_first=True,
    ),
    kinds.BLOCK: Section(
        "With whom you will not be put together because one of you asked so.",
        _named(Block, lambda block: (block.first_id, block.second_id)),
        look_first=True,
    ),
    kinds.TASK: Section(
        "What coordinators were asked to look at.",
        _named(CoordinatorTask, lambda task: (*task.member_ids, task.owner_id)),
        look_first=True,
    ),
    kinds.NOTE: Section("Coordinators' notes about your matches.", _notes, look_first=True),
    kinds.HOLD: Section("When things were paused for care.", _named(Hold, lambda _: ()), look_first=True),
    kinds.CONCERN: Section(
        "Concerns about you, or reported by you.",
        _named(Concern, lambda concern: (concern.about_id, concern.reporter_id)),
        look_first=True,
    ),
    kinds.RUN_PART: Section("Copies of your profile that the latest runs were made from.", _run_parts),
    kinds.REPORT: Section("Answers about a run in which you are named.", _reports, look_first=True),
    kinds.KEPT_ANSWER: Section("Answers of the last day that name you.", _kept_answers, look_first=True),
    kinds.RUN_ORDER: Section("Queues in which you have a place.", _orders),
    EVENTS: Section("What happened, as it was told to the platform's program.", _events, look_first=True),
    # What follows names no member, or only where a walk through everybody has come to.
    # Lines that wait to be stored are part of the profile within minutes.
    kinds.IMPORT_PIECE: None,
    kinds.IMPORT: None,
    kinds.IMPORT_ERRORS: None,
    kinds.MAPPING: None,
    kinds.RENEWAL: None,
    kinds.ROUND: None,
    kinds.RUN: None,
    kinds.RUN_PROGRESS: None,
    kinds.POLICY: None,
    kinds.PLATFORM: None,
    kinds.PLATFORM_ENTRY: None,
    kinds.API_KEY: None,
    kinds.COORDINATOR: None,
    kinds.JOB: None,
    kinds.SIGN_IN_TRIES: None,
    kinds.KEY_USE: None,
    kinds.WEBHOOK: None,
    kinds.WEBHOOK_PROGRESS: None,
    kinds.DELIVERY: None,
    kinds.CLAIM: None,
    kinds.ENDED_SESSION: None,
    kinds.AGENDA: None,
    kinds.HEARTBEAT: None,
    kinds.STANDBY: None,
    kinds.SCHEDULE: None,
    kinds.SEAL: None,
    kinds.FORGOTTEN: None,
    kinds.VEIL_KEY: None,
    kinds.WORDING: None,
    # Whoever is being erased has no export any longer.
    kinds.ERASURE: None,
}
"""Kind → how it is exported; None for one that holds nothing about a member."""
