"""Whether what is stored of a run may be read again: for verifying it, and for asking about it."""

from __future__ import annotations

from service.errors import Conflict
from service.records.run import Run, RunState

NOT_PUBLISHED = "run_not_published"


def check_may_be_read(run: Run, *, to: str, code: str = NOT_PUBLISHED) -> None:
    """Raise Conflict unless the run was published and everything it was made from is still there.

    `to` says what was attempted ("verify"), `code` how a run that was not published is refused; the others are
    ``run_snapshot_removed`` and ``not_replayable_after_erasure``.
    """
    if run.state is not RunState.DONE or run.is_dry_run:
        raise Conflict(f"cannot {to} this run (allowed: published runs)", code=code)
    if run.snapshot_removed_at is not None:
        raise Conflict(f"cannot {to} this run: its snapshot is not kept any longer", code="run_snapshot_removed")
    if run.erased_at is not None:
        raise Conflict(f"cannot {to} this run: somebody who was in it was erased", code="not_replayable_after_erasure")
