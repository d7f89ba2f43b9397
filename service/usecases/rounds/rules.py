"""The round of the rules: every open match is asked again each day, and whenever the policy has changed.

A clearance runs out by its date, an age that was confirmed long ago needs confirming, a new policy asks for more: no
profile changes then, so nobody else would notice. A run that was made under an earlier policy, or is seen only on the
day after the one it was made for, begins it anew, too.
"""

from __future__ import annotations

from typing import Final

from service.records import kinds
from service.records.match import OPEN_STATES, Match
from service.records.platform import Platform
from service.records.run import Run
from service.storage.store import Page, Store, Stored
from service.usecases.matches import visible
from service.usecases.rechecks import recheck_match
from service.usecases.rounds.going import Going, at_midnight
from service.usecases.work import Work

AT_ONCE: Final = 50
"""Matches a step: the rules are asked in plain Python, and a broken one changes a match, a load and a task."""

_STATES: Final = tuple(state.value for state in sorted(OPEN_STATES))


def _read(store: Store, platform_id: str, after: str | None) -> Page[Stored]:
    """Read some of the open matches, a state after the other; the cursor says in which one to go on."""
    first, _, last = (after or _STATES[0]).partition(":")
    for state in _STATES[_STATES.index(first) :]:
        begin = last if state == first and last else None
        page = store.page(platform_id, Match.KIND, index=kinds.BY_STATE, value=state, after=begin, limit=AT_ONCE)
        if page.next is not None:
            return Page(page.records, f"{state}:{page.next}")
        if page.records:
            following = _STATES[_STATES.index(state) + 1 :]
            return Page(page.records, following[0] if following else None)
    return Page((), None)


def _visit(work: Work, stored: Stored) -> None:
    # As it is by now: somebody may have said yes since the page was read.
    match = work.find(Match, stored.record_id)
    # What a run has staged is for the run: it begins this round anew when it is seen (`_terms`).
    if match is not None and match.state in OPEN_STATES and visible(work.store, work.platform_id, (match,)):
        recheck_match(work, match)


def _terms(work: Work) -> str:
    """The policy's version, and the run that is seen where it asked the rules of an earlier policy or day."""
    version = work.policy.version
    platform = work.find(Platform, work.platform_id)
    if platform is None or platform.current_run is None:
        return f"{version}"
    run = work.find(Run, platform.current_run)
    return f"{version}" if run is None or _is_of_today(run, version) else f"{version} {run.run_id}"


def _is_of_today(run: Run, version: int) -> bool:
    """Whether a run asked the rules of this policy, and of the day on which it was seen."""
    seen_on = run.finished_at.date() if run.finished_at is not None else None
    return run.policy_version == version and run.planned_for == seen_on


RULES_AGAIN: Final = Going("rules", at_midnight, _read, _visit, _terms)
