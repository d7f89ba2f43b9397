"""A morning's work in a real browser on a live server: with the mouse, with the keyboard alone, without JavaScript."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from service.aliases import alias_of
from service.clock import FixedClock
from service.records.coordinator import Role
from service.records.match import Match, MatchState
from service.usecases.matches import get_match
from service.usecases.members import list_members
from service.usecases.policies import get_policy
from service.usecases.runs import run_now
from tests.service.console.live import opened, sign_in, tab_to
from tests.service.console.scenario import LOGIN, PASSWORD, Community, seeker, supporter
from tests.service.console.seeded import do_the_reports
from tests.service.console.test_imports import SHEET
from tests.service.console.test_today import _met

pytestmark = pytest.mark.browser

WAYS = pytest.mark.parametrize("has_script", [True, False], ids=["with JavaScript", "without JavaScript"])


@pytest.fixture
def morning(harbour: Community) -> dict[str, str]:
    """What lies on the table: pairs to review by name, one of them already known to go well with others."""
    harbour.save(
        supporter("p-1", supporter={"capacity": 6}),
        seeker("s-4", waiting_since=harbour.now.date()),
        seeker("s-5", waiting_since=harbour.now.date()),
        seeker("s-6", waiting_since=harbour.now.date()),
    )
    harbour.add_coordinator("lead", Role.LEAD)
    _met(harbour, harbour.propose("s-6", "p-1"))
    pairs = {"s-2": "p-1", "s-3": "p-2", "s-1": "p-1", "s-4": "p-1"}
    return {seeker_id: harbour.propose(seeker_id, supporter_id) for seeker_id, supporter_id in pairs.items()}


def _match(community: Community, match_id: str) -> Match:
    return get_match(community.store, community.platform_id, match_id=match_id)


@WAYS
def test_a_morning_with_the_mouse(
    browser: Browser, address: str, harbour: Community, morning: dict[str, str], has_script: bool
) -> None:
    with opened(browser, address, java_script_enabled=has_script) as page:
        sign_in(page)
        expect(page.get_by_role("heading", name="4 pairs to review")).to_be_visible()
        page.get_by_role("link", name="Go to the review queue").click()
        page.get_by_role("link", name="Start with the first").click()
        expect(page).to_have_title(f"{alias_of('s-2')} with {alias_of('p-1')} · Alongside")

        # Approve, and take it back.
        page.get_by_role("button", name="Approve", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("Approved:")
        assert _match(harbour, morning["s-2"]).state is MatchState.OFFERED
        page.get_by_role("status").get_by_role("button", name="Undo").click()
        expect(page.get_by_role("status")).to_have_text("Undone: this pair is back in the queue.")
        assert _match(harbour, morning["s-2"]).state is MatchState.PROPOSED

        # Not this pair.
        page.get_by_role("link", name="Decide later").click()
        page.get_by_text("Not this pair…").click()
        page.get_by_label("It is not the right moment").check()
        page.get_by_role("button", name="Not this pair").click()
        expect(page.get_by_role("status")).to_contain_text("Not this pair:")
        assert _match(harbour, morning["s-3"]).state is MatchState.REJECTED

        # Another pair instead, with its effect first.
        page.goto(f"/console/proposals/{morning['s-2']}")
        page.get_by_role("link", name="Make another pair instead…").click()
        page.get_by_role("link", name=alias_of("p-2")).click()
        expect(page.get_by_role("heading", name="What this does")).to_be_visible()
        assert _match(harbour, morning["s-2"]).state is MatchState.PROPOSED
        page.get_by_role("button", name="Make this pair instead").click()
        expect(page.get_by_role("status")).to_contain_text("Another pair is proposed instead.")
        expect(page.get_by_role("heading", level=1)).to_have_text(f"{alias_of('s-2')} with {alias_of('p-2')}")

        # Several at once, once more looked at.
        page.get_by_role("link", name="Review", exact=True).click()
        for seeker_id in ("s-1", "s-4"):
            page.get_by_label(f"Choose {alias_of(seeker_id)} with").check()
        page.get_by_role("button", name="Look at the chosen ones together…").click()
        page.get_by_role("button", name="Approve these 2 pairs").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("2 pairs approved")
        assert _match(harbour, morning["s-1"]).state is MatchState.OFFERED

        # An answer on the phone, for each of them.
        page.goto(f"/console/proposals/{morning['s-1']}")
        for whom in ("the peer supporter", "the person looking for company"):
            form = page.locator("details", has_text=f"What {whom} said").last
            form.get_by_label("Yes").check()
            form.get_by_role("button", name="Keep their answer").click()
            expect(page.get_by_role("status")).to_contain_text("Done.")
        assert _match(harbour, morning["s-1"]).state is MatchState.ACTIVE

        # Somebody is paused for care.
        page.get_by_role("link", name=alias_of("s-1")).first.click()
        page.get_by_text("Pause them for care").first.click()
        page.get_by_label("A coordinator paused them").check()
        page.get_by_role("button", name="Pause them for care").click()
        expect(page.get_by_role("status")).to_contain_text("They are paused for care.")
        assert _match(harbour, morning["s-1"]).state is MatchState.PAUSED
        page.get_by_role("link", name="Today").click()
        expect(page.get_by_role("heading", name="Paused for care 1")).to_be_visible()

        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("status")).to_contain_text("You are signed out.")


@WAYS
def test_a_leads_morning_with_the_mouse(
    browser: Browser, address: str, harbour: Community, morning: dict[str, str], has_script: bool, tmp_path: Path
) -> None:
    run_now(harbour.store, harbour.platform_id, clock=FixedClock(harbour.now))
    sheet = tmp_path / "people.csv"
    sheet.write_text(SHEET)
    with opened(browser, address, java_script_enabled=has_script) as page:
        sign_in(page, login="lead")
        page.get_by_role("link", name="Bring people in").click()
        page.get_by_label("The spreadsheet, as CSV").set_input_files(sheet)
        columns = {
            "That column": "I would like to",
            "Their id on your platform": "Code",
            "Languages": "Languages",
            "When they are free": "When",
            "Ways to meet": "How",
            "Age": "Age",
            "Topics": "Topics",
            "Agreed to be matched": "I agree",
        }
        for label, column in columns.items():
            page.get_by_role("combobox", name=re.compile(rf"^{label}( \(needed\))?$")).fill(column)
        page.get_by_role("button", name="See how it is read").click()
        expect(page.get_by_role("heading", name="3 people can be kept")).to_be_visible()
        if not has_script:
            page.get_by_label("The spreadsheet, as CSV").set_input_files(sheet)
        page.get_by_role("button", name="Keep these people").click()
        expect(page.get_by_role("heading", name="3 people: 3 new")).to_be_visible()
        known = {each.member_id for each in list_members(harbour.store, harbour.platform_id).records}
        assert {"m-1", "m-2", "m-3"} <= known

        page.get_by_role("link", name="Policy").click()
        page.get_by_label("Topics").fill("4000")
        page.get_by_role("button", name="See what this would do").click()
        expect(page.get_by_text("Everybody is being matched again")).to_be_visible()
        do_the_reports(harbour)
        if not has_script:
            page.get_by_role("button", name="Look again").click()
        expect(page.get_by_role("row", name="People matched")).to_be_visible()
        assert get_policy(harbour.store, harbour.platform_id).version == 1
        page.get_by_role("button", name="Save the policy").click()
        expect(page.get_by_role("status")).to_contain_text("Saved as version 2.")
        assert get_policy(harbour.store, harbour.platform_id).weights["topics"] == 4000

        page.get_by_role("link", name="Runs", exact=True).click()
        page.get_by_role("button", name="Start a run").click()
        expect(page.get_by_role("heading", name="This run waits for its turn")).to_be_visible()


def _press(page: Page, label: str) -> None:
    tab_to(page, label)
    page.keyboard.press("Enter")


def test_a_morning_with_the_keyboard_alone(
    browser: Browser, address: str, harbour: Community, morning: dict[str, str]
) -> None:
    with opened(browser, address) as page:
        page.goto("/console/")
        tab_to(page, "Your sign-in name or email")
        page.keyboard.type(LOGIN)
        tab_to(page, "Password")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1, name="Today")).to_be_visible()

        _press(page, "Go to the review queue")
        expect(page.get_by_role("heading", level=1, name="Review")).to_be_visible()
        _press(page, f"{alias_of('s-2')} with {alias_of('p-1')}")
        expect(page.get_by_role("heading", name="Your decision")).to_be_visible()
        _press(page, "Approve")
        expect(page.get_by_role("status")).to_contain_text("Approved:")
        assert _match(harbour, morning["s-2"]).state is MatchState.OFFERED
        _press(page, "Undo")
        expect(page.get_by_role("status")).to_have_text("Undone: this pair is back in the queue.")

        _press(page, "Decide later, see the next pair")
        expect(page.get_by_role("heading", level=1)).to_contain_text(alias_of("s-3"))
        _press(page, "Not this pair…")
        tab_to(page, "They would not suit each other")
        page.keyboard.press("ArrowDown")
        _press(page, "Not this pair")
        expect(page.get_by_role("status")).to_contain_text("Not this pair:")
        match = _match(harbour, morning["s-3"])
        assert (match.state, match.history[-1].reason) == (MatchState.REJECTED, "not_now")

        page.goto("/console/review")
        for seeker_id in ("s-1", "s-4"):
            tab_to(page, f"Choose {alias_of(seeker_id)} with {alias_of('p-1')}")
            page.keyboard.press("Space")
        _press(page, "Look at the chosen ones together…")
        expect(page.get_by_role("heading", level=1)).to_have_text("Approve 2 pairs together?")
        _press(page, "Approve these 2 pairs")
        expect(page.get_by_role("heading", level=1)).to_have_text("2 pairs approved")

        page.goto(f"/console/proposals/{morning['s-1']}")
        tab_to(page, "Yes")
        page.keyboard.press("Space")
        _press(page, "Keep their answer")
        expect(page.get_by_role("status")).to_contain_text("Done.")
        assert _match(harbour, morning["s-1"]).history[-1].action == "accept"

        page.goto("/console/people/s-5")
        _press(page, "Pause them for care")
        tab_to(page, "They may need help now")
        page.keyboard.press("Space")
        _press(page, "Pause them for care")
        expect(page.get_by_role("status")).to_contain_text("They are paused for care.")
        assert harbour.member("s-5").care.is_on_hold


def _ready(page: Page) -> None:
    """Wait until the script has run: it shows what is hidden without it."""
    expect(page.locator("#shortcuts")).to_be_visible()


def _sends_a_form(page: Page, key: str) -> bool:
    """Press a key; tell whether a form was about to be sent, which it is not."""
    _ready(page)
    page.evaluate("addEventListener('submit', (event) => { event.preventDefault(); window.isSent = true; })")
    page.keyboard.press(key)
    return page.evaluate("window.isSent === true")


def test_one_key_is_one_step_can_be_chosen_and_turned_off(
    browser: Browser, address: str, harbour: Community, morning: dict[str, str]
) -> None:
    with opened(browser, address) as page:
        sign_in(page)
        _ready(page)
        page.keyboard.press("r")
        expect(page.get_by_role("heading", level=1, name="Review")).to_be_visible()
        _ready(page)
        page.keyboard.press("j")
        expect(page.get_by_role("heading", level=1)).to_contain_text(alias_of("s-2"))
        _ready(page)
        page.keyboard.press("a")
        expect(page.get_by_text("Approved:")).to_be_visible()
        _ready(page)
        page.keyboard.press("u")
        expect(page.get_by_text("Undone: this pair")).to_be_visible()
        _ready(page)

        page.keyboard.press("n")
        expect(page.get_by_label("They would not suit each other")).to_be_focused()

        page.locator("summary", has_text="Keyboard shortcuts").click()
        page.get_by_label("Approve").last.fill("x")
        page.reload()
        assert not _sends_a_form(page, "a")
        page.locator("summary", has_text="Keyboard shortcuts").click()
        page.get_by_label("One key for each step").uncheck()
        page.reload()
        assert not _sends_a_form(page, "x")
        page.locator("summary", has_text="Keyboard shortcuts").click()
        page.get_by_label("One key for each step").check()
        page.reload()
        _ready(page)
        page.keyboard.press("x")
        expect(page.get_by_role("status")).to_contain_text("Approved:")


def test_what_is_typed_into_a_field_is_no_shortcut(browser: Browser, address: str, harbour: Community) -> None:
    with opened(browser, address, may_refuse=True) as page:
        sign_in(page)
        page.goto("/console/people")
        field = page.get_by_label("Their id on your platform")
        field.press_sequentially("trajnou")

        expect(field).to_have_value("trajnou")
        expect(page).to_have_url(f"{address}/console/people")


def test_names_from_a_file_stay_in_the_tab(
    browser: Browser, address: str, harbour: Community, morning: dict[str, str], tmp_path: Path
) -> None:
    names = tmp_path / "names.csv"
    names.write_text('Member ID,Full name\ns-2,"Ashdown, Robin"\np-1,Alex Ponsonby\n')
    sent: list[str] = []
    with opened(browser, address) as page:
        sign_in(page)
        page.on("request", lambda request: sent.append(f"{request.url} {request.post_data or ''}"))
        page.locator("summary", has_text="Show names from my file").click()
        page.get_by_label("Your file").set_input_files(names)
        expect(page.get_by_text("2 names are known in this tab.")).to_be_visible()

        page.goto(f"/console/proposals/{morning['s-2']}")
        expect(page.get_by_role("heading", level=1)).to_have_text("Ashdown, Robin with Alex Ponsonby")
        page.locator("summary", has_text="Show names from my file").click()
        page.get_by_role("button", name="Forget the names").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(f"{alias_of('s-2')} with {alias_of('p-1')}")
    assert not any("Robin" in each or "Ponsonby" in each for each in sent)


def _recorded(app: Flask) -> list[bytes]:
    """Keep what is sent to the app from now on."""
    bodies: list[bytes] = []
    inner = app.wsgi_app

    def recording(environ, start_response):  # type: ignore[no-untyped-def]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        bodies.append(body)
        return inner({**environ, "wsgi.input": BytesIO(body)}, start_response)

    app.wsgi_app = recording  # type: ignore[method-assign]
    return bodies


def test_only_the_columns_that_were_named_leave_the_tab(
    browser: Browser, address: str, app: Flask, harbour: Community, morning: dict[str, str], tmp_path: Path
) -> None:
    sheet = tmp_path / "signups.csv"
    sheet.write_text(SHEET.replace("Code,Name", "E-mail,Name").replace("m-1", "robin@example.org"))
    bodies = _recorded(app)
    with opened(browser, address) as page:
        sign_in(page, login="lead")
        page.goto("/console/import")
        page.get_by_label("The spreadsheet, as CSV").set_input_files(sheet)
        # Columns are guessed from the header; people are known by their e-mail, which stays here.
        expect(page.get_by_label("When they are free")).to_have_value("When")
        expect(page.get_by_label("If your file has no ids")).to_have_value("E-mail")
        page.get_by_role("button", name="Keep these people").click()
        expect(page.get_by_role("heading", name="3 people: 3 new")).to_be_visible()
        with page.expect_download() as saving:
            page.get_by_role("link", name="Save the key file").click()
        keys = Path(saving.value.path()).read_text().splitlines()
    ids = {each.member_id for each in list_members(harbour.store, harbour.platform_id).records}
    assert keys[0] == "line,member_id,E-mail"
    assert {line.split(",")[1] for line in keys[1:]} <= ids
    assert keys[1].endswith(",robin@example.org")
    sent = b"".join(bodies)
    assert b"New parent" in sent
    assert not any(private in sent for private in (b"robin@", b"Ashdown", b"Ponsonby"))


def test_who_else_could_be_is_fetched_once_the_page_is_shown(
    browser: Browser, address: str, harbour: Community, morning: dict[str, str]
) -> None:
    with opened(browser, address) as page:
        sign_in(page)
        page.goto(f"/console/proposals/{morning['s-2']}")

        expect(page.locator("#around")).to_contain_text(f"For {alias_of('s-2')}")
        expect(page.locator("#around")).to_contain_text(alias_of("p-2"))


def test_the_first_tab_offers_the_way_past_the_navigation(browser: Browser, address: str, harbour: Community) -> None:
    with opened(browser, address) as page:
        sign_in(page)
        page.goto("/console/runs")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.innerText") == "Skip to the page"
        expect(page.get_by_role("link", name="Skip to the page")).to_be_in_viewport()

        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
