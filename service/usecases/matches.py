"""Matches: pairs with a life, as people see them, and what coordinators do with them.

A proposal is seen once the run that made it is published (`visible`); until then it is as if it were not there. What an
action leads to is the table of `service/lifecycle.py`, what else it means `consequences.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from service.errors import Conflict, NotFound, StaleVersion
from service.lifecycle import Action, transition
from service.records import kinds
from service.records.codec import after_these_ids, read_as
from service.records.coordinator import Coordinator
from service.records.match import Actor, ActorRole, Match, MatchState
from service.records.run import Run, RunState
from service.storage.store import MAX_PAGE, Page, Store, Stored
from service.usecases.consequences import take_step
from service.usecases.reading import as_page, found
from service.usecases.saving import until_saved
from service.usecases.work import Work


def list_matches(  # noqa: PLR0913 - one list, described by names
    store: Store,
    platform_id: str,
    *,
    state: MatchState | None = None,
    member_id: str | None = None,
    owner_id: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Page[Match]:
    """Read some matches by id, which is the order of making; `after` is the `next` of the page before.

    Every page but the last is full. By owner a state is named, too.
    """
    index, value = _index_of(state, member_id, owner_id)
    return as_page(Match, visible_page(store, platform_id, index=index, value=value, after=after, limit=limit))


def visible_page(
    store: Store, platform_id: str, *, index: str | None, value: str | None, after: str | None, limit: int
) -> Page[Stored]:
    """Read some of the matches that people can see, as they are stored, by id; every page but the last is full.

    What a run has staged is passed over at once, however much it is. A run that publishes while the page is read counts
    as not done: of its matches that are read before its switch, some are dropped with it.
    """
    seen: list[Stored] = []
    while True:
        under_way = store.find_unique(platform_id, kinds.OPEN_RUN, "run")
        page = store.page(platform_id, Match.KIND, index=index, value=value, after=after, limit=limit - len(seen))
        hidden = hidden_runs(store, platform_id, {stored.body["run_id"] for stored in page.records}) | {under_way}
        seen.extend(stored for stored in page.records if stored.body["run_id"] not in hidden)
        after = page.next
        if after is None or len(seen) == limit:
            return Page(tuple(seen), after)
        last = page.records[-1]
        if last.body["run_id"] in hidden:
            after = max(after, after_these_ids(last.record_id))


def each_visible(store: Store, platform_id: str, *, state: MatchState) -> Iterator[Stored]:
    """Go through the matches in a state that people can see, as they are stored, by id."""
    after = None
    while True:
        page = visible_page(store, platform_id, index=kinds.BY_STATE, value=state.value, after=after, limit=MAX_PAGE)
        yield from page.records
        after = page.next
        if after is None:
            return


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
    on_behalf_of: ActorRole | None = None,
    closing_on: date | None = None,
    expected_version: int | None = None,
    is_preview: bool = False,
) -> Match:
    """Take an action on a match, with all that it means, in one commit; give the match as it then stands.

    A preview finds out what would become of it, and saves nothing.

    NotFound (``match_not_found``); ActionNotAllowed, Forbidden and InvalidInput as `lifecycle.transition` says;
    StaleVersion with `expected_version` when the match is at another; Conflict with ``no_place_left``,
    ``seeker_has_match``, ``not_taking_part``, ``in_recovery``, ``kept_apart`` or ``rule_broken`` when the state of
    things has changed.
    Of two people who act at once, one comes first, and the other finds what that one left.
    """

    def attempt() -> Match:
        before = get_match(store, platform_id, match_id=match_id)
        if expected_version is not None and before.version != expected_version:
            raise StaleVersion(Match.KIND, match_id, expected=expected_version, actual=before.version)
        work = Work(store, platform_id, now)
        after = transition(
            _with_terms(work, before, action, by),
            action,
            by=by,
            at=now,
            reason=reason,
            on_behalf_of=on_behalf_of,
            closing_on=_day_of_ending(work, action, closing_on),
        )
        try:
            take_step(work, (before, after))
        except Conflict as refused:
            # What stands in the way may be this very action, done by somebody quicker: then the match itself says so.
            actual = get_match(store, platform_id, match_id=match_id).version
            if actual != before.version:
                raise StaleVersion(Match.KIND, match_id, expected=before.version, actual=actual) from refused
            raise
        if is_preview:
            return after
        committed = store.commit(platform_id, work.changes())
        saved = work.find(Match, match_id) or after
        return replace(saved, version=committed.versions[Match.KIND, match_id])

    return until_saved(attempt)


def _with_terms(work: Work, match: Match, action: str, by: Actor) -> Match:
    """Offer under the policy in force, in the care of whoever approves; taken back, it is in nobody's."""
    if action == Action.REOPEN:
        return replace(match, owner_id="")
    if action != Action.APPROVE:
        return match
    owner_id = match.owner_id or _coordinator_in(work, by)
    return replace(match, offer_order=work.policy.offer_order, owner_id=owner_id)


def _coordinator_in(work: Work, by: Actor) -> str:
    """Give the id of whoever acts where it is a coordinator of the console; a platform's program looks after nobody."""
    is_known = by.actor_id is not None and work.find(Coordinator, by.actor_id) is not None
    return by.actor_id or "" if is_known else ""


def _day_of_ending(work: Work, action: str, day: date | None) -> date | None:
    """Give the day that was named, or for a planned ending the one the policy's notice leads to."""
    if action != Action.PLAN_ENDING or day is not None:
        return day
    return work.now.date() + timedelta(days=work.policy.timings.closing_notice_days)


def _index_of(state: MatchState | None, member_id: str | None, owner_id: str | None) -> tuple[str | None, str | None]:
    if state is not None and owner_id is not None:
        return kinds.BY_OWNER_AND_STATE, kinds.joined(owner_id, state)
    if state is not None and member_id is not None:
        return kinds.BY_MEMBER_AND_STATE, kinds.joined(member_id, state)
    if member_id is not None:
        return kinds.BY_MEMBER, member_id
    if state is not None:
        return kinds.BY_STATE, state.value
    return None, None
