import io
from functools import partial

import pytest

from matching.policy import LabelField, LabelType
from matching.profile import AgeBand, Mode
from schemas.member import load_profile
from service.mapping.document import field_paths, load_mapping
from service.mapping.errors import MappingError, Problem
from service.mapping.ids import settle_ids
from service.mapping.profiles import ReadyRow, check_constants, profiles_in, refuse_undeclared_labels
from service.mapping.sheet import open_sheet

CONSTANTS = {
    "languages": {"constant": ["en"]},
    "timezone": {"constant": "Europe/London"},
    "modes": {"constant": ["video"]},
    "consent.matching": {"constant": True},
    "consent.given_at": {"constant": "2026-09-01T10:00:00Z"},
}
AGE = {"age_band": {"column": "age", "as": "age_band"}}
LABELS = (LabelField("grade", LabelType.INTEGER),)
CANARY = "Qzxv"


def load(member_id, profile):
    return load_profile(member_id, profile, labels=LABELS)


def read(text, *, rows="seekers", tmp_path, **fields):
    """Map a text with columns id and age, and `fields` with __ for the dot."""
    more = {path.replace("__", "."): source for path, source in fields.items()}
    mapping = load_mapping({"rows": rows, "id": {"column": "id"}, "fields": {**CONSTANTS, **AGE, **more}})
    sheet = open_sheet(io.BytesIO(text.encode()), columns=mapping.columns())
    check_constants(sheet, mapping, load)
    return list(profiles_in(sheet, mapping, settle_ids(sheet, mapping, tmp_path / "keys.csv"), load))


@pytest.fixture
def reads(tmp_path):
    return partial(read, tmp_path=tmp_path)


def test_a_row_becomes_a_profile(reads):
    (ready,) = reads(
        "id,age,topics,grade\nm-1,34,Bereavement; New parent,4",
        seeker__topics={"column": "topics", "split": ";", "as": "slug"},
        labels__grade={"column": "grade", "as": "integer"},
    )

    assert isinstance(ready, ReadyRow)
    assert ready.line == 2
    assert ready.profile.member_id == "m-1"
    assert ready.profile.age_band is AgeBand.AGE_25_34
    assert ready.profile.modes == {Mode.VIDEO}
    assert ready.profile.seeker.topics == {"bereavement", "new_parent"}
    assert ready.profile.supporter is None
    assert ready.profile.labels == {"grade": 4}


def test_a_column_of_roles_makes_seekers_supporters_and_both(reads):
    role = {"column": "role", "table": {"mentee": "seekers", "mentor": "supporters", "either": "both"}}

    profiles = [
        each.profile
        for each in reads(
            "id,age,role,places\nm-1,34,Mentee,\nm-2,34,Mentor,2\nm-3,34,Either,3",
            rows=role,
            seeker__session_minutes={"constant": 45},
            supporter__session_minutes={"constant": 90},
            supporter__capacity={"column": "places", "as": "integer"},
        )
    ]

    assert [profile.seeker is not None for profile in profiles] == [True, False, True]
    assert [profile.supporter and profile.supporter.capacity for profile in profiles] == [None, 2, 3]


def test_a_row_without_a_role_is_a_problem(reads):
    role = {"column": "role", "table": {"mentee": "seekers"}}

    assert reads("id,age,role\nm-1,34,\nm-2,34,boss", rows=role) == [
        Problem(2, "says no role", column="role"),
        Problem(3, "is not in the table (allowed: mentee)", column="role"),
    ]


def test_every_bad_cell_of_a_row_is_told_and_the_good_rows_are_kept(reads):
    found = reads(
        "id,age,grade\nm-1,old,four\nm-2,34,4",
        labels__grade={"column": "grade", "as": "integer"},
    )

    assert found[:2] == [
        Problem(2, "must be an age in whole years, 13 to 120", column="age", field="age_band"),
        Problem(2, "must be a whole number", column="grade", field="labels.grade"),
    ]
    assert [type(each) for each in found] == [Problem, Problem, ReadyRow]


def test_an_empty_cell_of_a_required_field_is_told_as_empty(reads):
    (problem,) = reads("id,age\nm-1,")

    assert str(problem) == "line 2, column 'age': is empty, but every profile needs it"


def test_what_the_profile_refuses_is_told_by_line_and_column(reads):
    (problem,) = reads(
        "id,age,places\nm-1,34,-1", rows="supporters", supporter__capacity={"column": "places", "as": "integer"}
    )

    assert (problem.line, problem.column, problem.field) == (2, "places", "supporter.capacity")
    assert problem.message == "must be a whole number from 0 to 100"


def test_a_constant_that_no_profile_takes_is_told_once_by_the_mappings_key(reads):
    with pytest.raises(
        MappingError, match=r"fields\.modes\.constant \(0\) must be one of: text, voice, video, in_person"
    ):
        reads("id,age\nm-1,34\nm-2,35", modes={"constant": ["telepathy"]})


def test_a_required_field_without_a_source_is_told_by_name(tmp_path):
    mapping = load_mapping({"rows": "seekers", "fields": AGE})
    sheet = open_sheet(io.BytesIO(b"age\n34\n"), columns=mapping.columns())

    with pytest.raises(MappingError, match=r"fields\.\w+ is missing; the profile needs it"):
        check_constants(sheet, mapping, load)


def test_a_label_that_the_policy_does_not_declare_is_told_once():
    mapping = load_mapping({"rows": "seekers", "fields": {"labels.site": {"column": "site"}}})

    with pytest.raises(
        MappingError, match=r"fields\.labels\.site is no label that the policy declares \(declared: grade\)"
    ):
        refuse_undeclared_labels(mapping, LABELS)


def test_a_radius_for_everyone_makes_no_place_for_people_who_name_none(reads):
    place = {
        "location__latitude": {"column": "lat", "as": "decimal"},
        "location__longitude": {"column": "long", "as": "decimal"},
        "location__radius_km": {"constant": 10},
    }

    nowhere, somewhere = reads("id,age,lat,long\nm-1,34,,\nm-2,34,53.48,-2.24", **place)

    assert nowhere.profile.location is None
    assert somewhere.profile.location.radius_km == 10


@pytest.mark.parametrize("path", [path for path in field_paths() if not path.startswith("labels")] + ["labels.grade"])
@pytest.mark.parametrize("split", [{}, {"split": ";"}])
def test_no_message_about_any_field_repeats_the_cell(path, split, reads):
    role = "seekers" if path.startswith("seeker") else "supporters"

    try:
        found = reads(f"id,age,c\nm-1,34,{CANARY}", rows=role, **{path.replace(".", "__"): {"column": "c", **split}})
    except MappingError as error:
        found = [error]

    assert CANARY.lower() not in " ".join(str(each).lower() for each in found if not isinstance(each, ReadyRow))
