"""Runs: rematching a platform's members in a process of its own."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from service.jobs.doing import PROCESS_DIED_CODE
from service.jobs.registry import Lane, task
from service.jobs.work import Work


def _give_up(work: Work, code: str) -> None:
    from service.usecases.running.opening import DIED_CODE, give_up_run

    code = DIED_CODE if code == PROCESS_DIED_CODE else code
    give_up_run(work.store, work.platform_id, run_id=work.job.subject, code=code, now=work.now)


def _put_back(work: Work) -> None:
    from service.usecases.running.opening import put_back_run

    put_back_run(work.store, work.platform_id, run_id=work.job.subject)


@task(
    "run",
    lane=Lane.RUNS,
    attempts=3,
    first_delay=timedelta(seconds=5),
    # The setting ALONGSIDE_ENGINE_SECONDS bounds what may take long.
    limit=None,
    give_up=_give_up,
    put_back=_put_back,
)
def run(work: Work) -> None:
    """Do the run, or take up one whose process has died."""
    from service.cluster import crew_for
    from service.settings import Settings
    from service.usecases.runs import EngineLimits, execute_run

    settings = Settings.from_environment()
    execute_run(
        work.store,
        work.platform_id,
        run_id=work.job.subject,
        clock=work.clock,
        limits=EngineLimits(
            settings.engine_memory_mb << 20,
            settings.engine_seconds,
            partial(crew_for, settings=settings) if settings.dask else None,
        ),
    )
