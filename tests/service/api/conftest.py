"""An app on an empty store, and a cast of four: a platform's program, a seeker, a supporter, an outsider."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.api.document import openapi_yaml
from service.app import create_app
from service.clock import FixedClock
from service.records import Scope
from service.settings import Settings
from service.storage.store import Store
from service.usecases import keys, platforms

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

SHARED: dict[str, Any] = {
    "languages": ["en"],
    "timezone": "Europe/London",
    "availability": [{"day": "mon", "start": "18:00", "end": "21:00"}],
    "modes": ["text"],
    "age_band": "25-34",
    "consent": {"matching": True, "given_at": "2026-09-01T10:00:00Z"},
}
SEEKER = {**SHARED, "seeker": {"topics": ["bereavement"]}}
SUPPORTER = {**SHARED, "supporter": {"topics": ["bereavement"]}}


@dataclass
class Caller:
    """A platform's program with its key."""

    client: FlaskClient
    key: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, *, headers: Any = None, **kwargs: Any) -> TestResponse:
        """Send a request with the key."""
        own = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return self.client.open(path, method=method, headers={**own, **(headers or {})}, **kwargs)

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        return self.call("GET", path, **kwargs)

    def put(self, path: str, body: Any, **kwargs: Any) -> TestResponse:
        return self.call("PUT", path, json=body, **kwargs)

    def post(self, path: str, body: Any = None, **kwargs: Any) -> TestResponse:
        return self.call("POST", path, **({} if body is None else {"json": body}), **kwargs)

    def delete(self, path: str, **kwargs: Any) -> TestResponse:
        return self.call("DELETE", path, **kwargs)


def settings_in(folder: Path) -> Settings:
    """Settings of an app whose store is in the folder."""
    return Settings(
        store=f"sqlite:///{folder}/alongside.sqlite3",
        is_embedded=True,
        secret_key_file=folder / "secret.key",
        may_make_secret_key=True,
    )


def caller_of(app: Flask, platform_id: str, scopes: Iterable[Scope] = tuple(Scope)) -> Caller:
    """A caller of a platform, which is made when it is not there, with a new key that has these scopes."""
    store = app.extensions["alongside"]
    if platform_id not in platforms.platform_ids(store):
        platforms.create_platform(
            store, platform_id=platform_id, name=platform_id.title(), now=NOW, signposting="Call 112."
        )
    _, key = keys.create_key(store, platform_id, name="test", scopes=scopes, now=NOW)
    return Caller(app.test_client(), key)


@pytest.fixture
def settings(tmp_path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    """The OpenAPI document, as the code gives it."""
    return yaml.safe_load(openapi_yaml())


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def app(settings, clock):
    app = create_app(settings, clock=clock)
    yield app
    app.extensions["alongside"].close()


@pytest.fixture
def store(app) -> Store:
    return app.extensions["alongside"]


@pytest.fixture
def caller_with(app):
    """Make a caller of a platform, with a key that has these scopes (all of them unless told otherwise)."""
    return partial(caller_of, app)


@pytest.fixture
def harbour(caller_with) -> Caller:
    """The platform whose data it is."""
    return caller_with("harbour")


@pytest.fixture
def outsider(caller_with) -> Caller:
    """Another platform."""
    return caller_with("elsewhere")


@pytest.fixture
def stranger(app) -> Caller:
    """Somebody without a key."""
    return Caller(app.test_client())


@pytest.fixture
def pair(harbour) -> tuple[str, str]:
    """A seeker and a supporter of the harbour."""
    assert harbour.put("/v1/members/seeker-1", SEEKER).status_code == 201
    assert harbour.put("/v1/members/supporter-1", SUPPORTER).status_code == 201
    return "seeker-1", "supporter-1"
