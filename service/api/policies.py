"""A platform's policy over HTTP, and the factors and rules it is made of."""

from __future__ import annotations

from typing import Any, Final

from flask_smorest import Blueprint

from matching.factors import FACTORS
from matching.policy import Policy
from matching.rules import RULES
from schemas.factor import FactorsOut, RulesOut
from schemas.page import PageIn
from schemas.policy import PolicyIn, PolicyOut, PolicyVersionsOut, load_policy
from service.api.auth import needs
from service.api.blueprint import (
    LINK_HEADER,
    VERSION_HEADER,
    Headers,
    next_page,
    raises,
    takes_if_match,
    takes_json,
    takes_query,
)
from service.api.examples import POLICY
from service.api.requests import etag, now, platform_id, required_version, store
from service.records.api_key import Scope
from service.records.policy import PolicyVersion
from service.usecases import policies as usecases

policies = Blueprint(
    "policy",
    __name__,
    url_prefix="/v1",
    description="A platform's rules, weights and timings, and what they can be made of.",
)

VERSION: Final = {
    "in": "path",
    "name": "number",
    "required": True,
    "description": "The policy's version.",
    "schema": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
}


@policies.get("/policy")
@needs(Scope.POLICY)
@policies.response(200, PolicyOut, headers=VERSION_HEADER)
def get_policy() -> tuple[Policy, Headers]:
    """Read the policy in force."""
    policy = usecases.get_policy(store(), platform_id())
    return policy, etag(policy.version)


@policies.put("/policy")
@needs(Scope.POLICY)
@takes_json(PolicyIn, example=POLICY)
@takes_if_match(is_required=True)
@policies.response(200, PolicyOut, headers=VERSION_HEADER)
def put_policy(body: Any) -> tuple[Policy, Headers]:
    """Replace the policy.

    Two people may change it at once, so If-Match is required: the ETag of the version you read. Earlier versions are
    kept, and the next run uses the new one.
    """
    policy = load_policy(body)
    expected = required_version(
        PolicyVersion.KIND, platform_id(), lambda: usecases.get_policy(store(), platform_id()).version
    )
    saved = usecases.put_policy(store(), platform_id(), policy=policy, now=now(), expected_version=expected)
    return saved, etag(saved.version)


@policies.get("/policy/versions")
@needs(Scope.POLICY)
@takes_query(PageIn)
@policies.response(200, PolicyVersionsOut, headers=LINK_HEADER)
def list_policy_versions(query: dict[str, Any]) -> tuple[dict[str, Any], Headers]:
    """List the versions that were saved, the latest first."""
    page = usecases.list_policy_versions(store(), platform_id(), after=query.get("after"), limit=query["limit"])
    return {"versions": page.records, "next": page.next}, next_page(page.next)


@policies.get("/policy/versions/<int:number>", parameters=[VERSION])
@needs(Scope.POLICY)
@raises(_404="NotFound")
@policies.response(200, PolicyOut)
def get_policy_version(number: int) -> Policy:
    """Read the policy as it was in a version: what the runs of that time followed."""
    return usecases.get_policy_version(store(), platform_id(), number=number)


@policies.get("/factors")
@needs()
@policies.response(200, FactorsOut)
def list_factors() -> dict[str, Any]:
    """List the factors a score is made of."""
    return {"factors": list(FACTORS)}


@policies.get("/rules")
@needs()
@policies.response(200, RulesOut)
def list_rules() -> dict[str, Any]:
    """List the hard rules every pair passes."""
    return {"rules": list(RULES)}
