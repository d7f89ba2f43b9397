"""What a run changed, or a trial would have changed, pair by pair, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from service.errors import Conflict, NotFound
from service.records.run import Run, RunState
from service.storage.store import Page, Store
from service.usecases.reading import found
from service.usecases.running.change_lines import read_changes
from service.usecases.running.differences import Difference, Fate


def list_changes(
    store: Store,
    platform_id: str,
    *,
    run_id: str,
    fate: Fate | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Page[Difference]:
    """Give some of a run's changes, new ones first, then kept, then withdrawn; `after` is the `next` of a page.

    NotFound (``run_not_found``); Conflict (``run_not_done``) for a run that is not done, (``run_without_changes``)
    where they are not kept: enough later runs are, or an older program did the run.
    """
    rest = each_change(store, platform_id, run_id=run_id, fate=fate, start=int(after or 0))
    some = list(islice(rest, limit))
    following = str(some[-1][0]) if some and next(rest, None) is not None else None
    return Page(tuple(change for _, change in some), following)


def each_change(
    store: Store, platform_id: str, *, run_id: str, fate: Fate | None = None, start: int = 0
) -> Iterator[tuple[int, Difference]]:
    """Go through a run's changes from a place on, each with the place after it; errors as `list_changes`."""
    run = found(store, platform_id, Run, run_id)
    if run.state is not RunState.DONE:
        raise Conflict("this run has changed nothing yet (allowed: runs that are done)", code="run_not_done")
    try:
        for after, change in read_changes(store, platform_id, run_id=run_id, start=start):
            if fate is None or change.fate is fate:
                yield after, change
    except NotFound as error:
        raise Conflict(
            "what this run changed is not kept pair by pair (allowed: the latest runs)", code="run_without_changes"
        ) from error
