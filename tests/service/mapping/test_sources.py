import pytest

from service.mapping.sources import CellError, Column, Kind, Table


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        (Kind.TEXT, "  Grade 7 ", "Grade 7"),
        (Kind.LOWER, "New  Parent", "new parent"),
        (Kind.SLUG, " New Parent! ", "new_parent"),
        (Kind.SLUG, "Café / crème", "cafe_creme"),
        (Kind.INTEGER, "42", 42),
        (Kind.INTEGER, "-3", -3),
        (Kind.DECIMAL, "53.48", 53.48),
        (Kind.DECIMAL, "-2,24", -2.24),
        (Kind.YES_NO, "Yes", True),
        (Kind.YES_NO, "x", True),
        (Kind.YES_NO, "N", False),
        (Kind.DATE, "2026-09-01", "2026-09-01"),
        (Kind.DATE_TIME, "2026-09-01T10:00:00+02:00", "2026-09-01T08:00:00Z"),
        (Kind.DATE_TIME, "2026-09-01", "2026-09-01T00:00:00Z"),
        (Kind.AGE_BAND, "13", "13-15"),
        (Kind.AGE_BAND, "17", "16-17"),
        (Kind.AGE_BAND, "24", "18-24"),
        (Kind.AGE_BAND, "25", "25-34"),
        (Kind.AGE_BAND, "74", "65-74"),
        (Kind.AGE_BAND, "101", "75+"),
    ],
)
def test_each_conversion_gives_the_value_the_profile_wants(kind, cell, value):
    assert Column("c", kind=kind).value_of(cell) == value


def test_every_conversion_is_in_the_table_above():
    (parameters,) = (mark.args[1] for mark in test_each_conversion_gives_the_value_the_profile_wants.pytestmark)

    assert {row[0] for row in parameters} == set(Kind)


def test_a_date_may_be_written_the_way_the_file_writes_it():
    column = Column("c", kind=Kind.DATE, format="%d/%m/%Y")

    assert column.value_of("24/11/2026") == "2026-11-24"


@pytest.mark.parametrize(
    ("kind", "cell", "allowed"),
    [
        (Kind.SLUG, "?!", "a letter or a digit"),
        (Kind.INTEGER, "4.5", "a whole number"),
        (Kind.INTEGER, "٣", "a whole number"),
        (Kind.INTEGER, "9" * 16, "a whole number"),
        (Kind.DECIMAL, "nan", "a number such as"),
        (Kind.YES_NO, "maybe", "must be yes or no"),
        (Kind.DATE, "01.09.2026", "a date such as 2026-09-01"),
        (Kind.DATE_TIME, "yesterday", "a date such as 2026-09-01"),
        (Kind.AGE_BAND, "9", "13 to 120"),
        (Kind.AGE_BAND, "121", "13 to 120"),
    ],
)
def test_a_refused_cell_is_told_what_is_allowed_and_never_what_it_holds(kind, cell, allowed):
    with pytest.raises(CellError, match=allowed) as caught:
        Column("c", kind=kind).value_of(cell)

    assert cell not in str(caught.value)


def test_a_cell_with_several_entries_becomes_a_list_without_blanks_and_repeats():
    column = Column("c", kind=Kind.SLUG, split=";")

    assert column.value_of("Chess; gardening ;; chess") == ["chess", "gardening"]


def test_a_table_looks_up_without_capitals_and_outer_spaces():
    column = Column("c", table=Table({"grade 7": 6}, ("Grade 7",)))

    assert column.value_of("  GRADE   7 ") == 6


def test_a_text_that_the_table_does_not_list_is_told_the_list():
    column = Column("c", table=Table({"aa": 1, "ao": 2}, ("AA", "AO")))

    with pytest.raises(CellError, match=r"is not in the table \(allowed: AA, AO\)$"):
        column.value_of("Robin Smith")


def test_otherwise_takes_what_the_table_does_not_list_and_null_leaves_it_out():
    other = Column("c", split=",", table=Table({"chess": "chess"}, ("chess",), has_otherwise=True, otherwise="other"))
    out = Column("c", split=",", table=Table({"chess": "chess"}, ("chess",), has_otherwise=True))

    assert other.value_of("chess, my own hobby") == ["chess", "other"]
    assert out.value_of("chess, my own hobby") == ["chess"]


def test_a_table_may_turn_one_entry_into_several():
    evenings = [{"day": "mon", "start": "18:00", "end": "21:00"}, {"day": "tue", "start": "18:00", "end": "21:00"}]
    sunday = {"day": "sun", "start": "10:00", "end": "12:00"}
    column = Column("c", split=";", table=Table({"evenings": evenings, "sunday": sunday}, ("evenings", "sunday")))

    assert column.value_of("evenings; sunday") == [*evenings, sunday]


@pytest.mark.parametrize("cell", ["", "   ", " ; ;"])
def test_an_empty_cell_leaves_the_field_out_or_takes_when_empty(cell):
    assert Column("c", split=";").value_of(cell) is None
    assert Column("c", split=";", when_empty=["none"]).value_of(cell) == ["none"]
