"""A profile as it crosses the wire: checked as a whole, built as the engine's value, and written back."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from marshmallow import Schema, ValidationError, fields

from matching.community import generate
from matching.policy import LabelField, LabelType
from matching.profile import AgeBand, Clearance, ClearanceScope, Day, Gender, Mode, Pace, Profile, Window
from schemas.member import MemberIn, MemberOut, MembersOut, dump_profile, load_profile

WHOLE = {
    "languages": ["en", "pl"],
    "timezone": "Europe/London",
    "availability": [
        {"day": "mon", "start": "18:00", "end": "24:00"},
        {"day": "sat", "start": "22:00", "end": "01:00"},
    ],
    "modes": ["text", "in_person"],
    "pace": "weekly",
    "age_band": "25-34",
    "preferred_age_bands": ["25-34", "35-44"],
    "age_band_confirmed_on": "2026-09-01",
    "gender": "woman",
    "gender_preference": ["woman", "non_binary"],
    "interests": ["gardening", "chess"],
    "avoid_topics": ["addiction"],
    "access": ["step_free"],
    "location": {"latitude": 53.4808, "longitude": -2.2426, "radius_km": 10},
    "labels": {"site": "north", "level": 4, "identities": ["carer"]},
    "status": "paused",
    "paused_until": "2026-12-24",
    "consent": {
        "matching": True,
        "given_at": "2026-09-01T12:00:00+02:00",
        "given_by": "guardian",
        "text_version": "2026-08",
    },
    "seeker": {
        "topics": ["bereavement"],
        "session_minutes": 45,
        "required_training": ["bereavement"],
        "waiting_since": "2026-09-01",
        "measures": {"ucla3": [2, 3, 3], "taken_at": "2026-09-01"},
    },
    "supporter": {
        "topics": ["new_parent"],
        "training": ["bereavement"],
        "capacity": 2,
        "weekly_minutes": 90,
        "session_minutes": 30,
        "commitment_weeks": 26,
        "clearances": [{"kind": "basic", "scope": ["adults", "in_person"], "valid_until": "2028-06-30"}],
    },
}
LEAST = {name: WHOLE[name] for name in ("languages", "timezone", "modes", "age_band", "consent")} | {"seeker": {}}
LABELS = (
    LabelField("site", LabelType.STRING, ("north", "south")),
    LabelField("level", LabelType.INTEGER),
    LabelField("identities", LabelType.LIST),
)


@dataclass(frozen=True)
class Kept:
    """A stored member."""

    profile: Profile
    version: int = 3
    waiting_since: date | None = date(2026, 9, 1)
    created_at: datetime = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
    updated_at: datetime = datetime(2026, 9, 2, 8, 0, tzinfo=UTC)

    @property
    def member_id(self):
        return self.profile.member_id

    @property
    def profile_json(self):
        return dump_profile(self.profile)


def messages_of(json, member_id="m-1", labels=LABELS):
    with pytest.raises(ValidationError) as caught:
        load_profile(member_id, json, labels)
    return caught.value.messages


def test_every_field_reaches_the_engines_value():
    profile = load_profile("m-1", WHOLE, LABELS)

    assert profile.member_id == "m-1"
    assert profile.languages == ("en", "pl")
    assert profile.availability == (Window(Day.MON, 1080, 1440), Window(Day.SAT, 1320, 60))
    assert profile.modes == {Mode.TEXT, Mode.IN_PERSON}
    assert (profile.pace, profile.age_band, profile.gender) == (Pace.WEEKLY, AgeBand.AGE_25_34, Gender.WOMAN)
    assert profile.consent.given_at == datetime(2026, 9, 1, 10, 0, tzinfo=UTC)
    assert (profile.location.latitude, profile.location.longitude) == (53.48, -2.24)
    assert profile.labels == {"site": "north", "level": 4, "identities": ("carer",)}
    assert profile.paused_until == date(2026, 12, 24)
    assert profile.seeker.measures.ucla3 == (2, 3, 3)
    assert profile.supporter.clearances == (
        Clearance("basic", frozenset({ClearanceScope.ADULTS, ClearanceScope.IN_PERSON}), date(2028, 6, 30)),
    )


def test_what_is_left_out_takes_its_default():
    profile = load_profile("m-1", LEAST)

    assert profile == Profile(
        member_id="m-1",
        languages=("en", "pl"),
        timezone="Europe/London",
        modes=frozenset({Mode.TEXT, Mode.IN_PERSON}),
        age_band=AgeBand.AGE_25_34,
        consent=profile.consent,
        seeker=profile.seeker,
    )
    assert profile.seeker.session_minutes == 30


@pytest.mark.parametrize("json", [WHOLE, LEAST], ids=["whole", "least"])
def test_what_is_written_is_read_as_the_same_value(json):
    profile = load_profile("m-1", json, LABELS)

    assert load_profile("m-1", dump_profile(profile), LABELS) == profile


def test_everybody_of_a_realistic_community_crosses_the_wire_unchanged():
    community = generate(seed=7, seekers=60, supporters=40, today=date(2026, 11, 23))

    for profile in community.profiles:
        assert load_profile(profile.member_id, dump_profile(profile), community_labels(profile)) == profile


def community_labels(profile):
    types = {str: LabelType.STRING, int: LabelType.INTEGER, tuple: LabelType.LIST}
    return [LabelField(name, types[type(value)]) for name, value in profile.labels.items()]


def test_an_answer_holds_every_field_even_the_empty_ones():
    answer = MemberOut().dump(Kept(load_profile("m-1", LEAST)))

    assert set(answer) == set(MemberOut().fields)
    assert answer["member_id"] == "m-1"
    assert answer["availability"] == []
    assert answer["labels"] == {}
    assert answer["location"] is None
    assert answer["seeker"] == {
        "topics": [],
        "session_minutes": 30,
        "required_training": [],
        "waiting_since": None,
        "measures": None,
    }
    assert answer["supporter"] is None
    assert answer["consent"]["given_at"] == "2026-09-01T10:00:00Z"
    assert answer["created_at"] == "2026-09-01T08:00:00Z"
    assert answer["waiting_since"] == "2026-09-01"


def is_whole(schema, value):
    """Whether every field of the schema is there, in its parts too."""
    for name, field in schema.fields.items():
        if name not in value:
            return False
        part = getattr(field, "inner", field)
        parts = value[name] if part is not field else [value[name]]
        if isinstance(part, fields.Nested) and not all(each is None or is_whole(part.schema, each) for each in parts):
            return False
    return True


def test_an_answer_is_what_marshmallow_would_have_written():
    schema = MemberOut()
    people = generate(seed=7, seekers=60, supporters=40, today=date(2026, 11, 23)).profiles
    for profile in (*people, load_profile("m-1", WHOLE, LABELS), load_profile("m-2", LEAST)):
        for since in (None, date(2026, 9, 1)):
            answer = schema.dump(Kept(profile, waiting_since=since))

            assert is_whole(schema, answer)
            assert json.dumps(Schema.dump(schema, answer)) == json.dumps(answer)


def test_several_members_are_answered_as_each_is():
    kept = [Kept(load_profile("m-1", WHOLE, LABELS)), Kept(load_profile("m-2", LEAST))]

    assert (
        MemberOut(many=True).dump(kept)
        == MemberOut().dump(kept, many=True)
        == [MemberOut().dump(each) for each in kept]
    )
    assert MembersOut().dump({"members": kept, "next": None})["members"] == MemberOut().dump(kept, many=True)


def test_an_answer_without_what_the_service_keeps_may_be_sent_back():
    answer = MemberOut().dump(Kept(load_profile("m-1", WHOLE, LABELS)))

    sent_back = {name: value for name, value in answer.items() if name not in MemberIn.read_only}

    assert load_profile("m-1", sent_back, LABELS) == load_profile("m-1", WHOLE, LABELS)


@pytest.mark.parametrize("name", sorted(MemberIn.read_only))
def test_what_the_service_keeps_is_refused_by_name(name):
    assert messages_of({**LEAST, name: 1}) == {name: ["is set by the service; leave it out"]}


@pytest.mark.parametrize("name", ["languages", "timezone", "modes", "age_band", "consent"])
def test_a_required_field_that_is_missing_or_null_is_named(name):
    assert messages_of({key: value for key, value in LEAST.items() if key != name}) == {name: ["is missing"]}
    assert messages_of({**LEAST, name: None}) == {name: ["must not be null"]}


def test_null_means_the_same_as_leaving_it_out_where_nothing_is_an_answer():
    optional = ["age_band_confirmed_on", "gender", "location", "paused_until", "supporter"]

    assert load_profile("m-1", {**LEAST, **dict.fromkeys(optional)}) == load_profile("m-1", LEAST)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("languages", 0), "en_GB", "BCP 47"),
        (("languages",), ["en"] * 11, "1 to 10 entries"),
        (("timezone",), "GMT+25", "IANA"),
        (("timezone",), " Europe/London", "no blanks"),
        (("availability", 0, "start"), "24:00", "23:59"),
        (("availability", 0, "start"), "9:00", "HH:MM"),
        (("availability", 0, "end"), "18:00", "must differ from start"),
        (("availability", 0, "end"), "24:00\n", "HH:MM"),
        (("availability",), [WHOLE["availability"][0]] * 101, "at most 100"),
        (("modes",), [], "1 to 4"),
        (("interests",), ["a"] * 51, "at most 50"),
        (("interests", 0), "a" * 41, "1 to 40"),
        (("interests", 0), "a__b", "single _"),
        (("location", "longitude"), 180.01, "-180 to 180"),
        (("location", "latitude"), float("nan"), "-90 to 90"),
        (("location", "radius_km"), True, "0 to 1000"),
        (("consent", "given_at"), "2026-09-01T10:00:00", "offset"),
        (("consent", "text_version"), "two\nlines", "printable"),
        (("seeker", "session_minutes"), "30", "15, 30"),
        (("seeker", "measures", "ucla3", 1), 4, "1 to 3"),
        (("seeker", "waiting_since"), "2026-9-1", "YYYY-MM-DD"),
        (("supporter", "capacity"), 1.5, "whole number"),
        (("supporter", "capacity"), 10**30, "0 to 100"),
        (("supporter", "clearances", 0, "scope"), [], "1 to 3"),
        (("supporter", "clearances", 0, "kind"), "DBS Check", "a-z"),
        (("labels", "site"), "west", "north, south"),
        (("labels", "level"), "4", "whole number"),
        (("labels", "level"), True, "text, a whole number"),
        (("labels", "identities"), "carer", "list"),
        (("labels", "identities", 0), 7, "must be text"),
        (("labels", "mood"), "good", "no label"),
    ],
)
def test_a_value_that_is_not_allowed_is_named_by_its_path(path, value, said):
    json = copy.deepcopy(WHOLE)
    holder = json
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value

    found = messages_of(json)
    for step in path:
        assert list(found) == [step]
        found = found[step]
    assert len(found) == 1
    assert said in found[0]


def test_a_whole_number_may_be_written_with_a_point():
    assert load_profile("m-1", {**LEAST, "supporter": {"capacity": 2.0}}).supporter.capacity == 2


@pytest.mark.parametrize("member_id", ["", "a b", "a/b", "a\n", "x" * 129, "é", ".", ".."])
def test_an_id_that_is_none_is_reported_with_the_rest(member_id):
    assert set(messages_of({**LEAST, "pace": "daily"}, member_id)) == {"member_id", "pace"}


def test_nothing_in_a_message_repeats_what_was_sent():
    found = messages_of({**LEAST, "timezone": "Anna Kowalska", "interests": ["Anna Kowalska"], "gender": "Anna"})

    assert "Anna" not in str(found)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("interests", ["not a key!"] * 100_000, "must have at most 50 entries"),
        ("labels", {f"label {number}": {} for number in range(100_000)}, "must have at most 50 entries"),
    ],
)
def test_too_many_entries_are_told_once_and_not_each_looked_at(name, value, said):
    assert messages_of({**LEAST, name: value}) == {name: [said]}


def test_only_the_first_of_many_unknown_fields_get_a_hint():
    found = messages_of({**LEAST, **{f"timezone{number:03}": 1 for number in range(100)}})

    hinted = [name for name, said in found.items() if "did you mean timezone?" in said[0]]
    assert len(found) == 100
    assert hinted == [f"timezone{number:03}" for number in range(20)]
