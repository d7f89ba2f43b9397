"""The console in a real browser, on a live server: with the mouse, with the keyboard alone, without JavaScript."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from service.aliases import alias_of
from service.records.match import MatchState
from service.usecases.matches import get_match
from tests.conftest import PROGRAMS
from tests.service.console.scenario import LOGIN, PASSWORD, Community

pytestmark = pytest.mark.browser

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class _Silent(WSGIRequestHandler):
    def log(self, *_args: object) -> None:
        """Write nothing."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next(found for found in map(shutil.which, PROGRAMS["browser"]) if found)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def address(app: Flask, harbour: Community) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def _page(browser: Browser, address: str, **context: object) -> Iterator[Page]:
    """Open a page on which everything that goes wrong fails the test: errors, refusals of the policy, other hosts."""
    opened: BrowserContext = browser.new_context(base_url=address, **context)  # type: ignore[arg-type]
    wrong: list[str] = []
    page = opened.new_page()
    page.set_default_timeout(10_000)
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(address) else wrong.append(request.url))
    # A picture still on its way when the next page opens is given up by the browser, not refused by us.
    page.on("requestfailed", lambda r: None if r.failure == "net::ERR_ABORTED" else wrong.append(r.url))
    try:
        yield page
        assert wrong == []
    finally:
        opened.close()


def _sign_in(page: Page) -> None:
    page.goto("/console/")
    page.get_by_label("Your sign-in name or email").fill(LOGIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1, name="Review")).to_be_visible()


def _state(community: Community, match_id: str) -> MatchState:
    return get_match(community.store, community.platform_id, match_id=match_id).state


@pytest.mark.parametrize("has_script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_morning_with_the_mouse(browser: Browser, address: str, harbour: Community, has_script: bool) -> None:
    first, second = harbour.propose("s-2", "p-1"), harbour.propose("s-3", "p-2")
    with _page(browser, address, java_script_enabled=has_script) as page:
        _sign_in(page)
        page.get_by_role("link", name="Start with the first").click()
        expect(page).to_have_title(f"{alias_of('s-2')} with {alias_of('p-1')} · Alongside")

        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_role("status")).to_contain_text("Approved:")
        assert _state(harbour, first) is MatchState.OFFERED
        page.get_by_role("status").get_by_role("button", name="Undo").click()
        expect(page.get_by_role("status")).to_have_text("Undone: this pair is back in the queue.")
        assert _state(harbour, first) is MatchState.PROPOSED

        page.get_by_role("link", name="Decide later").click()
        page.get_by_text("Not this pair…").click()
        page.get_by_label("It is not the right moment").check()
        page.get_by_role("button", name="Not this pair").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(alias_of("s-2"))
        assert _state(harbour, second) is MatchState.REJECTED

        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("status")).to_contain_text("You are signed out.")


def test_a_morning_with_the_keyboard_alone(browser: Browser, address: str, harbour: Community) -> None:
    first, second = harbour.propose("s-2", "p-1"), harbour.propose("s-3", "p-2")
    with _page(browser, address) as page:
        page.goto("/console/")
        _tab_to(page, "Your sign-in name or email")
        page.keyboard.type(LOGIN)
        _tab_to(page, "Password")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")

        expect(page.get_by_role("heading", level=1, name="Review")).to_be_visible()
        _tab_to(page, f"{alias_of('s-2')} with {alias_of('p-1')}")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Your decision")).to_be_visible()
        _tab_to(page, "Approve")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Approved:")
        assert _state(harbour, first) is MatchState.OFFERED

        _tab_to(page, "Not this pair…")
        page.keyboard.press("Enter")
        _tab_to(page, "They would not suit each other")
        page.keyboard.press("ArrowDown")
        _tab_to(page, "Not this pair")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Nothing to review right now")
        match = get_match(harbour.store, harbour.platform_id, match_id=second)
        assert (match.state, match.history[-1].reason) == (MatchState.REJECTED, "not_now")


_FOCUSED = """() => {
    const found = document.activeElement;
    const label = found.labels && found.labels.length ? found.labels[0].innerText : found.innerText;
    // In the queue the whole card shows the focus of its link.
    const style = getComputedStyle(found, found.matches('.queue h2 a') ? '::after' : null);
    const box = found.getBoundingClientRect();
    const isSeen = box.bottom > 0 && box.top < innerHeight;
    return {label: (label || '').trim(), outline: style.outlineStyle, isSeen};
}"""


def _tab_to(page: Page, label: str) -> None:
    """Press Tab until what is focused has this label; whatever is passed on the way must show that it is focused."""
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate(_FOCUSED)
        assert focused["isSeen"], focused
        assert focused["outline"] == "solid", focused
        if focused["label"].split("\n")[0] == label:
            return
    pytest.fail(f"the Tab key never reached {label!r}")


def test_the_first_tab_offers_the_way_past_the_navigation(browser: Browser, address: str, harbour: Community) -> None:
    with _page(browser, address) as page:
        _sign_in(page)
        page.goto("/console/runs")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.innerText") == "Skip to the page"
        expect(page.get_by_role("link", name="Skip to the page")).to_be_in_viewport()

        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_fits_its_window_and_can_be_pressed(
    browser: Browser, address: str, harbour: Community, width: int, scheme: str
) -> None:
    match_id = harbour.propose("s-2", "p-2", is_thin=True)
    viewport = {"width": width, "height": 900}
    with _page(browser, address, viewport=viewport, color_scheme=scheme) as page:
        _sign_in(page)
        for path in ("review", f"proposals/{match_id}", "still-looking", "runs", f"runs/{harbour.run_id}"):
            page.goto(f"/console/{path}")
            for summary in page.locator("summary").all():
                summary.click()
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            for control in page.locator("button, summary, input:not([type=hidden]), .button, .nav a").all():
                box = control.bounding_box()
                is_label_pressed = control.get_attribute("type") == "radio"
                assert box, path
                assert box["height"] >= (16 if is_label_pressed else 24), (path, control.inner_text())


def test_bars_are_as_long_as_their_points(browser: Browser, address: str, harbour: Community) -> None:
    match_id = harbour.propose("s-3", "p-2")
    with _page(browser, address) as page:
        _sign_in(page)
        page.goto(f"/console/proposals/{match_id}")
        row = page.locator(".points tbody tr").first
        track, fill = (row.locator(name).bounding_box() for name in (".bar-track", ".bar-fill"))

        expect(row).to_contain_text("1,500 of 3,000")
        assert track
        assert fill
        assert track["width"] > 100
        assert fill["width"] == pytest.approx(track["width"] / 2, abs=1)


def test_text_at_twice_its_size_still_fits(browser: Browser, address: str, harbour: Community) -> None:
    match_id = harbour.propose("s-3", "p-2")
    with _page(browser, address, viewport={"width": 640, "height": 900}) as page:
        _sign_in(page)
        for path in ("review", f"proposals/{match_id}", "runs"):
            page.goto(f"/console/{path}")
            page.evaluate("document.documentElement.style.fontSize = '200%'")
            assert page.evaluate("document.documentElement.scrollWidth") <= 640, path


def test_a_printed_proposal_leaves_the_buttons_out_and_opens_what_was_folded(
    browser: Browser, address: str, harbour: Community
) -> None:
    match_id = harbour.propose("s-3", "p-2")
    with _page(browser, address) as page:
        _sign_in(page)
        page.goto(f"/console/proposals/{match_id}")
        page.emulate_media(media="print")

        expect(page.get_by_role("button", name="Approve")).to_be_hidden()
        expect(page.get_by_text("They share a language")).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
