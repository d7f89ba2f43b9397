"""Why somebody is still looking, on their page: what the run tells, in plain words, and nothing that is not told."""

from __future__ import annotations

import pytest
from flask import Flask

from service.aliases import alias_of
from service.clock import FixedClock
from service.usecases.insight import explaining
from service.usecases.insight.explaining import explain_member
from service.usecases.insight.studies import Studies
from service.usecases.runs import run_now
from tests.service.console.browsing import Visitor
from tests.service.console.scenario import Community, seeker, supporter
from tests.service.usecases.insight.communities import people

LATE = [{"day": "mon", "start": "21:30", "end": "22:00"}]


@pytest.fixture
def patient(app: Flask) -> Studies:
    """Runs are read while one waits: no test depends on how fast that is."""
    app.config["PAGE_PATIENCE"] = 60.0
    app.extensions["alongside_studies"] = Studies(patience=60)
    return app.extensions["alongside_studies"]


@pytest.fixture
def run(harbour: Community, patient: Studies, clock: FixedClock) -> str:
    """A published run after which s-4 waits: free only just after both peer supporters."""
    harbour.save(
        seeker("s-4", waiting_since=harbour.now.date(), availability=LATE),
        seeker("s-5", waiting_since=harbour.now.date(), languages=["ta"], modes=["text"]),
        seeker("s-6", waiting_since=harbour.now.date(), availability=[]),
        supporter("p-3"),
    )
    return run_now(harbour.store, "harbour", clock=clock).run_id


def test_the_smallest_change_that_helps_is_said_with_whom_and_what_to_say(
    maria: Visitor, harbour: Community, run: str
) -> None:
    words = maria.go("/console/people/s-4/why")

    who = alias_of("s-4")
    assert f"If {who} were also free on Monday 21:00–21:30, we could find company for {who}." in words
    assert "Nobody else would be moved by it." in words
    assert "“If you could also be free on Monday" in words or "If you could also be free on Monday 21:00–21:30" in words
    assert any(f"They would be with: {alias_of(each)}" in words for each in ("p-1", "p-2", "p-3"))
    assert "no time in the week that suits both for a whole session" in words


def test_what_cannot_be_mended_by_one_small_change_is_said_so(maria: Visitor, harbour: Community, run: str) -> None:
    # A language that nobody speaks is one small change of a peer supporter: that is what is told then.
    words = maria.go("/console/people/s-5/why")

    assert "no language in common fewer than five" in words
    assert "What would help" in words


def test_somebody_the_run_left_out_is_told_why(maria: Visitor, harbour: Community, run: str) -> None:
    assert "We do not yet know a time that is long enough for a session." in maria.go("/console/people/s-6/why")


def test_where_others_stand_is_told_in_a_word(maria: Visitor, harbour: Community, run: str) -> None:
    proposed = next(each for each in ("s-1", "s-2", "s-3"))
    assert "A pair with them waits in the review queue." in maria.go(f"/console/people/{proposed}/why")
    harbour.save(seeker("s-7", waiting_since=harbour.now.date()))
    assert "They came after the last run" in maria.go("/console/people/s-7/why")
    assert "This person is not looking for company." in maria.go("/console/people/p-1/why")


def test_before_the_first_published_run_nothing_is_claimed(maria: Visitor, harbour: Community) -> None:
    words = maria.go("/console/people/s-1/why")

    assert "There was no run yet" in words
    assert "If " not in words


def test_the_page_of_a_person_leads_to_it_while_they_look(maria: Visitor, harbour: Community, run: str) -> None:
    maria.go("/console/people/s-4")
    assert "/console/people/s-4/why" in maria.page.text
    maria.go("/console/people/s-1")
    assert "/console/people/s-1/why" not in maria.page.text
    maria.go("/console/people/p-1")
    assert "/why" not in maria.page.text


def test_nobody_is_explained_who_is_not_here(maria: Visitor, outsider: Community) -> None:
    maria.go("/console/people/s-9/why")

    assert maria.page.status_code == 404


def test_while_a_job_works_it_out_the_page_asks_again(
    maria: Visitor, harbour: Community, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explaining, "MOST_PAIRS_AT_ONCE", 0)

    assert "is being worked out" in maria.go("/console/people/s-4/why")
    assert 'data-again="2000"' in maria.page.text


@pytest.mark.parametrize("seed", range(2))
def test_everybody_who_looks_is_explained_as_the_service_says(
    maria: Visitor, harbour: Community, patient: Studies, clock: FixedClock, seed: int
) -> None:
    harbour.save(*people(seed))
    run = run_now(harbour.store, "harbour", clock=clock)
    study = patient.of(harbour.store, "harbour", run)
    assert len(study.outcome.still_looking) > 5

    for member_id in study.outcome.still_looking:
        told = explain_member(
            harbour.store, patient, "harbour", member_id=member_id, is_for_member=False, now=harbour.now
        )
        words = maria.go(f"/console/people/{member_id}/why")

        for cell in told.removed:
            assert f"{cell['reason']} {cell['words']}" in words
        if told.change is None:
            assert "No single small change" in words
        else:
            assert alias_of(told.change["member_id"]) in words
            assert alias_of(told.change["supporter_id"]) in words
        assert not any(hidden in words for hidden in ("dual", "infeasible", "unmatched", "surplus"))
