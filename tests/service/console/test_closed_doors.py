"""Who may see and do what, and what every page carries: access, form tokens, headers, cookies."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.console.blueprint import OPEN_ENDPOINTS
from service.errors import StoreUnavailable
from service.records.coordinator import Role
from service.records.match import MatchState
from service.usecases.matches import get_match
from tests.service.console.browsing import Visitor, forms_of
from tests.service.console.scenario import Community


def _paths(app: Flask) -> list[tuple[str, str]]:
    """Give method and path of everything in the console that is not open to all."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("console.")]
    closed = [rule for rule in rules if rule.endpoint not in OPEN_ENDPOINTS]
    return [
        (method, rule.rule.replace("<match_id>", "m-1").replace("<run_id>", "r-1").replace("<path:rest>", "any/thing"))
        for rule in closed
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
    ]


def test_everything_but_the_sign_in_is_closed_to_strangers(app: Flask) -> None:
    paths = _paths(app)

    assert len(paths) >= 10
    for method, path in paths:
        answer = app.test_client().open(path, method=method)
        assert answer.status_code == 303, (method, path)
        assert answer.headers["Location"].startswith("/console/sign-in"), (method, path)


@pytest.mark.parametrize("path", ["proposals/{match}", "runs/{run}"])
def test_another_platforms_ids_are_not_found(maria: Visitor, outsider: Community, path: str) -> None:
    theirs = {"match": outsider.propose("s-9", "p-9"), "run": outsider.run_id}

    words = maria.go(f"/console/{path.format(**theirs)}")

    assert maria.page.status_code == 404
    assert "There is nothing here" in words


@pytest.mark.parametrize("action", ["approve", "not-this-pair", "undo"])
def test_another_platforms_pair_takes_no_decision(
    maria: Visitor, harbour: Community, outsider: Community, action: str
) -> None:
    theirs = outsider.propose("s-9", "p-9")
    maria.go(f"/console/proposals/{harbour.propose('s-1', 'p-1')}")
    values = {**forms_of(maria.page)[-1].values, "reason": "other"}

    answer = maria.client.post(f"/console/proposals/{theirs}/{action}", data=values)

    assert answer.status_code == 404
    assert get_match(outsider.store, "elsewhere", match_id=theirs).state is MatchState.PROPOSED


def test_what_another_platform_decided_is_not_told(maria: Visitor, outsider: Community) -> None:
    theirs = outsider.propose("s-9", "p-9")

    maria.go(f"/console/review?after={theirs}")

    assert theirs not in maria.page.text


@pytest.mark.parametrize("token", [None, "", "forged"])
@pytest.mark.parametrize("action", ["approve", "not-this-pair", "undo"])
def test_a_form_that_is_not_ours_changes_nothing(
    maria: Visitor, harbour: Community, action: str, token: str | None
) -> None:
    match_id = harbour.propose("s-1", "p-1")
    values = {"version": "1", "reason": "other"} | ({} if token is None else {"csrf_token": token})

    answer = maria.client.post(f"/console/proposals/{match_id}/{action}", data=values)

    assert answer.status_code == 400
    assert "This form was out of date" in answer.text
    assert get_match(harbour.store, "harbour", match_id=match_id).state is MatchState.PROPOSED


def test_signing_in_needs_a_form_of_ours_too(visitor: Visitor, harbour: Community) -> None:
    answer = visitor.client.post("/console/sign-in", data={"platform": "harbour", "login": "x", "password": "y"})

    assert answer.status_code == 400


def test_a_form_of_another_browser_is_not_ours(app: Flask, maria: Visitor, harbour: Community) -> None:
    other = Visitor(app.test_client())
    other.sign_in(harbour.platform_id)
    match_id = harbour.propose("s-1", "p-1")
    other.go(f"/console/proposals/{match_id}")
    form = next(form for form in forms_of(other.page) if form.action.endswith("/approve"))

    assert maria.client.post(form.action, data=form.values).status_code == 400


def test_who_only_reads_sees_pairs_and_decides_none(visitor: Visitor, harbour: Community) -> None:
    harbour.add_coordinator("reader", Role.READ_ONLY)
    match_id = harbour.propose("s-1", "p-1")
    visitor.sign_in(harbour.platform_id, login="reader")

    visitor.go(f"/console/proposals/{match_id}")
    token = forms_of(visitor.page)[0].values["csrf_token"]

    assert [form.action for form in forms_of(visitor.page)] == ["/console/sign-out"]
    for action in ("approve", "not-this-pair", "undo"):
        values = {"csrf_token": token, "version": "1", "reason": "other"}
        answer = visitor.client.post(f"/console/proposals/{match_id}/{action}", data=values)
        assert answer.status_code == 403
    assert get_match(harbour.store, "harbour", match_id=match_id).version == 1


def test_a_decision_that_names_no_version_is_refused(maria: Visitor, harbour: Community) -> None:
    match_id = harbour.propose("s-1", "p-1")
    maria.go(f"/console/proposals/{match_id}")
    token = forms_of(maria.page)[0].values["csrf_token"]

    answer = maria.client.post(f"/console/proposals/{match_id}/approve", data={"csrf_token": token})

    assert answer.status_code == 400


def test_pages_run_nothing_and_go_into_no_frame_cache_or_referrer(maria: Visitor) -> None:
    for path in ("/console/review", "/console/nothing"):
        maria.go(path)
        headers = maria.page.headers
        assert headers["Content-Security-Policy"].split("; ") == [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
        assert headers["Cache-Control"] == "no-store"
        for name, value in (("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY")):
            assert headers.getlist(name) == [value]
        assert headers.getlist("Referrer-Policy") == ["same-origin"]
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_own_files_are_kept_under_an_address_that_changes_with_them(app: Flask, maria: Visitor) -> None:
    maria.go("/console/review")
    start = maria.page.text.index("/console/static/console.css?v=")
    address = maria.page.text[start:].split('"')[0]

    with app.test_client() as client, client.get(address) as kept, client.get("/console/static/console.css") as bare:
        headers = kept.headers, bare.headers

    assert headers[0]["Cache-Control"] == "public, max-age=31536000, immutable"
    assert headers[1]["Cache-Control"] == "no-cache"
    assert "Set-Cookie" not in headers[0]


@pytest.mark.parametrize(("scheme", "is_secure"), [("http", False), ("https", True)])
def test_the_cookie_stays_with_the_console_and_with_https(app: Flask, scheme: str, is_secure: bool) -> None:
    answer = app.test_client().get("/console/sign-in", base_url=f"{scheme}://localhost")
    cookie = answer.headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/console" in cookie
    assert ("Secure" in cookie) is is_secure


def test_the_api_is_not_asked_for_form_tokens(app: Flask) -> None:
    assert app.test_client().post("/v1/runs").status_code == 401


def test_a_store_out_of_reach_gives_a_kind_page(app: Flask, maria: Visitor) -> None:
    class Gone:
        def __getattr__(self, name: str) -> object:
            def fail(*_args: object, **_kwargs: object) -> object:
                raise StoreUnavailable("the store cannot be reached", retry_after_seconds=7)

            return fail

    opened = app.extensions["alongside"]
    app.extensions["alongside"] = Gone()
    words = maria.go("/console/review")
    app.extensions["alongside"] = opened

    assert maria.page.status_code == 503
    assert maria.page.headers["Retry-After"] == "7"
    assert "Nothing is lost" in words


@pytest.mark.parametrize(
    "path", ["review", "nothing", "proposals/none", "runs/none", "runs?after=bad", "review?page=x"]
)
def test_pages_have_one_heading_a_title_and_a_language(maria: Visitor, path: str) -> None:
    maria.go(f"/console/{path}")

    assert maria.page.text.count("<h1") == 1
    assert maria.page.text.count("<title>") == 1
    assert '<html lang="en">' in maria.page.text
    assert maria.page.content_type.startswith("text/html")


def test_no_page_has_a_script_a_style_or_another_host_in_it(maria: Visitor, harbour: Community) -> None:
    match_id = harbour.propose("s-1", "p-1")

    for path in ("review", f"proposals/{match_id}", "still-looking", "runs", f"runs/{harbour.run_id}", "nothing"):
        maria.go(f"/console/{path}")
        text = maria.page.text
        assert not any(bad in text for bad in ("<script>", "<style", " style=", " onclick=", "http://", "https://")), (
            path
        )


def test_the_front_door_leads_to_the_console(client: FlaskClient) -> None:
    assert client.get("/", follow_redirects=True).request.path == "/console/sign-in"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
