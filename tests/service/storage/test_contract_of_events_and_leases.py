"""What every store must do with events, leases and fences; run for each engine."""

from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from service.errors import FenceLost, InvalidChanges, LeaseHeld, StaleVersion
from service.storage.payloads import is_true
from service.storage.store import GLOBAL_SCOPE, Changes, Delete, Fence, NewEvent
from tests.service.storage.making import NOW, TTL, event, put, told


class TestEvents:
    def test_events_have_a_sequence_without_gaps(self, store):
        store.commit("harbour", Changes(events=(event("m-1", body={"version": 1}), event("m-2"))))
        with pytest.raises(StaleVersion):
            store.commit("harbour", Changes(puts=(put("m-1", expected_version=5),), events=(event("m-9"),)))
        last = store.commit("harbour", Changes(events=(event("m-3"),))).last_event

        assert last == 3
        assert [(each.sequence, each.subject) for each in store.events("harbour")] == [
            (1, "m-1"),
            (2, "m-2"),
            (3, "m-3"),
        ]
        assert told(store.events("harbour", limit=1)) == [(1, "member.changed", "m-1", NOW, {"version": 1}, ("m-1",))]

    def test_events_are_read_on_from_a_sequence_number(self, store):
        store.commit("harbour", Changes(events=tuple(event(f"m-{n}") for n in range(1, 6))))

        assert [each.sequence for each in store.events("harbour", after=2, limit=2)] == [3, 4]
        assert store.events("harbour", after=5) == ()

    def test_each_scope_counts_its_own_events(self, store):
        store.commit("harbour", Changes(events=(event("m-1"), event("m-2"))))

        assert store.commit("meadow", Changes(events=(event("m-1"),))).last_event == 1
        assert store.commit("meadow", Changes()).last_event == 1
        assert store.commit(GLOBAL_SCOPE, Changes()).last_event == 0

    def test_the_time_of_an_event_is_kept_as_a_moment(self, store):
        east = timezone(timedelta(hours=5, minutes=45))
        store.commit("harbour", Changes(events=(NewEvent("a", "m-1", NOW.astimezone(east)),)))

        assert store.events("harbour")[0].at == NOW

    def test_forgetting_a_member_empties_every_event_that_mentions_them(self, store):
        store.commit(
            "harbour",
            Changes(
                puts=(put("m-1"),),
                events=(
                    event("m-1", body={"state": "new"}),
                    NewEvent("match.proposed", "x-1", NOW, {"seeker": "m-1"}, mentions=("m-1", "m-2")),
                    event("m-2", body={"state": "new"}),
                ),
            ),
        )

        store.commit(
            "harbour",
            Changes(deletes=(Delete("member", "m-1"),), forget=("m-1",), events=(event("t-7", body={"kept": 1}),)),
        )

        assert told(store.events("harbour")) == [
            (1, "member.changed", None, NOW, {}, ()),
            (2, "match.proposed", None, NOW, {}, ()),
            (3, "member.changed", "m-2", NOW, {"state": "new"}, ("m-2",)),
            (4, "member.changed", "t-7", NOW, {"kept": 1}, ("t-7",)),
        ]

    def test_events_that_were_kept_long_enough_are_emptied_and_nobody_finds_them_by_a_mention(self, store):
        store.commit("harbour", Changes(events=tuple(event(f"m-{number}") for number in range(1, 5))))
        macs = [each.mac for each in store.events("harbour")]

        store.commit("harbour", Changes(forget_between=(2, 3), events=(event("m-5"),)))
        store.commit("harbour", Changes(forget_between=(3, 3)))
        store.commit("harbour", Changes(forget_between=(6, 400)))
        store.commit("harbour", Changes(forget=("m-2",)))

        assert [each.subject for each in store.events("harbour")] == ["m-1", None, None, "m-4", "m-5"]
        assert [each.mac for each in store.events("harbour")][:4] == macs
        assert [each.salt is None for each in store.events("harbour")] == [False, True, True, False, False]

    @pytest.mark.parametrize("between", [(0, 1), (2, 1), (1, 501)])
    def test_a_range_that_is_none_or_too_long_is_refused(self, store, between):
        with pytest.raises(InvalidChanges):
            store.commit("harbour", Changes(forget_between=between))

    def test_the_event_that_reports_an_erasure_is_kept(self, store):
        store.commit("harbour", Changes(forget=("m-1",), events=(event("m-1"),)))

        assert store.events("harbour")[0].subject == "m-1"

    def test_an_event_shows_everything_under_which_it_is_forgotten(self, store):
        new = NewEvent("match.proposed", "x-1", NOW, {"seeker": "m-2"}, mentions=("m-2", "m-1", "m-2"))
        store.commit("harbour", Changes(events=(new, event("m-1"))))

        assert [each.mentions for each in store.events("harbour")] == [("m-1", "m-2", "x-1"), ("m-1",)]
        assert [each.mentions for each in store.events("harbour", after=1)] == [("m-1",)]

    def test_an_event_carries_a_code_that_vouches_for_what_it_says(self, store):
        odd = {"words": ["ü", "\u2028", '"'], "number": -0.5, "none": None, "deep": {"b": 1, "a": [True, 2**60]}}
        store.commit("harbour", Changes(events=(event("m-1", body=odd, mentions=("m-2",)), event("m-1", body=odd))))

        first, second = store.events("harbour")

        assert (first.body, is_true(first), is_true(second)) == (odd, True, True)
        assert len({first.salt, second.salt, first.mac, second.mac}) == 4
        for changed in (
            {"subject": "m-3"},
            {"body": {**odd, "number": 0.5}},
            {"mentions": ("m-1",)},
            {"mac": second.mac},
            {"salt": second.salt},
            {"salt": "no salt"},
            {"salt": None},
            {"subject": None},
            {"subject": None, "salt": None, "mentions": ()},
        ):
            assert not is_true(replace(first, **changed))

    def test_a_forgotten_event_keeps_its_code_and_loses_its_salt(self, store):
        store.commit("harbour", Changes(events=(event("m-1"), event("m-2"))))
        before = store.events("harbour")

        store.commit("harbour", Changes(forget=("m-1",)))

        forgotten, other = store.events("harbour")
        assert (forgotten.salt, forgotten.mac, is_true(forgotten)) == (None, before[0].mac, True)
        assert other == before[1]


class TestLeases:
    def test_a_held_lease_is_refused_until_it_expires(self, store):
        lease = store.acquire_lease("harbour", "run", owner="a", ttl=TTL, now=NOW)

        with pytest.raises(LeaseHeld) as caught:
            store.acquire_lease("harbour", "run", owner="b", ttl=TTL, now=NOW + TTL - timedelta(milliseconds=1))
        taken = store.acquire_lease("harbour", "run", owner="b", ttl=TTL, now=NOW + TTL)

        assert lease.until == NOW + TTL
        assert (caught.value.until, caught.value.retry_after_seconds) == (NOW + TTL, 1)
        assert (taken.owner, taken.until) == ("b", NOW + 2 * TTL)
        assert taken.token > lease.token

    def test_leases_of_other_names_and_scopes_are_apart(self, store):
        store.acquire_lease("harbour", "run", owner="a", ttl=TTL, now=NOW)

        store.acquire_lease("harbour", "sealer", owner="b", ttl=TTL, now=NOW)
        store.acquire_lease("meadow", "run", owner="b", ttl=TTL, now=NOW)

    def test_an_owner_may_take_its_own_lease_anew_with_another_token(self, store):
        first = store.acquire_lease("harbour", "run", owner="a", ttl=TTL, now=NOW)
        second = store.acquire_lease("harbour", "run", owner="a", ttl=TTL, now=NOW)

        assert second.token > first.token
        with pytest.raises(FenceLost):
            store.renew_lease(first, ttl=TTL, now=NOW)

    def test_tokens_grow_after_a_release(self, store):
        first = store.acquire_lease("harbour", "run", owner="a", ttl=TTL, now=NOW)
        store.release_lease(first)
        second = store.acquire_lease("harbour", "run", owner="b", ttl=TTL, now=NOW)

        assert second.token > first.token

    def test_a_renewed_lease_lasts_longer_under_the_same_token(self, store):
        lease = store.acquire_lease("harbour", "run", owner="a", ttl=TTL, now=NOW)

        renewed = store.renew_lease(lease, ttl=TTL, now=NOW + timedelta(seconds=20))

        assert (renewed.token, renewed.until) == (lease.token, NOW + timedelta(seconds=50))
        with pytest.raises(LeaseHeld):
            store.acquire_lease("harbour", "run", owner="b", ttl=TTL, now=NOW + timedelta(seconds=49))

    def test_an_expired_lease_that_nobody_took_can_be_renewed(self, store):
        lease = store.acquire_lease("harbour", "run", owner="a", ttl=TTL, now=NOW)

        assert store.renew_lease(lease, ttl=TTL, now=NOW + 5 * TTL).until == NOW + 6 * TTL

    def test_a_lost_lease_cannot_be_renewed_and_its_release_does_nothing(self, store):
        lost = store.acquire_lease("harbour", "run", owner="a", ttl=TTL, now=NOW)
        store.acquire_lease("harbour", "run", owner="b", ttl=TTL, now=NOW + TTL)

        with pytest.raises(FenceLost):
            store.renew_lease(lost, ttl=TTL, now=NOW + TTL)
        store.release_lease(lost)

        with pytest.raises(LeaseHeld):
            store.acquire_lease("harbour", "run", owner="c", ttl=TTL, now=NOW + TTL)

    def test_a_write_under_a_held_lease_is_made(self, store):
        lease = store.acquire_lease("harbour", "run", owner="a", ttl=TTL, now=NOW)

        store.commit("harbour", Changes(puts=(put("m-1"),), fence=Fence("run", lease.token)))

        assert store.get("harbour", "member", "m-1") is not None

    def test_a_write_under_a_lost_or_released_lease_is_refused_whole(self, store):
        lost = store.acquire_lease("harbour", "run", owner="a", ttl=TTL, now=NOW)
        taken = store.acquire_lease("harbour", "run", owner="b", ttl=TTL, now=NOW + TTL)

        with pytest.raises(FenceLost) as caught:
            store.commit("harbour", Changes(puts=(put("m-1"),), fence=Fence("run", lost.token)))
        store.release_lease(taken)
        with pytest.raises(FenceLost):
            store.commit("harbour", Changes(puts=(put("m-1"),), fence=Fence("run", taken.token)))
        with pytest.raises(FenceLost):
            store.commit("harbour", Changes(puts=(put("m-1"),), fence=Fence("sealer", 1)))

        assert (caught.value.name, caught.value.token) == ("run", lost.token)
        assert store.get("harbour", "member", "m-1") is None

    def test_a_lost_fence_is_told_before_a_stale_version_before_a_taken_key(self, store):
        store.commit("harbour", Changes(puts=(put("m-1", unique=(("login", "a"),)),)))
        stale_and_taken = (put("m-2", expected_version=4), put("m-3", unique=(("login", "a"),)))

        with pytest.raises(FenceLost):
            store.commit("harbour", Changes(puts=stale_and_taken, fence=Fence("run", 1)))
        with pytest.raises(StaleVersion):
            store.commit("harbour", Changes(puts=stale_and_taken))
