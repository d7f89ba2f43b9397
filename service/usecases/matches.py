"""Matches: pairs with a life, as people see them, and what coordinators do with them.

A proposal is seen once the run that made it is published (`visible`); until then it is as if it were not there. What an
action leads to is the table of `service/lifecycle.py`, what else it means `consequences.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from service.errors import Conflict, NotFound, StaleVersion
from service.lifecycle import Action, transition
from service.records import kinds
from service.records.codec import read_as
from service.records.match import Actor, Match, MatchState
from service.records.run import Run, RunState
from service.storage.store import Changes, Page, Store
from service.usecases.consequences import consequences_of
from service.usecases.moves import saved_steps
from service.usecases.reading import as_page, found
from service.usecases.saving import until_saved


def list_matches(
    store: Store,
    platform_id: str,
    *,
    state: MatchState | None = None,
    member_id: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Page[Match]:
    """Read some matches by id, which is the order of making; `after` is the `next` of the page before.

    Every page but the last is full.
    """
    index, value = _index_of(state, member_id)
    seen: list[Match] = []
    while True:
        stored = store.page(platform_id, Match.KIND, index=index, value=value, after=after, limit=limit - len(seen))
        page = as_page(Match, stored)
        seen.extend(visible(store, platform_id, page.records))
        after = page.next
        if after is None or len(seen) == limit:
            return Page(tuple(seen), after)


def get_match(store: Store, platform_id: str, *, match_id: str) -> Match:
    """Read one match; NotFound (``match_not_found``) otherwise."""
    match = found(store, platform_id, Match, match_id)
    if not visible(store, platform_id, (match,)):
        raise NotFound(Match.KIND, match_id)
    return match


def visible(store: Store, platform_id: str, matches: Iterable[Match]) -> tuple[Match, ...]:
    """Leave out what a run has staged and not published."""
    matches = tuple(matches)
    hidden = hidden_runs(store, platform_id, {match.run_id for match in matches})
    return tuple(match for match in matches if match.run_id not in hidden)


def hidden_runs(store: Store, platform_id: str, run_ids: Iterable[str]) -> frozenset[str]:
    """Give those of the runs whose matches nobody may see (yet)."""
    runs = (read_as(Run, stored) for stored in store.get_many(platform_id, Run.KIND, tuple(run_ids)).values())
    return frozenset(run.run_id for run in runs if run.state is not RunState.DONE)


def act_on_match(  # noqa: PLR0913 - one step, described by names
    store: Store,
    platform_id: str,
    *,
    match_id: str,
    action: str,
    by: Actor,
    now: datetime,
    reason: str | None = None,
    expected_version: int | None = None,
) -> Match:
    """Take an action on a match, with all that it means, in one commit; give the match as it then stands.

    NotFound (``match_not_found``); ActionNotAllowed, Forbidden and InvalidInput as `lifecycle.transition` says;
    StaleVersion with `expected_version` when the match is at another; Conflict with ``no_place_left``,
    ``seeker_has_match`` or ``not_taking_part`` when somebody was quicker or has left. Of two people who act at once,
    one succeeds.
    """

    def attempt() -> Match:
        before = get_match(store, platform_id, match_id=match_id)
        if expected_version is not None and before.version != expected_version:
            raise StaleVersion(Match.KIND, match_id, expected=expected_version, actual=before.version)
        after = transition(before, action, by=by, at=now, reason=reason)
        try:
            more = consequences_of(store, platform_id, Action(action), step=(before, after), now=now)
        except Conflict as refused:
            # What stands in the way may be this very action, done by somebody quicker: then the match itself says so.
            actual = get_match(store, platform_id, match_id=match_id).version
            if actual != before.version:
                raise StaleVersion(Match.KIND, match_id, expected=before.version, actual=actual) from refused
            raise
        steps = ((before, after), *more.steps)
        changes = _joined(saved_steps(store, platform_id, steps, known=more.loads), more.changes)
        committed = store.commit(platform_id, changes)
        return replace(after, version=committed.versions[Match.KIND, match_id])

    return until_saved(attempt)


def _joined(steps: Changes, more: Changes) -> Changes:
    return replace(more, puts=(*steps.puts, *more.puts), events=(*steps.events, *more.events))


def _index_of(state: MatchState | None, member_id: str | None) -> tuple[str | None, str | None]:
    if state is not None and member_id is not None:
        return kinds.BY_MEMBER_AND_STATE, kinds.joined(member_id, state)
    if member_id is not None:
        return kinds.BY_MEMBER, member_id
    if state is not None:
        return kinds.BY_STATE, state.value
    return None, None
