"""What is looked at in a store itself: how it is set up, whether its clock and ours agree, and whether it is in use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from service.doctor.look import Look, lasting
from service.storage.operated import Counters, Finding, OperatedStore, State
from service.usecases.standby import standing_by_since

_CLOCKS_APART: Final = timedelta(seconds=5)
_AHEAD: Final = timedelta(minutes=1)
"""How far in the future an event may lie: several machines never agree to the second."""


def set_up(look: Look) -> Iterator[Finding]:
    """See how durably and privately the store keeps what it is given."""
    yield from look.store.examine()


def clock(look: Look) -> Iterator[Finding]:
    """See that time goes forward: this machine's clock against the servers', and against what was done last."""
    worst = max((told - look.now for told in look.store.clocks()), key=abs, default=timedelta())
    if abs(worst) > _CLOCKS_APART:
        way = "behind" if worst > timedelta() else "ahead of"
        says = f"this machine's clock is {lasting(worst)} {way} that of Redis"
        yield Finding("clock", State.WRONG, says, "have both set by NTP")
        return
    latest = max((at for at in (_last_event_at(look.store, scope) for scope in look.platforms) if at), default=None)
    if latest is not None and latest > look.now + _AHEAD:
        says = f"the last event lies {lasting(latest - look.now)} in the future: this clock is slow, or one was fast"
        yield Finding("clock", State.WRONG, says, "have every machine's clock set by NTP")
        return
    yield Finding("clock", State.OK, f"{look.now:%Y-%m-%d %H:%M} UTC, not before anything that was done")


def standby(look: Look) -> Iterator[Finding]:
    """See whether the store was restored and nobody has said yet that it is the one in use."""
    since = standing_by_since(look.store)
    if since is not None:
        says = (
            f"restored {lasting(look.now - since)} ago, it stands by: no webhook is called and no scheduled run is made"
        )
        yield Finding("standby", State.WARNING, says, "once this is the store in use: alongside go-live")


def _last_event_at(store: OperatedStore, scope: str) -> datetime | None:
    # Given up at once: the iterator goes, and what it held with it.
    first = next(store.dump(scope), None)
    last = first.last_event if isinstance(first, Counters) else 0
    events = store.events(scope, after=last - 1, limit=1) if last else ()
    return events[0].at if events else None
