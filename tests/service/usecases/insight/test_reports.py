"""What jobs work out about a run: shortages and previews, once, true, and gone with the people they name."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from matching.groups import FEWEST
from matching.policy import Objective, Policy
from matching.profile import Mode
from matching.shortages import HOURS
from service.errors import Conflict, StaleVersion, TemporaryError
from service.jobs.child import do_job
from service.records.codec import put_of
from service.records.job import Job, JobState
from service.records.report import About, Report, ReportState
from service.records.run import Run
from service.storage.store import Changes, Fence
from service.usecases import retention
from service.usecases.erasing.traces import TRACES, Erasing
from service.usecases.insight import reports as module
from service.usecases.insight.previews import Family, ask_for_preview
from service.usecases.insight.reading import get_shortages
from service.usecases.insight.reports import ask_for, give_up
from service.usecases.policies import put_policy
from service.usecases.queueing import list_jobs
from service.usecases.reading import found, maybe_found
from service.usecases.runs import run_now
from tests.service.usecases.cast import NOW, P, seeker, supporter
from tests.service.usecases.insight.communities import people, published, with_place, worked_out


def shortages_of(store, run, clock):
    report = get_shortages(store, P, run_id=run.run_id, now=NOW)
    return worked_out(store, P, report, clock).answer


@pytest.mark.parametrize("seed", range(3))
def test_with_the_supporters_advised_a_run_matches_as_many_more_as_was_told(store, clock, seed):
    profiles = people(seed, seekers=30, supporters=6)
    run = published(store, P, profiles, clock)
    answer = shortages_of(store, run, clock)
    assert answer["shortages"]

    recruits = [
        supporter(
            f"recruit-{number}-{each}",
            languages=(shortage["language"],),
            timezone=shortage["timezone"],
            modes=frozenset({Mode(shortage["mode"])}),
            availability=tuple(
                replace(profiles[0].availability[0], day=day, start_minute=start, end_minute=end)
                for days, start, end in [HOURS[shortage["hours"]]]
                for day in days
            ),
        )
        for number, shortage in enumerate(answer["shortages"])
        for each in range(shortage["supporters"])
    ]
    after = published(store, "with-them", [*profiles, *recruits], clock)

    told = [shortage["people"]["count"] for shortage in answer["shortages"]]
    more = after.counts.matched - run.counts.matched
    few = told.count(None)
    assert sum(filter(None, told)) + few <= more <= sum(filter(None, told)) + few * (FEWEST - 1)
    for shortage in answer["shortages"]:
        assert shortage["text"]
        assert shortage["verified"]
        assert (shortage["seeker_ids"] is None) == (shortage["people"]["count"] is None)


@pytest.mark.parametrize("seed", range(3))
def test_one_more_place_is_worth_what_a_run_with_it_gives(store, clock, seed):
    profiles = people(seed)
    run = published(store, P, profiles, clock)
    places = shortages_of(store, run, clock)["places"]
    assert places["total"] == len(places["supporters"])

    told = {each["supporter_id"]: (each["matched"], each["score"]) for each in places["supporters"]}
    for number, profile in enumerate(each for each in profiles if each.supporter):
        more = [with_place(each) if each is profile else each for each in profiles]
        after = published(store, f"more-{number}", more, clock)
        gain = after.counts.matched - run.counts.matched, after.counts.total_score - run.counts.total_score

        assert told.get(profile.member_id, (0, 0)) == gain


def test_topics_of_few_are_not_in_the_advice_and_no_small_group_is_counted_out(store, clock):
    secret = seeker("one", topics=("rare_illness",), languages=("uk",))
    run = published(store, P, [secret, seeker("two", languages=("uk",)), supporter("ben")], clock)

    answer = shortages_of(store, run, clock)

    assert "rare_illness" not in json.dumps(answer)
    [shortage] = answer["shortages"]
    assert shortage["language"] == "uk"
    assert shortage["people"] == {"count": None, "words": "fewer than five"}
    assert shortage["topic"] is shortage["seeker_ids"] is None
    assert "fewer than five more people" in shortage["text"]
    [ready] = answer["ready"]["supporters"]
    assert [each["words"] for each in ready["between"]] == ["fewer than five"]


def test_a_topic_that_five_ask_for_is_named(store, clock):
    run = published(store, P, [seeker(f"s-{n}", topics=("caring",), languages=("uk",)) for n in range(6)], clock)

    [shortage] = shortages_of(store, run, clock)["shortages"]

    assert (shortage["topic"], shortage["people"]["count"], len(shortage["seeker_ids"])) == ("caring", 6, 6)


def test_a_candidate_policy_gives_what_a_run_under_it_gives(store, clock):
    profiles = people(5)
    run = published(store, P, profiles, clock)
    candidate = Policy(objective=Objective.SCORE, minimum_score=3000, weights={"topics": 6000})
    asked = ask_for_preview(store, P, policy=candidate, now=NOW)
    answer = worked_out(store, P, asked, clock).answer

    # Where proposals stand, as they do in the run's snapshot, none did: the same people under the policy, anew.
    published(store, "under-it", [], clock)
    put_policy(store, "under-it", policy=candidate, now=NOW, expected_version=1)
    after = published(store, "under-it", profiles, clock)
    before_ids = {match for match in _matched(store, P)}
    after_ids = {match for match in _matched(store, "under-it")}

    as_it_is, with_it = answer["policies"]
    assert (as_it_is["matched"], as_it_is["total_score"]) == (run.counts.matched, run.counts.total_score)
    assert with_it["matched"] == after.counts.matched
    assert set(answer["gains"]["seeker_ids"]) == after_ids - before_ids
    assert set(answer["loses"]["seeker_ids"]) == before_ids - after_ids
    assert with_it["text"] != as_it_is["text"]


def _matched(store, platform_id):
    from service.usecases.matches import list_matches

    return [match.seeker_id for match in list_matches(store, platform_id, limit=500).records]


def test_families_tell_what_each_policy_and_each_weight_does(store, clock):
    published(store, P, people(6), clock)

    names = {}
    for family in Family:
        answer = worked_out(store, P, ask_for_preview(store, P, family=family, now=NOW), clock).answer
        names[family] = [each["name"] for each in answer["policies"]]
        assert answer["gains"] is None
        assert all(each["text"] and each["verified"] for each in answer["policies"])

    assert names[Family.POLICIES][:3] == ["as it is", "coverage", "score"]
    assert "without topics" in names[Family.WEIGHTS]


def test_the_same_question_is_worked_out_once_and_another_policy_is_another_question(store, clock):
    published(store, P, people(6), clock)
    first = ask_for_preview(store, P, family=Family.WEIGHTS, now=NOW)

    assert ask_for_preview(store, P, family=Family.WEIGHTS, now=NOW) == first
    assert len([job for job in list_jobs(store, P, state=JobState.QUEUED, limit=9) if job.task == "report"]) == 1
    done = worked_out(store, P, first, clock)
    assert ask_for_preview(store, P, family=Family.WEIGHTS, now=NOW) == done
    put_policy(store, P, policy=Policy(keep_margin=1), now=NOW, expected_version=1)
    assert ask_for_preview(store, P, family=Family.WEIGHTS, now=NOW).report_id != first.report_id


def test_the_job_works_it_out_and_done_again_it_changes_nothing(store, clock):
    run = published(store, P, people(6), clock)
    report = get_shortages(store, P, run_id=run.run_id, now=NOW)
    lease = store.acquire_lease(P, f"job {report.job_id}", owner="w", ttl=timedelta(minutes=1), now=NOW)
    job = found(store, P, Job, report.job_id)
    store.commit(P, Changes(puts=(put_of(replace(job, fence=lease.token)),)))

    assert do_job(store, P, job_id=report.job_id, clock=clock) == (0, "")
    once = found(store, P, Report, report.report_id)
    assert do_job(store, P, job_id=report.job_id, clock=clock) == (0, "")

    assert once.state is ReportState.DONE
    assert found(store, P, Report, report.report_id) == once


def test_without_a_run_there_is_nothing_to_preview(store):
    with pytest.raises(Conflict) as refused:
        ask_for_preview(store, P, family=Family.WEIGHTS, now=NOW)

    assert refused.value.code == "no_run_yet"


def test_one_that_failed_is_told_for_a_while_and_then_tried_again(store, clock):
    run = published(store, P, people(6), clock)
    report = get_shortages(store, P, run_id=run.run_id, now=NOW)
    give_up(store, P, report_id=report.report_id, code="out_of_memory", now=NOW)

    with pytest.raises(TemporaryError) as failed:
        get_shortages(store, P, run_id=run.run_id, now=NOW)
    again = get_shortages(store, P, run_id=run.run_id, now=NOW + module.TRIED_AGAIN_AFTER)

    assert failed.value.code == "report_failed"
    assert again.state is ReportState.QUEUED
    assert found(store, P, Job, report.job_id).state is JobState.QUEUED


def test_reports_that_name_an_erased_member_go_and_none_comes_after(store, clock):
    from service.usecases.members import delete_member

    run = published(store, P, people(6), clock)
    seeker_id = "seeker-1"
    asked = ask_for(store, P, about=About.SMALLEST_CHANGE, run=run, asked={"member_id": seeker_id}, now=NOW)
    other = ask_for_preview(store, P, family=Family.WEIGHTS, now=NOW)
    erasure = delete_member(store, P, member_id=seeker_id, now=clock.now() + timedelta(hours=1))
    lease = store.acquire_lease(P, "erase", owner="e", ttl=timedelta(minutes=5), now=NOW)
    erasing = Erasing(store, P, erasure, seeker_id, Fence(lease.name, lease.token), until=erasure.requested_at)
    for kind in ("run_part", "report"):
        TRACES[kind](erasing)

    assert maybe_found(store, P, Report, asked.report_id) is None
    with pytest.raises(Conflict):
        worked_out(store, P, other, clock)
    assert found(store, P, Report, other.report_id).answer is None


def test_an_answer_is_not_saved_when_the_run_was_changed_while_it_was_worked_out(store, clock, monkeypatch):
    run = published(store, P, people(6), clock)
    report = get_shortages(store, P, run_id=run.run_id, now=NOW)
    real = module.read_study

    def and_then_erased(*asked):
        study = real(*asked)
        store.commit(P, Changes(puts=(put_of(replace(found(store, P, Run, run.run_id), erased_at=NOW)),)))
        return study

    monkeypatch.setattr(module, "read_study", and_then_erased)

    with pytest.raises(StaleVersion):
        worked_out(store, P, report, clock)

    assert found(store, P, Report, report.report_id).state is ReportState.QUEUED


def test_reports_go_with_the_snapshot(store, clock):
    first = published(store, P, people(6), clock)
    report = worked_out(store, P, get_shortages(store, P, run_id=first.run_id, now=NOW), clock)
    clock.advance(timedelta(seconds=1))
    second = run_now(store, P, clock=clock)
    kept = get_shortages(store, P, run_id=second.run_id, now=NOW)
    lease = store.acquire_lease(P, "x", owner="x", ttl=timedelta(minutes=5), now=NOW)
    fence = Fence(lease.name, lease.token)
    put_policy(
        store, P, policy=Policy(retention=replace(Policy().retention, run_snapshots=1)), now=NOW, expected_version=1
    )

    assert retention.remove_what_is_over(retention.Keeping(store, P, fence, NOW, lambda: False))

    assert maybe_found(store, P, Report, report.report_id) is None
    assert maybe_found(store, P, Report, kept.report_id) is not None
