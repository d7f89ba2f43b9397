"""Erasures: what a deleted member leaves behind is removed, down to the store's files and logs."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from service.jobs.registry import Lane, task
from service.jobs.work import Again, Work

_PATIENCE: Final = timedelta(minutes=2)
"""For a reader that still needs the files as they were, and for Redis to write its log anew."""
_AGAIN_AFTER: Final = timedelta(seconds=20)


@task("erase", lane=Lane.UPKEEP, attempts=50, limit=timedelta(minutes=30))
def erase(work: Work) -> Again | None:
    """Carry an erasure on until it is done."""
    from service.erasure_ledger import ErasureLedger
    from service.records.erasure import ErasureState
    from service.secret_keys import load_secret_keys
    from service.settings import Settings
    from service.usecases.erasing.progress import carry_on_erasure

    settings = Settings.from_environment()
    ledger = ErasureLedger(settings.erasure_ledger, load_secret_keys(settings))
    erasure = carry_on_erasure(
        work.store,
        work.platform_id,
        erasure_id=work.job.subject,
        note=ledger.note,
        now=work.clock.now,
        fence=work.fence,
        patience=_PATIENCE,
    )
    return None if erasure.state is ErasureState.DONE else Again(work.now + _AGAIN_AFTER)
