"""Who takes part, with how many places, how soon: hand-computed, one reason at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from matching.eligibility import PACE_QUARTERS, places_of
from matching.policy import Policy, PriorityWeights
from matching.profile import (
    AgeBand,
    ConsentGiver,
    Measures,
    MemberStatus,
    Pace,
    SeekerSide,
    Standing,
    SupporterSide,
)
from tests.matching.people import OPEN_POLICY, TODAY, cohort_of, ordinary, seeker, supporter, window

CONSENT = ordinary("anybody").consent
PAUSED = {"status": MemberStatus.PAUSED}
MINOR = {"age_band": AgeBand.AGE_16_17}
ADULTS_ONLY = Policy()


@pytest.mark.parametrize(
    ("reason", "fields", "standing", "policy"),
    [
        ("no_consent", {"consent": replace(CONSENT, matching=False)}, Standing(), OPEN_POLICY),
        ("paused", PAUSED, Standing(), OPEN_POLICY),
        ("paused", PAUSED | {"paused_until": TODAY + timedelta(days=1)}, Standing(), OPEN_POLICY),
        ("on_hold", {}, Standing(is_on_hold=True), OPEN_POLICY),
        ("recovering", {}, Standing(is_recovering=True), OPEN_POLICY),
        ("minors_not_accepted", MINOR, Standing(), ADULTS_ONLY),
        (
            "no_guardian_consent",
            MINOR | {"consent": replace(CONSENT, given_by=ConsentGiver.MEMBER)},
            Standing(),
            OPEN_POLICY,
        ),
        ("age_not_confirmed", MINOR | {"age_band_confirmed_on": None}, Standing(), OPEN_POLICY),
        ("age_not_confirmed", MINOR | {"age_band_confirmed_on": TODAY - timedelta(days=365)}, Standing(), OPEN_POLICY),
        ("no_availability", {"availability": ()}, Standing(), OPEN_POLICY),
    ],
)
def test_what_keeps_a_member_out_keeps_out_both_roles(reason, fields, standing, policy):
    profiles = [seeker("one", **fields), supporter("other", **fields)]

    cohort = cohort_of(*profiles, policy=policy, standings={"one": standing, "other": standing})

    assert cohort.left_out == {"one": {"seeker": reason}, "other": {"supporter": reason}}
    assert cohort.seekers == cohort.supporters == ()


@pytest.mark.parametrize(
    ("fields", "policy"),
    [
        (PAUSED | {"paused_until": TODAY}, OPEN_POLICY),
        ({"paused_until": TODAY + timedelta(days=9)}, OPEN_POLICY),
        (MINOR | {"age_band_confirmed_on": TODAY - timedelta(days=364)}, OPEN_POLICY),
        ({"age_band_confirmed_on": None}, OPEN_POLICY),
        ({"consent": replace(CONSENT, given_by=ConsentGiver.MEMBER)}, OPEN_POLICY),
        ({"age_band": AgeBand.AGE_18_24}, ADULTS_ONLY),
    ],
)
def test_who_is_on_the_right_side_of_the_line_takes_part(fields, policy):
    cohort = cohort_of(seeker("one", **fields), supporter("other", **fields), policy=policy)

    assert (cohort.seeker_ids, cohort.supporter_ids) == (("one",), ("other",))
    assert cohort.left_out == {}


def test_a_seeker_with_a_supporter_still_supports_others():
    both = replace(seeker("both"), supporter=SupporterSide())

    cohort = cohort_of(both, standings={"both": Standing(has_supporter=True)})

    assert cohort.left_out == {"both": {"seeker": "has_supporter"}}
    assert cohort.supporter_ids == ("both",)


def test_a_full_supporter_still_seeks():
    both = replace(seeker("both"), supporter=SupporterSide(capacity=1))

    cohort = cohort_of(both, standings={"both": Standing(held_matches=1)})

    assert cohort.left_out == {"both": {"supporter": "no_places"}}
    assert cohort.seeker_ids == ("both",)


def test_times_too_short_for_the_seekers_session_are_no_availability():
    short = {"availability": (window("mon", "18:00", "18:30"), window("tue", "18:00", "18:30"))}

    cohort = cohort_of(seeker("one", session_minutes=45, **short), supporter("other", **short))

    assert cohort.left_out == {"one": {"seeker": "no_availability"}}
    assert cohort.supporter_ids == ("other",)


def test_sessions_in_four_weeks():
    assert {pace: PACE_QUARTERS[pace] for pace in Pace} == {"weekly": 4, "fortnightly": 2, "monthly": 1, "flexible": 2}


@pytest.mark.parametrize(
    ("side", "pace", "standing", "places"),
    [
        (SupporterSide(capacity=3), Pace.WEEKLY, Standing(), 3),
        (SupporterSide(capacity=3), Pace.WEEKLY, Standing(held_matches=2), 1),
        (SupporterSide(capacity=3), Pace.WEEKLY, Standing(held_matches=5), 0),
        (SupporterSide(capacity=0), Pace.WEEKLY, Standing(), 0),
        # 90 minutes are 360 quarters; an hour a week costs 240.
        (SupporterSide(capacity=3, weekly_minutes=90), Pace.WEEKLY, Standing(), 1),
        (SupporterSide(capacity=3, weekly_minutes=90), Pace.FORTNIGHTLY, Standing(), 3),
        (SupporterSide(capacity=9, weekly_minutes=90), Pace.MONTHLY, Standing(), 6),
        (SupporterSide(capacity=9, weekly_minutes=90), Pace.FLEXIBLE, Standing(), 3),
        (SupporterSide(capacity=9, weekly_minutes=90, session_minutes=30), Pace.WEEKLY, Standing(), 3),
        (
            SupporterSide(capacity=9, weekly_minutes=90, session_minutes=30),
            Pace.WEEKLY,
            Standing(held_quarter_minutes=121),
            1,
        ),
        (
            SupporterSide(capacity=9, weekly_minutes=90, session_minutes=30),
            Pace.WEEKLY,
            Standing(held_quarter_minutes=120),
            2,
        ),
        (SupporterSide(capacity=9, weekly_minutes=59), Pace.WEEKLY, Standing(), 0),
        (SupporterSide(capacity=9, weekly_minutes=60), Pace.WEEKLY, Standing(held_quarter_minutes=999), 0),
        (SupporterSide(capacity=2, weekly_minutes=6000), Pace.WEEKLY, Standing(held_matches=1), 1),
    ],
)
def test_places_are_free_heads_and_free_minutes(side, pace, standing, places):
    member = replace(ordinary("one"), supporter=side, pace=pace)

    cohort = cohort_of(member, standings={"one": standing})

    assert places_of(side, pace, standing) == places
    assert cohort.capacity.tolist() == ([places] if places else [])


def _measured(*answers: int) -> Measures:
    return Measures(TODAY, answers)


WEEK_AGO, SIX_DAYS_AGO = TODAY - timedelta(days=7), TODAY - timedelta(days=6)


@pytest.mark.parametrize(
    ("side", "standing", "weights", "priority"),
    [
        (SeekerSide(), Standing(), PriorityWeights(), 4),
        (SeekerSide(waiting_since=WEEK_AGO), Standing(), PriorityWeights(), 5),
        (SeekerSide(waiting_since=SIX_DAYS_AGO), Standing(), PriorityWeights(), 4),
        (SeekerSide(waiting_since=TODAY + timedelta(days=30)), Standing(), PriorityWeights(), 4),
        (SeekerSide(waiting_since=TODAY), Standing(waiting_since=date(2026, 9, 2)), PriorityWeights(), 16),
        (SeekerSide(waiting_since=date(2026, 9, 2)), Standing(waiting_since=TODAY), PriorityWeights(), 4),
        (SeekerSide(measures=_measured(1, 1, 1)), Standing(), PriorityWeights(), 1),
        (SeekerSide(measures=_measured(2, 3, 3)), Standing(), PriorityWeights(), 6),
        (SeekerSide(measures=_measured(3, 3, 3)), Standing(), PriorityWeights(), 7),
        (SeekerSide(measures=Measures(TODAY)), Standing(), PriorityWeights(), 4),
        (SeekerSide(), Standing(lost_supporter=True), PriorityWeights(), 12),
        (SeekerSide(), Standing(boost=5), PriorityWeights(), 9),
        (SeekerSide(), Standing(boost=99), PriorityWeights(), 56),
        (SeekerSide(), Standing(boost=-9), PriorityWeights(), 4),
        # 1 + 2 × 1 week + 3 × 5 + 10 + 4 × 6
        (
            SeekerSide(waiting_since=WEEK_AGO, measures=_measured(2, 3, 3)),
            Standing(lost_supporter=True, boost=6),
            PriorityWeights(waiting_week=2, loneliness=3, lost_supporter=10, boost=4),
            52,
        ),
        (SeekerSide(waiting_since=WEEK_AGO), Standing(boost=9), PriorityWeights(0, 0, 0, 0), 1),
    ],
)
def test_priority_is_one_and_its_weighted_parts(side, standing, weights, priority):
    member = replace(ordinary("one"), seeker=side)

    cohort = cohort_of(member, policy=Policy(priority=weights), standings={"one": standing})

    assert cohort.priority.tolist() == [priority]
