import csv
import json
import stat

import pytest

MAPPING = """
rows: seekers
recognise_by: [email]
fields:
  languages: {constant: [en]}
  timezone: {constant: Europe/London}
  modes: {constant: [video]}
  age_band: {column: age, as: age_band}
  seeker.topics: {column: topics, split: ";", as: slug}
  consent.matching: {constant: true}
  consent.given_at: {constant: "2026-09-01T10:00:00Z"}
"""
PEOPLE = """email,first name,age,topics
robin@example.org,Robin,34,Bereavement; New parent
kim@example.org,Kim,51,Divorce
sam@example.org,Sam,70,
"""
NAMES = ("robin", "kim", "sam", "example.org")


@pytest.fixture
def files(tmp_path, cli, harbour):
    (tmp_path / "people.csv").write_text(PEOPLE)
    (tmp_path / "people.yaml").write_text(MAPPING)
    return tmp_path


def members(tmp_path):
    from service.storage import open_store
    from service.usecases.members import list_members

    store = open_store(f"sqlite:///{tmp_path}/data/alongside.sqlite3")
    try:
        return list_members(store, "harbour", limit=1000).records
    finally:
        store.close()


def import_people(cli, *more, file="people.csv"):
    return cli("import", file, "--platform", "harbour", "--mapping", "people.yaml", *more)


def test_a_spreadsheet_becomes_members(cli, files):
    outcome = import_people(cli)

    assert outcome.code == 0
    assert outcome.out.splitlines()[0] == "3 members from people.csv: 3 new, 0 changed, 0 as before."
    assert outcome.err == ""
    kept = {member.profile.age_band: member.profile for member in members(files)}
    assert kept["25-34"].seeker.topics == {"bereavement", "new_parent"}
    assert kept["65-74"].seeker.topics == frozenset()


def test_columns_that_no_field_names_never_reach_the_store(cli, files):
    import_people(cli)

    stored = b"".join(path.read_bytes() for path in (files / "data").iterdir()).lower()
    assert b"bereavement" in stored
    for name in NAMES:
        assert name.encode() not in stored


def test_the_key_file_says_which_member_is_whose_and_only_its_owner_may_read_it(cli, files):
    outcome = import_people(cli)

    keys = files / "people.keys.csv"
    rows = list(csv.DictReader(keys.read_text().splitlines()))
    assert [row["email"] for row in rows] == ["robin@example.org", "kim@example.org", "sam@example.org"]
    assert {row["member_id"] for row in rows} == {member.member_id for member in members(files)}
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    assert "people.keys.csv" in outcome.out


def test_importing_again_changes_only_what_changed_and_doubles_nobody(cli, files):
    import_people(cli)
    before = {member.member_id for member in members(files)}
    lines = PEOPLE.splitlines()
    (files / "people.csv").write_text("\n".join([lines[0], lines[3], lines[2].replace("51", "55"), lines[1]]))

    outcome = import_people(cli)

    assert outcome.out.splitlines()[0] == "3 members from people.csv: 0 new, 1 changed, 2 as before."
    assert {member.member_id for member in members(files)} == before


def test_the_key_file_may_lie_elsewhere(cli, files):
    import_people(cli, "--key-file", "elsewhere.csv")
    import_people(cli, "--key-file", "elsewhere.csv")

    assert len(members(files)) == 3
    assert not (files / "people.keys.csv").exists()


def test_good_lines_are_stored_and_bad_ones_told_by_line_and_column_without_their_text(cli, files):
    (files / "people.csv").write_text(PEOPLE.replace("51", "fifty-one").replace(",70,", ",70,Loss,"))

    outcome = import_people(cli)

    assert outcome.code == 65
    assert outcome.out.splitlines()[0] == "1 member from people.csv: 1 new, 0 changed, 0 as before."
    assert outcome.err.splitlines() == [
        "2 lines were not stored:",
        "  line 3, column 'age': must be an age in whole years, 13 to 120",
        "  line 4: must have as many cells as the first line (4); it has 5",
        "Correct them and import the file again: nobody is stored twice.",
    ]
    assert len(members(files)) == 1


def test_many_bad_lines_are_counted_and_some_are_shown(cli, files):
    (files / "people.csv").write_text("email,age,topics\n" + "".join(f"a{n}@example.org,old,\n" for n in range(30)))

    outcome = import_people(cli)

    assert "30 lines were not stored:" in outcome.err
    assert "  ... and 10 more (all of them: --json)" in outcome.err
    assert len(import_people(cli, "--json").document["problems"]) == 30


def test_json_tells_programs_the_same(cli, files):
    (files / "people.csv").write_text(PEOPLE.replace("51", "fifty-one"))

    outcome = import_people(cli, "--json")

    assert outcome.code == 65
    document = outcome.document
    assert {key: document[key] for key in ("created", "updated", "unchanged", "refused")} == {
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "refused": 1,
    }
    assert document["key_file"].endswith("people.keys.csv")
    assert document["problems"] == [
        {"line": 3, "column": "age", "field": "age_band", "message": "must be an age in whole years, 13 to 120"}
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (PEOPLE.encode("utf-16"), "is in UTF-16"),
        (PEOPLE.encode("utf-16-le"), "looks like UTF-16"),
        (PEOPLE.replace("Kim", "Kim Müller").encode("latin-1"), "line 3 is not UTF-8"),
        (b"", "the file is empty"),
        (PEOPLE.replace("age", "years").encode(), "no column 'age', which fields.age_band.column names"),
        (PEOPLE.partition("\n")[2].encode(), "no column 'email', which recognise_by names"),
    ],
)
def test_a_file_that_cannot_be_read_stores_nothing_and_leaves_no_key_file(cli, files, content, told):
    (files / "people.csv").write_bytes(content)

    outcome = import_people(cli)

    assert outcome.code == 65
    assert told in outcome.err
    assert not any(name in outcome.err.lower() for name in NAMES)
    assert members(files) == ()
    assert not (files / "people.keys.csv").exists()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("{column: age, as: age_band}", "{constant: 25-34}", ""),
        ("{column: topics", "{colum: topics", "fields.seeker.topics.colum is not a known key"),
        ("Europe/London", "Europe/Londn", "fields.timezone.constant must be an IANA time zone"),
        ("rows: seekers", "rows: [", "cannot read people.yaml: line"),
        ("  languages: {constant: [en]}\n", "", "fields.languages is missing; the profile needs it"),
        ("seeker.topics:", "labels.site:", "fields.labels.site is no label that the policy declares"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_told_by_its_key_and_stores_nothing(cli, files, old, new, told):
    assert old in MAPPING
    (files / "people.yaml").write_text(MAPPING.replace(old, new))

    outcome = import_people(cli)

    assert told in outcome.err
    assert (outcome.code, len(members(files))) == ((65, 0) if told else (0, 3))


def test_a_mapping_that_names_no_column_is_refused(cli, files):
    (files / "people.yaml").write_text("rows: seekers\nfields: {languages: {constant: [en]}}\n")

    outcome = import_people(cli)

    assert outcome.code == 65
    assert "fields name no column" in outcome.err


def test_a_key_file_that_cannot_be_written_stores_nothing(cli, files):
    outcome = import_people(cli, "--key-file", files / "missing" / "keys.csv")

    assert outcome.code == 65
    assert "cannot write the key file" in outcome.err
    assert members(files) == ()


def test_json_lines_need_no_mapping(cli, files):
    import_people(cli)
    profile = {
        "member_id": "m-1",
        "languages": ["pl"],
        "timezone": "Europe/Warsaw",
        "modes": ["text"],
        "age_band": "25-34",
        "consent": {"matching": True, "given_at": "2026-09-01T10:00:00Z"},
        "supporter": {"capacity": 2},
    }
    (files / "members.ndjson").write_text(json.dumps(profile) + "\n" + json.dumps({**profile, "member_id": "a b"}))

    outcome = cli("import", "members.ndjson", "--platform", "harbour")

    assert outcome.code == 65
    assert outcome.out == "1 member from members.ndjson: 1 new, 0 changed, 0 as before.\n"
    assert "line 2, field member_id: must be 1 to 128" in outcome.err
    assert "m-1" in {member.member_id for member in members(files)}


def test_a_spreadsheet_without_a_mapping_is_told_to_need_one(cli, files):
    outcome = cli("import", "people.csv", "--platform", "harbour")

    assert outcome.code == 65
    assert "--mapping" in outcome.err


def test_an_unknown_platform_stores_nothing_and_draws_no_ids(cli, files):
    outcome = cli("import", "people.csv", "--platform", "nowhere", "--mapping", "people.yaml")

    assert outcome.code == 65
    assert not (files / "people.keys.csv").exists()
