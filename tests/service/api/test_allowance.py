"""How many calls a key may make: told with every answer, refused with 429 and when to come back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.app import create_app
from service.errors import StoreUnavailable
from service.records import Scope
from service.usecases import keys, platforms
from tests.service.api.conftest import NOW, Caller


@pytest.fixture
def slow(settings, clock):
    """An app that allows ten calls at once, and one more a second."""
    app = create_app(replace(settings, requests_per_second=1), clock=clock)
    yield app
    app.extensions["alongside"].close()


@pytest.fixture
def two(slow):
    store = slow.extensions["alongside"]
    platforms.create_platform(store, platform_id="harbour", name="Harbour", now=NOW, signposting="Call 112.")
    made = [keys.create_key(store, "harbour", name="x", scopes=tuple(Scope), now=NOW)[1] for _ in range(2)]
    return [Caller(slow.test_client(), key) for key in made]


def test_the_eleventh_call_is_refused_with_when_to_come_back(two):
    first, second = two
    answers = [first.get("/v1/factors") for _ in range(10)]

    refused = first.get("/v1/factors")

    assert [answer.status_code for answer in answers] == [200] * 10
    assert answers[0].headers["RateLimit-Policy"] == '"calls";q=10;w=10'
    assert answers[0].headers["RateLimit"] == '"calls";r=9;t=1'
    assert (refused.status_code, refused.json["code"]) == (429, "too_many_requests")
    assert refused.content_type == "application/problem+json"
    assert refused.headers["Retry-After"] == "1"
    assert refused.headers["RateLimit"].startswith('"calls";r=0;t=')
    assert second.get("/v1/factors").status_code == 200


def test_a_refused_call_changes_nothing(two):
    first, second = two
    while first.get("/v1/factors").status_code == 200:
        pass

    assert first.post("/v1/runs", {}).status_code == 429
    assert second.get("/v1/runs").json["runs"] == []


def test_wrong_keys_use_up_nobodys_allowance(two, slow):
    first, _ = two
    wrong = Caller(slow.test_client(), first.key[:-4] + "0000")

    answers = [wrong.get("/v1/factors") for _ in range(30)]

    assert {answer.status_code for answer in answers} == {401}
    assert "RateLimit" not in answers[-1].headers
    assert first.get("/v1/factors").headers["RateLimit"].startswith('"calls";r=9;')


def test_another_worker_counts_the_same_calls(two, settings, clock):
    first, _ = two
    other = create_app(replace(settings, requests_per_second=1), clock=clock)
    there = Caller(other.test_client(), first.key)

    answers = [caller.get("/v1/factors").status_code for _ in range(6) for caller in (first, there)]

    assert answers == [200] * 10 + [429] * 2
    other.extensions["alongside"].close()


def test_without_a_limit_nothing_is_counted(settings, clock):
    app = create_app(replace(settings, requests_per_second=None), clock=clock)
    store = app.extensions["alongside"]
    platforms.create_platform(store, platform_id="harbour", name="Harbour", now=NOW, signposting="Call 112.")
    _, key = keys.create_key(store, "harbour", name="x", scopes=(), now=NOW)

    answer = Caller(app.test_client(), key).get("/v1/factors")

    assert (answer.status_code, "RateLimit" in answer.headers) == (200, False)
    store.close()


@pytest.mark.parametrize("failure", [StoreUnavailable("gone"), OSError("full")])
def test_where_nobody_can_count_calls_go_on(two, slow, failure):
    class Broken:
        def take(self, *_):
            raise failure

    slow.extensions["alongside_meter"] = Broken()

    assert two[0].get("/v1/factors").status_code == 200
