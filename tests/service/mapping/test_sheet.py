import io

import pytest

from service.mapping.errors import Problem, SheetError
from service.mapping.sheet import LONGEST_LINE, Row, open_sheet, refuse_other_encodings

COLUMNS = (("fields.a.column", "topics"), ("fields.b.column", "grade"))


def sheet_of(text, *, columns=COLUMNS, encoding="utf-8", separator=""):
    return open_sheet(io.BytesIO(text.encode(encoding)), columns=columns, separator=separator)


def rows_of(text, **options):
    return list(sheet_of(text, **options).rows())


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_separator_and_line_ends_are_found(separator, ending):
    text = ending.join(separator.join(cells) for cells in (("grade", "name", "topics"), ("AA", "Robin", "chess")))

    assert rows_of(text) == [Row(2, {"topics": "chess", "grade": "AA"})]


def test_the_separator_is_the_one_under_which_the_header_has_the_columns():
    text = "first, last; topics; grade\nRobin, Smith; chess; AA"

    assert rows_of(text) == [Row(2, {"topics": " chess", "grade": " AA"})]


def test_a_separator_that_the_mapping_names_is_taken():
    with pytest.raises(SheetError, match="no column 'topics'"):
        sheet_of("topics;grade\nchess;AA", separator=",")


def test_a_byte_order_mark_is_no_part_of_the_first_column():
    assert rows_of("topics,grade\nchess,AA", encoding="utf-8-sig") == [Row(2, {"topics": "chess", "grade": "AA"})]


def test_capitals_and_spaces_in_the_header_do_not_count():
    assert rows_of(" Topics , GRADE\nchess,AA") == [Row(2, {"topics": "chess", "grade": "AA"})]


def test_only_the_columns_that_were_asked_for_leave_the_sheet():
    (row,) = rows_of("topics,email,grade\nchess,robin@example.org,AA")

    assert "robin@example.org" not in repr(row)


def test_a_quoted_cell_may_hold_line_ends_and_lines_are_still_counted_from_the_top():
    rows = rows_of('topics,grade\n"chess,\nand\ngo",AA\ngardening,AO')

    assert rows == [
        Row(2, {"topics": "chess,\nand\ngo", "grade": "AA"}),
        Row(5, {"topics": "gardening", "grade": "AO"}),
    ]


def test_blank_lines_and_rows_of_empty_cells_are_no_rows():
    assert rows_of("\n\ntopics,grade\n\n,\n , \nchess,AA\n\n") == [Row(7, {"topics": "chess", "grade": "AA"})]


def test_a_ragged_line_is_a_problem_and_its_neighbours_are_kept():
    rows = rows_of("topics,grade\nchess\nchess,AA,x\nchess,AA")

    assert rows == [
        Problem(2, "must have as many cells as the first line (2); it has 1"),
        Problem(3, "must have as many cells as the first line (2); it has 3"),
        Row(4, {"topics": "chess", "grade": "AA"}),
    ]


def test_a_nul_character_is_a_problem_of_its_line_only():
    rows = rows_of("topics,name,grade\nchess,Ro\0bin,AA\nchess,Kim,AO")

    assert rows == [Problem(2, "holds a NUL character, which no text has"), Row(3, {"topics": "chess", "grade": "AO"})]


def test_an_unclosed_quotation_mark_costs_one_line_and_not_the_rest_of_the_file():
    rows = rows_of('topics,grade\nchess,AA\n"gardening,AO\ngo,EO\n"cooking",HEO')

    assert [row.line for row in rows] == [2, 3, 4, 5]
    assert isinstance(rows[1], Problem)
    assert rows[2:] == [Row(4, {"topics": "go", "grade": "EO"}), Row(5, {"topics": "cooking", "grade": "HEO"})]


def test_a_mark_in_the_middle_of_a_quoted_cell_is_a_problem_of_its_line():
    rows = rows_of('topics,grade\n"chess"x,AA\ngo,EO')

    assert isinstance(rows[0], Problem)
    assert rows[1] == Row(3, {"topics": "go", "grade": "EO"})


def test_a_file_full_of_unclosed_marks_ends_in_reasonable_time():
    rows = rows_of("topics,grade\n" + '"a,b\n' * 3001)

    assert all(isinstance(row, Problem) for row in rows)
    assert len(rows) > 100


def test_a_cell_beyond_the_limit_is_a_problem_of_its_line():
    rows = rows_of("topics,grade\n" + "x" * 200_000 + ",AA\ngo,EO")

    assert isinstance(rows[0], Problem)
    assert rows[1] == Row(3, {"topics": "go", "grade": "EO"})


def test_every_missing_column_is_named_and_no_column_of_the_file():
    with pytest.raises(SheetError) as caught:
        sheet_of("robin@example.org,Robin\nkim@example.org,Kim")

    message = str(caught.value)
    assert "no column 'topics', which fields.a.column names" in message
    assert "no column 'grade', which fields.b.column names" in message
    assert "robin" not in message.lower()


def test_a_wanted_column_that_stands_twice_is_refused_and_an_unwanted_one_is_not():
    with pytest.raises(SheetError, match="names the column 'grade' more than once"):
        sheet_of("topics,grade,Grade\nchess,AA,AO")

    assert len(rows_of("topics,grade,name,name\nchess,AA,x,y")) == 1


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_an_empty_file_is_told_so(text):
    with pytest.raises(SheetError, match="the file is empty"):
        sheet_of(text)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("topics,grade\n".encode("utf-16"), "is in UTF-16; save it as 'CSV UTF-8'"),
        ("topics,grade\n".encode("utf-16-le"), "looks like UTF-16 without a byte order mark"),
        ("topics,grade\n".encode("utf-16-be"), "looks like UTF-16 without a byte order mark"),
        ("topics,grade\n".encode("utf-32"), "is in UTF-32"),
        (b"PK\x03\x04rest of a workbook", "is an Excel or LibreOffice workbook, not CSV"),
        (b"\xd0\xcf\x11\xe0rest of a workbook", "is an old Excel workbook, not CSV"),
        ("topics,grade\nchess,AA\ncaf\xe9,AO\n".encode("latin-1"), r"line 3 is not UTF-8 \(perhaps Windows-1252"),
        (b"topics,grade\nchess,\xe2\x82", "line 2 is not UTF-8"),
    ],
)
def test_another_encoding_is_named_before_the_first_row(content, message):
    with pytest.raises(SheetError, match=message):
        open_sheet(io.BytesIO(content), columns=COLUMNS)


def test_a_bad_byte_far_into_the_file_is_told_by_its_line():
    content = b"topics,grade\n" + b"chess,AA\n" * 200_000 + b"caf\xe9,AA\n"

    with pytest.raises(SheetError, match="line 200002 is not UTF-8"):
        refuse_other_encodings(io.BytesIO(content))


def test_a_character_across_two_reads_is_no_error():
    refuse_other_encodings(io.BytesIO(b"a" * 4095 + "é".encode() + b"a" * ((1 << 20) - 2) + "é".encode()))


def test_an_endless_line_is_refused_before_it_fills_memory():
    with pytest.raises(SheetError, match=r"line 2 is longer than 1,000,000 characters"):
        rows_of("topics,grade\n" + '"' + "x" * (LONGEST_LINE + 1))


def test_a_header_that_cannot_be_read_is_told_as_the_header():
    with pytest.raises(SheetError, match="the first line, which must hold the names of the columns"):
        sheet_of('topics,"grade\nchess,AA')


def test_the_rows_may_be_read_twice_and_the_file_stays_open():
    file = io.BytesIO(b"topics,grade\nchess,AA\n")
    sheet = open_sheet(file, columns=COLUMNS)

    assert list(sheet.rows()) == list(sheet.rows())
    assert not file.closed
