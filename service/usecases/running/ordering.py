"""What a run leaves, in the order in which people go through it: the longest wait first.

Written after everything is staged and before it is seen; `usecases/reviewing.py` and `usecases/looking.py` read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

import numpy as np

from service.storage.store import Fence, Store
from service.usecases.running.orders import LOOKING, REVIEW, Entry, looking_entry, review_entry, write_order
from service.usecases.running.snapshot_lines import Snapshot
from service.usecases.running.staging import Plan, Staged


def write_orders(  # noqa: PLR0913 - one write, described by names
    store: Store,
    platform_id: str,
    *,
    run_id: str,
    snapshot: Snapshot,
    plan: Plan,
    staged: Iterable[Staged],
    still_looking: Iterable[str],
    fence: Fence,
) -> None:
    """Write the order in which a run's proposals are reviewed, and that of those for whom it found nobody."""
    looking = (looking_entry(_since(snapshot, seeker_id), seeker_id) for seeker_id in still_looking)
    for name, entries in ((REVIEW, _proposals(snapshot, plan, staged)), (LOOKING, looking)):
        write_order(store, platform_id, run_id=run_id, name=name, entries=entries, fence=fence)


def _proposals(snapshot: Snapshot, plan: Plan, staged: Iterable[Staged]) -> Iterator[Entry]:
    for match in staged:
        yield review_entry(_since(snapshot, match.seeker_id), match.score, match.match_id)
    for proposal, pair in plan.kept:
        yield review_entry(_since(snapshot, pair.seeker_id), pair.score, proposal.match_id)


def _since(snapshot: Snapshot, seeker_id: str) -> date:
    since = snapshot.standings.waiting_since[snapshot.row_of[seeker_id]]
    day: date = snapshot.week.today if np.isnat(since) else since.item()
    return day
