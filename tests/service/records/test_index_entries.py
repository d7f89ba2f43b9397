from dataclasses import replace

import pytest

from service.records import JobState, RunState
from tests.service.records.examples import EXAMPLES


def test_a_member_is_found_by_role_by_status_and_by_both():
    assert set(EXAMPLES["member with both roles"].index_entries()) == {
        ("role", "seeker"),
        ("role", "supporter"),
        ("status", "active"),
        ("role_status", "seeker/active"),
        ("role_status", "supporter/active"),
    }
    assert set(EXAMPLES["paused seeker"].index_entries()) == {
        ("role", "seeker"),
        ("status", "paused"),
        ("role_status", "seeker/paused"),
    }


def test_a_match_is_found_by_state_run_and_members():
    assert {
        ("state", "proposed"),
        ("run", "run_1"),
        ("member", "m-1"),
        ("member", "m-2"),
        ("member_state", "m-1/proposed"),
        ("member_state", "m-2/proposed"),
        ("seeker", "m-1"),
    } <= set(EXAMPLES["bare match"].index_entries())


@pytest.mark.parametrize(("state", "is_due"), [(state, state.value in ("queued", "running")) for state in JobState])
def test_only_open_jobs_are_due(state, is_due):
    job = replace(EXAMPLES["bare job"], state=state)

    assert (("due", "2026-11-22T09:30:00.123456Z") in job.index_entries()) is is_due
    assert ("state", state.value) in job.index_entries()


def test_a_scheduled_job_holds_its_slot():
    assert EXAMPLES["scheduled job"].unique_keys() == (("job_slot", "rematch:2026-11-23T02:00Z"),)
    assert EXAMPLES["bare job"].unique_keys() == ()


def test_a_coordinators_login_is_one_persons_whatever_its_capitals_and_blanks():
    assert EXAMPLES["coordinator"].unique_keys() == (("coordinator_login", "ada@example.org"),)


def test_runs_are_found_by_state_and_know_when_they_are_over():
    assert ("state", "queued") in EXAMPLES["queued run"].index_entries()
    assert [state.value for state in RunState if state.is_final] == ["done", "failed", "cancelled"]
