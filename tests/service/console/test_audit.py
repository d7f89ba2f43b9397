"""The audit trail and erasures, for leads."""

from __future__ import annotations

import re

import pytest
from werkzeug.test import TestResponse

from service.console.audit_words import HAPPENED, happened
from service.errors import NotFound
from service.events import CATALOGUE
from service.records.coordinator import Role
from service.usecases.members import get_member
from service.usecases.safety import delete_block, put_block
from service.usecases.sealing import seal
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

    assert "A coordinator has approved a pair" in words
    assert "not yet" in words
    assert "s-1" not in words
    assert "p-1" not in words


def test_the_latest_is_shown_first_and_all_before_it_can_be_reached(lead: Visitor, harbour: Community) -> None:
    for _ in range(80):
        put_block(harbour.store, harbour.platform_id, one="s-1", other="p-1", now=harbour.now)
        delete_block(harbour.store, harbour.platform_id, one="s-1", other="p-1", now=harbour.now)
    seal(harbour.store, harbour.platform_id, now=harbour.now)

    lead.go("/console/audit")
    latest = _numbers(lead.page)
    seen = [latest]
    while earlier := _links(lead.page, "next"):
        lead.go(earlier[0])
        seen.append(_numbers(lead.page))

    assert latest[0] > 160
    assert all(numbers == sorted(numbers, reverse=True) for numbers in seen)
    assert set().union(*seen) == set(range(1, latest[0] + 1))
    lead.go(_links(lead.page, "prev")[0])
    assert _numbers(lead.page)[0] > seen[-1][0]


def _numbers(page: TestResponse) -> list[int]:
    return [int(number) for number in re.findall(r'<th scope="row">([0-9]+)</th>', page.text)]


def _links(page: TestResponse, rel: str) -> list[str]:
    return re.findall(f'<a rel="{rel}" href="([^"]*)"', page.text)


def test_no_sentence_of_the_trail_speaks_to_programs() -> None:
    of_programs = re.compile(r"`|\bAPI\b|\bURL\b|webhook|: (?:ask|tell|show|keep|call|read)\b|\bhead\b")

    assert [words for words in map(happened, CATALOGUE) if of_programs.search(words)] == []
    assert set(HAPPENED) <= set(CATALOGUE)


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
    assert "Somebody was deleted" in lead.go("/console/audit")
