"""A unit of work on a platform: records are read once, changed in memory, and saved together against what was read.

Use cases that move matches collect what they change here, so that a member, load or match which several
consequences touch is saved once, with the version at which it was first looked at. Nothing is saved here: `changes`
gives what one commit takes. A step of a match goes through `step`, so that loads and events can never fall behind.
"""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import cast

from matching.policy import Policy
from service.errors import NotFound
from service.events import Value, match_event, new_event
from service.records import kinds
from service.records.codec import R, Record, new_id, put_of, read_as
from service.records.load import Load
from service.records.match import ACCEPT, HOLDING_STATES, Match
from service.records.task import CoordinatorTask, TaskKind
from service.storage.store import Changes, Delete, Expect, NewEvent, RecordKey, Store
from service.timers import timed
from service.usecases.policies import get_policy
from service.usecases.reading import all_found

Step = tuple[Match, Match]
"""A match as it was read, and as it shall be."""


class Work:
    """What one commit will change."""

    def __init__(self, store: Store, platform_id: str, now: datetime) -> None:
        self.store = store
        self.platform_id = platform_id
        self.now = now
        self._versions: dict[RecordKey, int] = {}
        self._records: dict[RecordKey, Record | None] = {}
        self._changed: dict[RecordKey, None] = {}
        self._relied_on: dict[RecordKey, None] = {}
        self._events: list[NewEvent] = []

    @cached_property
    def policy(self) -> Policy:
        """The policy in force."""
        return get_policy(self.store, self.platform_id)

    def find(self, record_type: type[R], record_id: str) -> R | None:
        """Give a record as it will be after this work; None when there is none."""
        key = (record_type.KIND, record_id)
        if key not in self._records:
            stored = self.store.get(self.platform_id, *key)
            self._records[key] = None if stored is None else read_as(record_type, stored)
            self._versions.setdefault(key, 0 if stored is None else stored.version)
        return cast("R | None", self._records[key])

    def found(self, record_type: type[R], record_id: str) -> R:
        """Give a record that must be there, as `find` does; NotFound (``<kind>_not_found``) otherwise."""
        record = self.find(record_type, record_id)
        if record is None:
            raise NotFound(record_type.KIND, record_id)
        return record

    def all_found(self, record_type: type[R], **ids: str) -> tuple[R, ...]:
        """Give records that must be there, by the fields that hold their ids; NotFound names those of the others."""
        records = {field: self.find(record_type, record_id) for field, record_id in ids.items()}
        missing = tuple(field for field, record in records.items() if record is None)
        if missing:
            raise NotFound(record_type.KIND, ids[missing[0]], fields=missing)
        return tuple(record for record in records.values() if record is not None)

    def load_of(self, supporter_id: str) -> Load:
        """Give a supporter's load; an empty one before their first match."""
        return self.find(Load, supporter_id) or Load(supporter_id)

    def put(self, record: Record) -> None:
        """Save the record with this work; its version says which one it was made from, 0 for a new one."""
        key = (record.KIND, record.record_id)
        self._versions.setdefault(key, record.version)
        self._records[key] = timed(record, self.policy.timings) if isinstance(record, Match) else record
        self._changed[key] = None

    def delete(self, record: Record) -> None:
        """Remove the record with this work."""
        key = (record.KIND, record.record_id)
        self._versions.setdefault(key, record.version)
        self._records[key] = None
        self._changed[key] = None

    def rely_on(self, record: Record) -> None:
        """Save nothing unless the record is still as it was read."""
        key = (record.KIND, record.record_id)
        self._versions.setdefault(key, record.version)
        self._relied_on[key] = None

    def is_changing(self, record: Record) -> bool:
        """Tell whether this work saves or removes the record."""
        return (record.KIND, record.record_id) in self._changed

    def begin(self, match: Match) -> None:
        """Save a new proposal and tell of it."""
        self.put(match)
        self._events.append(_event_of(None, match, version=self.next_version(match)))

    def step(self, before: Match, after: Match) -> None:
        """Save a step of a match, with the load it changes and its event."""
        self.put(after)
        self._events.append(_event_of(before, after, version=self.next_version(after)))
        if (before.state in HOLDING_STATES) == (after.state in HOLDING_STATES):
            return
        load = self.load_of(after.supporter_id)
        is_taking = after.state in HOLDING_STATES
        self.put(load.with_match(after.match_id) if is_taking else load.without_match(after.match_id))

    def tell(self, event_type: str, subject: str, *, mentions: tuple[str, ...] = (), **fields: Value) -> None:
        """Append an event, as the catalogue of `service/events.py` has it."""
        self._events.append(new_event(event_type, subject, self.now, mentions=mentions, **fields))

    def next_version(self, record: Record) -> int:
        """Give the version at which this work saves a record that it changes."""
        return self._versions[record.KIND, record.record_id] + 1

    def open_task(self, kind: TaskKind, subject: str, member_ids: tuple[str, ...], *, detail: str = "") -> None:
        """Ask a coordinator to look at something; once, however often it is asked for at this moment.

        What is about a match is for whoever looks after it.
        """
        match = None if subject in member_ids else self.find(Match, subject)
        owner_id, task_id = match.owner_id if match else "", new_id("task", self.now)
        task = CoordinatorTask(
            kind, subject, member_ids, opened_at=self.now, detail=detail, owner_id=owner_id, task_id=task_id
        )
        if not any(task.is_same_as(other) for other in self._tasks_about(subject)):
            self.put(task)
            self.tell("task.opened", task_id, mentions=member_ids, task_kind=kind.value, about=subject)

    def settle_tasks(self, kind: TaskKind, subject: str) -> None:
        """Mark the open tasks of a kind about something as done."""
        for task in self._tasks_about(subject):
            if (task.task_kind, task.done_at) == (kind, None):
                self.put(task.done(self.now))
                self.tell("task.done", task.task_id, mentions=task.member_ids, task_kind=kind.value, about=subject)

    def _tasks_about(self, subject: str) -> list[CoordinatorTask]:
        """Give the open tasks about something and those that this work changes, as they will be after it, by id."""
        stored = all_found(self.store, self.platform_id, CoordinatorTask, index=kinds.OPEN_BY_SUBJECT, value=subject)
        ids = {task.task_id for task in stored} | {key[1] for key in self._changed if key[0] == CoordinatorTask.KIND}
        found = (self.find(CoordinatorTask, task_id) for task_id in sorted(ids))
        return [task for task in found if task is not None and task.subject == subject]

    def changes(self) -> Changes:
        """Give what the commit takes."""
        puts, deletes = [], []
        for key in self._changed:
            record, version = self._records[key], self._versions[key]
            if record is not None:
                puts.append(put_of(record, expected_version=version))
            elif version > 0:
                deletes.append(Delete(*key, expected_version=version))
        only_read = [key for key in self._relied_on if key not in self._changed]
        expects = tuple(Expect(*key, version=self._versions[key]) for key in only_read)
        return Changes(puts=tuple(puts), deletes=tuple(deletes), expects=expects, events=tuple(self._events))


def _event_of(before: Match | None, after: Match, *, version: int) -> NewEvent:
    """Tell of a step: by the state it led to, or by a yes that still waits for the other one's."""
    pair = (after.seeker_id, after.supporter_id)
    fields: dict[str, Value] = {"seeker_id": pair[0], "supporter_id": pair[1]}
    fields |= {"state": after.state.value, "before": before.state.value if before else None, "version": version}
    is_first_yes = before is not None and before.state is after.state and after.history[-1].action == ACCEPT
    if is_first_yes:
        fields["role"] = after.history[-1].voice.value
    name = "match.accepted" if is_first_yes else match_event(after.state)
    return new_event(name, after.match_id, after.updated_at, mentions=pair, **fields)
