"""Every page in a real browser: it fits its window in both themes, can be pressed, read aloud, enlarged and printed."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.service.console.live import opened, sign_in
from tests.service.console.scenario import Community
from tests.service.console.seeded import LOGINS, Seeded

pytestmark = pytest.mark.browser


THEMES = pytest.mark.parametrize("scheme", ["light", "dark"])


_TOO_SMALL = """() => {
    const isSmall = (found) => {
        const least = ['radio', 'checkbox'].includes(found.type) ? 16 : 24;  // their label is pressed, too
        return found.checkVisibility() && found.getBoundingClientRect().height < least;
    };
    const pressed = 'button, summary, input:not([type=hidden]), select, textarea, .button, .nav a';
    return [...document.querySelectorAll(pressed)].filter(isSmall).map((found) => found.outerHTML);
}"""


def _visit(page: Page, path: str) -> None:
    page.goto(f"/console/{path}")
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")


@THEMES
def test_no_page_breaks_a_rule_of_axe(browser: Browser, address: str, seeded: Seeded, scheme: str) -> None:
    axe = Axe()
    broken: list[object] = []
    with opened(browser, address, color_scheme=scheme, may_refuse=True) as page:
        page.goto("/console/sign-in")
        broken += [("sign-in", each["id"]) for each in axe.run(page).response["violations"]]
        for login in LOGINS:
            sign_in(page, login=login)
            for path in seeded.paths(login):
                _visit(page, path)
                found = axe.run(page).response["violations"]
                broken += [(path, each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found]
            page.get_by_role("button", name="Sign out").click()
    assert broken == []


@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_fits_its_window_and_can_be_pressed(
    browser: Browser, address: str, seeded: Seeded, width: int
) -> None:
    # A theme changes colours only: both are looked at above.
    with opened(browser, address, viewport={"width": width, "height": 900}, may_refuse=True) as page:
        for login in LOGINS:
            sign_in(page, login=login)
            for path in seeded.paths(login):
                _visit(page, path)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
                assert page.evaluate(_TOO_SMALL) == [], path
            page.get_by_role("button", name="Sign out").click()


def test_text_at_twice_its_size_still_fits(browser: Browser, address: str, seeded: Seeded) -> None:
    with opened(browser, address, viewport={"width": 640, "height": 900}, may_refuse=True) as page:
        for login in LOGINS:
            sign_in(page, login=login)
            for path in seeded.paths(login):
                _visit(page, path)
                page.evaluate("document.documentElement.style.fontSize = '200%'")
                assert page.evaluate("document.documentElement.scrollWidth") <= 640, path
            page.get_by_role("button", name="Sign out").click()


def test_bars_are_as_long_as_their_points(browser: Browser, address: str, harbour: Community) -> None:
    match_id = harbour.propose("s-3", "p-2")
    with opened(browser, address) as page:
        sign_in(page)
        page.goto(f"/console/proposals/{match_id}")
        row = page.locator(".points tbody tr").first
        track, fill = (row.locator(name).bounding_box() for name in (".bar-track", ".bar-fill"))

        expect(row).to_contain_text("1,500 of 3,000")
        assert track
        assert fill
        assert track["width"] > 100
        assert fill["width"] == pytest.approx(track["width"] / 2, abs=1)


def test_a_printed_proposal_leaves_the_buttons_out_and_opens_what_was_folded(
    browser: Browser, address: str, harbour: Community
) -> None:
    match_id = harbour.propose("s-3", "p-2")
    with opened(browser, address) as page:
        sign_in(page)
        page.goto(f"/console/proposals/{match_id}")
        page.emulate_media(media="print")

        expect(page.get_by_role("button", name="Approve")).to_be_hidden()
        expect(page.get_by_text("They share a language")).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_the_list_of_pages_has_every_page_there_is(app: Flask, seeded: Seeded) -> None:
    addresses = {path for login in LOGINS for path in seeded.paths(login)}
    adapter = app.url_map.bind("localhost")
    visited = {adapter.match(f"/console/{path.partition('?')[0]}", method="GET")[0] for path in addresses}
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("console.") and "GET" in (rule.methods or ())
    }

    # Besides these: the way to the first page, files, signing in here or elsewhere, and what only follows on a form.
    signing_in = {"console.get_sign_in", "console.get_elsewhere", "console.get_back_from_elsewhere"}
    others = {"console.get_home", "console.static", "console.get_approved"} | signing_in
    assert pages - visited == others
