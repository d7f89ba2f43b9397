"""The catalogue of events: every type the code can tell is in it, with all that it says, and in the documentation."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from service.errors import InvalidChanges
from service.events import CATALOGUE, FIELDS, catalogue_table, event_id_of, fields_table, match_event, new_event, told
from service.records.match import MatchState
from service.storage.store import Event

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
TYPE = re.compile(r"(?:member|members|match|run|hold|block|task|policy|wording|audit|webhook|key|coordinator)\.[a-z_]+")


def trees():
    for path in sorted((ROOT / "service").rglob("*.py")):
        if path != ROOT / "service" / "events.py":
            yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def test_every_type_that_the_code_names_is_in_the_catalogue_and_every_type_in_it_is_told():
    named = {
        node.value
        for _, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and TYPE.fullmatch(node.value)
    }
    steps = {match_event(state) for state in MatchState}

    assert named | steps == set(CATALOGUE)


def test_events_are_made_in_one_place_only():
    elsewhere = [
        str(path)
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "NewEvent" and "storage" not in path.parts
    ]

    assert elsewhere == []


@pytest.mark.parametrize(
    ("event_type", "fields"),
    [
        ("member.promoted", {}),
        ("member.created", {}),
        ("member.created", {"version": 1, "name": "Ada"}),
        ("member.deleted", {"version": 1}),
    ],
)
def test_what_the_catalogue_does_not_know_is_no_event(event_type, fields):
    with pytest.raises(InvalidChanges, match="catalogue"):
        new_event(event_type, "m-1", NOW, **fields)


def test_every_field_has_a_meaning_and_every_meaning_a_field():
    assert {name for kind in CATALOGUE.values() for name in kind.names} == set(FIELDS)


def test_an_event_is_told_with_what_it_is_about_under_its_own_name():
    made = new_event("hold.seen", "hold_1", NOW, mentions=("m-1",), member_id="m-1", cause="crisis")
    event = Event(7, made.type, made.subject, made.at, dict(made.body), ("hold_1", "m-1"), "ab", "cd" * 32)

    assert told(event) == {
        "event_id": "evt_" + "cd" * 16,
        "sequence": 7,
        "type": "hold.seen",
        "timestamp": "2026-11-30T09:00:00.000000Z",
        "data": {"hold_id": "hold_1", "member_id": "m-1", "cause": "crisis"},
    }


def test_an_event_that_was_emptied_keeps_its_id_and_says_nothing():
    event = Event(7, "member.created", None, NOW, {}, (), None, "cd" * 32)

    assert told(event)["data"] is None
    assert event_id_of(event) == "evt_" + "cd" * 16


@pytest.mark.parametrize(("name", "table"), [("catalogue", catalogue_table()), ("fields", fields_table())])
def test_the_documentation_has_the_catalogue(name, table):
    text = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")

    written = re.search(rf"<!-- {name}: [^>]*-->\n(.*?)<!-- end -->", text, re.DOTALL)

    assert written is not None
    assert written[1] == table


def test_the_openapi_document_names_every_type_with_all_it_says():
    document = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    (tag,) = (tag for tag in document["tags"] if tag["name"] == "events")

    assert document["components"]["schemas"]["EventOut"]["properties"]["type"]["enum"] == list(CATALOGUE)
    assert catalogue_table().strip() in tag["description"]
