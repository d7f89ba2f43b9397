"""Claims: who looks at which proposal just now, so that two coordinators never do the same work.

Opening a proposal claims it for a quarter of an hour; whoever comes meanwhile is told, is led past it, and may take it
over. A decision is made on the claim of whoever makes it, and ends it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from service.errors import Conflict, StaleVersion
from service.records.claim import Claim
from service.records.codec import delete_of, put_of, read_as
from service.storage.store import Changes, Store
from service.usecases.reading import maybe_found
from service.usecases.saving import until_saved

LASTS: Final = timedelta(minutes=15)
_RENEWED_AFTER: Final = timedelta(minutes=5)
"""Looking again within so little time writes nothing."""

CLAIMED: Final = "claimed"


def claim(
    store: Store, platform_id: str, *, match_id: str, coordinator_id: str, now: datetime, is_taking_over: bool = False
) -> Claim:
    """Claim a match unless somebody else has, and give the claim that then stands: one's own, or the other one's."""

    def attempt() -> Claim:
        held = maybe_found(store, platform_id, Claim, match_id)
        is_held = held is not None and held.holds_at(now)
        if held is not None and is_held:
            is_own = held.coordinator_id == coordinator_id
            if is_own and held.until - now > LASTS - _RENEWED_AFTER:
                return held
            if not is_own and not is_taking_over:
                return held
        new = Claim(match_id, coordinator_id, now + LASTS, held.version if held else 0)
        store.commit(platform_id, Changes(puts=(put_of(new, expected_version=new.version),)))
        return new

    return until_saved(attempt)


def check_claim(store: Store, platform_id: str, *, match_id: str, coordinator_id: str, now: datetime) -> None:
    """Raise Conflict (``claimed``) while somebody else looks at the match."""
    held = maybe_found(store, platform_id, Claim, match_id)
    if held is not None and held.holds_at(now) and held.coordinator_id != coordinator_id:
        raise Conflict("somebody else looks at this match just now", code=CLAIMED)


def claims_of_others(
    store: Store, platform_id: str, match_ids: Collection[str], *, coordinator_id: str, now: datetime
) -> Mapping[str, Claim]:
    """Give the claims of other coordinators on these matches, by match."""
    stored = store.get_many(platform_id, Claim.KIND, tuple(match_ids))
    claims = (read_as(Claim, each) for each in stored.values())
    return {held.match_id: held for held in claims if held.holds_at(now) and held.coordinator_id != coordinator_id}


def end_claim(store: Store, platform_id: str, *, match_id: str, coordinator_id: str) -> None:
    """Take back one's own claim, if there is one."""
    held = maybe_found(store, platform_id, Claim, match_id)
    if held is None or held.coordinator_id != coordinator_id:
        return
    try:
        store.commit(platform_id, Changes(deletes=(delete_of(held, expected_version=held.version),)))
    except StaleVersion:
        # Somebody has claimed it since: then it is theirs.
        return
