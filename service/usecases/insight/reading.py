"""Reading what a job has worked out about a run, asking for it where nobody has."""

from __future__ import annotations

from datetime import datetime

from service.errors import TemporaryError
from service.records.report import About, Report, ReportState
from service.records.run import Run
from service.storage.store import Store
from service.usecases.insight.reports import TRIED_AGAIN_AFTER, ask_for
from service.usecases.reading import found


def get_shortages(store: Store, platform_id: str, *, run_id: str, now: datetime) -> Report:
    """Give the report about a run's shortages; a job works it out where there is none yet.

    NotFound (``run_not_found``); Conflict as `running/stored.py` says; TemporaryError (``report_failed``) where the
    job could not do it just now.
    """
    run = found(store, platform_id, Run, run_id)
    report = ask_for(store, platform_id, about=About.SHORTAGES, run=run, asked={}, now=now)
    if report.state is ReportState.FAILED:
        raise TemporaryError(
            "this could not be worked out just now; it will be tried again",
            code="report_failed",
            retry_after_seconds=TRIED_AGAIN_AFTER.seconds,
        )
    return report
