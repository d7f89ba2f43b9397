"""Whom to ask in: what a job has worked out of the last run, in plain words."""

from __future__ import annotations

import pytest

from service.clock import FixedClock
from service.records import kinds
from service.records.codec import read_as
from service.records.report import Report
from service.usecases.insight.reports import give_up
from service.usecases.runs import run_now
from tests.service.console.browsing import Visitor
from tests.service.console.scenario import Community
from tests.service.console.seeded import do_the_reports
from tests.service.usecases.insight.communities import people


@pytest.fixture
def run(harbour: Community, clock: FixedClock) -> str:
    harbour.save(*people(1))
    return run_now(harbour.store, "harbour", clock=clock).run_id


def _report(harbour: Community) -> Report:
    (stored,) = harbour.store.each("harbour", kinds.REPORT)
    return read_as(Report, stored)


def test_before_the_first_run_there_is_nothing_to_tell(maria: Visitor) -> None:
    assert "After the first run you see here whom to ask in." in maria.go("/console/whom-to-ask-in")


def test_the_page_waits_for_the_job_and_then_tells_what_it_found(maria: Visitor, harbour: Community, run: str) -> None:
    assert "This is being worked out" in maria.go("/console/whom-to-ask-in")
    assert 'data-again="2000"' in maria.page.text
    do_the_reports(harbour)

    words = maria.go("/console/whom-to-ask-in")

    answer = _report(harbour).answer
    assert answer is not None
    assert "Peer supporters to look for" in words
    assert answer["shortages"]
    for shortage in answer["shortages"]:
        assert "speaking" in words
        assert str(shortage["hours"]) in words
    assert ("With whom one more place would help most" in words) == bool(answer["places"]["supporters"])
    assert ("Ready to be asked" in words) == bool(answer["ready"]["supporters"])
    assert 'data-again="2000"' not in maria.page.text


def test_small_numbers_are_hidden(maria: Visitor, harbour: Community, run: str) -> None:
    maria.go("/console/whom-to-ask-in")
    do_the_reports(harbour)

    words = maria.go("/console/whom-to-ask-in")

    answer = _report(harbour).answer
    assert answer is not None
    hidden = [each for each in answer["shortages"] if each["people"]["count"] is None]
    assert words.count("Fewer than five people more would find company") == len(hidden)
    assert hidden


def test_a_job_that_could_not_do_it_is_told_kindly(maria: Visitor, harbour: Community, run: str) -> None:
    maria.go("/console/whom-to-ask-in")
    give_up(harbour.store, "harbour", report_id=_report(harbour).report_id, code="out_of_memory", now=harbour.now)

    assert "could not be worked out just now" in maria.go("/console/whom-to-ask-in")
    assert maria.page.status_code == 200
