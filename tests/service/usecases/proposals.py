"""Proposals for tests, made without a run: of no run at all, or staged by one that is not done."""

from __future__ import annotations

from service import lifecycle
from service.records.codec import new_id, put_of
from service.records.match import Match, MatchState
from service.storage.store import Changes, Store
from service.usecases.matches import get_match
from service.usecases.moves import SYSTEM
from tests.service.usecases.cast import NOW, P


def propose(store: Store, seeker_id: str, supporter_id: str, *, run_id: str = "run_long_gone") -> Match:
    """Save a proposal and give it as it is read."""
    match = blank(seeker_id, supporter_id, run_id=run_id)
    store.commit(P, Changes(puts=(put_of(match, expected_version=0),)))
    return get_match(store, P, match_id=match.match_id)


def blank(seeker_id: str, supporter_id: str, *, run_id: str, score: int = 5000) -> Match:
    """A proposal that is not saved yet."""
    match = Match(
        match_id=new_id("match", NOW),
        run_id=run_id,
        seeker_id=seeker_id,
        supporter_id=supporter_id,
        state=MatchState.PROPOSED,
        score=score,
        is_thin=False,
        created_at=NOW,
        updated_at=NOW,
    )
    return lifecycle.propose(match, by=SYSTEM, at=NOW)
