"""Which role may do what: every route of the console by name, so that a new one cannot be forgotten."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from service.console.access import ROLES_OF, Need, need_of
from service.console.blueprint import ANYBODYS, OPEN_ENDPOINTS
from service.records.coordinator import Role
from tests.service.console.browsing import Visitor, forms_of
from tests.service.console.scenario import Community

OPEN, SIGNED_IN = "open", "signed in"

MATRIX: dict[tuple[str, str], Any] = {
    ("GET", "get_sign_in"): OPEN,
    ("POST", "post_sign_in"): OPEN,
    ("GET", "get_elsewhere"): OPEN,
    ("GET", "get_back_from_elsewhere"): OPEN,
    ("POST", "post_platform"): OPEN,
    ("GET", "static"): OPEN,
    ("POST", "post_sign_out"): SIGNED_IN,
    ("GET", "get_nothing"): SIGNED_IN,
    ("POST", "get_nothing"): SIGNED_IN,
    ("GET", "get_home"): Need.READ,
    ("GET", "get_today"): Need.READ,
    ("GET", "get_tasks"): Need.READ,
    ("POST", "post_task_done"): Need.DECIDE,
    ("GET", "get_review"): Need.READ,
    ("POST", "post_chosen"): Need.DECIDE,
    ("POST", "post_approve_chosen"): Need.DECIDE,
    ("GET", "get_approved"): Need.READ,
    ("GET", "get_proposal"): Need.READ,
    ("GET", "get_around"): Need.READ,
    ("POST", "post_take_over"): Need.DECIDE,
    ("POST", "post_approve"): Need.DECIDE,
    ("POST", "post_not_this_pair"): Need.DECIDE,
    ("POST", "post_undo"): Need.DECIDE,
    ("GET", "get_another"): Need.DECIDE,
    ("POST", "post_another"): Need.DECIDE,
    ("POST", "post_answer"): Need.DECIDE,
    ("POST", "post_step"): Need.DECIDE,
    ("POST", "post_check_in"): Need.DECIDE,
    ("POST", "post_match_owner"): Need.DECIDE,
    ("POST", "post_task_owner"): Need.DECIDE,
    ("POST", "post_note"): Need.DECIDE,
    ("POST", "post_note_taken_back"): Need.DECIDE,
    ("GET", "get_matches"): Need.READ,
    ("GET", "get_members"): Need.READ,
    ("GET", "get_member"): Need.READ,
    ("GET", "get_why"): Need.READ,
    ("POST", "post_apart"): Need.DECIDE,
    ("POST", "post_together"): Need.DECIDE,
    ("POST", "post_looking"): Need.DECIDE,
    ("POST", "post_earlier"): Need.DECIDE,
    ("POST", "post_propose"): Need.DECIDE,
    ("POST", "post_hold"): Need.DECIDE,
    ("POST", "post_concern"): Need.DECIDE,
    ("POST", "post_release"): Need.CARE,
    ("GET", "get_holds"): Need.READ,
    ("POST", "post_hold_seen"): Need.CARE,
    ("GET", "get_looking"): Need.READ,
    ("GET", "get_shortages"): Need.READ,
    ("GET", "get_staff"): Need.MANAGE,
    ("POST", "post_coordinator"): Need.MANAGE,
    ("POST", "post_new_password"): Need.MANAGE,
    ("POST", "post_coordinator_gone"): Need.MANAGE,
    ("POST", "post_key"): Need.MANAGE,
    ("POST", "post_key_renewed"): Need.MANAGE,
    ("POST", "post_key_revoked"): Need.MANAGE,
    ("GET", "get_runs"): Need.READ,
    ("GET", "get_run"): Need.READ,
    ("GET", "get_run_changes"): Need.READ,
    ("GET", "get_report"): Need.READ,
    ("POST", "post_run"): Need.MANAGE,
    ("GET", "get_import"): Need.MANAGE,
    ("POST", "post_import"): Need.MANAGE,
    ("GET", "get_policy_page"): Need.MANAGE,
    ("POST", "post_policy"): Need.MANAGE,
    ("GET", "get_what_if"): Need.MANAGE,
    ("GET", "get_audit"): Need.MANAGE,
    ("GET", "get_erasures"): Need.MANAGE,
    ("POST", "post_erase"): Need.MANAGE,
}

LOGINS = {role: role.value for role in Role}


def _routes(app: Flask) -> dict[tuple[str, str], str]:
    """Give (method, endpoint) → an address of it, with ids of this platform or of nobody."""
    found = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("console."):
            values = {name: "x-1" for name in rule.arguments}
            with app.test_request_context():
                address = app.url_map.bind("localhost").build(rule.endpoint, values)
            for method in (rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}:
                found[method, rule.endpoint.removeprefix("console.")] = address
    return found


def _said_of(app: Flask, method: str, name: str) -> Any:
    endpoint = f"console.{name}"
    if endpoint in OPEN_ENDPOINTS:
        return OPEN
    if endpoint in ANYBODYS:
        return SIGNED_IN
    return need_of(app.view_functions[endpoint], method)


def test_every_route_is_in_the_table_with_what_it_needs(app: Flask) -> None:
    assert {route: _said_of(app, *route) for route in _routes(app)} == MATRIX


def test_each_need_is_for_these_roles() -> None:
    everybody = {Role.COORDINATOR, Role.LEAD, Role.SAFEGUARDING, Role.READ_ONLY}
    assert {need: set(roles) for need, roles in ROLES_OF.items()} == {
        Need.READ: everybody,
        Need.DECIDE: everybody - {Role.READ_ONLY},
        Need.CARE: {Role.SAFEGUARDING},
        Need.MANAGE: {Role.LEAD},
    }


@pytest.mark.parametrize("role", list(Role))
def test_a_role_reaches_what_it_may_and_is_refused_the_rest(
    app: Flask, visitor: Visitor, harbour: Community, role: Role
) -> None:
    harbour.add_coordinator(LOGINS[role], role)
    visitor.sign_in(harbour.platform_id, login=LOGINS[role])
    visitor.go("/console/runs")
    token = forms_of(visitor.page)[0].values["csrf_token"]
    wrong = []
    for (method, name), address in sorted(_routes(app).items()):
        need = MATRIX[method, name]
        if need in (OPEN, SIGNED_IN):
            continue
        answer = visitor.client.open(address, method=method, data={"csrf_token": token, "version": "1"})
        is_refused = answer.status_code == 403
        if is_refused is (role in ROLES_OF[need]) or answer.status_code >= 500:
            wrong.append((method, name, answer.status_code))

    assert wrong == []


@pytest.mark.parametrize("role", list(Role))
def test_the_links_at_the_top_lead_nowhere_that_is_refused(visitor: Visitor, harbour: Community, role: Role) -> None:
    harbour.add_coordinator(LOGINS[role], role)
    visitor.sign_in(harbour.platform_id, login=LOGINS[role])
    nav = visitor.page.text.split('<nav class="nav"')[1].split("</nav>")[0]
    links = [part.split('"')[0] for part in nav.split('href="')[1:]]

    assert len(links) >= 5
    assert {link: visitor.client.get(link).status_code for link in links} == dict.fromkeys(links, 200)
