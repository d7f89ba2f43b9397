"""A new user's first quarter of an hour, as the README tells it: what it says in bold is pressed, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from matching.community import generate
from service.clock import FixedClock
from service.records.coordinator import Role
from service.records.match import MatchState
from service.usecases.matches import list_matches
from service.usecases.members import list_members
from service.usecases.runs import execute_run, list_runs
from tests.service.console.live import opened, sign_in
from tests.service.console.scenario import Community

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[3]


class Reader:
    """Somebody who presses what the README says in bold, and remembers what."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pressed: list[str] = []

    def press(self, name: str) -> None:
        """Press a link, a button or what unfolds."""
        self.pressed.append(name)
        self.page.locator("a, button, summary").get_by_text(name, exact=True).or_(
            self.page.get_by_role("button", name=name, exact=True)
        ).or_(self.page.get_by_role("link", name=name, exact=True)).first.click()


def test_the_first_quarter_of_an_hour_goes_as_the_readme_says(
    browser: Browser, address: str, harbour: Community
) -> None:
    text = (ROOT / "README.md").read_text().split("## A first quarter of an hour in the browser")[1].split("\n## ")[0]
    harbour.add_coordinator("lead", Role.LEAD)
    harbour.save(*generate(seed=3, seekers=40, supporters=30, today=harbour.now.date()).profiles)
    before = len(list_members(harbour.store, "harbour", limit=500).records)
    with opened(browser, address) as page:
        sign_in(page, login="lead")
        reader = Reader(page)
        reader.press("Bring people in")
        sheet = re.findall(r"`(docs/[^`]+\.csv)`", text)[0]
        page.get_by_label("The spreadsheet, as CSV").set_input_files(ROOT / sheet)
        expect(page.locator("#known_by")).to_have_value("E-mail")
        reader.press("See how it is read")
        expect(page.get_by_role("heading", name="8 people can be kept")).to_be_visible()
        reader.press("Keep these people")
        expect(page.get_by_role("heading", name="8 people: 8 new")).to_be_visible()
        reader.press("Start a run")
        expect(page.get_by_role("heading", name="This run waits for its turn")).to_be_visible()
        # What the worker does that `make run` has started.
        run = next(each for each in list_runs(harbour.store, "harbour").records if each.state == "queued")
        execute_run(harbour.store, "harbour", run_id=run.run_id, clock=FixedClock(harbour.now))

        reader.press("Review")
        reader.press("Start with the first")
        for number in range(5):
            expect(page.get_by_role("heading", name="Your decision")).to_be_visible()
            reader.press("Approve")
            expect(page.get_by_text("Approved:")).to_be_visible()
            assert len(list_matches(harbour.store, "harbour", state=MatchState.OFFERED).records) == number + 1
        reader.press("Not this pair…")
        page.get_by_label("They would not suit each other").check()
        reader.press("Not this pair")
        expect(page.get_by_text("Not this pair:")).to_be_visible()
        assert len(list_matches(harbour.store, "harbour", state=MatchState.REJECTED).records) == 1
        reader.press("Undo")
        expect(page.get_by_text("Undone: this pair is back in the queue.")).to_be_visible()

    assert len(list_members(harbour.store, "harbour", limit=500).records) == before + 8
    assert set(reader.pressed) == set(re.findall(r"\*\*(.+?)\*\*", text, re.DOTALL))
