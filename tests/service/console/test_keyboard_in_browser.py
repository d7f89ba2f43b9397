"""What a lead and a coordinator do besides, with the keyboard alone: own pair, spreadsheet, what-if, notes."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from service.aliases import alias_of
from service.clock import FixedClock
from service.records.coordinator import Role
from service.records.match import MatchState
from service.usecases.matches import get_match, list_matches
from service.usecases.members import list_members
from service.usecases.policies import get_policy
from service.usecases.runs import run_now
from tests.service.console.live import opened, tab_to
from tests.service.console.scenario import LOGIN, PASSWORD, Community
from tests.service.console.seeded import do_the_reports
from tests.service.console.test_imports import SHEET

pytestmark = pytest.mark.browser


def _press(page: Page, label: str) -> None:
    tab_to(page, label)
    page.keyboard.press("Enter")


def _follow(page: Page, label: str, heading: str) -> None:
    _press(page, label)
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def _write(page: Page, label: str, text: str) -> None:
    tab_to(page, label)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def _sign_in(page: Page, login: str) -> None:
    page.goto("/console/")
    _write(page, "Your sign-in name or email", login)
    _write(page, "Password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Today")).to_be_visible()


def _is_focused_and_seen(page: Page) -> bool:
    return bool(page.evaluate("document.activeElement !== document.body && document.activeElement.isConnected"))


def test_another_pair_an_own_pair_a_note_and_an_owner(browser: Browser, address: str, harbour: Community) -> None:
    match_id = harbour.propose("s-2", "p-1")
    with opened(browser, address) as page:
        _sign_in(page, LOGIN)
        _follow(page, "Go to the review queue", "Review")
        _press(page, f"{alias_of('s-2')} with {alias_of('p-1')}")
        expect(page.get_by_role("heading", name="Your decision")).to_be_visible()
        # What is fetched once the page is shown takes the focus from nobody.
        expect(page.locator("#around")).to_be_visible()

        _press(page, "Write a note")
        _write(page, "Your note", "Prefers mornings.")
        _press(page, "Keep the note")
        expect(page.get_by_role("status").first).to_contain_text("Your note is kept.")
        _press(page, "I look after it")
        expect(page.get_by_text("You look after it")).to_be_visible()

        _follow(page, "Make another pair instead…", f"Another pair for {alias_of('s-2')}")
        _press(page, alias_of("p-2"))
        expect(page.get_by_role("heading", name="What this does")).to_be_visible()
        assert get_match(harbour.store, "harbour", match_id=match_id).state is MatchState.PROPOSED
        _press(page, "Make this pair instead")
        expect(page.get_by_role("status").first).to_contain_text("Another pair is proposed instead.")
        assert get_match(harbour.store, "harbour", match_id=match_id).state is MatchState.WITHDRAWN

        _follow(page, "People", "People")
        _write(page, "Their id on your platform", "s-3")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(alias_of("s-3"))
        _press(page, "Propose a pair")
        _write(page, "Whose company?", "p-1")
        _press(page, "Propose")
        expect(page.get_by_role("status").first).to_contain_text("This pair is proposed.")
    own = list_matches(harbour.store, "harbour", member_id="s-3").records[0]
    assert (own.supporter_id, own.state) == ("p-1", MatchState.PROPOSED)
    notes = harbour.store.page("harbour", "note", limit=10).records
    assert len(notes) == 1


def test_a_spreadsheet_with_its_columns_a_run_and_a_what_if(
    browser: Browser, address: str, harbour: Community, tmp_path: Path
) -> None:
    harbour.add_coordinator("lead", Role.LEAD)
    run_now(harbour.store, "harbour", clock=FixedClock(harbour.now))
    sheet = tmp_path / "people.csv"
    sheet.write_text(SHEET)
    with opened(browser, address) as page:
        # From the beginning: asked for only when it is about to open, the browser may open its own before.
        page.on("filechooser", lambda _chooser: None)
        _sign_in(page, "lead")
        _follow(page, "Bring people in", "Bring people in from a spreadsheet")
        tab_to(page, "The spreadsheet, as CSV")
        with page.expect_file_chooser() as choosing:
            page.keyboard.press("Space")
        choosing.value.set_files(sheet)
        # The first line tells most columns; one is named by hand.
        expect(page.locator("#column_availability")).to_have_value("When")
        _write(page, "Topics", "Topics")
        _press(page, "See how it is read")
        expect(page.get_by_role("heading", name="3 people can be kept")).to_be_visible()
        assert _is_focused_and_seen(page)
        _press(page, "Keep these people")
        expect(page.get_by_role("heading", name="3 people: 3 new")).to_be_visible()
        assert _is_focused_and_seen(page)
        known = {each.member_id for each in list_members(harbour.store, "harbour").records}
        assert {"m-1", "m-2", "m-3"} <= known

        _follow(page, "Policy", "Policy")
        _write(page, "Topics", "4000")
        _press(page, "See what this would do")
        expect(page.get_by_text("Everybody is being matched again")).to_be_visible()
        do_the_reports(harbour)
        expect(page.get_by_role("row", name="People matched")).to_be_visible()
        assert get_policy(harbour.store, "harbour").version == 1
        _press(page, "Save the policy")
        expect(page.get_by_role("status").first).to_contain_text("Saved as version 2.")
        assert get_policy(harbour.store, "harbour").weights["topics"] == 4000

        _follow(page, "Runs", "Runs")
        _press(page, "Start a run")
        expect(page.get_by_role("heading", name="This run waits for its turn")).to_be_visible()
