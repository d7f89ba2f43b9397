"""Every round there is."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from service.storage.store import Store
from service.usecases.rounds.going import go_on
from service.usecases.rounds.returning import RETURNING
from service.usecases.rounds.rules import RULES_AGAIN
from service.usecases.rounds.supervising import SUPERVISING
from service.usecases.rounds.waiting import WAITING

ROUNDS: Final = (RULES_AGAIN, RETURNING, WAITING, SUPERVISING)
"""In this order, safety first."""


def go_on_with_all(store: Store, platform_id: str, *, now: datetime) -> datetime:
    """Take the next step of each round; give when the next of all is to be taken."""
    return min([go_on(store, platform_id, going, now=now) for going in ROUNDS])
