"""Rewriting records of older formats, some at a time, so that one day nothing older is stored.

Reading never waits for it: `read_as` brings every record up. A record that is rewritten says the same, at its next
version, with the index entries of today. Nothing is rewritten while a run is open, which compares versions.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from service.records.codec import Record, put_of, read_as
from service.records.coordinator import Coordinator
from service.records.match import Match
from service.records.member import Member
from service.records.renewal import Renewal
from service.records.run import Run
from service.records.task import CoordinatorTask
from service.storage.store import Changes, Store
from service.usecases.reading import maybe_found
from service.usecases.running.opening import open_run

RENEWED: Final[tuple[type[Record], ...]] = (Run, Match, Member, CoordinatorTask, Coordinator)
"""Every kind that has had more than one format."""

AT_ONCE: Final = 200
"""Records looked at in one commit."""


def renew_some(store: Store, platform_id: str) -> bool:
    """Look at some records and rewrite the older ones among them; tell whether more are to be looked at at once.

    StaleVersion when one was changed meanwhile, or somebody else does the same: nothing was rewritten then.
    """
    states = store.get_many(platform_id, Renewal.KIND, [each.KIND for each in RENEWED])
    for record_type in RENEWED:
        stored = states.get(record_type.KIND)
        state = Renewal(record_type.KIND, record_type.FORMAT) if stored is None else read_as(Renewal, stored)
        if state.to != record_type.FORMAT:
            state = replace(state, to=record_type.FORMAT, after=None, is_done=False)
        if not state.is_done:
            if open_run(store, platform_id) is not None:
                return False
            _renew(store, platform_id, record_type, state)
            return True
    return False


def older_left(store: Store, platform_id: str) -> bool:
    """Whether there may be records of older formats."""
    states = (maybe_found(store, platform_id, Renewal, each.KIND) for each in RENEWED)
    return any(
        state is None or not state.is_done or state.to != each.FORMAT
        for each, state in zip(RENEWED, states, strict=True)
    )


def _renew(store: Store, platform_id: str, record_type: type[Record], state: Renewal) -> None:
    page = store.page(platform_id, record_type.KIND, after=state.after, limit=AT_ONCE)
    older = (read_as(record_type, stored) for stored in page.records if stored.format < record_type.FORMAT)
    puts = [put_of(record, expected_version=record.version) for record in older]
    on = put_of(replace(state, after=page.next, is_done=page.next is None), expected_version=state.version)
    store.commit(platform_id, Changes(puts=(*puts, on)))
