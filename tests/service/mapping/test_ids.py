import csv
import io
import re
import stat

import pytest

from service.mapping.document import load_mapping
from service.mapping.errors import KeyFileError, Problem
from service.mapping.ids import keep_keys, settle_ids
from service.mapping.keyfile import KeyLine, default_key_file, read_key_file, write_key_file
from service.mapping.sheet import open_sheet

FIELDS = {"seeker.topics": {"column": "topics"}}


def mapping_of(**more):
    return load_mapping({"rows": "seekers", "fields": FIELDS, **more})


def settled(text, mapping, key_file):
    return settle_ids(open_sheet(io.BytesIO(text.encode()), columns=mapping.columns()), mapping, key_file)


def imported(text, mapping, key_file):
    ids = settled(text, mapping, key_file)
    keep_keys(ids, mapping, key_file)
    return ids


@pytest.fixture
def key_file(tmp_path):
    return tmp_path / "people.keys.csv"


def test_rows_with_ids_keep_them_and_need_no_key_file(key_file):
    ids = imported("id,topics\nm-1,chess\nm-2,go", mapping_of(id={"column": "id"}), key_file)

    assert ids.id_of_line == {2: "m-1", 3: "m-2"}
    assert not key_file.exists()


def test_the_second_row_with_an_id_is_a_problem_that_names_the_first(key_file):
    ids = settled("id,topics\nm-1,chess\nm-1,go", mapping_of(id={"column": "id"}), key_file)

    assert ids.id_of_line == {2: "m-1"}
    assert ids.problems == {3: Problem(3, "is the same as on line 2", column="id")}


@pytest.mark.parametrize("member_id", ["robin@example.org", "a b", "é", "x" * 129])
def test_an_odd_id_is_a_problem_that_does_not_repeat_it(member_id, key_file):
    ids = settled(f"id,topics\n{member_id},chess", mapping_of(id={"column": "id"}), key_file)

    assert ids.id_of_line == {}
    assert member_id not in str(ids.problems[2])
    assert "allowed: 1 to 128" in str(ids.problems[2])


def test_rows_without_an_id_get_random_ones_and_a_key_file(key_file):
    ids = imported(
        "email,topics\nrobin@example.org,chess\nkim@example.org,go", mapping_of(recognise_by=["email"]), key_file
    )

    assert all(re.fullmatch(r"r-[0-9a-f]{16}", member_id) for member_id in ids.id_of_line.values())
    assert len(set(ids.id_of_line.values())) == 2
    assert list(csv.reader(key_file.read_text().splitlines())) == [
        ["line", "member_id", "email"],
        ["2", ids.id_of_line[2], "robin@example.org"],
        ["3", ids.id_of_line[3], "kim@example.org"],
    ]


def test_only_the_owner_may_read_the_key_file(key_file):
    imported("topics\nchess", mapping_of(), key_file)

    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert list(key_file.parent.iterdir()) == [key_file]


def test_importing_again_knows_the_rows_whatever_their_order_and_draws_ids_for_new_ones_only(key_file):
    mapping = mapping_of(recognise_by=["email"])
    first = imported("email,topics\nrobin@example.org,chess\nkim@example.org,go", mapping, key_file)

    again = imported(
        "email,topics\nsam@example.org,chess\nKIM@example.org ,cooking\nrobin@example.org,chess", mapping, key_file
    )

    assert (again.id_of_line[3], again.id_of_line[4]) == (first.id_of_line[3], first.id_of_line[2])
    assert (again.known_again, again.newly_drawn) == (2, 1)


def test_people_of_an_earlier_file_stay_in_the_key_file(key_file):
    mapping = mapping_of(recognise_by=["email"])
    first = imported("email,topics\nrobin@example.org,chess", mapping, key_file)

    imported("email,topics\nkim@example.org,go", mapping, key_file)

    kept = read_key_file(key_file, ["email"])
    assert kept["robin@example.org",].member_id == first.id_of_line[2]
    assert len(kept) == 2


def test_two_rows_that_would_be_the_same_person_are_a_problem_of_the_second(key_file):
    ids = settled(
        "email,topics\nrobin@example.org,chess\nRobin@example.org,go", mapping_of(recognise_by=["email"]), key_file
    )

    assert list(ids.id_of_line) == [2]
    assert str(ids.problems[3]) == "line 3, column 'email': is the same as on line 2"


def test_a_row_that_could_not_be_known_again_is_a_problem(key_file):
    ids = settled("email,topics\n,chess", mapping_of(recognise_by=["email"]), key_file)

    assert ids.id_of_line == {}
    assert "is empty" in str(ids.problems[2])


def test_without_a_way_to_know_the_rows_a_second_import_is_refused_and_doubles_nobody(key_file):
    imported("topics\nchess", mapping_of(), key_file)
    before = key_file.read_bytes()

    with pytest.raises(KeyFileError, match="add recognise_by"):
        imported("topics\nchess", mapping_of(), key_file)

    assert key_file.read_bytes() == before


def test_rows_of_which_some_have_ids_are_told_apart(key_file):
    mapping = mapping_of(id={"column": "id"}, recognise_by=["email"])

    ids = imported("id,email,topics\nm-1,robin@example.org,chess\n,kim@example.org,go", mapping, key_file)

    assert ids.id_of_line[2] == "m-1"
    assert ids.newly_drawn == 1
    assert "robin" not in key_file.read_text()


def test_settling_writes_nothing(key_file):
    settled("topics\nchess", mapping_of(), key_file)

    assert not key_file.exists()


def test_a_key_file_saved_again_by_a_spreadsheet_program_still_works(key_file):
    key_file.write_text("\ufeffmember_id;line;email\nr-1;2;robin@example.org\n", encoding="utf-8")

    ids = settled("email,topics\nrobin@example.org,chess", mapping_of(recognise_by=["email"]), key_file)

    assert ids.id_of_line == {2: "r-1"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("line,member_id\n2,r-1\n", "no column 'email', which recognise_by names"),
        ("line,member_id,email\n2,r-1\n", "line 2 must have as many cells"),
        ("line,member_id,email\n2,r-1,a@b\n3,r-2,A@b\n", "line 3 is the same as an earlier one"),
    ],
)
def test_a_damaged_key_file_is_refused_by_name(content, message, key_file):
    key_file.write_text(content)

    with pytest.raises(KeyFileError, match=message) as caught:
        settled("email,topics\nrobin@example.org,chess", mapping_of(recognise_by=["email"]), key_file)

    assert "people.keys.csv" in str(caught.value)


def test_a_key_file_that_cannot_be_written_is_told_and_leaves_no_draft(tmp_path):
    place = tmp_path / "missing" / "people.keys.csv"

    with pytest.raises(KeyFileError, match="No such file or directory"):
        write_key_file(place, [], [KeyLine(2, "r-1", ())])

    assert list(tmp_path.iterdir()) == []


def test_the_key_file_lies_beside_the_spreadsheet(tmp_path):
    assert default_key_file(tmp_path / "people.2026.csv") == tmp_path / "people.2026.keys.csv"
