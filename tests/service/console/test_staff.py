"""Who may sign in and which keys there are, in a lead's hands: nothing a lead may not do is opened by it."""

from __future__ import annotations

import pytest
from flask import Flask

from service.errors import Unauthorized
from service.records.api_key import Scope
from service.records.coordinator import Role
from service.usecases.coordinators import list_coordinators
from service.usecases.keys import create_key, find_key, list_keys
from tests.service.console.browsing import Visitor, forms_of
from tests.service.console.scenario import LOGIN, Community


@pytest.fixture
def lead(visitor: Visitor, harbour: Community) -> Visitor:
    """Harbour's lead."""
    harbour.add_coordinator("lead", Role.LEAD)
    visitor.sign_in("harbour", login="lead")
    return visitor


def _secret(visitor: Visitor) -> str:
    return visitor.page.text.split('<section class="card secret"')[1].split("<code>")[1].split("</code>")[0]


def test_somebody_is_added_with_a_password_that_is_shown_once(lead: Visitor, harbour: Community, app: Flask) -> None:
    lead.go("/console/access")
    lead.send("/access/people", login="ana@example.org", role="coordinator")
    password = _secret(lead)

    assert password not in lead.go("/console/access")
    new = Visitor(app.test_client())
    assert "Signed in as ana@example.org" in new.sign_in("harbour", login="ana@example.org", password=password)


def test_a_new_password_ends_sessions_and_removing_shuts_out(
    lead: Visitor, harbour: Community, app: Flask, outsider: Community
) -> None:
    maria = Visitor(app.test_client())
    maria.sign_in("harbour")
    lead.go("/console/access")
    lead.send(f"/{harbour.coordinator_id}/password")
    password = _secret(lead)
    assert "Welcome to Alongside" in maria.go("/console/today")
    assert "Signed in as" in maria.sign_in("harbour", password=password)

    assert "can no longer sign in here" in lead.send(f"/{harbour.coordinator_id}/remove")
    assert "Welcome to Alongside" in maria.go("/console/today")
    assert [each.login for each in list_coordinators(outsider.store, "elsewhere")] == [LOGIN]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"login": "", "role": "lead"}, "Please give a name"),
        ({"login": "x" * 300, "role": "lead"}, "Please give a name"),
        ({"login": LOGIN.upper(), "role": "lead"}, "Somebody signs in with this name already."),
        ({"login": "new", "role": "safeguarding"}, "Accounts of safeguarding are made by whoever runs Alongside"),
        ({"login": "new", "role": "emperor"}, "Please choose what they may do."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    lead: Visitor, harbour: Community, values: dict[str, str], said: str
) -> None:
    lead.go("/console/access")

    assert said in lead.send("/access/people", **values)
    assert lead.page.status_code in (409, 422)
    assert len(list_coordinators(harbour.store, "harbour")) == 2


def test_oneself_and_safeguarding_are_left_alone(lead: Visitor, harbour: Community, outsider: Community) -> None:
    care = harbour.add_coordinator("care", Role.SAFEGUARDING)
    own = next(each for each in list_coordinators(harbour.store, "harbour") if each.login == "lead")
    lead.go("/console/access")
    token = forms_of(lead.page)[0].values["csrf_token"]

    for coordinator_id in (care, own.coordinator_id):
        assert coordinator_id not in lead.page.text
        for step in ("password", "remove"):
            address = f"/console/access/people/{coordinator_id}/{step}"
            assert lead.client.post(address, data={"csrf_token": token}).status_code == 403
    for step in ("password", "remove"):
        address = f"/console/access/people/{outsider.coordinator_id}/{step}"
        assert lead.client.post(address, data={"csrf_token": token}).status_code == 404
    assert len(list_coordinators(harbour.store, "harbour")) == 3


def test_a_key_is_made_shown_once_renewed_and_taken_back(lead: Visitor, harbour: Community) -> None:
    lead.go("/console/access")
    lead.send("/access/keys", name="our website", scope=["members:write", "runs"])
    secret = _secret(lead)
    key = find_key(harbour.store, secret, now=harbour.now)
    assert key.scopes == {Scope.MEMBERS_WRITE, Scope.RUNS}
    assert secret not in lead.go("/console/access")

    lead.send(f"/{key.key_id}/renew")
    renewed = find_key(harbour.store, _secret(lead), now=harbour.now)
    assert renewed.scopes == key.scopes
    assert find_key(harbour.store, secret, now=harbour.now)

    assert "The key counts no longer." in lead.send(f"/{key.key_id}/revoke")
    with pytest.raises(Unauthorized):
        find_key(harbour.store, secret, now=harbour.now)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": "", "scope": ["runs"]}, "Please say what the key is for"),
        ({"name": "x" * 101, "scope": ["runs"]}, "Please say what the key is for"),
        ({"name": "x", "scope": []}, "Please choose what the program may do."),
        ({"name": "x", "scope": ["runs", "safety"]}, "Please choose what the program may do."),
        ({"name": "x", "scope": ["admin"]}, "Please choose what the program may do."),
    ],
)
def test_a_key_that_a_lead_may_not_give_is_not_made(
    lead: Visitor, harbour: Community, values: dict[str, object], said: str
) -> None:
    lead.go("/console/access")

    assert said in lead.send("/access/keys", **values)
    assert lead.page.status_code == 422
    assert list_keys(harbour.store, "harbour") == ()


def test_a_key_that_reads_concerns_may_be_taken_back_and_not_renewed(lead: Visitor, harbour: Community) -> None:
    key, _ = create_key(harbour.store, "harbour", name="care", scopes=(Scope.SAFETY,), now=harbour.now)
    lead.go("/console/access")
    token = forms_of(lead.page)[0].values["csrf_token"]

    renewing = lead.client.post(f"/console/access/keys/{key.key_id}/renew", data={"csrf_token": token})
    assert renewing.status_code == 403
    assert f"{key.key_id}/renew" not in lead.page.text
    lead.send(f"/{key.key_id}/revoke")
    assert list_keys(harbour.store, "harbour") == ()


def test_a_script_in_a_name_is_shown_as_text(lead: Visitor, harbour: Community) -> None:
    lead.go("/console/access")
    lead.send("/access/keys", name="<script>alert(1)</script>", scope=["runs"])

    assert "<script>alert(1)</script>" in lead.go("/console/access")
    assert "<script>alert" not in lead.page.text
