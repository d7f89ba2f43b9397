"""Claims against a store: one at a time, for a while, and whoever decides holds it."""

from datetime import UTC, datetime, timedelta

import pytest

from service.errors import Conflict
from service.storage.store import Store
from service.usecases.claims import LASTS, check_claim, claim, claims_of_others, end_claim

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def _claim(store: Store, who: str, minutes: float = 0, **how: bool):
    return claim(store, "harbour", match_id="match_1", coordinator_id=who, now=NOW + timedelta(minutes=minutes), **how)


def test_whoever_comes_first_holds_it_for_a_quarter_of_an_hour(store):
    assert _claim(store, "c-1").until == NOW + LASTS == NOW + timedelta(minutes=15)
    assert _claim(store, "c-2", 14.9).coordinator_id == "c-1"
    assert _claim(store, "c-2", 15).coordinator_id == "c-2"


def test_looking_again_makes_it_last_longer(store):
    _claim(store, "c-1")

    assert _claim(store, "c-1", 4).until == NOW + timedelta(minutes=15)
    assert _claim(store, "c-1", 6).until == NOW + timedelta(minutes=21)


def test_it_may_be_taken_over(store):
    _claim(store, "c-1")

    assert _claim(store, "c-2", 1, is_taking_over=True).coordinator_id == "c-2"


def test_a_decision_needs_that_nobody_else_holds_it(store):
    def check(who: str, minutes: float = 0) -> None:
        check_claim(store, "harbour", match_id="match_1", coordinator_id=who, now=NOW + timedelta(minutes=minutes))

    check("c-2")
    _claim(store, "c-1")
    check("c-1")
    with pytest.raises(Conflict, match="somebody else"):
        check("c-2")
    check("c-2", 15)


def test_only_the_own_claim_is_ended(store):
    _claim(store, "c-1")

    end_claim(store, "harbour", match_id="match_1", coordinator_id="c-2")
    assert set(claims_of_others(store, "harbour", ["match_1"], coordinator_id="c-2", now=NOW)) == {"match_1"}
    end_claim(store, "harbour", match_id="match_1", coordinator_id="c-1")
    end_claim(store, "harbour", match_id="match_1", coordinator_id="c-1")
    assert claims_of_others(store, "harbour", ["match_1"], coordinator_id="c-2", now=NOW) == {}
