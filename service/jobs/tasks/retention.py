"""Clearing up: every night, in every platform, what was kept long enough is removed."""

from __future__ import annotations

from datetime import timedelta

from service.jobs.registry import Lane, task
from service.jobs.work import Interrupted, Work


@task("retention", lane=Lane.SHORT, first_delay=timedelta(minutes=1), limit=timedelta(minutes=30))
def retention(work: Work) -> None:
    """Remove what was kept long enough."""
    from service.sealed_text import NOTES, TextSeal
    from service.secret_keys import load_secret_keys
    from service.settings import Settings
    from service.usecases.retention import Keeping, remove_what_is_over

    seal = TextSeal(load_secret_keys(Settings.from_environment()), NOTES)
    keeping = Keeping(work.store, work.platform_id, work.fence, work.now, work.is_stopping, seal)
    if not remove_what_is_over(keeping):
        raise Interrupted
