"""Imports: lines that a platform has sent, stored in a process of their own."""

from __future__ import annotations

from datetime import timedelta

from service.jobs.registry import Lane, task
from service.jobs.work import Interrupted, Work


def _give_up(work: Work, code: str) -> None:
    from service.usecases.importing.storing import give_up

    give_up(work.store, work.platform_id, import_id=work.job.subject, code=code, now=work.now)


@task("import", lane=Lane.IMPORTS, attempts=5, limit=timedelta(hours=2), give_up=_give_up)
def import_(work: Work) -> None:
    """Store the lines, or take up an import whose worker has died."""
    from service.usecases.importing.storing import Storing, store_lines

    storing = Storing(work.store, work.platform_id, work.fence, work.clock.now, work.is_stopping)
    if not store_lines(storing, import_id=work.job.subject):
        raise Interrupted
