from __future__ import annotations

from dataclasses import replace

from service.records.codec import put_of, read_as
from service.records.platform import Platform
from service.records.run import Run, RunState
from service.storage.store import Changes
from tests.service.console.browsing import Visitor
from tests.service.console.scenario import Community


def _publish(community: Community, run_id: str) -> None:
    stored = community.store.get(community.platform_id, Platform.KIND, community.platform_id)
    assert stored
    current = replace(read_as(Platform, stored), current_run=run_id)
    community.store.commit(community.platform_id, Changes(puts=(put_of(current),)))


def test_the_run_whose_proposals_stand_is_told_in_words_with_its_proof(maria: Visitor, harbour: Community) -> None:
    _publish(harbour, harbour.run_id)

    words = maria.go("/console/runs")

    assert "2 people of 3 matched" in words
    assert "7,500 points for a pair on average" in words or "points for a pair on average 7,500" in words
    assert "For 1 person we do not yet have a peer supporter who fits and has room." in words
    assert "Proof: no better pairing exists" in words
    assert "It looked at all 6 possible pairs." in words


def test_a_later_run_that_failed_does_not_hide_what_stands(maria: Visitor, harbour: Community) -> None:
    _publish(harbour, harbour.run_id)
    failed = harbour.save_run(RunState.FAILED)

    words = maria.go("/console/runs")
    assert "2 people of 3 matched" in words
    assert "Could not finish" in words

    words = maria.go(f"/console/runs/{failed}")
    assert "Nothing was changed by it" in words
    assert "Proof" not in words


def test_the_numbers_of_the_proof_stand_side_by_side(maria: Visitor, harbour: Community) -> None:
    words = maria.go(f"/console/runs/{harbour.run_id}")

    assert "Who is matched, those who waited longest first 12 12" in words
    assert "Points, and a little for pairs that stay together 15,201 15,201" in words
    assert "ab" * 32 in words


def test_a_trial_says_that_nothing_was_proposed(maria: Visitor, harbour: Community) -> None:
    stored = harbour.store.get(harbour.platform_id, Run.KIND, harbour.run_id)
    assert stored
    trial = replace(read_as(Run, stored), is_dry_run=True)
    harbour.store.commit(harbour.platform_id, Changes(puts=(put_of(trial),)))

    assert "This was a trial: nothing was proposed to anybody." in maria.go(f"/console/runs/{harbour.run_id}")


def test_before_the_first_run_the_page_says_so(maria: Visitor, harbour: Community) -> None:
    from service.storage.store import Delete

    harbour.store.commit(harbour.platform_id, Changes(deletes=(Delete(Run.KIND, harbour.run_id),)))

    assert "No run yet" in maria.go("/console/runs")


def test_older_runs_are_a_page_away(maria: Visitor, harbour: Community) -> None:
    for _ in range(20):
        harbour.save_run(RunState.FAILED)

    maria.go("/console/runs")
    start = maria.page.text.index("/console/runs?after=")
    address = maria.page.text[start:].split('"')[0]

    maria.go(address)
    assert maria.page.text.count('<th scope="row">') == 1
