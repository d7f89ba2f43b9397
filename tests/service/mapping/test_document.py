import pytest

from matching.profile import Profile
from service.mapping.document import Rows, field_paths, load_mapping
from service.mapping.errors import MappingError
from service.mapping.sources import Column, Constant, Kind

LEAST = {"rows": "seekers", "fields": {"seeker.topics": {"column": "topics", "split": ";"}}}


def test_a_mapping_gives_each_field_a_column_or_a_constant():
    mapping = load_mapping(
        {
            "rows": "supporters",
            "id": {"column": "member"},
            "recognise_by": ["email"],
            "separator": "tab",
            "fields": {
                "languages": {"constant": ["en"]},
                "consent.given_at": {"column": "Timestamp", "as": "date_time", "format": "%d/%m/%Y"},
                "labels.grade": {"column": "grade", "table": {"AA": 1}},
            },
        }
    )

    assert mapping.rows is Rows.SUPPORTERS
    assert mapping.separator == "\t"
    assert mapping.sources["languages"] == Constant(["en"])
    assert mapping.sources["consent.given_at"] == Column("Timestamp", kind=Kind.DATE_TIME, format="%d/%m/%Y")
    assert list(mapping.columns()) == [
        ("id.column", "member"),
        ("recognise_by", "email"),
        ("fields.consent.given_at.column", "Timestamp"),
        ("fields.labels.grade.column", "grade"),
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": None}, "rows must hold keys and values"),
        ({"rows": "mentees"}, r"rows cannot be 'mentees' \(allowed: seekers, supporters, both"),
        ({"rows": {"column": "role"}}, "rows.table is missing"),
        ({"rows": {"column": "role", "table": {"M": "mentor"}}}, "rows.table cannot give 'mentor'"),
        ({"rows": {"column": "role", "as": "slug"}}, "rows.as is not a known key"),
        ({"row": "seekers"}, r"row is not a known key \(allowed: rows, id, recognise_by, separator, fields\)"),
        ({"separator": "|"}, "separator cannot be '|'"),
        ({"id": {"colum": "x"}}, r"id.colum is not a known key \(allowed: column\)"),
        ({"id": {}}, "id.column must be a text"),
        ({"recognise_by": "email"}, "recognise_by must be a list of columns"),
        ({"fields": {}}, "fields name no column"),
        ({"fields": {"languages": {"constant": ["en"]}}}, "fields name no column"),
        ({"fields": {"topics": {"column": "t"}}}, "did you mean seeker.topics or supporter.topics"),
        ({"fields": {"seeker.topic": {"column": "t"}}}, "fields.seeker.topic is no field of a profile; did you mean"),
        ({"fields": {"seeker": {"column": "t"}}}, "did you mean seeker.topics or"),
        ({"fields": {"name": {"column": "first name"}}}, "fields.name is no field of a profile"),
        ({"fields": {"member_id": {"column": "id"}}}, "fields.member_id is no field of a profile"),
        ({"fields": {"supporter.topics": {"column": "t"}}}, "is a supporter's field, but the rows are seekers"),
        ({"fields": {"languages": "en"}}, "fields.languages must hold keys and values"),
        ({"fields": {"languages": {}}}, "fields.languages names neither a column nor a constant"),
        ({"fields": {"languages": {"column": ""}}}, "fields.languages.column must be a text"),
        ({"fields": {"languages": {"constant": None}}}, "fields.languages.constant is empty"),
        ({"fields": {"languages": {"constant": 1, "column": "l"}}}, "fields.languages.column is not a known key"),
        ({"fields": {"languages": {"column": "l", "as": "upper"}}}, r"as cannot be 'upper' \(allowed: text, lower"),
        ({"fields": {"languages": {"column": "l", "as": "lower", "table": {"a": 1}}}}, "cannot stand beside a table"),
        ({"fields": {"languages": {"column": "l", "format": "%d"}}}, "needs as: date or as: date_time"),
        ({"fields": {"languages": {"column": "l", "split": ""}}}, "split must be a text"),
        ({"fields": {"languages": {"column": "l", "otherwise": 1}}}, "otherwise needs a table"),
        ({"fields": {"languages": {"column": "l", "table": {}}}}, "table is empty"),
        ({"fields": {"languages": {"column": "l", "table": {"A": 1, "a ": 2}}}}, "lists 'a ' twice"),
    ],
)
def test_what_a_mapping_may_not_say_is_refused_by_its_key(change, message):
    with pytest.raises(MappingError, match=message):
        load_mapping({**LEAST, **change})


@pytest.mark.parametrize("document", [None, [], "rows: seekers", {"fields": {}}, {"rows": "seekers"}])
def test_a_file_that_is_no_mapping_is_refused(document):
    with pytest.raises(MappingError):
        load_mapping(document)


def test_every_field_of_a_profile_can_be_mapped_but_the_id():
    roots = {path.partition(".")[0] for path in field_paths()}

    assert roots == set(Profile.__dataclass_fields__) - {"member_id"}
    assert {"labels.*", "seeker.measures.ucla3", "location.latitude", "consent.matching"} <= set(field_paths())


def test_a_column_may_say_the_role():
    role = {"column": "role", "table": {"Mentee": "seekers", "Mentor": "supporters", "Both": "both"}}
    mapping = load_mapping({**LEAST, "rows": role})

    assert isinstance(mapping.rows, Column)
    assert next(mapping.columns()) == ("rows.column", "role")
