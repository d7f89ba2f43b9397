"""The policy as a form: what is shown, what is saved, what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from matching.factors import FACTORS
from matching.policy import LabelField, LabelType, Objective, Policy, Schedule
from service.clock import FixedClock
from service.records.coordinator import Role
from service.storage.store import Fence
from service.usecases.insight.reports import work_out
from service.usecases.policies import get_policy, put_policy
from service.usecases.runs import run_now
from tests.service.console.browsing import Visitor, forms_of, words_of
from tests.service.console.conftest import NOW
from tests.service.console.scenario import Community


@pytest.fixture
def lead(visitor: Visitor, harbour: Community) -> Visitor:
    """Harbour's lead on the policy page."""
    harbour.add_coordinator("lead", Role.LEAD)
    visitor.sign_in(harbour.platform_id, login="lead")
    visitor.go("/console/policy")
    return visitor


def _policy(community: Community) -> Policy:
    return get_policy(community.store, community.platform_id)


def test_every_factor_of_the_registry_has_its_field(lead: Visitor) -> None:
    values = forms_of(lead.page)[-1].values

    assert {f"weights.{factor.key}": str(factor.weight) for factor in FACTORS}.items() <= values.items()


def test_sent_as_it_stands_the_form_changes_nothing(lead: Visitor, harbour: Community) -> None:
    lead.send("/policy")

    assert _policy(harbour) == Policy()


def test_what_was_changed_is_saved_as_the_next_version_and_the_rest_stays(lead: Visitor, harbour: Community) -> None:
    own = replace(_policy(harbour), labels=(LabelField("site", LabelType.STRING, ("north",)),))
    put_policy(harbour.store, harbour.platform_id, policy=own, now=NOW, expected_version=1)
    lead.go("/console/policy")

    words = lead.send(
        "/policy",
        objective="score",
        accepts_minors="yes",
        **{
            "weights.topics": "4000",
            "timings.check_in_days": "14, 60",
            "schedule.cron": "0 3 * * MON",
            "schedule.timezone": "Europe/London",
        },
    )

    assert "Saved as version 3." in words
    saved = _policy(harbour)
    assert (saved.objective, saved.accepts_minors, saved.weights["topics"]) == (Objective.SCORE, True, 4000)
    assert saved.timings.check_in_days == (14, 60)
    assert saved.schedule == Schedule("0 3 * * MON", "Europe/London")
    assert saved.labels == own.labels


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("weights.topics", "many"),
        ("weights.topics", "-1"),
        ("timings.proposal_days", "0"),
        ("timings.check_in_days", "60, 14"),
        ("schedule.cron", "whenever"),
        ("minimum_score", "<script>alert(1)</script>"),
    ],
)
def test_what_cannot_be_saved_is_said_beside_its_field_and_stays_there(
    lead: Visitor, harbour: Community, field: str, value: str
) -> None:
    words = lead.send("/policy", **{field: value})

    assert lead.page.status_code == 422
    assert "Nothing was saved: something below cannot be used." in words
    assert f'id="problem-{field}"' in lead.page.text
    assert forms_of(lead.page)[-1].values[field] == value
    assert "<script>" not in lead.page.text
    assert _policy(harbour) == Policy()


def test_two_leads_never_overwrite_each_other(lead: Visitor, harbour: Community) -> None:
    other = replace(_policy(harbour), thin_below=1)
    put_policy(harbour.store, harbour.platform_id, policy=other, now=NOW, expected_version=1)

    words = lead.send("/policy", **{"weights.topics": "4000"})

    assert lead.page.status_code == 409
    assert "Somebody else has changed the policy meanwhile." in words
    assert forms_of(lead.page)[-1].values["weights.topics"] == "4000"
    assert _policy(harbour).thin_below == 1
    lead.send("/policy")
    assert _policy(harbour).weights["topics"] == 4000


def _matched_community(harbour: Community) -> None:
    run_now(harbour.store, harbour.platform_id, clock=FixedClock(NOW))


def test_before_any_run_there_is_nobody_to_match_again(lead: Visitor, harbour: Community) -> None:
    assert "There was no run yet" in lead.send("/policy", step="what-if")
    assert lead.page.status_code == 409


def test_what_a_policy_would_do_is_worked_out_and_nothing_is_saved(lead: Visitor, harbour: Community) -> None:
    _matched_community(harbour)
    lead.go("/console/policy")

    words = lead.send("/policy", step="what-if", minimum_score="7000")
    assert "Everybody is being matched again; nothing is proposed." in words
    assert forms_of(lead.page)[-1].values["minimum_score"] == "7000"
    address = lead.page.text.split('data-fetch="')[1].split('"')[0]
    lease = harbour.store.acquire_lease(harbour.platform_id, "job", owner="w", ttl=timedelta(minutes=1), now=NOW)
    work_out(
        harbour.store,
        harbour.platform_id,
        report_id=address.rsplit("/", 1)[1],
        now=lambda: NOW,
        fence=Fence(lease.name, lease.token),
    )

    words = lead.go(address)
    assert "People matched 3 2" in words
    assert "1 person would wait who is matched now" in words
    assert _policy(harbour) == Policy()


def test_a_preview_of_another_platform_is_not_found(lead: Visitor) -> None:
    lead.go("/console/policy/what-if/report_1")
    assert lead.page.status_code == 404


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"schedule.when": "MON", "schedule.at": "03:00"}, "0 3 * * MON"),
        ({"schedule.when": "*", "schedule.at": "22:05"}, "5 22 * * *"),
        ({"schedule.when": "SUN", "schedule.at": "7:30:00"}, "30 7 * * SUN"),
        ({"schedule.when": "cron", "schedule.cron": "0 3 1 * *"}, "0 3 1 * *"),
    ],
)
def test_when_runs_start_is_chosen_without_knowing_cron_and_taken_back(
    lead: Visitor, harbour: Community, typed: dict[str, str], kept: str
) -> None:
    lead.send("/policy", **typed)
    saved = _policy(harbour)
    assert saved.schedule == Schedule(kept, "Europe/London")

    lead.send("/policy")
    assert _policy(harbour).schedule == saved.schedule

    lead.send("/policy", **{"schedule.when": ""})
    assert _policy(harbour).schedule is None


@pytest.mark.parametrize("at", ["", "24:00", "3", "noon", "03:60"])
def test_a_time_of_day_that_is_none_is_said_beside_it(lead: Visitor, harbour: Community, at: str) -> None:
    words = lead.send("/policy", **{"schedule.when": "MON", "schedule.at": at})

    assert lead.page.status_code == 422
    assert "Please give a time of day, for example 03:00." in words
    assert 'id="problem-schedule.at"' in lead.page.text
    assert _policy(harbour).schedule is None


def test_the_hint_of_every_factor_is_in_plain_words(lead: Visitor) -> None:
    words = words_of(lead.page)

    assert [factor.key for factor in FACTORS if factor.unit in words] == []
