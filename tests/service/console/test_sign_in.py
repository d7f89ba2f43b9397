from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from service.clock import FixedClock
from service.records.coordinator import Role
from service.usecases.coordinators import remove_coordinator, set_password
from tests.service.console.browsing import Visitor, forms_of
from tests.service.console.scenario import LOGIN, PASSWORD, Community


def test_signing_in_opens_today(visitor: Visitor, harbour: Community) -> None:
    words = visitor.sign_in(harbour.platform_id)

    assert visitor.page.request.path == "/console/today"
    assert f"Signed in as {LOGIN}" in words


def test_signing_in_leads_back_to_the_page_that_was_wanted(visitor: Visitor, harbour: Community) -> None:
    visitor.go("/console/runs?after=x")

    visitor.send("/sign-in", login=LOGIN, password=PASSWORD)

    assert visitor.page.request.full_path == "/console/runs?after=x"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/console/",
        "//evil.example/console/",
        "/\\evil.example",
        "/v1/members",
        "javascript:alert(1)",
    ],
)
def test_signing_in_never_leads_elsewhere(visitor: Visitor, harbour: Community, elsewhere: str) -> None:
    visitor.go("/console/sign-in")
    form = forms_of(visitor.page)[0]
    values = {**form.values, "login": LOGIN, "password": PASSWORD, "next": elsewhere}

    answer = visitor.client.post(form.action, data=values)

    assert answer.headers["Location"] == "/console/"


@pytest.mark.parametrize(
    ("platform_id", "login", "password"),
    [
        ("harbour", LOGIN, "wrong horse battery"),
        ("harbour", "nobody@example.org", PASSWORD),
        ("harbour", "", PASSWORD),
        ("harbour", LOGIN, ""),
        ("harbour", "\x00", PASSWORD),
        ("harbour", "x" * 10_000, PASSWORD),
        ("nowhere", LOGIN, PASSWORD),
        ("_alongside", LOGIN, PASSWORD),
        ("", LOGIN, PASSWORD),
    ],
)
def test_whatever_is_wrong_the_answer_is_the_same(
    visitor: Visitor, harbour: Community, platform_id: str, login: str, password: str
) -> None:
    words = visitor.sign_in(platform_id, login=login, password=password)

    assert visitor.page.status_code == 401
    assert "do not belong together" in words
    assert password not in visitor.page.text or not password


def test_a_coordinator_of_one_platform_is_a_stranger_to_another(
    visitor: Visitor, harbour: Community, outsider: Community
) -> None:
    harbour.add_coordinator("only-here", role=Role.LEAD)

    visitor.sign_in(outsider.platform_id, login="only-here")

    assert visitor.page.status_code == 401


def test_the_only_platform_is_not_asked_for_and_several_are_never_listed(
    visitor: Visitor, harbour: Community, app: Flask
) -> None:
    assert "Platform" not in visitor.go("/console/sign-in")

    Community(harbour.store, "elsewhere", name="Elsewhere", now=harbour.now)
    words = visitor.go("/console/sign-in")
    assert "Platform" in words
    assert "elsewhere" not in visitor.page.text.lower()


def test_guessing_has_to_wait_however_it_is_spelt(visitor: Visitor, harbour: Community, clock: FixedClock) -> None:
    for _ in range(5):
        visitor.sign_in(harbour.platform_id, password="wrong horse battery")

    words = visitor.sign_in(harbour.platform_id, login=LOGIN.upper())

    assert visitor.page.status_code == 429
    assert "Please wait 1 minute" in words
    assert visitor.page.headers["Retry-After"] == "15"

    clock.advance(timedelta(seconds=15))
    assert "Signed in as" in visitor.sign_in(harbour.platform_id)


def test_a_session_ends_after_two_hours_without_a_request(maria: Visitor, clock: FixedClock) -> None:
    clock.advance(timedelta(hours=2))
    assert "Signed in as" in maria.go("/console/review")

    clock.advance(timedelta(hours=2, seconds=1))
    assert "Welcome to Alongside" in maria.go("/console/review")


def test_a_session_ends_after_twelve_hours_however_busy(maria: Visitor, clock: FixedClock) -> None:
    for _ in range(8):
        clock.advance(timedelta(hours=1, minutes=30))
        assert "Signed in as" in maria.go("/console/review")

    clock.advance(timedelta(seconds=1))
    assert "Welcome to Alongside" in maria.go("/console/review")


def test_a_new_password_ends_running_sessions(maria: Visitor, harbour: Community) -> None:
    set_password(harbour.store, harbour.platform_id, login=LOGIN, now=harbour.now)

    assert "Welcome to Alongside" in maria.go("/console/review")


def test_a_removed_coordinator_is_out_at_once(maria: Visitor, harbour: Community) -> None:
    remove_coordinator(harbour.store, harbour.platform_id, login=LOGIN, now=harbour.now)

    assert "Welcome to Alongside" in maria.go("/console/review")


def test_signing_out_ends_the_session(maria: Visitor) -> None:
    maria.go("/console/review")

    assert "You are signed out." in maria.send("/sign-out")
    assert "Welcome to Alongside" in maria.go("/console/review")


def test_a_decision_after_the_session_ended_leads_back_to_its_pair(
    maria: Visitor, harbour: Community, clock: FixedClock
) -> None:
    match_id = harbour.propose("s-2", "p-1")
    maria.go(f"/console/proposals/{match_id}")
    clock.advance(timedelta(hours=3))

    assert "Welcome to Alongside" in maria.send("/approve")
    maria.send("/sign-in", login=LOGIN, password=PASSWORD)

    assert maria.page.request.path == f"/console/proposals/{match_id}"


def test_a_copied_cookie_opens_nothing_once_its_session_was_signed_out(
    app: Flask, maria: Visitor, harbour: Community
) -> None:
    cookie = maria.client.get_cookie("alongside_console", path="/console")
    assert cookie is not None
    thief = app.test_client()
    thief.set_cookie("alongside_console", cookie.value, path="/console")
    assert thief.get("/console/today").status_code == 200

    maria.send("/sign-out")

    thief.set_cookie("alongside_console", cookie.value, path="/console")
    assert thief.get("/console/today").status_code == 303


def test_signing_out_in_one_browser_leaves_another_one_signed_in(
    app: Flask, maria: Visitor, harbour: Community
) -> None:
    other = Visitor(app.test_client())
    other.sign_in(harbour.platform_id)

    maria.send("/sign-out")

    assert "Signed in as" in other.go("/console/review")


def test_what_is_fetched_for_a_page_uses_up_nothing_of_the_session(maria: Visitor, harbour: Community) -> None:
    match_id = harbour.propose("s-1", "p-1")
    maria.go(f"/console/proposals/{match_id}")
    maria.send("/approve")
    maria.go(f"/console/proposals/{match_id}")
    form = next(form for form in forms_of(maria.page) if form.action.endswith("/undo"))
    maria.client.post(form.action, data=form.values)

    part = maria.client.get(f"/console/proposals/{match_id}/around", headers={"X-Part": "around"})

    assert "Undone" not in part.text
    assert "Set-Cookie" not in part.headers
    assert "Undone" in maria.go(f"/console/proposals/{match_id}")
