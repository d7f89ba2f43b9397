"""Who may call what: every route × no key, a wrong key, one without the scope, another platform's, a good one."""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from datetime import timedelta
from types import MappingProxyType

import pytest

from service.app import create_app
from service.clock import FixedClock
from service.records import Scope
from service.storage.store import GLOBAL_SCOPE
from service.usecases import keys
from tests.service.api.access import ROUTES, world
from tests.service.api.conftest import NOW, Caller, caller_of, settings_in

OPEN = {
    *("health.get_livez", "health.get_readyz", "home"),
    *("reference.get_reference", "reference.get_document", "reference.static"),
}
"""Endpoints that answer anybody; the console has a sign-in of its own, and its own test."""


def rules(app):
    """Give "METHOD /rule" of every route of the API, from the app itself."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in OPEN and not rule.endpoint.startswith("console."):
            for method in rule.methods - {"OPTIONS", "HEAD"}:
                yield f"{method} {rule.rule}", rule.endpoint


def routes(app):
    """Give (method, path, endpoint) of every route of the API, with ids filled in."""
    for name, endpoint in sorted(rules(app)):
        method, rule = name.split(" ")
        yield method, re.sub(r"<(\w+)>", r"some-\1", rule.replace("<int:number>", "1")), endpoint


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A store that holds one of everything: its folder, the harbour's key, and the ids. Each test has a copy."""
    folder = tmp_path_factory.mktemp("world")
    app = create_app(settings_in(folder), clock=FixedClock(NOW))
    harbour, store = caller_of(app, "harbour"), app.extensions["alongside"]
    ids = world(harbour, store)
    store.close()
    return folder, harbour.key, MappingProxyType(ids)


@pytest.fixture
def settings(made, tmp_path):
    shutil.copytree(made[0], tmp_path, dirs_exist_ok=True)
    return settings_in(tmp_path)


@pytest.fixture
def harbour(made, app):
    return Caller(app.test_client(), made[1])


@pytest.fixture
def ids(made):
    return made[2]


def call(caller, name, ids):
    """Make the call of a row of the table."""
    route, (method, rule) = ROUTES[name], name.split(" ")
    path = re.sub(r"<(?:int:)?(\w+)>", lambda found: ids[found[1]], rule) + route.query
    if route.data is not None:
        return caller.call(method, path, data=route.data, content_type=route.content_type, headers=route.headers)
    return caller.call(method, path, json=route.body, headers=route.headers)


def ids_for(name, ids):
    return {**ids, **ROUTES[name].ids}


def test_no_route_is_forgotten(app):
    assert {name for name, _ in rules(app)} == set(ROUTES)


@pytest.mark.parametrize("name", ROUTES)
def test_without_a_key_and_with_a_wrong_one_nobody_is_told_anything(app, harbour, stranger, ids, name):
    wrong = Caller(app.test_client(), harbour.key[:-4] + ("0000" if harbour.key[-4:] != "0000" else "1111"))

    for caller in (stranger, wrong):
        refused = call(caller, name, ids_for(name, ids))

        assert (refused.status_code, refused.json["code"]) == (401, "unauthorized")
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")
        assert refused.content_type == "application/problem+json"
        assert_names_nobody(refused, ids)


@pytest.mark.parametrize("name", ROUTES)
def test_every_other_scope_is_not_enough_and_the_own_one_is(caller_with, ids, name):
    route = ROUTES[name]
    if route.scopes:
        without = caller_with("harbour", scopes=[scope for scope in Scope if scope not in route.scopes])
        refused = call(without, name, ids_for(name, ids))
        assert (refused.status_code, refused.json["code"]) == (403, "forbidden")
        assert all(scope.value in refused.json["detail"] for scope in route.scopes)
        assert_names_nobody(refused, ids)

    alone = route.scopes if route.alone is None else route.alone
    for scope in alone or (None,):
        own = caller_with("harbour", scopes=[scope] if scope else [])
        answer = call(own, name, ids_for(name, ids))
        assert answer.status_code not in (401, 403), answer.get_data(as_text=True)
    for scope in set(route.scopes) - set(alone):
        assert call(caller_with("harbour", scopes=[scope]), name, ids_for(name, ids)).status_code == 403


@pytest.mark.parametrize("name", ROUTES)
def test_a_good_key_is_answered(harbour, ids, name):
    answer = call(harbour, name, ids_for(name, ids))

    assert answer.status_code == ROUTES[name].good, answer.get_data(as_text=True)


@pytest.mark.parametrize("name", ROUTES)
def test_another_platform_finds_nothing_and_changes_nothing(harbour, outsider, store, ids, name):
    route = ROUTES[name]
    wanted = ids_for(name, ids)
    before = everything(store, "harbour")

    answer = call(outsider, name, wanted)

    usual = 404 if "<" in name else route.good
    assert answer.status_code == (usual if route.outside is None else route.outside), answer.get_data(as_text=True)
    if route.outside != 201:
        assert_names_nobody(answer, ids)
    assert everything(store, "harbour") == before
    if answer.status_code == 404 and "<" in name:
        # As an id that never was: the same words, headers and length.
        nobodys = {each: f"nobody-{number}" for number, each in enumerate(wanted)}
        with looks_into(store) as never_looked:
            never = call(outsider, name, nobodys | {"key_id": "00ff"})
        with looks_into(store) as looked:
            call(outsider, name, wanted)
        assert without_request_id(answer) == without_request_id(never)
        # And in the same time: the store is asked the same, and of the caller's own platform alone.
        assert looked == never_looked
        assert looked
        assert {scope for _, scope, _ in looked} <= {"elsewhere", GLOBAL_SCOPE}


@contextmanager
def looks_into(store):
    """Note what the store is asked meanwhile, in order: the call, its scope and its kind, whatever the id."""
    seen = []

    def noting(name, asked):
        def note(scope, *args, **kwargs):
            seen.append((name, scope, args[0] if args and isinstance(args[0], str) else None))
            return asked(scope, *args, **kwargs)

        return note

    with pytest.MonkeyPatch.context() as patch:
        for name in ("get", "get_many", "page", "find_unique", "each", "count", "events", "commit"):
            patch.setattr(store, name, noting(name, getattr(store, name)))
        yield seen


def everything(store, scope):
    kinds = ("member", "match", "run", "policy", "hold", "concern", "task", "block", "erasure", "load", "rest", "job")
    records = [stored for kind in kinds for stored in store.each(scope, kind)]
    return records, store.events(scope, limit=1000)


def without_request_id(answer):
    volatile = ("X-Request-ID", "RateLimit")
    headers = {name: value for name, value in answer.headers.items() if name not in volatile}
    return {**answer.json, "request_id": ""}, headers


def assert_names_nobody(answer, ids):
    told = answer.get_data(as_text=True) + str(answer.headers)
    for named in (*ids.values(), "seeker-2", "supporter-1", "supporter-2", "held-1", "gone-1"):
        assert named not in told


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YTpi", "Token x", "Bearer alk_harbour_1_2_3", "Bearer \xff", "alk_x"]
)
def test_a_header_that_is_no_key_is_refused_alike(stranger, harbour, header):
    assert stranger.get("/v1/members", headers={"Authorization": header}).status_code == 401


def test_a_key_in_the_address_is_no_key(stranger, harbour):
    assert stranger.get(f"/v1/factors?key={harbour.key}").status_code == 401


def test_a_key_counts_until_it_is_revoked_or_out_of_date(app, store, harbour, clock):
    key_id = harbour.key.split("_")[2]
    _, new = keys.rotate_key(store, "harbour", key_id=key_id, now=NOW, overlap=timedelta(hours=1))

    assert harbour.get("/v1/factors").status_code == 200
    clock.advance(timedelta(hours=2))
    assert harbour.get("/v1/factors").status_code == 401
    assert Caller(app.test_client(), new).get("/v1/factors").status_code == 200
    keys.revoke_key(store, "harbour", key_id=new.split("_")[2], now=NOW)
    assert Caller(app.test_client(), new).get("/v1/factors").status_code == 401
