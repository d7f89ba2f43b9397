"""What every store must do with records, written against the interface alone; run for each engine."""

from datetime import datetime

import pytest

from service.errors import InvalidChanges, StaleVersion
from service.storage import open_store
from service.storage.store import GLOBAL_SCOPE, MAX_BODY_BYTES, Changes, Delete, Expect, NewEvent, Put, Stored
from tests.service.storage.making import NOW, all_ids, event, ids, put


class TestRecords:
    def test_a_record_comes_back_as_it_was_put(self, store):
        body = {"text": "zażółć \0 \"'", "none": None, "list": [1, 2.5, True, {"a": []}], "large": 2**70}

        store.commit("harbour", Changes(puts=(put("m-1", body, format=3),)))

        assert store.get("harbour", "member", "m-1") == Stored("harbour", "member", "m-1", 1, body, 3)

    def test_a_missing_record_is_none(self, store):
        assert store.get("harbour", "member", "m-1") is None

    def test_an_id_that_no_record_could_have_is_none(self, store):
        assert store.get("harbour", "member", "\0 nobody \ud800") is None
        assert store.get("", "member", "m-1") is None

    def test_versions_count_from_one(self, store):
        first = store.commit("harbour", Changes(puts=(put("m-1"),)))
        second = store.commit("harbour", Changes(puts=(put("m-1", {"a": 1}),)))

        assert first.versions == {("member", "m-1"): 1}
        assert second.versions == {("member", "m-1"): 2}
        assert store.get("harbour", "member", "m-1").version == 2

    def test_a_record_put_again_after_its_deletion_begins_at_one(self, store):
        store.commit("harbour", Changes(puts=(put("m-1"),)))
        store.commit("harbour", Changes(puts=(put("m-1"),)))
        store.commit("harbour", Changes(deletes=(Delete("member", "m-1", 2),)))

        assert store.commit("harbour", Changes(puts=(put("m-1"),))).versions == {("member", "m-1"): 1}

    def test_scopes_and_kinds_keep_records_apart(self, store):
        store.commit("harbour", Changes(puts=(put("m-1", {"of": "harbour"}), Put("match", "m-1", {"of": "match"}))))
        store.commit("meadow", Changes(puts=(put("m-1", {"of": "meadow"}),)))
        store.commit(GLOBAL_SCOPE, Changes(puts=(put("m-1", {"of": "all"}),)))

        assert store.get("harbour", "member", "m-1").body == {"of": "harbour"}
        assert store.get("harbour", "match", "m-1").body == {"of": "match"}
        assert store.get("meadow", "member", "m-1").body == {"of": "meadow"}
        assert store.get(GLOBAL_SCOPE, "member", "m-1").body == {"of": "all"}
        assert store.count("harbour", "member") == 1

    def test_many_are_read_at_once_and_missing_ones_left_out(self, store):
        for first in (0, 400):
            store.commit("harbour", Changes(puts=tuple(put(f"m-{n}", {"n": n}) for n in range(first, first + 400))))

        found = store.get_many("harbour", "member", [f"m-{n}" for n in range(0, 1600, 2)])

        assert sorted(found) == sorted(f"m-{n}" for n in range(0, 800, 2))
        assert found["m-702"].body == {"n": 702}

    def test_a_store_opened_again_has_what_was_committed(self, store, store_url):
        store.commit("harbour", Changes(puts=(put("m-1", {"a": 1}),), events=(event("m-1"),)))
        store.close()

        again = open_store(store_url)

        assert again.get("harbour", "member", "m-1").body == {"a": 1}
        assert len(again.events("harbour")) == 1
        again.close()

    def test_a_closed_store_opens_itself_again(self, store):
        store.commit("harbour", Changes(puts=(put("m-1"),)))

        store.close()
        store.close()

        assert store.get("harbour", "member", "m-1").version == 1

    def test_ping_is_silent_when_all_is_well(self, store):
        assert store.ping() is None


class TestExpectedVersions:
    def test_a_new_record_must_be_new(self, store):
        store.commit("harbour", Changes(puts=(put("m-1", expected_version=0),)))

        with pytest.raises(StaleVersion) as caught:
            store.commit("harbour", Changes(puts=(put("m-1", {"second": 1}, expected_version=0),)))

        assert (caught.value.expected, caught.value.actual) == (0, 1)
        assert store.get("harbour", "member", "m-1").body == {}

    def test_second_writer_with_a_stale_version_loses(self, store):
        store.commit("harbour", Changes(puts=(put("m-1"),)))
        store.commit("harbour", Changes(puts=(put("m-1", {"by": "first"}, expected_version=1),)))

        with pytest.raises(StaleVersion) as caught:
            store.commit("harbour", Changes(puts=(put("m-1", {"by": "second"}, expected_version=1),)))

        assert (caught.value.kind, caught.value.record_id) == ("member", "m-1")
        assert (caught.value.expected, caught.value.actual) == (1, 2)
        assert store.get("harbour", "member", "m-1").body == {"by": "first"}

    def test_an_expected_version_of_a_missing_record_is_stale(self, store):
        for changes in (
            Changes(puts=(put("m-1", expected_version=1),)),
            Changes(deletes=(Delete("member", "m-1", 1),)),
            Changes(expects=(Expect("member", "m-1", 1),)),
        ):
            with pytest.raises(StaleVersion) as caught:
                store.commit("harbour", changes)
            assert caught.value.actual == 0

    def test_a_delete_without_a_version_of_a_missing_record_does_nothing(self, store):
        assert store.commit("harbour", Changes(deletes=(Delete("member", "m-1"),))).versions == {}

    def test_a_delete_at_a_stale_version_is_refused(self, store):
        store.commit("harbour", Changes(puts=(put("m-1"),)))
        store.commit("harbour", Changes(puts=(put("m-1"),)))

        with pytest.raises(StaleVersion):
            store.commit("harbour", Changes(deletes=(Delete("member", "m-1", 1),)))

        assert store.get("harbour", "member", "m-1") is not None

    def test_an_expectation_holds_back_the_whole_commit(self, store):
        store.commit("harbour", Changes(puts=(put("m-1"),)))

        store.commit("harbour", Changes(puts=(put("m-2"),), expects=(Expect("member", "m-1", 1),)))
        with pytest.raises(StaleVersion):
            store.commit("harbour", Changes(puts=(put("m-3"),), expects=(Expect("member", "m-1", 2),)))
        with pytest.raises(StaleVersion):
            store.commit("harbour", Changes(puts=(put("m-3"),), expects=(Expect("member", "m-1", 0),)))

        assert store.get("harbour", "member", "m-1").version == 1
        assert all_ids(store) == ["m-1", "m-2"]

    def test_one_stale_record_leaves_nothing_of_the_commit(self, store):
        store.commit("harbour", Changes(puts=(put("m-1", index=(("role", "seeker"),)), put("m-2"))))

        with pytest.raises(StaleVersion):
            store.commit(
                "harbour",
                Changes(
                    puts=(
                        put("m-1", {"new": 1}, index=(("role", "supporter"),), unique=(("login", "a"),)),
                        put("m-3"),
                        put("m-2", expected_version=9),
                    ),
                    events=(event("m-1"),),
                ),
            )

        assert store.get("harbour", "member", "m-1").body == {}
        assert store.get("harbour", "member", "m-3") is None
        assert ids(store.page("harbour", "member", index="role", value="seeker")) == ["m-1"]
        assert store.find_unique("harbour", "login", "a") is None
        assert store.events("harbour") == ()
        assert store.count("harbour", "member") == 2


class TestLimits:
    def test_five_hundred_records_are_one_commit_and_one_more_is_refused(self, store):
        puts = tuple(put(f"m-{n}") for n in range(500))

        store.commit("harbour", Changes(puts=puts))
        with pytest.raises(InvalidChanges, match="500"):
            store.commit("harbour", Changes(puts=puts, deletes=(Delete("member", "other"),)))
        with pytest.raises(InvalidChanges, match="500"):
            store.commit("harbour", Changes(events=(event("m-1"),) * 501))

        assert store.get("harbour", "member", "m-1").version == 1
        assert store.events("harbour") == ()

    @pytest.mark.parametrize(
        "changes",
        [
            Changes(puts=(put("m-1"), put("m-1"))),
            Changes(puts=(put("m-1"),), deletes=(Delete("member", "m-1"),)),
            Changes(puts=(put("m-1"),), expects=(Expect("member", "m-1", 0),)),
            Changes(puts=(put("m-1", unique=(("login", "a"),)), put("m-2", unique=(("login", "a"),)))),
            Changes(puts=(put("m-1", index=(("role", "a"), ("role", "a"))),)),
            Changes(puts=(put(""),)),
            Changes(puts=(put("m/1"),)),
            Changes(puts=(put("m|1"),)),
            Changes(puts=(put("m" * 301),)),
            Changes(puts=(Put("Member", "m-1", {}),)),
            Changes(puts=(put("m-1", index=(("role", ""),)),)),
            Changes(puts=(put("m-1", index=(("role", "a|b"),)),)),
            Changes(puts=(put("m-1", unique=(("login", "\ud800"),)),)),
            Changes(puts=(put("m-1", {"not a number": float("nan")}),)),
            Changes(puts=(put("m-1", {"lone surrogate": "\ud800"}),)),
            Changes(puts=(put("m-1", {"a set": {1}}),)),
            Changes(puts=(put("m-1", {"long": "x" * MAX_BODY_BYTES}),)),
            Changes(events=(NewEvent("a", "m-1", datetime(2026, 1, 1)),)),  # noqa: DTZ001
            Changes(events=(NewEvent("a", "", NOW),)),
            Changes(events=(event("m-1", mentions=("",)),)),
            Changes(forget=("no one",)),
        ],
    )
    def test_what_no_store_could_keep_is_refused_before_anything_is_written(self, store, changes):
        with pytest.raises(InvalidChanges):
            store.commit("harbour", changes)

        assert store.count("harbour", "member") == 0
        assert store.events("harbour") == ()

    @pytest.mark.parametrize("scope", ["", "Harbour", "har bour", "har{bour}", "x" * 66])
    def test_a_scope_outside_the_grammar_is_refused(self, store, scope):
        with pytest.raises(InvalidChanges):
            store.commit(scope, Changes(puts=(put("m-1"),)))

    def test_messages_never_quote_what_was_refused(self, store):
        with pytest.raises(InvalidChanges) as caught:
            store.commit("harbour", Changes(puts=(put("Anna Smith"),)))

        assert "Anna" not in str(caught.value)
