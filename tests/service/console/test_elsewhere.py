"""Signing in at a provider elsewhere: by an address that is a sign-in name here, and by nothing that is not proven."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from joserfc.jwk import RSAKey
from playwright.sync_api import Browser, expect

from service.app import create_app
from service.clock import FixedClock
from service.openid_settings import OpenIdSettings
from service.records.coordinator import Coordinator, Role
from service.settings import Settings
from service.usecases.coordinators import get_coordinator, list_coordinators
from service.usecases.elsewhere import untie
from tests.service.console.browsing import Visitor, words_of
from tests.service.console.live import opened, served
from tests.service.console.openid_provider import CLIENT_ID, CLIENT_SECRET, Claims, Provider, provided
from tests.service.console.scenario import LOGIN, PASSWORD, Community


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with provided() as provider:
        yield provider


@pytest.fixture
def provider(running: Provider) -> Provider:
    """The provider as it is on its best day."""
    fresh = Provider()
    for name in ("account", "says", "signs", "lists", "is_refusing"):
        setattr(running, name, getattr(fresh, name))
    running.asked.clear()
    return running


@pytest.fixture
def app(tmp_path: Path, clock: FixedClock, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """An app whose coordinators may sign in at the provider, however long its answers take on a busy machine."""
    monkeypatch.setattr("service.openid.SECONDS", 60)
    app = create_app(
        Settings(
            store=f"sqlite:///{tmp_path / 'store.sqlite3'}",
            is_embedded=True,
            secret_key_file=tmp_path / "secret.key",
            may_make_secret_key=True,
            openid=OpenIdSettings(provider.issuer, CLIENT_ID, CLIENT_SECRET, name="Harbour accounts"),
        ),
        clock=clock,
    )
    yield app
    app.extensions["alongside"].close()


def _begin(visitor: Visitor, **wanted: str) -> str:
    """Press the link; give the address of the provider it leads to."""
    visitor.go("/console/sign-in")
    answer = visitor.client.get("/console/sign-in/elsewhere", query_string=wanted)
    assert answer.status_code == 302, words_of(answer)
    return answer.headers["Location"]


def _way_back(address: str) -> str:
    """Sign in at the provider; give the address it sends the browser back to."""
    answer = requests.get(address, allow_redirects=False, timeout=60)
    assert answer.status_code == 302
    return answer.headers["Location"]


def _come_back(visitor: Visitor, address: str) -> str:
    parts = urlsplit(address)
    return visitor.go(f"{parts.path}?{parts.query}")


def _sign_in(visitor: Visitor, **wanted: str) -> str:
    return _come_back(visitor, _way_back(_begin(visitor, **wanted)))


def _maria(harbour: Community) -> Coordinator:
    return get_coordinator(harbour.store, "harbour", coordinator_id=harbour.coordinator_id)


def test_an_account_with_the_address_of_a_coordinator_signs_them_in(
    visitor: Visitor, harbour: Community, provider: Provider
) -> None:
    assert "Sign in with Harbour accounts" in visitor.go("/console/sign-in")

    words = _sign_in(visitor, next="/console/runs")

    assert f"Signed in as {LOGIN}" in words
    assert visitor.page.request.path == "/console/runs"
    assert provider.asked.count("token") == 1


def test_the_way_there_carries_state_nonce_and_a_challenge_and_no_secret(
    visitor: Visitor, harbour: Community, provider: Provider
) -> None:
    address = _begin(visitor)
    asked = {name: value for name, (value,) in parse_qs(urlsplit(address).query).items()}

    assert address.startswith(f"{provider.issuer}/authorize?")
    assert asked["redirect_uri"] == "http://localhost/console/sign-in/back"
    assert (asked["code_challenge_method"], asked["scope"]) == ("S256", "openid email")
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 20
    assert "secret" not in address
    assert "code_verifier" not in address
    other = {name: value for name, (value,) in parse_qs(urlsplit(_begin(visitor)).query).items()}
    assert all(other[name] != asked[name] for name in ("state", "nonce", "code_challenge"))


def _with(**changes: object) -> Callable[[Claims], Claims]:
    return lambda claims: {**claims, **changes}


def _without(name: str) -> Callable[[Claims], Claims]:
    return lambda claims: {key: value for key, value in claims.items() if key != name}


LIES: dict[str, Callable[[Claims], Claims]] = {
    "another nonce": _with(nonce="of another sign-in"),
    "no nonce": _without("nonce"),
    "a nonce that is said to be of no use": _with(nonce="another", nonce_supported=False),
    "another audience": _with(aud="somebody-else"),
    "another audience that we stand beside": _with(aud=["somebody-else", "and-another"]),
    "another audience, and us as whom it was made for": _with(aud="somebody-else", azp=CLIENT_ID),
    "no audience": _without("aud"),
    "another issuer": _with(iss="https://elsewhere.example"),
    "no issuer": _without("iss"),
    "expired": lambda claims: {**claims, "iat": claims["iat"] - 7200, "exp": claims["iat"] - 3600},
    "never expiring": _without("exp"),
    "of tomorrow": lambda claims: {**claims, "iat": claims["iat"] + 86400, "exp": claims["exp"] + 86400},
    "no subject": _without("sub"),
    "an empty subject": _with(sub=""),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_does_not_hold_signs_nobody_in(
    visitor: Visitor, harbour: Community, provider: Provider, lie: str
) -> None:
    provider.says = LIES[lie]

    words = _sign_in(visitor)

    assert visitor.page.status_code == 401
    assert "cannot be trusted, so nobody was signed in" in words
    assert "Welcome to Alongside" in visitor.go("/console/today")
    assert _maria(harbour).subject == ""


@pytest.mark.parametrize("how", ["unsigned", "signed_with_the_secret", "by another key", "garbage"])
def test_a_token_that_anybody_could_have_made_signs_nobody_in(
    visitor: Visitor, harbour: Community, provider: Provider, how: str
) -> None:
    stranger = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
    ways: dict[str, Callable[[Claims], str]] = {
        "unsigned": provider.unsigned,
        "signed_with_the_secret": provider.signed_with_the_secret,
        "by another key": lambda claims: provider.signed(claims, key=stranger),
        "garbage": lambda _claims: "a.b.c",
    }
    provider.signs = ways[how]

    words = _sign_in(visitor)

    assert visitor.page.status_code == 401
    assert "cannot be trusted" in words
    assert "Welcome to Alongside" in visitor.go("/console/today")


@pytest.mark.parametrize("lists", [{"issuer": "https://elsewhere.example"}, {"token_endpoint": "http://example.org/t"}])
def test_a_provider_that_is_not_the_one_that_was_named_is_never_asked(
    visitor: Visitor, harbour: Community, provider: Provider, lists: dict[str, str]
) -> None:
    provider.lists = lists

    words = visitor.go("/console/sign-in/elsewhere")

    assert visitor.page.status_code == 502
    assert "cannot be trusted" in words
    assert provider.asked == ["discovery"]


def test_another_state_or_none_opens_nothing(app: Flask, visitor: Visitor, harbour: Community) -> None:
    back = _way_back(_begin(visitor))
    stranger = Visitor(app.test_client())

    for address in (back.replace("state=", "state=x"), back.split("&state=")[0]):
        words = _come_back(visitor, address)
        assert visitor.page.status_code == 401
        assert "begun in another window" in words
    # Whoever is sent somebody else's way back is not signed in as them.
    assert "begun in another window" in _come_back(stranger, back)
    assert "Welcome to Alongside" in stranger.go("/console/today")


def test_a_way_back_counts_once(visitor: Visitor, harbour: Community) -> None:
    back = _way_back(_begin(visitor))
    assert "Signed in as" in _come_back(visitor, back)
    visitor.send("/sign-out")

    assert "begun in another window" in _come_back(visitor, back)
    assert "Welcome to Alongside" in visitor.go("/console/today")


def test_somebody_who_turns_back_at_the_provider_is_told_so(
    visitor: Visitor, harbour: Community, provider: Provider
) -> None:
    provider.is_refusing = True

    words = _sign_in(visitor)

    assert visitor.page.status_code == 401
    assert "You were not signed in at Harbour accounts." in words


@pytest.mark.parametrize(
    ("account", "said"),
    [
        ({"email": "nobody@example.org", "email_verified": True}, "There is no coordinator here"),
        ({"email": LOGIN, "email_verified": False}, "does not vouch for an e-mail address"),
        ({"email": LOGIN, "email_verified": "true"}, "does not vouch for an e-mail address"),
        ({"email": LOGIN}, "does not vouch for an e-mail address"),
        ({"email_verified": True}, "does not vouch for an e-mail address"),
    ],
)
def test_nobody_is_made_and_nobody_taken_for_somebody(
    visitor: Visitor, harbour: Community, provider: Provider, account: Claims, said: str
) -> None:
    provider.account = {"sub": "account-2", **account}

    words = _sign_in(visitor)

    assert visitor.page.status_code == 403
    assert said in words
    assert "Welcome to Alongside" in visitor.go("/console/today")
    assert [each.login for each in list_coordinators(harbour.store, "harbour")] == [LOGIN]
    assert _maria(harbour).subject == ""


def test_the_role_is_ours_whatever_the_provider_says(visitor: Visitor, harbour: Community, provider: Provider) -> None:
    provider.says = _with(role="lead", roles=["lead"], groups=["lead"])
    _sign_in(visitor)

    assert visitor.client.get("/console/policy").status_code == 403


def test_an_account_stays_the_same_persons_when_addresses_change_hands(
    app: Flask, visitor: Visitor, harbour: Community, provider: Provider
) -> None:
    _sign_in(visitor)
    visitor.send("/sign-out")

    # Her address is somebody else's by now, with an account of their own.
    provider.account = {"sub": "account-2", "email": LOGIN, "email_verified": True}
    assert "There is no coordinator here" in _sign_in(visitor)
    # She has another address, and is known by her account.
    provider.account = {"sub": "account-1", "email": "maria@new.example", "email_verified": True}
    assert f"Signed in as {LOGIN}" in _sign_in(visitor)
    # Untied, her sessions end, and the address counts again.
    untie(harbour.store, "harbour", login=LOGIN, now=harbour.now)
    assert "Welcome to Alongside" in visitor.go("/console/today")
    assert "There is no coordinator here" in _sign_in(visitor)
    told = [event.type for event in harbour.store.events("harbour", limit=100) if event.type.startswith("coordinator.")]
    assert told == ["coordinator.tied", "coordinator.untied"]


def test_capitals_in_an_address_are_no_other_person(visitor: Visitor, harbour: Community, provider: Provider) -> None:
    provider.account = {"sub": "account-1", "email": LOGIN.upper(), "email_verified": True}

    assert f"Signed in as {LOGIN}" in _sign_in(visitor)


def test_somebody_of_several_platforms_chooses_one(
    visitor: Visitor, harbour: Community, outsider: Community, provider: Provider
) -> None:
    Community(harbour.store, "third", name="Third", now=harbour.now).add_coordinator("other", Role.LEAD)
    untouched = [each for each in list_coordinators(harbour.store, "third") if each.login == LOGIN]
    assert untouched

    words = _sign_in(visitor, next="/console/review")
    assert "Which platform?" in words
    assert "Elsewhere" in words

    assert "Signed in as" in visitor.send("/sign-in/platform", platform="elsewhere")
    assert visitor.page.request.path == "/console/review"
    assert "Elsewhere" in visitor.page.text


@pytest.mark.parametrize("platform", ["nowhere", "", "<script>", "_alongside"])
def test_no_other_platform_can_be_chosen(
    visitor: Visitor, harbour: Community, outsider: Community, provider: Provider, platform: str
) -> None:
    _sign_in(visitor)

    visitor.send("/sign-in/platform", platform=platform)

    assert visitor.page.status_code == 403
    assert "Welcome to Alongside" in visitor.go("/console/today")


def test_choosing_a_platform_counts_once_and_for_a_few_minutes(
    visitor: Visitor, harbour: Community, outsider: Community, clock: FixedClock, provider: Provider
) -> None:
    _sign_in(visitor)
    clock.advance(timedelta(minutes=6))

    visitor.send("/sign-in/platform", platform="harbour")

    assert visitor.page.status_code == 401
    assert "Please start once more" in words_of(visitor.page)


def test_a_form_of_another_site_chooses_nothing(visitor: Visitor, harbour: Community, outsider: Community) -> None:
    _sign_in(visitor)

    assert visitor.client.post("/console/sign-in/platform", data={"platform": "harbour"}).status_code == 400


def test_a_provider_out_of_reach_leaves_the_password(
    tmp_path: Path, clock: FixedClock, harbour: Community, app: Flask
) -> None:
    settings = Settings(
        store=f"sqlite:///{tmp_path / 'store.sqlite3'}",
        is_embedded=True,
        secret_key_file=tmp_path / "secret.key",
        may_make_secret_key=False,
        openid=OpenIdSettings("http://127.0.0.1:9", CLIENT_ID, CLIENT_SECRET),
    )
    visitor = Visitor(create_app(settings, clock=clock).test_client())

    words = visitor.go("/console/sign-in/elsewhere")

    assert visitor.page.status_code == 503
    assert "127.0.0.1 cannot be reached just now." in words
    assert visitor.page.headers["Retry-After"] == "10"
    assert "Signed in as" in visitor.sign_in("harbour")


@pytest.mark.browser
def test_in_a_browser_it_is_a_press_there_and_back(
    browser: Browser, app: Flask, harbour: Community, provider: Provider
) -> None:
    with served(app) as address, opened(browser, address, also=provider.issuer) as page:
        page.goto("/console/")
        page.get_by_role("link", name="Sign in with Harbour accounts").click()
        expect(page.get_by_role("heading", level=1, name="Today")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("status")).to_contain_text("You are signed out.")
        page.get_by_label("Your sign-in name or email").fill(LOGIN)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_role("heading", level=1, name="Today")).to_be_visible()


def test_without_a_provider_there_is_nothing_of_it(tmp_path: Path, clock: FixedClock) -> None:
    settings = Settings(
        store=f"sqlite:///{tmp_path / 'store.sqlite3'}",
        is_embedded=True,
        secret_key_file=tmp_path / "secret.key",
        may_make_secret_key=True,
    )
    bare = create_app(settings, clock=clock)
    visitor = Visitor(bare.test_client())

    assert "Sign in with" not in visitor.go("/console/sign-in")
    for path in ("elsewhere", "back", "back?code=x&state=y"):
        visitor.go(f"/console/sign-in/{path}")
        assert visitor.page.status_code == 404
    bare.extensions["alongside"].close()
