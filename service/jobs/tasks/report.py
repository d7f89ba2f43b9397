"""Reports: what was asked about a run and takes long, worked out in a process of its own."""

from __future__ import annotations

from datetime import timedelta

from service.jobs.registry import Lane, task
from service.jobs.work import Work


def _give_up(work: Work, code: str) -> None:
    from service.usecases.insight.reports import give_up

    give_up(work.store, work.platform_id, report_id=work.job.subject, code=code, now=work.now)


@task("report", lane=Lane.RUNS, attempts=3, limit=timedelta(hours=1), give_up=_give_up)
def report(work: Work) -> None:
    """Work out the report, or take up one whose process has died."""
    from service.usecases.insight.reports import work_out

    work_out(
        work.store,
        work.platform_id,
        report_id=work.job.subject,
        now=work.clock.now,
        fence=work.fence,
    )
