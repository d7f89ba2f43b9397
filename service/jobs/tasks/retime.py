"""After a policy has changed its timings: when each open match is due is worked out anew."""

from __future__ import annotations

from datetime import timedelta

from service.jobs.registry import Lane, task
from service.jobs.work import Work


@task("retime", lane=Lane.SHORT, first_delay=timedelta(seconds=10), limit=timedelta(minutes=30))
def retime(work: Work) -> None:
    """Move what is due in the platform's matches; done again, it changes nothing."""
    from service.usecases.firing import retime as retime_matches

    retime_matches(work.store, work.platform_id)
