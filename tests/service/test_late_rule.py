"""Routes whose addresses are compiled late: they match and build as any, and nothing is compiled before."""

from __future__ import annotations

import pytest
from werkzeug.routing import Map, Rule

from service.app import create_app
from service.late_rule import LateRule
from service.settings import Settings

ADDRESSES = [
    ("home", {}, "/"),
    ("one", {"member_id": "a bć"}, "/members/a%20b%C4%87"),
    ("one", {"member_id": "m-1", "after": "x y", "self": "1", "rule": "2"}, "/members/m-1?after=x+y&self=1&rule=2"),
    ("numbered", {"number": 7, "format": "full"}, "/versions/7/full"),
    ("numbered", {"number": 7}, "/versions/7"),
]


def routes(rule):
    made = [
        rule("/", endpoint="home"),
        rule("/members/<member_id>", endpoint="one"),
        rule("/versions/<int:number>", endpoint="numbered", defaults={"format": "short"}),
        rule("/versions/<int:number>/<format>", endpoint="numbered"),
    ]
    return Map(made).bind("example.org")


@pytest.mark.parametrize(("endpoint", "ids", "address"), ADDRESSES)
def test_an_address_is_built_as_by_any_other_route(endpoint, ids, address):
    late, plain = routes(LateRule), routes(Rule)

    for _ in range(2):
        assert late.build(endpoint, dict(ids)) == plain.build(endpoint, dict(ids)) == address


def test_an_app_compiles_no_address_while_it_is_made(tmp_path, monkeypatch):
    compiled, compile_one = [], Rule._compile_builder
    monkeypatch.setattr(
        Rule, "_compile_builder", lambda self, unknown=True: compiled.append(self.rule) or compile_one(self, unknown)
    )
    secret = tmp_path / "secret.key"
    settings = Settings(
        store=f"sqlite:///{tmp_path}/alongside.sqlite3",
        is_embedded=True,
        secret_key_file=secret,
        may_make_secret_key=True,
    )

    app = create_app(settings)

    assert compiled == []
    with app.test_request_context("/"):
        assert app.url_for("members.get_member", member_id="m-1") == "/v1/members/m-1"
    assert "/v1/members/<member_id>" in compiled
    app.extensions["alongside"].close()
