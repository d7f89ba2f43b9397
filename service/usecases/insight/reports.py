"""Reports: asking for one, working it out in a job, and reading it.

A question is written down with the job that answers it in one commit; the same question about the same run is never
worked out twice. What a report is about is worked out by a function in `ANSWERS`, given a study and what was asked; its
answer is saved only if the run is still as it was read, so that nobody who was erased meanwhile comes back in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, Final

from service.errors import NotFound, StaleVersion
from service.records.codec import put_of
from service.records.report import About, Report, ReportState, report_id_of
from service.records.run import Run
from service.storage.store import Changes, Expect, Fence, Store
from service.usecases.insight.studies import Study, read_study
from service.usecases.queueing import enqueue, new_job
from service.usecases.reading import found, maybe_found
from service.usecases.running.stored import check_may_be_read

REPORT_TASK: Final = "report"
"""The name under which jobs that work out reports are kept (`service/jobs/tasks/report.py`)."""

TRIED_AGAIN_AFTER: Final = timedelta(minutes=1)
"""How long a report that has failed is told of before asking for it works it out anew."""

Answer = Callable[[Study, Mapping[str, Any], "Asking"], dict[str, Any]]

ANSWERS: Final[Mapping[About, str]] = {
    About.SHORTAGES: "service.usecases.insight.shortages",
    About.PREVIEW: "service.usecases.insight.previews",
    About.SMALLEST_CHANGE: "service.usecases.insight.changes",
}
"""What a report is about → the module whose `answer` works it out; loaded by the job only, as it loads the engine."""


class Asking:
    """Where an answer reads what its study does not hold."""

    def __init__(self, store: Store, platform_id: str) -> None:
        self.store = store
        self.platform_id = platform_id


def ask_for(store: Store, platform_id: str, *, about: About, run: Run, asked: dict[str, Any], now: datetime) -> Report:
    """Give the report that answers a question about a run; where nobody has asked yet, a job works it out.

    Conflict as `running/stored.py` says. One that has failed is given for a while, then worked out anew.
    """
    check_may_be_read(run, to="ask about")
    report_id = report_id_of(about, run.run_id, asked)
    known = maybe_found(store, platform_id, Report, report_id)
    if known is not None and not _may_be_tried_again(known, now):
        return known
    version = 0 if known is None else known.version
    report = Report(report_id, about, run.run_id, asked, ReportState.QUEUED, created_at=now)
    job = new_job(REPORT_TASK, subject=report_id, due_at=now, now=now, job_id=report.job_id)
    puts = (put_of(report, expected_version=version), put_of(job))
    try:
        committed = enqueue(store, platform_id, Changes(puts=puts), now=now)
    except StaleVersion:
        # Somebody else asked at the same moment.
        return found(store, platform_id, Report, report_id)
    return replace(report, version=committed.versions[Report.KIND, report_id])


def _may_be_tried_again(report: Report, now: datetime) -> bool:
    failed_at = report.finished_at if report.state is ReportState.FAILED else None
    return failed_at is not None and now >= failed_at + TRIED_AGAIN_AFTER


def get_report(store: Store, platform_id: str, *, report_id: str, about: About) -> Report:
    """Read a report of this sort; NotFound (``report_not_found``) otherwise."""
    report = maybe_found(store, platform_id, Report, report_id)
    if report is None or report.about is not about:
        raise NotFound(Report.KIND, report_id)
    return report


def work_out(store: Store, platform_id: str, *, report_id: str, now: Callable[[], datetime], fence: Fence) -> None:
    """Work out a report and save its answer; one that is final, or has gone, is left as it is.

    Conflict as `running/stored.py` says, and StaleVersion when the run was changed meanwhile.
    """
    report = maybe_found(store, platform_id, Report, report_id)
    if report is None or report.state is not ReportState.QUEUED:
        return
    run = found(store, platform_id, Run, report.run_id)
    check_may_be_read(run, to="ask about")
    study = read_study(store, platform_id, run)
    answer: Answer = import_module(ANSWERS[report.about]).answer
    worked_out = answer(study, report.asked, Asking(store, platform_id))
    done = replace(report, state=ReportState.DONE, answer=worked_out, finished_at=now())
    unchanged = Expect(Run.KIND, run.run_id, run.version)
    put = put_of(done, expected_version=report.version)
    store.commit(platform_id, Changes(puts=(put,), expects=(unchanged,), fence=fence))


def give_up(store: Store, platform_id: str, *, report_id: str, code: str, now: datetime) -> None:
    """Mark a report that its job could not work out as failed."""
    report = maybe_found(store, platform_id, Report, report_id)
    if report is not None and report.state is ReportState.QUEUED:
        failed = replace(report, state=ReportState.FAILED, error_code=code, finished_at=now)
        store.commit(platform_id, Changes(puts=(put_of(failed, expected_version=report.version),)))
