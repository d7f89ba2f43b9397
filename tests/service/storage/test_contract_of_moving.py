"""What every store must do for those who move, empty and examine it; run for each engine."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.errors import Conflict, InvalidChanges, StaleVersion, UniqueTaken
from service.storage import open_store
from service.storage.operated import Counters, Kept, State
from service.storage.store import Changes, Delete, Event, NewEvent, Put
from tests.service.storage.engines import ENGINES, EVERY_ENGINE
from tests.service.storage.making import NOW, TTL, event, put


@pytest.fixture(params=EVERY_ENGINE[:2])
def other(request, tmp_path):
    opened = open_store(ENGINES[request.param](tmp_path / "other"))
    yield opened
    opened.close()


def fill(store, scope="harbour"):
    """Something of everything: versions beyond 1, two kinds, entries, keys, a forgotten event, leases."""
    puts = (
        put("m-2", {"words": ["ü", "\u2028"], "n": -0.5}, index=(("role", "b"), ("role", "a")), unique=(("k", "v"),)),
        put("m-10", format=3),
        Put("match", "m-2", {"deep": {"a": [None, True, 2**60]}}, unique=(("k", "w"),)),
    )
    store.commit(scope, Changes(puts=puts, events=(event("m-2", mentions=("m-1",)), event("m-10", body={"a": 1}))))
    store.commit(scope, Changes(puts=(put("m-10", {"again": True}),), events=(event("t-1"),)))
    store.commit(scope, Changes(forget=("m-1",)))
    store.acquire_lease(scope, "run", owner="a", ttl=TTL, now=NOW)
    store.acquire_lease(scope, "seal", owner="a", ttl=TTL, now=NOW)


class TestDump:
    def test_a_scope_is_given_whole_in_order(self, store):
        fill(store)
        fill(store, "meadow")

        counters, *parts = store.dump("harbour")

        assert counters == Counters(last_event=3, last_token=2)
        assert parts[:3] == [
            Kept("match", "m-2", 1, 1, {"deep": {"a": [None, True, 2**60]}}, (), (("k", "w"),)),
            Kept("member", "m-10", 2, 1, {"again": True}, (), ()),
            Kept(
                *("member", "m-2", 1, 1, {"words": ["ü", "\u2028"], "n": -0.5}),
                (("role", "a"), ("role", "b")),
                (("k", "v"),),
            ),
        ]
        assert tuple(parts[3:]) == store.events("harbour")
        assert [each.salt is None for each in parts[3:]] == [True, False, False]

    def test_a_scope_that_was_never_written_gives_nothing(self, store):
        fill(store, "meadow")

        assert list(store.dump("harbour")) == []
        assert list(store.dump("no scope at all")) == []

    def test_what_is_written_meanwhile_is_not_given(self, store):
        many = tuple(put(f"m-{n:04}", {"is_old": True}) for n in range(400))
        store.commit("harbour", Changes(puts=many, events=(event("m-1"),)))
        store.commit("harbour", Changes(puts=tuple(Put("match", f"x-{n:04}", {"is_old": True}) for n in range(400))))

        parts = store.dump("harbour")
        given = [next(parts), next(parts)]
        changed = tuple(put(f"m-{n:04}", {"is_old": False}) for n in range(200))
        deleted = tuple(Delete("member", f"m-{n:04}") for n in range(200, 300))
        new = tuple(put(f"m-{n:04}", {"is_old": False}) for n in range(400, 500))
        store.commit("harbour", Changes(puts=(*changed, *new), deletes=deleted, events=(event("m-2"),)))
        store.commit("harbour", Changes(deletes=(Delete("match", "x-0399"),), forget=("m-1",)))
        store.commit("harbour", Changes(puts=(put("m-0250", {"is_old": False}),)))
        given += parts

        assert given[0] == Counters(1, 0)
        assert [part.body for part in given[1:-1]] == [{"is_old": True}] * 800
        assert given[-1].sequence == 1

    def test_many_records_and_events_are_given_once_each(self, store):
        for first in range(0, 1200, 400):
            puts = tuple(put(f"m-{n:04}", index=(("role", "a"),)) for n in range(first, first + 400))
            store.commit("harbour", Changes(puts=puts, events=tuple(event(each.record_id) for each in puts)))

        parts = list(store.dump("harbour"))

        assert [part.record_id for part in parts if isinstance(part, Kept)] == [f"m-{n:04}" for n in range(1200)]
        assert [part.sequence for part in parts if isinstance(part, Event)] == list(range(1, 1201))

    def test_a_dump_that_is_given_up_leaves_the_store_as_it_was(self, store):
        fill(store)

        with closing(store.dump("harbour")) as parts:
            next(parts)

        assert store.purge(patience=timedelta(seconds=10)) is True
        assert len(list(store.dump("harbour"))) == 7


class TestLoad:
    def test_what_was_dumped_can_be_loaded_into_any_engine(self, store, other):
        fill(store)
        parts = list(store.dump("harbour"))

        for part in parts:
            other.load("harbour", (part,))

        assert list(other.dump("harbour")) == parts
        assert other.count("harbour", "member") == 2
        assert other.count("harbour", "member", index="role", value="a") == 1
        assert other.find_unique("harbour", "k", "w") == "m-2"
        assert other.events("harbour") == store.events("harbour")
        assert other.acquire_lease("harbour", "run", owner="b", ttl=TTL, now=NOW).token == 3

    def test_work_goes_on_where_it_was(self, store, other):
        fill(store)
        other.load("harbour", tuple(store.dump("harbour")))

        with pytest.raises(StaleVersion):
            other.commit("harbour", Changes(puts=(put("m-10", expected_version=1),)))
        with pytest.raises(UniqueTaken):
            other.commit("harbour", Changes(puts=(put("m-3", unique=(("k", "v"),)),)))
        done = other.commit("harbour", Changes(puts=(put("m-10", expected_version=2),), events=(event("m-10"),)))
        other.commit("harbour", Changes(forget=("m-10",)))

        assert (done.versions, done.last_event) == ({("member", "m-10"): 3}, 4)
        assert [each.subject for each in other.events("harbour")] == [None, None, "t-1", None]

    def test_a_record_takes_the_place_of_one_with_its_id(self, store):
        fill(store)
        (kept,) = (part for part in store.dump("harbour") if isinstance(part, Kept) and part.record_id == "m-10")

        store.load("harbour", (replace(kept, version=7, body={"new": 1}, index=(("role", "c"),)),))

        stored = store.get("harbour", "member", "m-10")
        assert (stored.version, stored.body) == (7, {"new": 1})
        assert store.count("harbour", "member") == 2
        assert store.count("harbour", "member", index="role", value="c") == 1

    def test_an_event_that_is_there_already_is_taken_as_loaded(self, store):
        fill(store)
        before = list(store.dump("harbour"))

        store.load("harbour", tuple(store.events("harbour")))

        assert list(store.dump("harbour")) == before

    def test_an_event_that_does_not_follow_is_refused_and_nothing_is_loaded(self, store):
        fill(store)
        first, second, third = store.events("harbour")
        before = list(store.dump("harbour"))
        record = Kept("member", "m-77", 1, 1, {}, (), ())

        for wrong in (replace(third, sequence=5), replace(second, mac=third.mac), replace(first, type="other")):
            with pytest.raises(Conflict) as caught:
                store.load("harbour", (record, wrong))
            assert caught.value.code == "events_differ"

        assert list(store.dump("harbour")) == before

    def test_a_unique_key_of_another_record_is_refused_and_nothing_is_loaded(self, store):
        fill(store)
        before = list(store.dump("harbour"))

        with pytest.raises(UniqueTaken):
            store.load("harbour", (Kept("x", "a", 1, 1, {}, (), ()), Kept("x", "b", 1, 1, {}, (), (("k", "v"),))))

        assert list(store.dump("harbour")) == before

    def test_what_no_commit_takes_no_load_takes(self, store):
        good = Kept("member", "m-1", 1, 1, {}, (), ())

        for wrong in (
            replace(good, record_id="a/b"),
            replace(good, kind="No kind"),
            replace(good, body={"a": float("nan")}),
            replace(good, version=0),
            replace(good, index=(("role", "a|b"),)),
        ):
            with pytest.raises(InvalidChanges):
                store.load("harbour", (wrong,))
        with pytest.raises(InvalidChanges):
            store.load("harbour", (good, good))
        with pytest.raises(InvalidChanges):
            store.load("harbour", tuple(replace(good, record_id=f"m-{n}") for n in range(501)))

    def test_counters_never_go_back(self, store):
        fill(store)

        store.load("harbour", (Counters(last_event=1, last_token=1),))

        assert store.commit("harbour", Changes()).last_event == 3
        assert store.acquire_lease("harbour", "x", owner="a", ttl=TTL, now=NOW).token == 3


class TestClear:
    def test_a_cleared_scope_is_as_one_that_never_was(self, store):
        for first in range(0, 1200, 400):
            puts = tuple(
                put(f"m-{n}", index=(("role", "a"),), unique=(("k", str(n)),)) for n in range(first, first + 400)
            )
            store.commit("harbour", Changes(puts=puts, events=tuple(event(each.record_id) for each in puts)))
        store.acquire_lease("harbour", "run", owner="a", ttl=TTL, now=NOW)
        fill(store, "meadow")
        others = list(store.dump("meadow"))

        store.clear("harbour")
        store.clear("harbour")

        assert list(store.dump("harbour")) == []
        assert store.count("harbour", "member") == store.count("harbour", "member", index="role", value="a") == 0
        assert store.find_unique("harbour", "k", "5") is None
        assert list(store.dump("meadow")) == others
        assert store.commit("harbour", Changes(events=(event("m-1"),))).last_event == 1
        assert store.acquire_lease("harbour", "run", owner="b", ttl=TTL, now=NOW).token == 1
        store.commit("harbour", Changes(puts=(put("m-1", unique=(("k", "5"),)),), forget=("m-7",)))
        assert store.events("harbour")[0].subject == "m-1"


class TestPurgeAndExamine:
    def test_a_purge_of_an_idle_store_leaves_nothing_to_do(self, store):
        fill(store)
        store.commit("harbour", Changes(events=(NewEvent("e", "x-1", NOW),)))

        assert store.purge(patience=timedelta(seconds=10)) is True
        assert store.get("harbour", "member", "m-2") is not None

    def test_a_store_that_the_tests_made_is_found_to_be_in_order_or_says_what_to_do(self, store):
        findings = store.examine()

        assert len({finding.name for finding in findings}) == len(findings) >= 3
        assert all(bool(finding.advice) == (finding.state is not State.OK) for finding in findings)
        assert "durability" in {finding.name for finding in findings if finding.state is State.OK}

    def test_every_server_tells_the_time_in_utc(self, store, store_url):
        before = datetime.now(UTC) - timedelta(seconds=5)

        told = store.clocks()

        assert bool(told) == (not store_url.startswith("sqlite"))
        assert all(before < each < before + timedelta(minutes=1) for each in told)
