"""Exports over HTTP."""

from service.records import Scope


def test_everything_held_on_a_member_is_answered_to_their_own_platform_only(harbour, outsider, pair):
    answer = harbour.get("/v1/members/seeker-1/export")

    assert answer.status_code == 200
    assert answer.json["member_id"] == "seeker-1"
    assert answer.json["sections"][0]["kind"] == "member"
    assert outsider.get("/v1/members/seeker-1/export").status_code == 404
    assert harbour.get("/v1/members/nobody/export").json["code"] == "member_not_found"


def test_it_takes_the_scope_admin(caller_with, pair):
    others = caller_with("harbour", scopes=[scope for scope in Scope if scope is not Scope.ADMIN])

    assert others.get("/v1/members/seeker-1/export").status_code == 403
