"""Bringing people in from a spreadsheet, as a browser without JavaScript does it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask

from matching.profile import AgeBand, Mode
from service.console.imports import MOST_ROWS
from service.console.spreadsheet import document_of
from service.mapping.document import load_mapping
from service.records.coordinator import Role
from service.records.run import RunState
from service.usecases.members import list_members
from service.usecases.runs import list_runs
from tests.service.console.browsing import Visitor, forms_of
from tests.service.console.conftest import NOW
from tests.service.console.scenario import Community

ROOT = Path(__file__).parents[3]

SHEET = """\
Code,Name,I would like to,Age,Languages,Topics,When,How,People at once,I agree
m-1,Robin Ashdown,Find company,34,English,New parent,Weekday evenings,"Video, Phone",,Yes
m-2,Alex Ponsonby,Offer company,59,"English, Polish","Bereavement, New parent",Monday evening,"Phone, Messages",2,Yes
m-3,Lee Marrick,Both,44,en,Living alone,Saturday,In person,1,no
"""

ANSWERS = {
    "role": "column",
    "column_role": "I would like to",
    "timezone": "Europe/London",
    "session_minutes": "30",
    "column_id": "Code",
    "column_languages": "Languages",
    "column_availability": "When",
    "column_modes": "How",
    "column_age": "Age",
    "column_topics": "Topics",
    "column_capacity": "People at once",
    "column_consent": "I agree",
    "split": ",",
    "age_as": "years",
    "since_format": "",
}


@pytest.fixture
def lead(visitor: Visitor, app: Flask) -> Visitor:
    """A lead on a platform where nobody is yet."""
    community = Community(app.extensions["alongside"], "fresh", name="Fresh", now=NOW)
    community.add_coordinator("lead", Role.LEAD)
    visitor.sign_in("fresh", login="lead")
    visitor.go("/console/import")
    return visitor


def _send(lead: Visitor, sheet: str | bytes, step: str = "preview", **answers: object) -> str:
    content = sheet.encode() if isinstance(sheet, str) else sheet
    return lead.send("/import", file=(BytesIO(content), "people.csv"), step=step, **{**ANSWERS, **answers})


def _members(app: Flask) -> dict[str, object]:
    return {each.member_id: each.profile for each in list_members(app.extensions["alongside"], "fresh").records}


def test_a_file_is_shown_as_it_is_read_before_anybody_is_kept(app: Flask, lead: Visitor) -> None:
    words = _send(lead, SHEET)

    assert "3 people can be kept" in words
    assert "Nothing is kept yet." in words
    assert "m-1 Would like company with: new parent · Languages: English" in words
    assert "Robin" not in words
    assert _members(app) == {}
    # The answers stand in the form again.
    assert {name: forms_of(lead.page)[-1].values[name] for name in ANSWERS} == ANSWERS


def test_the_people_are_kept_as_the_columns_say(app: Flask, lead: Visitor) -> None:
    words = _send(lead, SHEET, step="import")

    assert "3 people: 3 new, 0 changed, 0 as before." in words
    members = _members(app)
    assert sorted(members) == ["m-1", "m-2", "m-3"]
    robin, alex, lee = members["m-1"], members["m-2"], members["m-3"]
    assert (robin.age_band, robin.modes, robin.supporter) == (AgeBand.AGE_25_34, {Mode.VIDEO, Mode.VOICE}, None)  # type: ignore[attr-defined]
    assert len(robin.availability) == 5  # type: ignore[attr-defined]
    assert (alex.languages, alex.supporter.capacity, alex.seeker) == (("en", "pl"), 2, None)  # type: ignore[attr-defined]
    assert (lee.consent.matching, lee.seeker.topics) == (False, {"living_alone"})  # type: ignore[attr-defined]

    assert "0 new, 0 changed, 3 as before" in _send(lead, SHEET, step="import")


def test_after_it_a_run_is_asked_for(app: Flask, lead: Visitor) -> None:
    _send(lead, SHEET, step="import")

    words = lead.send("/runs")

    assert "This run waits for its turn" in words
    runs = list_runs(app.extensions["alongside"], "fresh").records
    queued = [run for run in runs if run.state is RunState.QUEUED]
    assert len(queued) == 1
    assert queued[0].requested_by.startswith("coordinator:")
    lead.go("/console/runs")
    assert "A run is at work already; here it is." in lead.send("/runs")


def test_bad_lines_are_told_without_their_text_and_the_others_are_kept(app: Flask, lead: Visitor) -> None:
    sheet = (
        SHEET
        + "m-4,Sam Secret,Find company,old,English,x,Never mind,Phone,,Yes\n"
        + ",No Id,Find company,30,English,x,Saturday,Phone,,Yes\n"
    )

    words = _send(lead, sheet)
    assert "3 people can be kept" in words
    assert "2 lines would be left out" in words
    assert "5 Age must be an age in whole years, 13 to 120" in words
    assert "6 Code is empty" in words
    for secret in ("Sam Secret", "Never mind", "No Id"):
        assert secret not in words

    assert "2 lines were left out." in _send(lead, sheet, step="import")
    assert sorted(_members(app)) == ["m-1", "m-2", "m-3"]


@pytest.mark.parametrize(
    ("sheet", "answers", "told"),
    [
        ("", {}, "the file is empty"),
        (SHEET, {"column_age": "Years"}, "no column 'Years', which 'Age' names"),
        (SHEET, {"column_id": ""}, "needs the id that your platform uses"),
        (SHEET, {"column_languages": ""}, "Languages: is missing; the profile needs it."),
        (SHEET, {"role": ""}, "Please choose who the people in this file are."),
        (SHEET, {"timezone": "Mars/Base"}, "Time zone of everybody: must be an IANA time zone"),
        (SHEET, {"timezone": ""}, "Time zone of everybody: is missing"),
        (SHEET.encode("utf-16"), {}, "save it as 'CSV UTF-8'"),
        (b"PK\x03\x04rest", {}, "is an Excel or LibreOffice workbook"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_kindly(
    app: Flask, lead: Visitor, sheet: str | bytes, answers: dict[str, str], told: str
) -> None:
    words = _send(lead, sheet, **answers)

    assert lead.page.status_code == 422
    assert told.lower() in words.lower()
    assert _members(app) == {}


def test_no_file_is_asked_for(lead: Visitor) -> None:
    assert "Please choose your file." in lead.send("/import", **ANSWERS)
    assert lead.page.status_code == 422


def test_too_many_people_at_once_are_refused(app: Flask, lead: Visitor) -> None:
    first, *_ = SHEET.split("\n")
    row = "Find company,34,English,x,Saturday,Phone,,Yes"
    sheet = "\n".join([first, *(f"m-{number},x,{row}" for number in range(MOST_ROWS + 1))])

    assert "Please bring at most 5,000 people at once here." in _send(lead, sheet, step="import")
    assert _members(app) == {}


def test_a_mapping_file_stands_for_the_questions(app: Flask, lead: Visitor) -> None:
    mapping = (
        (ROOT / "docs/examples/spreadsheet/signups.yaml")
        .read_text()
        .replace("recognise_by: [E-mail]", "id: {column: E-mail}")
    )
    sheet = (ROOT / "docs/examples/spreadsheet/signups.csv").read_text().replace("@example.org", "")

    words = lead.send(
        "/import",
        file=(BytesIO(sheet.encode()), "signups.csv"),
        mapping=(BytesIO(mapping.encode()), "signups.yaml"),
        step="import",
    )

    assert "8 people: 8 new" in words
    assert "alex" in _members(app)


def test_every_word_of_the_tables_gives_a_value_that_a_profile_takes() -> None:
    document = document_of({**ANSWERS, "column_pace": "P", "column_gender": "G"}, now=NOW)

    mapping = load_mapping(document)

    assert {path for path in mapping.sources} >= {"languages", "modes", "availability", "pace", "gender", "age_band"}
    for windows in document["fields"]["availability"]["table"].values():
        assert {tuple(sorted(window)) for window in windows} == {("day", "end", "start")}


def test_a_script_in_a_cell_a_header_or_an_answer_is_shown_as_text(lead: Visitor) -> None:
    script = "<script>alert(1)</script>"
    sheet = SHEET.replace("New parent", script).replace("m-1", script)

    _send(lead, sheet, column_topics=script)
    assert script not in lead.page.text
    _send(lead, sheet)
    assert script not in lead.page.text
