"""An app on an empty store, a clock that stands still, and the community most tests begin with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, sync_playwright

from service.app import create_app
from service.clock import FixedClock
from service.settings import Settings
from tests.conftest import PROGRAMS
from tests.service.console.browsing import Visitor
from tests.service.console.live import ARGUMENTS, served
from tests.service.console.scenario import Community, seeker, supporter
from tests.service.console.seeded import Seeded

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def app(tmp_path: Path, clock: FixedClock) -> Iterator[Flask]:
    settings = Settings(
        store=f"sqlite:///{tmp_path / 'store.sqlite3'}",
        is_embedded=True,
        secret_key_file=tmp_path / "secret.key",
        may_make_secret_key=True,
    )
    app = create_app(settings, clock=clock)
    # What is made ready takes as long as the machine needs.
    app.config["PAGE_PATIENCE"] = 60
    yield app
    app.extensions["alongside"].close()


def small_harbour(app: Flask) -> Community:
    """Make a community of three people looking and two peer supporters, nobody proposed yet."""
    community = Community(app.extensions["alongside"], "harbour", name="Harbour Community", now=NOW)
    community.save(
        seeker("s-1", waiting_since=date(2026, 11, 2)),
        seeker("s-2", waiting_since=date(2026, 9, 1)),
        seeker("s-3", waiting_since=date(2026, 10, 1)),
        supporter("p-1"),
        supporter("p-2", timezone="Europe/Warsaw", interests=["chess", "baking"]),
    )
    return community


@pytest.fixture
def harbour(app: Flask) -> Community:
    """Three people looking and two peer supporters, nobody proposed yet."""
    return small_harbour(app)


@pytest.fixture
def outsider(app: Flask) -> Community:
    """Another platform on the same server."""
    community = Community(app.extensions["alongside"], "elsewhere", name="Elsewhere", now=NOW)
    community.save(seeker("s-9", waiting_since=date(2026, 9, 1)), supporter("p-9"))
    return community


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """A browser without a session."""
    return Visitor(app.test_client())


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's own Chromium, once for all tests of a worker."""
    program = next(found for found in map(shutil.which, PROGRAMS["browser"]) if found)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def address(app: Flask, harbour: Community) -> Iterator[str]:
    """The address of the app on a live server."""
    with served(app) as address:
        yield address


@pytest.fixture
def maria(visitor: Visitor, harbour: Community) -> Visitor:
    """A browser in which Harbour's coordinator is signed in."""
    visitor.sign_in(harbour.platform_id)
    return visitor


@pytest.fixture
def seeded(harbour: Community) -> Seeded:
    """Harbour with something on every page."""
    return Seeded(harbour)
