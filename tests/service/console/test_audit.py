"""The audit trail and erasures, for leads."""

from __future__ import annotations

import pytest

from service.errors import NotFound
from service.records.coordinator import Role
from service.usecases.members import get_member
from tests.service.console.browsing import Visitor
from tests.service.console.scenario import Community
from tests.service.console.test_today import _offered


@pytest.fixture
def lead(visitor: Visitor, harbour: Community) -> Visitor:
    """Harbour's lead."""
    harbour.add_coordinator("lead", Role.LEAD)
    visitor.sign_in(harbour.platform_id, login="lead")
    return visitor


def test_what_has_happened_is_listed_and_names_nobody(lead: Visitor, harbour: Community) -> None:
    _offered(harbour, harbour.propose("s-1", "p-1"))

    words = lead.go("/console/audit")

    assert "A coordinator has approved a proposal" in words
    assert "not yet" in words
    assert "s-1" not in words
    assert "p-1" not in words


def test_somebody_is_erased_once_their_id_is_typed_again(lead: Visitor, harbour: Community) -> None:
    lead.go("/console/people/s-1")

    assert "Please type their id exactly" in lead.send("/erase", again="s-2")
    assert lead.page.status_code == 422
    assert harbour.member("s-1")

    words = lead.send("/erase", again="s-1")
    assert "They are deleted, and whatever names them is being erased." in words
    assert "Being erased" in words
    assert "s-1" not in words
    with pytest.raises(NotFound):
        get_member(harbour.store, harbour.platform_id, member_id="s-1")
    assert "A member was deleted" in lead.go("/console/audit")
