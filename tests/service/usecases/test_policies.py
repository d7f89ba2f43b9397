"""Policies: the default, versions, and two editors at once."""

from dataclasses import replace

import pytest

from matching.policy import LabelFactor, LabelField, LabelOp, LabelType, Objective, Policy
from service.errors import StaleVersion
from service.usecases.policies import get_policy, put_policy
from tests.service.usecases.cast import NOW, OTHER, P

CHANGED = Policy(
    objective=Objective.SCORE,
    weights={"topics": 1000},
    labels=(LabelField("site", LabelType.STRING, ("north", "south")),),
    label_factors=(LabelFactor("same_site", "site", LabelOp.EQUAL, points=12),),
)


def test_a_new_platform_has_the_default_policy_as_version_1(store):
    assert get_policy(store, P) == Policy(version=1)


def test_a_saved_policy_is_the_next_version_and_says_what_was_saved(store):
    saved = put_policy(store, P, policy=CHANGED, now=NOW, expected_version=1)

    assert saved == replace(CHANGED, version=2)
    assert get_policy(store, P) == saved
    assert get_policy(store, OTHER) == Policy()


def test_the_later_of_two_editors_is_told(store):
    put_policy(store, P, policy=CHANGED, now=NOW, expected_version=1)

    with pytest.raises(StaleVersion) as lost:
        put_policy(store, P, policy=Policy(minimum_score=5), now=NOW, expected_version=1)

    assert (lost.value.expected, lost.value.actual) == (1, 2)
    assert get_policy(store, P).objective is Objective.SCORE


def test_of_two_editors_who_save_in_the_same_moment_one_is_told(store):
    class Interfering:
        def __getattr__(self, name):
            return getattr(store, name)

        def commit(self, scope, changes):
            put_policy(store, P, policy=CHANGED, now=NOW, expected_version=1)
            return store.commit(scope, changes)

    with pytest.raises(StaleVersion) as lost:
        put_policy(Interfering(), P, policy=Policy(minimum_score=5), now=NOW, expected_version=1)

    assert lost.value.actual == 2


def test_every_version_is_kept_in_order(store):
    for number in range(1, 12):
        put_policy(store, P, policy=Policy(minimum_score=number), now=NOW, expected_version=number)

    kept = [stored.body["policy"]["minimum_score"] for stored in store.each(P, "policy")]
    assert kept == list(range(1, 12))
    assert get_policy(store, P).version == 12


def test_saving_the_same_again_makes_no_version(store):
    put_policy(store, P, policy=CHANGED, now=NOW, expected_version=1)

    again = put_policy(store, P, policy=CHANGED, now=NOW, expected_version=2)

    assert again.version == 2
    assert [event.type for event in store.events(P)] == ["policy.changed"]
