"""A profile's JSON form: read strictly, written back exactly."""

from __future__ import annotations

import copy
import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.errors import ProfileError
from matching.profile import (
    AgeBand,
    Clearance,
    ClearanceScope,
    Consent,
    ConsentGiver,
    Day,
    Gender,
    Location,
    Measures,
    MemberStatus,
    Mode,
    Pace,
    Profile,
    SeekerSide,
    SupporterSide,
    Window,
)
from matching.profile_json import profile_from_mapping, profile_to_mapping

WHOLE: dict[str, Any] = {
    "languages": ["en", "pl"],
    "timezone": "Europe/London",
    "availability": [
        {"day": "mon", "start": "18:00", "end": "21:30"},
        {"day": "sat", "start": "22:00", "end": "01:00"},
    ],
    "modes": ["text", "in_person"],
    "pace": "weekly",
    "age_band": "25-34",
    "preferred_age_bands": ["25-34", "35-44"],
    "age_band_confirmed_on": "2026-02-28",
    "gender": "woman",
    "gender_preference": ["woman", "non_binary"],
    "interests": ["chess", "gardening"],
    "avoid_topics": ["addiction"],
    "access": ["step_free"],
    "location": {"latitude": 53.48, "longitude": -2.24, "radius_km": 10.0},
    "labels": {"identities": ["carer"], "level": 4, "site": "north"},
    "status": "paused",
    "paused_until": "2026-12-01",
    "consent": {
        "matching": True,
        "given_at": "2026-09-01T10:00:00Z",
        "given_by": "member",
        "text_version": "2026-08",
    },
    "seeker": {
        "topics": ["bereavement", "new_parent"],
        "session_minutes": 45,
        "required_training": ["bereavement"],
        "waiting_since": "2026-09-01",
        "measures": {"ucla3": [2, 3, 3], "taken_at": "2026-09-01"},
    },
    "supporter": {
        "topics": ["bereavement"],
        "training": ["listening"],
        "capacity": 2,
        "weekly_minutes": 90,
        "session_minutes": 30,
        "commitment_weeks": 26,
        "clearances": [{"kind": "basic", "scope": ["adults", "in_person"], "valid_until": "2028-06-30"}],
    },
}

LEAST: dict[str, Any] = {
    "languages": ["en"],
    "timezone": "Europe/London",
    "modes": ["text"],
    "age_band": "75+",
    "consent": {"matching": True, "given_at": "2026-09-01T10:00:00Z"},
    "seeker": {},
}


def changed(path: str, value: Any, *, base: dict[str, Any] = WHOLE) -> dict[str, Any]:
    mapping = copy.deepcopy(base)
    *parents, last = path.split(".")
    place: Any = mapping
    for name in parents:
        place = place[int(name)] if isinstance(place, list) else place[name]
    if isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
    return mapping


def without(path: str) -> dict[str, Any]:
    mapping = copy.deepcopy(WHOLE)
    *parents, last = path.split(".")
    place: Any = mapping
    for name in parents:
        place = place[int(name)] if isinstance(place, list) else place[name]
    del place[last]
    return mapping


def test_every_field_is_read_into_its_value():
    assert profile_from_mapping("m-1", WHOLE) == Profile(
        member_id="m-1",
        languages=("en", "pl"),
        timezone="Europe/London",
        availability=(Window(Day.MON, 1080, 1290), Window(Day.SAT, 1320, 60)),
        modes=frozenset({Mode.TEXT, Mode.IN_PERSON}),
        pace=Pace.WEEKLY,
        age_band=AgeBand.AGE_25_34,
        preferred_age_bands=frozenset({AgeBand.AGE_25_34, AgeBand.AGE_35_44}),
        age_band_confirmed_on=date(2026, 2, 28),
        gender=Gender.WOMAN,
        gender_preference=frozenset({Gender.WOMAN, Gender.NON_BINARY}),
        interests=frozenset({"chess", "gardening"}),
        avoid_topics=frozenset({"addiction"}),
        access=frozenset({"step_free"}),
        location=Location(53.48, -2.24, 10.0),
        labels={"site": "north", "level": 4, "identities": ("carer",)},
        status=MemberStatus.PAUSED,
        paused_until=date(2026, 12, 1),
        consent=Consent(
            matching=True,
            given_at=datetime(2026, 9, 1, 10, tzinfo=UTC),
            given_by=ConsentGiver.MEMBER,
            text_version="2026-08",
        ),
        seeker=SeekerSide(
            topics=frozenset({"bereavement", "new_parent"}),
            session_minutes=45,
            required_training=frozenset({"bereavement"}),
            waiting_since=date(2026, 9, 1),
            measures=Measures(taken_at=date(2026, 9, 1), ucla3=(2, 3, 3)),
        ),
        supporter=SupporterSide(
            topics=frozenset({"bereavement"}),
            training=frozenset({"listening"}),
            capacity=2,
            weekly_minutes=90,
            session_minutes=30,
            commitment_weeks=26,
            clearances=(
                Clearance("basic", frozenset({ClearanceScope.ADULTS, ClearanceScope.IN_PERSON}), date(2028, 6, 30)),
            ),
        ),
    )


def test_what_is_written_is_what_was_read():
    assert profile_to_mapping(profile_from_mapping("m-1", WHOLE)) == WHOLE


def test_what_is_written_is_plain_json():
    written = profile_to_mapping(profile_from_mapping("m-1", WHOLE))

    assert json.loads(json.dumps(written)) == written


def test_what_is_left_out_takes_its_default_and_stays_left_out():
    profile = profile_from_mapping("m-1", LEAST)

    assert (profile.pace, profile.gender, profile.location) == (Pace.FLEXIBLE, None, None)
    assert profile.seeker == SeekerSide(session_minutes=30)
    assert profile.supporter is None
    assert profile_to_mapping(profile) == {
        **LEAST,
        "pace": "flexible",
        "status": "active",
        "consent": {"matching": True, "given_at": "2026-09-01T10:00:00Z", "given_by": "member"},
        "seeker": {"session_minutes": 30},
    }


def test_null_means_left_out():
    nulls = ("pace", "gender", "location", "labels", "interests", "paused_until", "supporter", "availability")

    profile = profile_from_mapping("m-1", {**LEAST, **dict.fromkeys(nulls)})

    assert profile == profile_from_mapping("m-1", LEAST)


def test_null_does_not_stand_for_a_required_field():
    with pytest.raises(ProfileError, match="cannot read timezone: missing"):
        profile_from_mapping("m-1", {**LEAST, "timezone": None})


def test_the_profile_class_reads_the_same_way():
    assert Profile.from_mapping("m-1", WHOLE) == profile_from_mapping("m-1", WHOLE)


def test_values_that_are_parsed_already_are_taken():
    parsed = changed("consent.given_at", datetime(2026, 9, 1, 12, tzinfo=timezone(timedelta(hours=2))))
    parsed["age_band"] = AgeBand.AGE_25_34
    parsed["modes"] = frozenset({Mode.TEXT, Mode.IN_PERSON})
    parsed["languages"] = ("en", "pl")
    parsed["paused_until"] = date(2026, 12, 1)
    parsed["availability"][0] = {"day": Day.MON, "start": time(18), "end": time(21, 30)}
    parsed["labels"]["identities"] = ("carer",)

    assert profile_from_mapping("m-1", parsed) == profile_from_mapping("m-1", WHOLE)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("EN-gb", "en-GB"), ("zh-hant-tw", "zh-Hant-TW"), ("ES-419", "es-419"), ("DE-1996", "de-1996"), ("YUE", "yue")],
)
def test_language_tags_are_written_the_usual_way(sent: str, kept: str):
    assert profile_from_mapping("m-1", changed("languages", [sent])).languages == (kept,)


def test_a_language_named_twice_counts_once_where_it_stood_first():
    assert profile_from_mapping("m-1", changed("languages", ["pl", "en", "PL"])).languages == ("pl", "en")


def test_coordinates_are_rounded_to_a_hundredth_of_a_degree():
    place = {"latitude": 53.48095, "longitude": -0.001, "radius_km": 7}

    profile = profile_from_mapping("m-1", changed("location", place))

    assert profile.location == Location(53.48, 0.0, 7.0)
    assert str(profile.location.longitude) == "0.0"


def test_midnight_at_the_end_of_a_day_keeps_the_way_it_was_written():
    windows = [{"day": "fri", "start": "20:00", "end": "24:00"}, {"day": "sat", "start": "20:00", "end": "00:00"}]

    profile = profile_from_mapping("m-1", changed("availability", windows))

    assert profile.availability == (Window(Day.FRI, 1200, 1440), Window(Day.SAT, 1200, 0))
    assert profile_to_mapping(profile)["availability"] == windows


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("languages", []),
        ("languages", "en"),
        ("languages", ["en"] * 11),
        ("languages.0", "english"),
        ("languages.0", "en_GB"),
        ("languages.0", "en\n"),
        ("languages.1", 7),
        ("timezone", ""),
        ("timezone", "Europe/London\n"),
        ("timezone", 1),
        ("availability", {}),
        ("availability.0", "mon 18-21"),
        ("availability.1.day", "monday"),
        ("availability.0.start", "24:00"),
        ("availability.0.start", "7:00"),
        ("availability.0.start", "18:60"),
        ("availability.0.start", "1\u0668:00"),
        ("availability.0.start", 1080),
        ("availability.0.start", time(18, 0, 1)),
        ("availability.0.end", "24:15"),
        ("availability.0.end", "18:00"),
        ("modes", []),
        ("modes.0", "phone"),
        ("pace", "Weekly"),
        ("age_band", "25"),
        ("age_band", 25),
        ("preferred_age_bands.1", "35–44"),
        ("gender", "W"),
        ("gender_preference", "woman"),
        ("interests.0", ""),
        ("interests.0", "Chess"),
        ("interests.0", "board games"),
        ("interests.0", "x" * 41),
        ("interests", ["a"] * 51),
        ("avoid_topics.0", None),
        ("access.0", True),
        ("location.latitude", 90.5),
        ("location.latitude", "53.48"),
        ("location.latitude", True),
        ("location.longitude", float("nan")),
        ("location.longitude", float("inf")),
        ("location.radius_km", -1),
        ("location.radius_km", 10**400),
        ("labels", []),
        ("labels.level", 4.5),
        ("labels.level", True),
        ("labels.level", 2**31),
        ("labels.site", ""),
        ("labels.identities.0", 4),
        ("status", "gone"),
        ("paused_until", "2026-02-30"),
        ("paused_until", "20261201"),
        ("paused_until", datetime(2026, 12, 1, tzinfo=UTC)),
        ("consent", True),
        ("consent.matching", 1),
        ("consent.given_at", "2026-09-01T10:00:00"),
        ("consent.given_at", "2026-09-01"),
        ("consent.given_at", 1788256800),
        ("consent.given_at", "0001-01-01T00:00:00+14:00"),
        ("consent.given_by", "friend"),
        ("consent.text_version", "a\u0000b"),
        ("seeker", []),
        ("seeker.topics.0", "\ud800"),
        ("seeker.session_minutes", 40),
        ("seeker.session_minutes", 30.0),
        ("seeker.waiting_since", "yesterday"),
        ("seeker.measures.ucla3", [2, 3]),
        ("seeker.measures.ucla3.2", 4),
        ("seeker.measures.ucla3.0", True),
        ("supporter.capacity", -1),
        ("supporter.capacity", 101),
        ("supporter.capacity", "2"),
        ("supporter.weekly_minutes", 10081),
        ("supporter.commitment_weeks", 0),
        ("supporter.clearances.0.scope", []),
        ("supporter.clearances.0.scope.0", "everyone"),
        ("supporter.clearances.0.kind", "Basic check"),
    ],
)
def test_an_unusable_value_is_refused_with_its_path_and_what_is_allowed(path: str, value: Any):
    with pytest.raises(ProfileError, match=r"^cannot read .* \(allowed: .+\)$") as raised:
        profile_from_mapping("m-1", changed(path, value))

    assert raised.value.field == path
    assert path in str(raised.value)


def test_a_message_never_repeats_the_value():
    with pytest.raises(ProfileError) as raised:
        profile_from_mapping("m-1", changed("interests.0", "Secret Interest"))

    assert "Secret" not in str(raised.value)


@pytest.mark.parametrize("path", ["pets", "seeker.mood", "supporter.clearances.0.number", "availability.1.note"])
def test_an_unknown_field_is_refused_by_its_name(path: str):
    with pytest.raises(ProfileError, match="unknown field") as raised:
        profile_from_mapping("m-1", changed(path, 1))

    assert raised.value.field == path


@pytest.mark.parametrize(
    "path",
    [
        "languages",
        "timezone",
        "modes",
        "age_band",
        "consent",
        "consent.matching",
        "consent.given_at",
        "availability.0.end",
        "location.radius_km",
        "seeker.measures.taken_at",
        "supporter.clearances.0.scope",
    ],
)
def test_a_missing_required_field_is_named(path: str):
    with pytest.raises(ProfileError, match="missing") as raised:
        profile_from_mapping("m-1", without(path))

    assert raised.value.field == path


def test_a_member_has_at_least_one_role():
    no_role = {name: value for name, value in LEAST.items() if name != "seeker"}

    with pytest.raises(ProfileError, match="allowed: seeker, supporter, or both"):
        profile_from_mapping("m-1", no_role)


def test_an_end_of_a_pause_needs_a_pause():
    with pytest.raises(ProfileError, match="only with status paused") as raised:
        profile_from_mapping("m-1", changed("status", "active"))

    assert raised.value.field == "paused_until"


@pytest.mark.parametrize("member_id", ["", "a b", "a\n", "ü", "x" * 129, "a/b", 5, None])
def test_an_odd_id_is_refused(member_id: Any):
    with pytest.raises(ProfileError, match="allowed: 1 to 128 of") as raised:
        profile_from_mapping(member_id, LEAST)

    assert raised.value.field == "member_id"


def test_something_that_is_no_object_is_refused():
    with pytest.raises(ProfileError, match="cannot read the profile: not an object"):
        profile_from_mapping("m-1", [WHOLE])  # type: ignore[arg-type]


_KEYS = st.frozensets(st.from_regex(r"[a-z0-9]{1,8}(_[a-z0-9]{1,8})?", fullmatch=True), max_size=4)
_DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 1, 1))
_WINDOWS = st.builds(
    Window, st.sampled_from(Day), st.integers(0, 700), st.one_of(st.integers(701, 1440), st.just(0))
).filter(lambda window: window.start_minute != window.end_minute)
_PROFILES = st.builds(
    Profile,
    member_id=st.just("m-1"),
    languages=st.lists(st.sampled_from(["en", "pl", "pt-BR", "zh-Hant", "yue"]), min_size=1, unique=True).map(tuple),
    timezone=st.sampled_from(["Europe/London", "Asia/Tokyo"]),
    modes=st.frozensets(st.sampled_from(Mode), min_size=1),
    age_band=st.sampled_from(AgeBand),
    consent=st.builds(
        Consent,
        matching=st.booleans(),
        given_at=st.datetimes(min_value=datetime(2020, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        given_by=st.sampled_from(ConsentGiver),
        text_version=st.sampled_from(["", "2026-08"]),
    ),
    availability=st.lists(_WINDOWS, max_size=3, unique=True).map(tuple),
    pace=st.sampled_from(Pace),
    preferred_age_bands=st.frozensets(st.sampled_from(AgeBand)),
    age_band_confirmed_on=st.none() | _DAYS,
    gender=st.none() | st.sampled_from(Gender),
    gender_preference=st.frozensets(st.sampled_from(Gender)),
    interests=_KEYS,
    avoid_topics=_KEYS,
    access=_KEYS,
    location=st.none()
    | st.builds(
        Location,
        latitude=st.integers(-9000, 9000).map(lambda hundredths: hundredths / 100),
        longitude=st.integers(-18000, 18000).map(lambda hundredths: hundredths / 100),
        radius_km=st.integers(0, 100).map(float),
    ),
    labels=st.dictionaries(
        st.sampled_from(["site", "level", "identities"]),
        st.integers(-9, 9) | st.sampled_from(["north", "south"]) | st.just(("carer", "veteran")),
    ),
    status=st.just(MemberStatus.PAUSED),
    paused_until=st.none() | _DAYS,
    seeker=st.builds(
        SeekerSide,
        topics=_KEYS,
        session_minutes=st.sampled_from([15, 30, 45, 60, 90]),
        required_training=_KEYS,
        waiting_since=st.none() | _DAYS,
        measures=st.none() | st.builds(Measures, taken_at=_DAYS, ucla3=st.none() | st.tuples(*[st.integers(1, 3)] * 3)),
    ),
    supporter=st.none()
    | st.builds(
        SupporterSide,
        topics=_KEYS,
        training=_KEYS,
        capacity=st.integers(0, 3),
        weekly_minutes=st.none() | st.integers(0, 300),
        session_minutes=st.sampled_from([15, 30, 45, 60, 90]),
        commitment_weeks=st.none() | st.integers(1, 52),
        clearances=st.lists(
            st.builds(
                Clearance,
                kind=st.sampled_from(["basic", "enhanced"]),
                scope=st.frozensets(st.sampled_from(ClearanceScope), min_size=1),
                valid_until=st.none() | _DAYS,
            ),
            max_size=2,
            unique=True,
        ).map(tuple),
    ),
)


@given(_PROFILES)
def test_reading_what_was_written_gives_the_same_profile(profile: Profile):
    written = json.loads(json.dumps(profile_to_mapping(profile)))

    assert profile_from_mapping("m-1", written) == profile
