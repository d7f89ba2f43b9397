"""Every page in a real browser: it fits its window in both themes, can be pressed, read aloud, enlarged and printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from service.app import create_app
from service.clock import FixedClock
from service.settings import Settings
from tests.service.console.conftest import NOW, small_harbour
from tests.service.console.live import opened, served, sign_in
from tests.service.console.scenario import Community
from tests.service.console.seeded import LOGINS, Seeded

pytestmark = pytest.mark.browser


_TOO_SMALL = """() => {
    const isSmall = (found) => {
        const least = ['radio', 'checkbox'].includes(found.type) ? 16 : 24;  // their label is pressed, too
        return found.checkVisibility() && found.getBoundingClientRect().height < least;
    };
    const pressed = 'button, summary, input:not([type=hidden]), select, textarea, .button, .nav a';
    return [...document.querySelectorAll(pressed)].filter(isSmall).map((found) => found.outerHTML);
}"""


_SCROLLED = """() => [...document.querySelectorAll('.scroll')]
    .filter((found) => found.checkVisibility() && found.scrollWidth > found.clientWidth)
    .map((found) => found.getAttribute('aria-label'))"""
"""Tables that do not fit: somebody at a small screen would have to push them to and fro."""


_RULES = {"resultTypes": ["violations"], "selectors": False}
"""All rules of axe; what is right is not told of each element, which takes as long as finding what is wrong."""

_COLOURS = {**_RULES, "runOnly": ["cat.color"]}
"""The rules of axe that look at colours: all that another theme can break."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Seeded, str]]:
    """An app on a live server with something on every page, once for all who only look."""
    folder = tmp_path_factory.mktemp("place")
    settings = Settings(
        store=f"sqlite:///{folder / 'store.sqlite3'}",
        is_embedded=True,
        secret_key_file=folder / "secret.key",
        may_make_secret_key=True,
    )
    app = create_app(settings, clock=FixedClock(NOW))
    # What is made ready takes as long as the machine needs.
    app.config["PAGE_PATIENCE"] = 60
    with closing(app.extensions["alongside"]), served(app) as address:
        yield app, Seeded(small_harbour(app)), address


def _broken(axe: Axe, page: Page, options: dict[str, Any]) -> list[object]:
    """Give the rules of axe that a page breaks, and where."""
    found = axe.run(page, options=options).response["violations"]
    return [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found]


def _wrong(axe: Axe, page: Page) -> list[object]:
    """Look at a page in both themes, in a wide and a narrow window, and with text at twice its size."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    wrong = [("light", each) for each in _broken(axe, page, _RULES)]
    page.emulate_media(color_scheme="dark")
    wrong += [("dark", each) for each in _broken(axe, page, _COLOURS)]
    page.emulate_media(color_scheme="light")
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        wrong += [(f"{width} px", each) for each in (*page.evaluate(_TOO_SMALL), *page.evaluate(_SCROLLED))]
        wrong += _too_wide(page, width)
    page.set_viewport_size({"width": 640, "height": 900})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    return [*wrong, *_too_wide(page, 640)]


def _too_wide(page: Page, width: int) -> list[object]:
    found: int = page.evaluate("document.documentElement.scrollWidth")
    return [f"{found} px do not fit into {width} px"] if found > width else []


@pytest.mark.parametrize("login", LOGINS)
def test_every_page_breaks_no_rule_of_axe_in_both_themes_and_fits_every_window(
    browser: Browser, place: tuple[Flask, Seeded, str], login: str
) -> None:
    _app, seeded, address = place
    axe, wrong = Axe(), {}
    with opened(browser, address, color_scheme="light", may_refuse=True) as page:
        page.goto("/console/sign-in")
        wrong["sign-in"] = _wrong(axe, page)
        sign_in(page, login=login)
        for path in seeded.paths(login):
            page.goto(f"/console/{path}")
            wrong[path] = _wrong(axe, page)
    assert {path: found for path, found in wrong.items() if found} == {}


def test_the_checks_of_pages_see_what_is_wrong(browser: Browser, place: tuple[Flask, Seeded, str]) -> None:
    broken = """() => {
        document.querySelector('main').insertAdjacentHTML('beforeend',
            '<div class="scroll" role="group" aria-label="wide"><p style="width: 90rem">Hello</p></div>'
            + '<p id="pale">Hello</p><div style="width: 90rem">wide</div>'
            + '<button style="min-block-size: 0; height: 1px; padding: 0; border: 0">x</button>');
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(`.scroll p { max-width: none; }
            @media (prefers-color-scheme: dark) { #pale { color: #222; } }`);
        document.adoptedStyleSheets = [sheet];
    }"""
    _app, _seeded, address = place
    with opened(browser, address, color_scheme="light", bypass_csp=True) as page:
        page.goto("/console/sign-in")
        page.evaluate(broken)
        told = str(_wrong(Axe(), page))

    assert "('dark', ('color-contrast', ['<p id=\"pale\">Hello</p>']))" in told
    assert "('light', ('color-contrast'" not in told
    assert "('320 px', 'wide')" in told
    assert "('1280 px', '<button" in told
    assert "do not fit into 320 px" in told
    assert "do not fit into 640 px" in told


def test_another_theme_changes_colours_and_nothing_else() -> None:
    css = (Path(__file__).parents[3] / "service/console/static/console.css").read_text()

    themes = re.findall(r"@media \(prefers-color-scheme: dark\) \{\s*:root \{(.*?)\}\s*\}", css, re.DOTALL)

    assert css.count("prefers-color-scheme") == len(themes) == 1
    said = [line.strip() for line in themes[0].split(";") if line.strip()]
    assert [line for line in said if not re.fullmatch(r"--[a-z-]+: (#[0-9a-f]{6}|none)", line)] == []


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

        for button in ("Approve", "Keep the note"):
            expect(page.get_by_role("button", name=button)).to_be_hidden()
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
