from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from service.console import change_words
from service.console.words import CHECKS
from service.errors import PublishedUnproven
from service.records.codec import put_of, read_as
from service.records.platform import Platform
from service.records.run import Run, RunState
from service.records.run_progress import RunProgress
from service.storage.store import Changes, Fence
from service.usecases.running.change_lines import write_changes
from service.usecases.running.differences import Difference, Fate, Why, reasons_of
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


def test_a_run_that_published_what_it_had_not_proven_says_so_and_claims_no_more(
    maria: Visitor, harbour: Community
) -> None:
    _doubt_of(harbour, harbour.run_id)
    _publish(harbour, harbour.run_id)

    for page in ("/console/runs", f"/console/runs/{harbour.run_id}"):
        words = maria.go(page)
        assert "Some proposals of this run were not the pairs that had been checked" in words
        assert "Please tell whoever looks after Alongside for you, with the number of the run below." in words
        assert "A proof, but not of all that was proposed" in words
        assert "no better pairing exists" not in words
        assert harbour.run_id in words
    assert "Done, some proposals taken back" in maria.go("/console/runs")


def _doubt_of(community: Community, run_id: str) -> None:
    """Have a run be one that published what it had not proven, as `running/afterwards.py` marks it."""
    stored = community.store.get(community.platform_id, Run.KIND, run_id)
    assert stored
    marked = replace(read_as(Run, stored), error_code=PublishedUnproven.code, error="proposals were taken back: 1")
    community.store.commit(community.platform_id, Changes(puts=(put_of(marked),)))


def test_the_numbers_of_the_proof_stand_side_by_side(maria: Visitor, harbour: Community) -> None:
    words = maria.go(f"/console/runs/{harbour.run_id}")

    assert "Who is matched, those who waited longest first 12 12" in words
    assert "Points, and a little for pairs that stay together 15,201 15,201" in words
    assert "ab" * 32 in words


def test_a_run_that_asked_for_stable_pairs_says_that_no_two_would_rather_have_each_other(
    maria: Visitor, harbour: Community
) -> None:
    stored = harbour.store.get(harbour.platform_id, Run.KIND, harbour.run_id)
    assert stored
    run = read_as(Run, stored)
    assert run.proof
    stable = replace(run, proof=replace(run.proof, objective="stable"))
    harbour.store.commit(harbour.platform_id, Changes(puts=(put_of(stable),)))

    words = maria.go(f"/console/runs/{harbour.run_id}")

    assert "Proof: no two would both rather have each other" in words
    assert "confirmed that no two who may meet would both rather have each other" in words
    assert "People matched 12 Points 15,201" in words
    assert "At most possible" not in words


def test_how_many_pairs_would_rather_have_each_other_is_among_the_numbers(maria: Visitor, harbour: Community) -> None:
    counted, before = harbour.save_run(blocking_pairs=3), harbour.save_run()

    assert "Pairs who would both rather have each other 3" in maria.go(f"/console/runs/{counted}")
    assert "Pairs who would both rather have each other not counted" in maria.go(f"/console/runs/{before}")


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


def _with_proof(community: Community, **proof: object) -> None:
    stored = community.store.get(community.platform_id, Run.KIND, community.run_id)
    assert stored
    run = read_as(Run, stored)
    assert run.proof
    assert run.counts
    told = replace(run, proof=replace(run.proof, **proof), counts=replace(run.counts, pairs_feasible=None))  # type: ignore[arg-type]
    community.store.commit(community.platform_id, Changes(puts=(put_of(told),)))


def test_a_run_whose_time_was_up_says_how_far_from_the_best_it_is_at_most(maria: Visitor, harbour: Community) -> None:
    _with_proof(harbour, is_best=False, dual=(12, 16405, 1, 77), stopped_after_seconds=60)

    words = maria.go(f"/console/runs/{harbour.run_id}")

    assert "Proof: how far from the best these pairs can be" in words
    assert "This run stopped after 60 seconds; proven to be within 1,204 points of the best." in words
    assert "confirmed that these pairs are within 1,204 points of the best." in words
    assert "no better pairing" not in words


def test_a_run_that_left_out_people_by_the_clock_says_by_how_many_at_most(maria: Visitor, harbour: Community) -> None:
    _with_proof(harbour, is_best=False, dual=(14, 15201, 1, 77), stopped_after_seconds=60)

    words = maria.go(f"/console/runs/{harbour.run_id}")

    assert "within 2 of the most possible, 14, counting who is matched, those who waited longest first" in words


def test_a_run_without_proof_claims_none_and_shows_no_totals(maria: Visitor, harbour: Community) -> None:
    _with_proof(harbour, is_best=False, primal=None, dual=None, stopped_after_seconds=1)

    words = maria.go(f"/console/runs/{harbour.run_id}")

    assert "No proof: the time was up" in words
    assert "This run stopped after 1 second; no proof: time was up before every pair was asked." in words
    assert "confirmed that every pair keeps all rules." in words
    assert "Pairs that keep every rule not counted" in words
    assert "At most possible" not in words
    assert "no better pairing" not in words.replace("Whether there is a better pairing is not known", "")


def test_a_run_at_work_says_what_it_does_and_how_much_of_that_is_done(maria: Visitor, harbour: Community) -> None:
    run_id = harbour.save_run(RunState.RUNNING)
    note = RunProgress(run_id, "verify", 21, 50, at=harbour.now)
    harbour.store.commit(harbour.platform_id, Changes(puts=(put_of(note),)))

    words = maria.go(f"/console/runs/{run_id}")

    assert "This run is at work" in words
    assert "Checking everything a second time: 42% done." in words


def test_a_stage_of_a_newer_engine_and_a_share_that_nobody_knows_are_no_trouble(
    maria: Visitor, harbour: Community
) -> None:
    run_id = harbour.save_run(RunState.RUNNING)
    note = RunProgress(run_id, "ponder", 0, 0, at=harbour.now)
    harbour.store.commit(harbour.platform_id, Changes(puts=(put_of(note),)))

    assert "Working out the pairs." in maria.go(f"/console/runs/{run_id}")


def _changed(community: Community, changes: tuple[Difference, ...]) -> str:
    run_id = community.save_run(reasons=reasons_of(changes))  # type: ignore[arg-type]
    lease = community.store.acquire_lease(
        community.platform_id, "t", owner="t", ttl=timedelta(minutes=1), now=community.now
    )
    fence = Fence(lease.name, lease.token)
    write_changes(community.store, community.platform_id, run_id=run_id, changes=changes, fence=fence)
    return run_id


CHANGES = (
    Difference(Fate.NEW, "s-1", "p-1", 3000, Why.FIRST),
    Difference(Fate.NEW, "s-2", "p-2", 3000, Why.FIRST),
    Difference(Fate.KEPT, "s-3", "p-3", 3000, Why.BEST),
    Difference(Fate.WITHDRAWN, "s-4", "p-4", None, Why.RULE, "language"),
    Difference(Fate.WITHDRAWN, "s-5", "p-5", None, Why.SEEKER_OUT, "on_hold"),
    Difference(Fate.DROPPED, "s-6", "p-6", 3000, Why.MEANWHILE),
)


def test_a_run_says_what_it_changed_and_why_and_leads_to_the_pairs(maria: Visitor, harbour: Community) -> None:
    run_id = _changed(harbour, CHANGES)

    words = maria.go(f"/console/runs/{run_id}")

    assert "What it changed" in words
    assert "New 2 for people without a proposal" in words
    assert "Taken back 1 as the one who was looking takes no part now 1 that a hard rule keeps apart now" in words
    assert f"/console/runs/{run_id}/changes" in maria.page.text

    words = maria.go(f"/console/runs/{run_id}/changes")
    assert "No proposal stood for them." in words
    assert "This no longer holds: they share a language." in words
    assert "Their search is paused for care." in words
    assert words.count("Left out") == 1


def test_every_fate_and_reason_has_words_for_one_pair_and_for_many() -> None:
    for why in Why:
        assert change_words.COUNTED[why]
        change = Difference(Fate.WITHDRAWN, "s", "p", None, why, "language" if why is Why.RULE else "left")
        assert change_words.why_in_words(change).endswith(".")
    assert all(change_words.FATES[fate] for fate in Fate)
    for rule in CHECKS:
        assert "%" not in change_words.why_in_words(Difference(Fate.WITHDRAWN, "s", "p", None, Why.RULE, str(rule)))


def test_pairs_come_in_pages(maria: Visitor, harbour: Community) -> None:
    many = tuple(Difference(Fate.KEPT, f"s-{number:03}", "p-1", 1, Why.BEST) for number in range(60))
    run_id = _changed(harbour, many)

    maria.go(f"/console/runs/{run_id}/changes")
    assert maria.page.text.count('<th scope="row">') == 50
    maria.go(f"/console/runs/{run_id}/changes?after=50")
    assert maria.page.text.count('<th scope="row">') == 10
    assert "More" not in maria.page.text.split("<main")[1].split("</main>")[0]


def test_a_run_of_which_this_is_not_kept_says_so(maria: Visitor, harbour: Community) -> None:
    words = maria.go(f"/console/runs/{harbour.run_id}/changes")

    assert "This is not kept any longer" in words
    assert "What it changed" not in maria.go(f"/console/runs/{harbour.run_id}")
