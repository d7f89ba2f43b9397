"""What every store must do when it is read in order; run for each engine."""

import pytest

from service.errors import InvalidChanges, InvalidInput
from service.storage.store import Changes, Delete, Put
from tests.service.storage.making import all_ids, ids, put


class TestPages:
    def test_records_come_by_id_in_pages(self, store):
        store.commit("harbour", Changes(puts=tuple(put(record_id) for record_id in ("m-3", "B", "m-1", "a", "m-2"))))

        first = store.page("harbour", "member", limit=2)
        second = store.page("harbour", "member", limit=2, after=first.next)
        third = store.page("harbour", "member", limit=2, after=second.next)

        assert [ids(page) for page in (first, second, third)] == [["B", "a"], ["m-1", "m-2"], ["m-3"]]
        assert third.next is None

    def test_a_full_last_page_has_no_next(self, store):
        store.commit("harbour", Changes(puts=(put("m-1"), put("m-2"))))

        assert store.page("harbour", "member", limit=2).next is None

    def test_no_records_make_an_empty_page(self, store):
        assert store.page("harbour", "member").records == ()
        assert store.page("harbour", "member", index="role", value="seeker").next is None
        assert store.page("harbour", "member", index="role", value="no such \0 value").records == ()

    def test_records_of_one_index_value_come_by_id(self, store):
        seeker, supporter = ("role", "seeker"), ("role", "supporter")
        store.commit(
            "harbour",
            Changes(
                puts=(
                    put("m-4", index=(seeker,)),
                    put("m-1", index=(seeker, supporter)),
                    put("m-2", index=(supporter,)),
                    put("m-3", index=(("status", "seeker"),)),
                )
            ),
        )

        assert all_ids(store, index="role", value="seeker", limit=1) == ["m-1", "m-4"]
        assert all_ids(store, index="role", value="supporter", limit=1) == ["m-1", "m-2"]
        assert all_ids(store, index="role", value="see", limit=1) == []

    def test_records_of_an_index_come_by_value_then_id_once_for_each_value(self, store):
        store.commit(
            "harbour",
            Changes(
                puts=(
                    put("m-1", index=(("due", "2026-12"),)),
                    put("m-2", index=(("due", "2026-11"), ("due", "2027-01"))),
                    put("m-3", index=(("due", "2026-11"),)),
                    put("m-4", index=(("due", "é"), ("state", "2026-11"))),
                    put("m-5"),
                )
            ),
        )

        for limit in (1, 2, 3, 100):
            assert all_ids(store, index="due", limit=limit) == ["m-2", "m-3", "m-1", "m-2", "m-4"]

    def test_descending_is_the_same_order_turned_round(self, store):
        store.commit(
            "harbour",
            Changes(puts=tuple(put(f"m-{n}", index=(("state", "ab"[n % 2]), ("all", "x"))) for n in range(7))),
        )

        for arguments in ({}, {"index": "state"}, {"index": "state", "value": "a"}, {"index": "all"}):
            upwards = all_ids(store, limit=2, **arguments)
            assert all_ids(store, limit=2, descending=True, **arguments) == upwards[::-1]

    def test_changes_between_two_pages_move_nothing_else(self, store):
        store.commit("harbour", Changes(puts=tuple(put(f"m-{n}") for n in range(2, 8))))
        first = store.page("harbour", "member", limit=3)

        store.commit("harbour", Changes(puts=(put("m-0"), put("m-1"), put("m-55")), deletes=(Delete("member", "m-4"),)))
        second = store.page("harbour", "member", limit=10, after=first.next)

        assert ids(first) == ["m-2", "m-3", "m-4"]
        assert ids(second) == ["m-5", "m-55", "m-6", "m-7"]

    def test_a_record_leaves_an_index_when_it_is_put_without_it_or_deleted(self, store):
        for record_id in ("m-1", "m-2", "m-3"):
            store.commit("harbour", Changes(puts=(put(record_id, index=(("state", "proposed"),)),)))

        store.commit(
            "harbour",
            Changes(puts=(put("m-1", index=(("state", "offered"),)),), deletes=(Delete("member", "m-2"),)),
        )

        assert all_ids(store, index="state", value="proposed") == ["m-3"]
        assert all_ids(store, index="state") == ["m-1", "m-3"]

    @pytest.mark.parametrize("cursor", ["", "a|b", "a b", "\0"])
    def test_a_cursor_that_is_none_is_refused(self, store, cursor):
        with pytest.raises(InvalidInput) as caught:
            store.page("harbour", "member", after=cursor)

        assert caught.value.code == "invalid_cursor"

    @pytest.mark.parametrize("cursor", ["", "m-1", "|m-1", "a|", "a|m 1"])
    def test_a_cursor_by_index_value_that_is_none_is_refused(self, store, cursor):
        with pytest.raises(InvalidInput):
            store.page("harbour", "member", index="state", after=cursor)

    @pytest.mark.parametrize("limit", [0, -1, 1001])
    def test_a_page_out_of_size_is_refused(self, store, limit):
        with pytest.raises(InvalidChanges):
            store.page("harbour", "member", limit=limit)


class TestCounts:
    def test_counts_follow_puts_moves_and_deletes(self, store):
        seeker, supporter = ("role", "seeker"), ("role", "supporter")
        store.commit(
            "harbour", Changes(puts=(put("m-1", index=(seeker,)), put("m-2", index=(seeker, supporter)), put("m-3")))
        )
        store.commit("harbour", Changes(puts=(put("m-1", index=(supporter,)),)))
        store.commit("harbour", Changes(deletes=(Delete("member", "m-3"),)))

        assert store.count("harbour", "member") == 2
        assert store.count("harbour", "member", index="role", value="seeker") == 1
        assert store.count("harbour", "member", index="role", value="supporter") == 2
        assert store.count("harbour", "member", index="role", value="other") == 0
        assert store.count("harbour", "match") == 0
        assert store.count("meadow", "member") == 0

    @pytest.mark.parametrize("half", [{"index": "role"}, {"value": "seeker"}])
    def test_half_an_entry_cannot_be_counted(self, store, half):
        with pytest.raises(InvalidChanges):
            store.count("harbour", "member", **half)


class TestEach:
    def test_all_records_of_a_kind_come_by_id(self, store):
        for first in (0, 500, 1000):
            store.commit("harbour", Changes(puts=tuple(put(f"m-{n:04}") for n in range(first, first + 500))))
        store.commit("harbour", Changes(puts=(Put("match", "x", {}),)))

        assert [record.record_id for record in store.each("harbour", "member")] == [f"m-{n:04}" for n in range(1500)]

    def test_a_missing_kind_has_none(self, store):
        assert list(store.each("harbour", "member")) == []

    def test_the_store_can_be_used_while_going_through(self, store):
        store.commit("harbour", Changes(puts=tuple(put(f"m-{n}") for n in range(5))))

        for record in store.each("harbour", "member"):
            store.commit("harbour", Changes(puts=(put(record.record_id, {"seen": True}),)))

        assert [record.body for record in store.each("harbour", "member")] == [{"seen": True}] * 5
