"""What happens when a moment in the life of a match has come; the moments are the table of `service/timers.py`.

A match is looked at when the index by next due moment says so. Its marks and what happens are one commit against the
version that was read, so that each moment fires once, however many workers look.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from matching.policy import Timings
from service.errors import NotFound
from service.lifecycle import Action, transition
from service.records import kinds
from service.records.codec import put_of, read_as
from service.records.match import OPEN_STATES, ActorRole, Match
from service.records.task import TaskKind
from service.storage.store import Changes, Store
from service.timers import Deed, due, marked, timed
from service.usecases.consequences import take_step
from service.usecases.matches import get_match
from service.usecases.moves import SYSTEM
from service.usecases.policies import get_policy
from service.usecases.reading import all_found, maybe_found
from service.usecases.saving import until_saved
from service.usecases.work import Work

MOST_AT_ONCE: Final = 200
"""Matches that one look fires; with more the caller looks again."""

_BOTH: Final = (ActorRole.SEEKER, ActorRole.SUPPORTER)

_STEPS: Final[Mapping[Deed, Action]] = MappingProxyType({Deed.EXPIRE: Action.EXPIRE, Deed.END: Action.END})
_TOLD: Final[Mapping[Deed, str]] = MappingProxyType(
    {
        Deed.REMIND_SEEKER: "match.seeker_reminder",
        Deed.REMIND_SUPPORTER: "match.supporter_reminder",
        Deed.ASK_FOR_CHECK_IN: "match.check_in_due",
    }
)
_TASKS: Final[Mapping[Deed, TaskKind]] = MappingProxyType(
    {
        Deed.ASK_ABOUT_FIRST_MEETING: TaskKind.FIRST_MEETING,
        Deed.ASK_FOR_CHECK_IN: TaskKind.CHECK_IN,
    }
)
"""What each deed means: a step of the match, an event for those concerned, a task for a coordinator."""


def fire_due(store: Store, platform_id: str, *, now: datetime) -> datetime | None:
    """Fire what is due in the platform's matches, so many at once; give when the next is, perhaps before now."""
    for match in _soonest(store, platform_id, MOST_AT_ONCE):
        if match.due_at is None or match.due_at > now:
            break
        # Gone, or staged by a run that is not published: then there is nothing to tell anybody.
        with suppress(NotFound):
            fire(store, platform_id, match_id=match.match_id, now=now)
    return next((match.due_at for match in _soonest(store, platform_id, 1)), None)


def _soonest(store: Store, platform_id: str, limit: int) -> Iterator[Match]:
    page = store.page(platform_id, Match.KIND, index=kinds.BY_DUE, limit=limit)
    return (read_as(Match, stored) for stored in page.records)


def fire(store: Store, platform_id: str, *, match_id: str, now: datetime) -> tuple[Deed, ...]:
    """Do what is due for one match, in one commit; give what was done."""

    def attempt() -> tuple[Deed, ...]:
        before = get_match(store, platform_id, match_id=match_id)
        work = Work(store, platform_id, now)
        firings = due(before, work.policy.timings, now)
        after = marked(before, firings)
        step = next((_STEPS[firing.timer.deed] for firing in firings if firing.timer.deed in _STEPS), None)
        if step is not None:
            # What else is due at the same time no longer matters.
            take_step(work, (before, transition(after, step, by=SYSTEM, at=now)))
            deeds: tuple[Deed, ...] = (Deed(step.value),)
        else:
            deeds = tuple(firing.timer.deed for firing in firings)
            work.put(replace(after, check_in_from=_BOTH) if Deed.ASK_FOR_CHECK_IN in deeds else after)
            for deed in deeds:
                _tell(work, after, deed)
        store.commit(platform_id, work.changes())
        return deeds

    return until_saved(attempt)


def retime(store: Store, platform_id: str) -> int:
    """Work out anew when each open match is due, after the policy has changed; give how many were changed."""
    timings = get_policy(store, platform_id).timings
    ids = [
        match.match_id
        for state in sorted(OPEN_STATES)
        for match in all_found(store, platform_id, Match, index=kinds.BY_STATE, value=state)
        if timed(match, timings) is not match
    ]
    for match_id in ids:
        until_saved(lambda match_id=match_id: _retime(store, platform_id, match_id, timings))  # type: ignore[misc]
    return len(ids)


def _retime(store: Store, platform_id: str, match_id: str, timings: Timings) -> None:
    match = maybe_found(store, platform_id, Match, match_id)
    if match is not None:
        put = put_of(timed(match, timings), expected_version=match.version)
        store.commit(platform_id, Changes(puts=(put,)))


def _tell(work: Work, match: Match, deed: Deed) -> None:
    pair = (match.seeker_id, match.supporter_id)
    if deed in _TOLD:
        work.tell(_TOLD[deed], match.match_id, mentions=pair, seeker_id=pair[0], supporter_id=pair[1])
    if deed in _TASKS:
        work.open_task(_TASKS[deed], match.match_id, pair)
