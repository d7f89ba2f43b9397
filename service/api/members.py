"""Members over HTTP: what a platform tells about the people in its care."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for
from flask_smorest import Blueprint

from matching.profile import MemberStatus
from schemas.member import (
    MEMBER_ID,
    LookingIn,
    LookingOut,
    MemberIn,
    MemberOut,
    MemberPatch,
    MemberQuery,
    MembersOut,
    load_patch,
    load_profile,
)
from service.api.auth import needs
from service.api.blueprint import (
    LINK_HEADER,
    LOCATION_HEADER,
    VERSION_HEADER,
    Headers,
    leads_to,
    next_page,
    path_id,
    raises,
    takes_if_match,
    takes_json,
    takes_query,
)
from service.api.examples import PROFILE
from service.api.requests import etag, expected_version, now, platform_id, store
from service.errors import NotFound
from service.records.api_key import Scope
from service.records.member import Member, MemberRole, MemberShown
from service.usecases import asking, patching
from service.usecases import members as usecases
from service.usecases.policies import get_policy

members = Blueprint(
    "members",
    __name__,
    url_prefix="/v1/members",
    description="People who would like company, and peer supporters. No names, no contact details.",
)

_looking_in = LookingIn()
MEMBER = path_id("member_id", "The platform's own id of the member.", MEMBER_ID)


@members.put("/<member_id>", parameters=[MEMBER])
@needs(Scope.MEMBERS_WRITE)
@takes_json(MemberIn, example=PROFILE)
@takes_if_match(is_put=True)
@members.response(200, MemberOut, description="Replaced, or the same as before.", headers=VERSION_HEADER)
@members.alt_response(201, schema=MemberOut, description="New.", headers=VERSION_HEADER, success=True)
@leads_to(
    *("get_member", "patch_member", "put_looking", "put_boost", "list_check_ins", "delete_member"),
    on=(200, 201),
    member_id="$response.body#/member_id",
)
def put_member(body: Any, member_id: str) -> tuple[Member, int, Headers]:
    """Create or replace a member.

    The profile is taken whole: what is left out takes its default. Sending the same profile again changes nothing.
    Somebody who is paused, or whose consent is withdrawn, is taken out of open proposals at once.
    """
    profile = load_profile(member_id, body, labels=get_policy(store(), platform_id()).labels)
    expected = expected_version(Member.KIND, member_id, lambda: _version(member_id))
    member, is_new = usecases.put_member(store(), platform_id(), profile=profile, now=now(), expected_version=expected)
    return member, 201 if is_new else 200, etag(member.version)


@members.get("/<member_id>", parameters=[MEMBER])
@needs(Scope.MEMBERS_READ)
@raises(_404="NotFound")
@members.response(200, MemberOut, headers=VERSION_HEADER)
def get_member(member_id: str) -> tuple[MemberShown, Headers]:
    """Read a member."""
    member = usecases.show_member(store(), platform_id(), member_id=member_id)
    return member, etag(member.version)


@members.patch("/<member_id>", parameters=[MEMBER])
@needs(Scope.MEMBERS_WRITE)
@takes_json(MemberPatch, example={"status": "paused", "paused_until": "2027-01-11", "gender": None}, is_patch=True)
@takes_if_match()
@raises(_404="NotFound", _409="NotNow")
@members.response(200, MemberOut, headers=VERSION_HEADER)
def patch_member(body: Any, member_id: str) -> tuple[Member, Headers]:
    """Change parts of a member's profile, by a merge patch (RFC 7396).

    What is left out stays; null gives a field back its default; a list is replaced as a whole. Where the profile could
    not be used with the patch, the answer is 409 `does_not_fit` and names the fields.
    """
    patch = load_patch(body)
    expected = expected_version(Member.KIND, member_id, lambda: _version(member_id))
    member = patching.patch_member(
        store(), platform_id(), member_id=member_id, patch=patch, now=now(), expected_version=expected
    )
    return member, etag(member.version)


@members.delete("/<member_id>", parameters=[MEMBER])
@needs(Scope.MEMBERS_WRITE)
@takes_if_match()
@raises(_404="NotFound")
@members.response(204, description="Removed; Location tells when every trace of them is.", headers=LOCATION_HEADER)
def delete_member(member_id: str) -> Response:
    """Remove a member.

    They are out of everything at once, and past events no longer name them. What else names them (past matches, runs,
    the store's own files and logs) is erased soon after: ask at Location.
    """
    expected = expected_version(Member.KIND, member_id, lambda: _version(member_id))
    erasure = usecases.delete_member(store(), platform_id(), member_id=member_id, now=now(), expected_version=expected)
    return Response(status=204, headers={"Location": url_for("erasures.get_erasure", erasure_id=erasure.erasure_id)})


@members.put("/<member_id>/looking", parameters=[MEMBER])
@needs(Scope.MEMBERS_WRITE)
@takes_json(LookingIn, example={"looking": True})
@raises(_404="NotFound", _409="NotNow")
@members.response(200, LookingOut)
def put_looking(body: Any, member_id: str) -> Member:
    """Keep whether somebody would like a supporter.

    After an ending they are asked first (event `member.without_supporter`). Nothing is proposed before they have said
    yes, nor before they have been left in peace for a while.
    """
    wanted: bool = _looking_in.load(body)["looking"]
    return asking.set_looking(store(), platform_id(), member_id=member_id, is_looking=wanted, now=now())


@members.get("")
@needs(Scope.MEMBERS_READ)
@takes_query(MemberQuery)
@members.response(200, MembersOut, headers=LINK_HEADER)
def list_members(query: dict[str, Any]) -> tuple[dict[str, Any], Headers]:
    """List members by id."""
    page = usecases.show_members(
        store(),
        platform_id(),
        role=MemberRole(query["role"]) if "role" in query else None,
        status=MemberStatus(query["status"]) if "status" in query else None,
        after=query.get("after"),
        limit=query["limit"],
    )
    return {"members": page.records, "next": page.next}, next_page(page.next)


def _version(member_id: str) -> int:
    try:
        return usecases.show_member(store(), platform_id(), member_id=member_id).version
    except NotFound:
        return 0
