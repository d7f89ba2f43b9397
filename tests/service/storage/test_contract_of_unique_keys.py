"""What every store must do with unique keys; run for each engine."""

import pytest

from service.errors import UniqueTaken
from service.storage.store import Changes, Delete, Put
from tests.service.storage.making import all_ids, put


class TestUniqueKeys:
    def test_the_holder_of_a_key_is_found(self, store):
        store.commit("harbour", Changes(puts=(put("m-1", unique=(("login", "anna"),)),)))

        assert store.find_unique("harbour", "login", "anna") == "m-1"
        assert store.find_unique("harbour", "login", "ben") is None
        assert store.find_unique("meadow", "login", "anna") is None
        assert store.find_unique("harbour", "slot", "anna") is None

    def test_a_taken_key_is_refused_by_name_and_nothing_is_written(self, store):
        store.commit("harbour", Changes(puts=(put("m-1", unique=(("login", "anna"),)),)))

        with pytest.raises(UniqueTaken) as caught:
            store.commit("harbour", Changes(puts=(put("m-0"), put("m-2", unique=(("login", "anna"),)))))

        assert (caught.value.name, caught.value.value) == ("login", "anna")
        assert "anna" not in str(caught.value)
        assert all_ids(store) == ["m-1"]

    def test_a_key_is_unique_across_kinds(self, store):
        store.commit("harbour", Changes(puts=(put("m-1", unique=(("slot", "a"),)),)))

        with pytest.raises(UniqueTaken):
            store.commit("harbour", Changes(puts=(Put("job", "j-1", {}, unique=(("slot", "a"),)),)))

    def test_the_holder_keeps_its_key_when_put_again(self, store):
        changes = Changes(puts=(put("m-1", unique=(("login", "anna"),)),))

        store.commit("harbour", changes)
        store.commit("harbour", changes)

        assert store.find_unique("harbour", "login", "anna") == "m-1"

    def test_a_key_is_free_when_its_holder_drops_it_or_is_deleted(self, store):
        store.commit("harbour", Changes(puts=(put("m-1", unique=(("login", "a"), ("login", "b"))),)))

        store.commit("harbour", Changes(puts=(put("m-1", unique=(("login", "b"),)),)))
        store.commit("harbour", Changes(puts=(put("m-2", unique=(("login", "a"),)),)))
        store.commit("harbour", Changes(deletes=(Delete("member", "m-1"),)))
        store.commit("harbour", Changes(puts=(put("m-3", unique=(("login", "b"),)),)))

        assert store.find_unique("harbour", "login", "a") == "m-2"
        assert store.find_unique("harbour", "login", "b") == "m-3"

    def test_keys_change_hands_inside_one_commit(self, store):
        store.commit(
            "harbour", Changes(puts=(put("m-1", unique=(("login", "a"),)), put("m-2", unique=(("login", "b"),))))
        )

        store.commit(
            "harbour", Changes(puts=(put("m-1", unique=(("login", "b"),)), put("m-2", unique=(("login", "a"),))))
        )
        store.commit(
            "harbour", Changes(puts=(put("m-3", unique=(("login", "a"),)),), deletes=(Delete("member", "m-2"),))
        )

        assert store.find_unique("harbour", "login", "b") == "m-1"
        assert store.find_unique("harbour", "login", "a") == "m-3"
