"""Random calls to every store and to a model of it made of dictionaries: both must always tell the same.

`ALONGSIDE_MODEL_EXAMPLES` says how many sequences are tried on each engine; a thousand take an hour or two.
"""

import os
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from service.errors import FenceLost, LeaseHeld, StaleVersion, UniqueTaken
from service.storage import open_store
from service.storage.payloads import is_true
from service.storage.store import Changes, Delete, Expect, Fence, NewEvent, Put
from tests.service.storage.engines import ENGINES, EVERY_ENGINE
from tests.service.storage.making import NOW, TTL, told

SCOPES = ("harbour", "meadow")
KINDS = ("member", "match")
RECORD_IDS = ("a", "B", "m-1", "m-10", "m-2", "z~y")
VALUES = ("x", "x/y", "y", "ü")
INDEXES = ("state", "role")
OWNERS = ("one", "two")

scopes = st.sampled_from(SCOPES)
kinds = st.sampled_from(KINDS)
record_ids = st.sampled_from(RECORD_IDS)
expected_versions = st.none() | st.integers(0, 3)
bodies = st.dictionaries(st.sampled_from("abc"), st.none() | st.integers() | st.text(max_size=5), max_size=2)
index_entries = st.sets(st.tuples(st.sampled_from(INDEXES), st.sampled_from(VALUES)), max_size=3).map(tuple)
unique_keys = st.sets(st.tuples(st.just("login"), st.sampled_from(VALUES)), max_size=1).map(tuple)
puts = st.builds(Put, kinds, record_ids, bodies, expected_versions, st.just(1), index_entries, unique_keys)
deletes = st.builds(Delete, kinds, record_ids, expected_versions)
expects = st.builds(Expect, kinds, record_ids, st.integers(0, 2))
events = st.builds(
    NewEvent,
    st.just("changed"),
    record_ids,
    st.just(NOW),
    bodies,
    st.lists(record_ids, max_size=2).map(tuple),
)


@st.composite
def commits(draw):
    parts = draw(
        st.lists(
            st.one_of(puts, puts, deletes, expects), max_size=4, unique_by=lambda part: (part.kind, part.record_id)
        )
    )
    of = {sort: tuple(part for part in parts if isinstance(part, sort)) for sort in (Put, Delete, Expect)}
    keys = [key for part in of[Put] for key in part.unique]
    if len(set(keys)) < len(keys):
        of[Put] = tuple(Put(part.kind, part.record_id, part.body, part.expected_version) for part in of[Put])
    new_events = draw(st.lists(events, max_size=2).map(tuple))
    forget = draw(st.lists(record_ids, max_size=1).map(tuple))
    first, count = draw(st.tuples(st.integers(1, 6), st.integers(0, 3)))
    between = (first, first + count - 1) if count else None
    return Changes(of[Put], of[Delete], of[Expect], new_events, forget, between)


@dataclass
class Kept:
    version: int
    put: Put


@dataclass
class ScopeModel:
    """What one scope should hold."""

    records: dict = field(default_factory=dict)
    events: list = field(default_factory=list)
    macs: list = field(default_factory=list)
    leases: dict = field(default_factory=dict)
    token: int = 0

    def refusal_of(self, changes):
        for key, expected in changes.expected_versions:
            actual = self.records[key].version if key in self.records else 0
            if expected is not None and expected != actual:
                return StaleVersion
        touched = {(part.kind, part.record_id) for part in (*changes.puts, *changes.deletes)}
        held = {pair for key, kept in self.records.items() if key not in touched for pair in kept.put.unique}
        if any(pair in held for put in changes.puts for pair in put.unique):
            return UniqueTaken
        return None

    def apply(self, changes):
        for delete in changes.deletes:
            self.records.pop((delete.kind, delete.record_id), None)
        for put in changes.puts:
            key = (put.kind, put.record_id)
            version = self.records[key].version + 1 if key in self.records else 1
            self.records[key] = Kept(version, put)
        for place, (sequence, type_, _, at, _, mentions) in enumerate(self.events):
            first, last = changes.forget_between or (1, 0)
            if set(mentions) & set(changes.forget) or first <= sequence <= last:
                self.events[place] = (sequence, type_, None, at, {}, ())
        for new in changes.events:
            mentions = tuple(sorted({new.subject, *new.mentions}))
            self.events.append((len(self.events) + 1, new.type, new.subject, new.at, dict(new.body), mentions))

    def ids_by(self, kind, index=None, value=None):
        found = [
            (entry[1] if value is None else "", record_id)
            for (of_kind, record_id), kept in self.records.items()
            if of_kind == kind
            for entry in (kept.put.index if index else [("", "")])
            if (not index or entry[0] == index) and (value is None or entry[1] == value)
        ]
        return [record_id for _, record_id in sorted(found)]


class StoreModel(RuleBasedStateMachine):
    """Drives a store and its model side by side."""

    def __init__(self, engine):
        super().__init__()
        self.folder = tempfile.mkdtemp(prefix="alongside-model-")
        self.url = ENGINES[engine](self.folder)
        self.store = open_store(self.url)
        self.model = {scope: ScopeModel() for scope in SCOPES}
        self.now = NOW
        self.touched = set()

    def teardown(self):
        self.store.close()
        shutil.rmtree(self.folder)

    @rule(scope=scopes, changes=commits())
    def commit(self, scope, changes):
        model = self.model[scope]
        self.touched.add(scope)
        refusal = model.refusal_of(changes)
        if refusal is not None:
            with pytest.raises(refusal):
                self.store.commit(scope, changes)
            return
        committed = self.store.commit(scope, changes)
        model.apply(changes)
        assert committed.last_event == len(model.events)
        assert committed.versions == {
            (put.kind, put.record_id): model.records[put.kind, put.record_id].version for put in changes.puts
        }

    @rule(scope=scopes, name=st.sampled_from(("run", "seal")), owner=st.sampled_from(OWNERS))
    def acquire(self, scope, name, owner):
        model = self.model[scope]
        held = model.leases.get(name)
        if held is not None and held.owner != owner and held.until > self.now:
            with pytest.raises(LeaseHeld):
                self.store.acquire_lease(scope, name, owner=owner, ttl=TTL, now=self.now)
            return
        lease = self.store.acquire_lease(scope, name, owner=owner, ttl=TTL, now=self.now)
        assert lease.token > model.token
        model.leases[name] = lease
        model.token = lease.token

    @rule(seconds=st.integers(1, 40))
    def wait(self, seconds):
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: any(model.leases for model in self.model.values()))
    @rule(data=st.data(), action=st.sampled_from(("renew", "release", "write", "write late")))
    def use_lease(self, data, action):
        scope = data.draw(st.sampled_from([scope for scope in SCOPES if self.model[scope].leases]))
        model = self.model[scope]
        name = data.draw(st.sampled_from(sorted(model.leases)))
        lease = model.leases[name]
        if action == "renew":
            model.leases[name] = self.store.renew_lease(lease, ttl=TTL, now=self.now)
        elif action == "release":
            self.store.release_lease(lease)
            del model.leases[name]
        elif action == "write":
            self.store.commit(scope, Changes(fence=Fence(name, lease.token)))
        else:
            with pytest.raises(FenceLost):
                self.store.commit(scope, Changes(fence=Fence(name, lease.token - 1)))

    @rule()
    def open_again(self):
        self.store.close()
        self.store = open_store(self.url)

    @rule(
        scope=scopes, kind=kinds, index=st.sampled_from(INDEXES), value=st.sampled_from(VALUES), limit=st.integers(1, 3)
    )
    def read_in_pages(self, scope, kind, index, value, limit):
        for arguments in ({}, {"index": index}, {"index": index, "value": value}):
            expected = self.model[scope].ids_by(kind, **arguments)
            for descending in (False, True):
                seen, after = [], None
                while True:
                    page = self.store.page(scope, kind, after=after, limit=limit, descending=descending, **arguments)
                    seen += [record.record_id for record in page.records]
                    after = page.next
                    if after is None:
                        break
                assert seen == (expected[::-1] if descending else expected)

    @invariant()
    def both_hold_the_same(self):
        for scope in self.touched:
            model = self.model[scope]
            for kind in KINDS:
                kept = {key[1]: kept for key, kept in model.records.items() if key[0] == kind}
                stored = {record.record_id: record for record in self.store.each(scope, kind)}
                assert {key: (record.version, record.body) for key, record in stored.items()} == {
                    key: (each.version, each.put.body) for key, each in kept.items()
                }
                assert self.store.get_many(scope, kind, RECORD_IDS) == stored
                assert self.store.count(scope, kind) == len(kept)
                for index in INDEXES:
                    for value in VALUES:
                        expected = len(model.ids_by(kind, index, value))
                        assert self.store.count(scope, kind, index=index, value=value) == expected
            holders = {pair: key[1] for key, kept in model.records.items() for pair in kept.put.unique}
            for value in VALUES:
                assert self.store.find_unique(scope, "login", value) == holders.get(("login", value))
            events = self.store.events(scope, limit=1000)
            assert told(events) == model.events
            assert all(is_true(event) for event in events)
            # An envelope never changes, whatever is forgotten.
            macs = [event.mac for event in events]
            assert macs[: len(model.macs)] == model.macs
            model.macs = macs


@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_any_sequence_of_calls_leaves_the_store_as_the_model_says(engine):
    # Servers answer more slowly than a file of this process, most of all the waits for a replica.
    examples = int(os.environ.get("ALONGSIDE_MODEL_EXAMPLES", "40" if engine == "sqlite" else "6"))
    run_state_machine_as_test(
        lambda: StoreModel(engine), settings=settings(max_examples=examples, stateful_step_count=25, deadline=None)
    )
