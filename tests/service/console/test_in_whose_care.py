"""Owners and notes in the console: who looks after a pair or a task, and what is written down about a pair."""

from __future__ import annotations

import pytest
from flask import Flask

from service.records.coordinator import Role
from service.records.note import Note
from service.records.task import TaskKind
from service.usecases.matches import get_match
from service.usecases.tasks import list_open
from service.usecases.work import Work
from tests.service.console.browsing import Visitor, forms_of
from tests.service.console.scenario import LOGIN, Community


def _owner(harbour: Community, match_id: str) -> str:
    return get_match(harbour.store, "harbour", match_id=match_id).owner_id


def _task(harbour: Community, match_id: str) -> str:
    work = Work(harbour.store, "harbour", harbour.now)
    work.open_task(TaskKind.FIRST_MEETING, match_id, ("s-1", "p-1"))
    harbour.store.commit("harbour", work.changes())
    (task,) = list_open(harbour.store, "harbour").records
    return task.task_id


@pytest.fixture
def other(app: Flask, harbour: Community) -> Visitor:
    """A second coordinator, in a browser of their own."""
    harbour.add_coordinator("leo", Role.LEAD)
    visitor = Visitor(app.test_client())
    visitor.sign_in("harbour", login="leo")
    return visitor


def test_whoever_approves_looks_after_the_pair(maria: Visitor, harbour: Community) -> None:
    match_id = harbour.propose("s-1", "p-1")
    assert "Nobody looks after it yet" in maria.go(f"/console/proposals/{match_id}")

    maria.send("/approve")

    assert "You look after it" in maria.go(f"/console/proposals/{match_id}")
    assert _owner(harbour, match_id) == harbour.coordinator_id


def test_a_pair_is_taken_given_on_and_laid_down(maria: Visitor, harbour: Community, other: Visitor) -> None:
    match_id = harbour.propose("s-1", "p-1")
    other.go(f"/console/proposals/{match_id}")
    assert "You look after it" in other.send("/owner")
    assert "leo looks after it" in maria.go(f"/console/proposals/{match_id}")

    form = next(form for form in forms_of(other.page) if form.action.endswith("/owner"))
    given = other.client.post(form.action, data={**form.values, "owner": harbour.coordinator_id}, follow_redirects=True)

    assert f"{LOGIN} looks after it" in given.text
    assert "You look after it" in maria.go(f"/console/proposals/{match_id}")
    maria.send("/owner", owner="")
    assert _owner(harbour, match_id) == ""


def test_a_page_that_others_have_overtaken_gives_nothing_away(
    maria: Visitor, harbour: Community, other: Visitor
) -> None:
    match_id = harbour.propose("s-1", "p-1")
    maria.go(f"/console/proposals/{match_id}")
    other.go(f"/console/proposals/{match_id}")
    other.send("/owner")

    words = maria.send("/owner")

    assert maria.page.status_code == 409
    assert "Nothing was changed by you" in words
    assert "leo looks after it" in words


@pytest.mark.parametrize("somebody", ["nobody", "<script>alert(1)</script>", "s-1"])
def test_only_somebody_who_decides_can_be_given_a_pair(maria: Visitor, harbour: Community, somebody: str) -> None:
    reader = harbour.add_coordinator("reader", Role.READ_ONLY)
    match_id = harbour.propose("s-1", "p-1")
    maria.go(f"/console/proposals/{match_id}")

    for wanted in (somebody, reader):
        words = maria.send("/owner", owner=wanted)
        assert maria.page.status_code == 422
        assert "Please choose somebody who is there and may decide." in words
    assert _owner(harbour, match_id) == ""
    assert "<script>alert" not in maria.page.text


def test_ones_own_matches_and_tasks_are_a_list_of_their_own(maria: Visitor, harbour: Community) -> None:
    mine, others = harbour.propose("s-1", "p-1"), harbour.propose("s-2", "p-2")
    _task(harbour, mine)
    assert "in your care" not in maria.go("/console/today")
    maria.go(f"/console/proposals/{mine}")
    maria.send("/owner")

    maria.go("/console/matches?state=proposed&mine=yes")
    assert mine in maria.page.text
    assert others not in maria.page.text
    assert "1 task is in your care" in maria.go("/console/today")
    assert "They have not met yet" in maria.go("/console/tasks?mine=yes")


def test_a_task_is_taken_and_laid_down_and_a_slower_press_says_so(
    maria: Visitor, harbour: Community, other: Visitor
) -> None:
    _task(harbour, harbour.propose("s-1", "p-1"))
    maria.go("/console/tasks")
    other.go("/console/tasks")
    assert "You look after it" in maria.send("/owner")

    words = other.send("/owner")

    assert "Somebody else was quicker with this task." in words
    assert f"{LOGIN} looks after it" in words
    assert "You look after it" not in maria.send("/owner")


def test_a_note_is_kept_shown_to_those_who_decide_and_taken_back(
    maria: Visitor, harbour: Community, other: Visitor, app: Flask
) -> None:
    match_id = harbour.propose("s-1", "p-1")
    maria.go(f"/console/proposals/{match_id}")
    words = maria.send("/notes", note="Prefers mornings;\r\nasked twice.")

    assert "Prefers mornings; asked twice." in words
    assert "kept for 90 days" in words
    theirs = other.go(f"/console/proposals/{match_id}")
    assert "Prefers mornings;" in theirs
    assert LOGIN in theirs
    (stored,) = harbour.store.each("harbour", Note.KIND)
    assert "mornings" not in str(stored.body)

    assert "taken back" in maria.send("/take-back")
    assert "This note is not there any longer." in other.send("/take-back")
    assert list(harbour.store.each("harbour", Note.KIND)) == []


def test_a_note_of_somebody_else_is_for_them_or_a_lead_to_take_back(
    maria: Visitor, harbour: Community, other: Visitor
) -> None:
    match_id = harbour.propose("s-1", "p-1")
    other.go(f"/console/proposals/{match_id}")
    other.send("/notes", note="Mine.")
    (stored,) = harbour.store.each("harbour", Note.KIND)
    maria.go(f"/console/proposals/{match_id}")
    assert "/take-back" not in maria.page.text

    token = forms_of(maria.page)[0].values["csrf_token"]
    address = f"/console/matches/{match_id}/notes/{stored.record_id}/take-back"
    assert maria.client.post(address, data={"csrf_token": token}).status_code == 403

    maria.send("/notes", note="Hers.")
    other.go(f"/console/proposals/{match_id}")
    assert other.page.text.count("/take-back") == 2


@pytest.mark.parametrize("text", ["", "   ", "x" * 501, "a\x00b"])
def test_a_note_that_cannot_be_kept_is_said_kindly_and_stays_in_the_field(
    maria: Visitor, harbour: Community, text: str
) -> None:
    match_id = harbour.propose("s-1", "p-1")
    maria.go(f"/console/proposals/{match_id}")

    words = maria.send("/notes", note=text)

    assert maria.page.status_code == 422
    assert "Please write" in words
    assert 'aria-invalid="true"' in maria.page.text
    assert text.strip() in maria.page.text or "\x00" in text
    assert list(harbour.store.each("harbour", Note.KIND)) == []


def test_a_script_in_a_note_is_shown_as_text(maria: Visitor, harbour: Community) -> None:
    maria.go(f"/console/proposals/{harbour.propose('s-1', 'p-1')}")

    words = maria.send("/notes", note="<script>alert(1)</script>")

    assert "<script>alert(1)</script>" in words
    assert "<script>alert" not in maria.page.text


def test_who_only_reads_sees_whose_care_it_is_and_no_notes(
    visitor: Visitor, maria: Visitor, app: Flask, harbour: Community
) -> None:
    match_id = harbour.propose("s-1", "p-1")
    maria.go(f"/console/proposals/{match_id}")
    maria.send("/notes", note="Prefers mornings.")
    maria.send("/owner")
    harbour.add_coordinator("reader", Role.READ_ONLY)
    reader = Visitor(app.test_client())
    reader.sign_in("harbour", login="reader")

    words = reader.go(f"/console/proposals/{match_id}")

    assert f"{LOGIN} looks after it" in words
    assert "mornings" not in words
    assert [form.action for form in forms_of(reader.page)] == ["/console/sign-out"]


def test_a_note_belongs_to_its_own_platform(maria: Visitor, harbour: Community, outsider: Community) -> None:
    theirs = outsider.propose("s-9", "p-9")
    maria.go(f"/console/proposals/{harbour.propose('s-1', 'p-1')}")
    token = forms_of(maria.page)[0].values["csrf_token"]

    for address in ("notes", "owner", "notes/note_1/take-back"):
        values = {"csrf_token": token, "note": "Hello.", "version": "1", "owner": harbour.coordinator_id}
        assert maria.client.post(f"/console/matches/{theirs}/{address}", data=values).status_code == 404
    assert list(outsider.store.each("elsewhere", Note.KIND)) == []
