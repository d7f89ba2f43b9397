"""Exports: whatever is stored about somebody is in theirs, and nobody else is named."""

import json
from datetime import timedelta

import pytest

from service.errors import NotFound
from service.records.block import Block
from service.records.check_in import CheckIn
from service.records.codec import put_of
from service.records.hold import Concern, ConcernCategory, Hold, HoldCause, Severity
from service.records.load import Load
from service.records.match import ActorRole, Match
from service.records.rest import Rest
from service.records.task import CoordinatorTask, TaskKind
from service.records.wait import Wait
from service.sealed_text import NOTES, TextSeal
from service.secret_keys import SecretKey, SecretKeys
from service.storage.store import Changes, Delete
from service.usecases.erasing.traces import NO_TRACE, TRACES
from service.usecases.exporting import EVENTS, SECTIONS, export_member
from service.usecases.notes import write_note
from service.usecases.runs import run_now
from tests.service.usecases.acting import active
from tests.service.usecases.cast import NOW, P

SEAL = TextSeal(SecretKeys(SecretKey("k1", "s" * 40)), NOTES)
OTHERS = ("ben", "amy", "bea")


@pytest.fixture
def lived(cast, clock):
    """Ada, of whom something of every kind is kept."""
    run_now(cast, P, clock=clock)
    for stored in tuple(cast.each(P, Match.KIND)):
        cast.commit(P, Changes(deletes=(Delete(Match.KIND, stored.record_id),)))
    match = active(cast, "ada", "ben", now=NOW + timedelta(minutes=1))
    write_note(cast, P, match_id=match.match_id, text="Prefers mornings.", by="c-1", now=NOW, seal=SEAL)
    told = (
        Load("ada", (match.match_id,)),
        Hold("hold_1", "ada", HoldCause.CRISIS, NOW, "c-1"),
        Concern("concern_1", "ada", ConcernCategory.OTHER, Severity.LOW, NOW, reporter_id="amy"),
        Concern("concern_2", "bea", ConcernCategory.OTHER, Severity.LOW, NOW, reporter_id="ada"),
        CheckIn("checkin_1", match.match_id, ActorRole.SEEKER, "ada", NOW),
        CoordinatorTask(TaskKind.CARE, match.match_id, ("ada", "ben"), NOW, task_id="task_1"),
        Block("ada", "bea", NOW),
        Rest("ada", "bea", "match_x", "safety", NOW, None),
        Wait("ada", NOW.date(), 28),
    )
    cast.commit(P, Changes(puts=tuple(put_of(each) for each in told)))
    return cast


def export(store, member_id="ada"):
    return export_member(store, P, member_id=member_id, now=NOW, seal=SEAL)


def test_every_kind_that_is_erased_is_exported_and_no_other():
    exported = {kind for kind, section in SECTIONS.items() if section is not None} - {EVENTS}

    assert set(SECTIONS) - {EVENTS} == set(TRACES)
    assert exported == {kind for kind, trace in TRACES.items() if trace is not NO_TRACE} - {
        "renewal",
        "round",
        "import_piece",
    }


def test_whatever_is_stored_under_their_name_is_in_it(lived):
    sections = {section.kind: {str(record["id"]) for record in section.records} for section in export(lived).sections}

    naming = {
        (part.kind, part.record_id)
        for part in lived.dump(P)
        if hasattr(part, "record_id") and '"ada"' in json.dumps([part.record_id, part.body, part.index])
    }
    assert {kind for kind, _ in naming} > {"member", "match", "hold", "concern", "check_in", "task", "block", "rest"}
    for kind, record_id in naming:
        assert record_id in sections[kind], (kind, record_id)
    events = {str(event.sequence) for event in lived.events(P, limit=1000) if "ada" in event.mentions}
    assert events
    assert sections[EVENTS] == events
    assert any(record_id.endswith(".snapshot") for record_id in sections["run_part"])


def test_nobody_else_is_named(lived):
    text = json.dumps([section.records for section in export(lived).sections])

    for other in OTHERS:
        assert f'"{other}"' not in text
    assert '"c-1"' not in json.dumps([section.records for section in export(lived).sections if section.kind == "match"])
    assert "somebody else" in text


def test_the_profile_as_a_run_saw_it_is_told_and_nobody_elses(lived):
    (parts,) = (section for section in export(lived).sections if section.kind == "run_part")

    copies = [line for record in parts.records for line in record["lines"] if "profile" in line]
    assert copies
    assert {line["member"] for line in copies} == {"ada"}


def test_notes_are_told_in_plain_words(lived):
    (notes,) = (section for section in export(lived).sections if section.kind == "note")

    assert [note["text"] for note in notes.records] == ["Prefers mornings."]
    assert notes.look_first


def test_there_is_no_export_of_nobody(lived):
    with pytest.raises(NotFound):
        export(lived, "nobody")
