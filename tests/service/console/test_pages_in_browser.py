"""Every page in a real browser: it fits its window in both themes, can be pressed, read aloud, enlarged and printed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from service.clock import FixedClock
from service.records.coordinator import Role
from service.records.hold import ConcernCategory, Severity
from service.usecases.insight.previews import ask_for_preview
from service.usecases.policies import get_policy
from service.usecases.runs import run_now
from service.usecases.safety import put_block, report_concern
from tests.service.console.live import opened, sign_in
from tests.service.console.scenario import Community
from tests.service.console.test_in_browser import do_the_reports
from tests.service.console.test_today import COORDINATOR, _met, _offered

pytestmark = pytest.mark.browser


class Seeded:
    """A community in which every page has something to show."""

    def __init__(self, harbour: Community) -> None:
        self.harbour = harbour
        store, platform_id, now = harbour.store, harbour.platform_id, harbour.now
        for role in (Role.LEAD, Role.SAFEGUARDING):
            harbour.add_coordinator(role.value, role)
        harbour.save_run(matched=1, still_looking=2, new=1)
        run_now(store, platform_id, clock=FixedClock(now))
        asked = replace(get_policy(store, platform_id), minimum_score=7000)
        self.what_if = ask_for_preview(store, platform_id, policy=asked, now=now).report_id
        do_the_reports(harbour)
        self.running = harbour.propose("s-3", "p-2")
        _met(harbour, self.running)
        self.offered = harbour.propose("s-1", "p-1")
        _offered(harbour, self.offered)
        self.proposed = harbour.propose("s-2", "p-2", is_thin=True)
        put_block(store, platform_id, one="s-1", other="p-2", now=now)
        report_concern(
            store,
            platform_id,
            about_id="s-3",
            category=ConcernCategory.OTHER,
            severity=Severity.LOW,
            by=COORDINATOR,
            now=now,
            case_number="2026-1",
        )

    def paths(self, login: str) -> list[str]:
        """Every page of a role."""
        mine = {
            Role.SAFEGUARDING.value: ["care", "people/s-3"],
            Role.LEAD.value: ["import", "policy", f"policy/what-if/{self.what_if}", "audit", "erasures"],
        }
        shared = [
            "today",
            "tasks",
            "review",
            f"proposals/{self.proposed}",
            f"proposals/{self.proposed}/another",
            f"proposals/{self.proposed}/another?supporter=p-1",
            f"proposals/{self.proposed}/around",
            f"proposals/{self.offered}",
            f"proposals/{self.running}",
            "matches",
            "people",
            "people/s-1",
            "people?id=nobody",
            "care",
            "still-looking",
            "report",
            "report?from=2026-01-01&to=2026-12-31",
            "report?from=2026-12-31&to=2026-01-01",
            "runs",
            f"runs/{self.harbour.run_id}",
            "nothing",
        ]
        return mine.get(login, shared)


@pytest.fixture
def seeded(harbour: Community) -> Seeded:
    return Seeded(harbour)


LOGINS = ("maria@example.org", Role.LEAD.value, Role.SAFEGUARDING.value)
THEMES = pytest.mark.parametrize("scheme", ["light", "dark"])


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


@THEMES
@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_fits_its_window_and_can_be_pressed(
    browser: Browser, address: str, seeded: Seeded, width: int, scheme: str
) -> None:
    viewport = {"width": width, "height": 900}
    with opened(browser, address, viewport=viewport, color_scheme=scheme, may_refuse=True) as page:
        for login in LOGINS:
            sign_in(page, login=login)
            for path in seeded.paths(login):
                _visit(page, path)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
                for control in page.locator("button, summary, input:not([type=hidden]), select, .button, .nav a").all():
                    if not control.is_visible():
                        continue
                    box = control.bounding_box()
                    is_label_pressed = control.get_attribute("type") in ("radio", "checkbox")
                    assert box, path
                    assert box["height"] >= (16 if is_label_pressed else 24), (path, control.inner_text())
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

    # Besides these: the way to the first page, files, and what only follows on a form.
    others = {"console.get_home", "console.static", "console.get_sign_in", "console.get_approved"}
    assert pages - visited == others
