"""What must hold of a store whatever happened to the processes around it; each rule gives what breaks it, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import cast

from matching.profile_json import profile_to_mapping
from service.records import Job, Match, Member, Run, kinds, read_as
from service.records.job import JobState
from service.records.load import Load
from service.records.match import HOLDING_STATES, MatchState
from service.records.run import RunState
from service.storage.operated import OperatedStore
from service.storage.store import MAX_PAGE, Store
from service.usecases.audit import check_audit
from tests.reliability.deployment import PLATFORM
from tests.reliability.ledger import Ledger
from tests.reliability.people import note_in

_OPEN_JOBS = tuple(state.value for state in JobState if state.is_open)
_OPEN_RUNS = tuple(state.value for state in RunState if not state.is_final)
_OPEN_STATES = HOLDING_STATES | {MatchState.PROPOSED}


def broken(store: Store, ledger: Ledger) -> list[str]:
    """Give every sentence that says what is wrong; empty when all is well. Nothing may be at work any more."""
    found = [*ledger.surprises]
    for rule in RULES:
        found += rule(store, ledger)
    return found


def is_at_rest(store: Store) -> bool:
    """Whether no run and no job is open any more."""
    open_jobs = sum(store.count(PLATFORM, Job.KIND, index=kinds.BY_STATE, value=state) for state in _OPEN_JOBS)
    open_runs = sum(store.count(PLATFORM, Run.KIND, index=kinds.BY_STATE, value=state) for state in _OPEN_RUNS)
    return open_jobs + open_runs == 0


def half_published(store: Store) -> list[str]:
    """Tell of published runs of which a pair is missing; may be asked at any moment."""
    found = []
    for run in _all(store, Run):
        if run.state is RunState.DONE and not run.is_dry_run and run.counts is not None:
            pairs = store.count(PLATFORM, Match.KIND, index=kinds.BY_RUN, value=run.run_id)
            if pairs < run.counts.new:
                found.append(f"a published run has {pairs} of its {run.counts.new} new pairs")
    return found


def _nothing_acknowledged_is_lost(store: Store, ledger: Ledger) -> Iterator[str]:
    for member_id, writes in ledger.members.items():
        stored = store.get(PLATFORM, Member.KIND, member_id)
        if stored is None:
            if writes.version:
                yield f"an acknowledged member is gone (write {writes.acknowledged})"
            continue
        note = note_in(dict(profile_to_mapping(read_as(Member, stored).profile)))
        if note not in writes.possible:
            yield f"a member says {note}, acknowledged was {writes.acknowledged}, in doubt {writes.in_doubt}"
        if stored.version < writes.version:
            yield f"a member is at version {stored.version}, acknowledged was {writes.version}"


def _every_action_stands_once(store: Store, ledger: Ledger) -> Iterator[str]:
    for match_id in {*ledger.actions, *ledger.actions_in_doubt}:
        match = read_as(Match, found) if (found := store.get(PLATFORM, Match.KIND, match_id)) else None
        if match is None:
            yield "a match on which somebody acted is gone"
            continue
        done = Counter(entry.action for entry in match.history if entry.by.actor_id is not None)
        told, maybe = ledger.actions.get(match_id, Counter()), ledger.actions_in_doubt.get(match_id, Counter())
        for action in {*done, *told}:
            if not told[action] <= done[action] <= told[action] + maybe[action]:
                yield f"{action} stands {done[action]} times; acknowledged {told[action]}, in doubt {maybe[action]}"


def _every_version_has_its_event(store: Store, _ledger: Ledger) -> Iterator[str]:
    told: Counter[str | None] = Counter()
    last = 0
    while events := store.events(PLATFORM, after=last, limit=MAX_PAGE):
        for event in events:
            if event.sequence != last + 1:
                yield f"event {last + 1} is missing"
            last = event.sequence
            told[event.subject] += 1
    for member in _all(store, Member):
        if told[member.member_id] != member.version:
            yield f"a member at version {member.version} has {told[member.member_id]} events"


def _no_run_is_half_published(store: Store, _ledger: Ledger) -> Iterator[str]:
    yield from half_published(store)
    published = {run.run_id for run in _all(store, Run) if run.state is RunState.DONE}
    for match in _all(store, Match):
        if match.run_id not in published:
            yield f"a pair of a run that was never published stands as {match.state}"


def _every_run_and_job_is_finished(store: Store, ledger: Ledger) -> Iterator[str]:
    runs = {run.run_id: run for run in _all(store, Run)}
    for run_id in ledger.runs:
        if run_id not in runs:
            yield "an acknowledged run is gone"
    for run in runs.values():
        if not run.state.is_final:
            yield f"a run is left as {run.state}"
    for job in _all(store, Job):
        if job.state.is_open:
            yield f"a job is left as {job.state}"


def _places_are_never_exceeded(store: Store, _ledger: Ledger) -> Iterator[str]:
    held: dict[str, set[str]] = {}
    of_seeker: Counter[str] = Counter()
    for match in _all(store, Match):
        if match.state in HOLDING_STATES:
            held.setdefault(match.supporter_id, set()).add(match.match_id)
            of_seeker[match.seeker_id] += 1
    if of_seeker and max(of_seeker.values()) > 1:
        yield "a seeker has two supporters"
    for member in _all(store, Member):
        if member.profile.supporter and len(held.get(member.member_id, ())) > member.profile.supporter.capacity:
            yield f"a supporter holds {len(held[member.member_id])} of {member.profile.supporter.capacity} places"
    loads = {load.supporter_id: set(load.match_ids) for load in _all(store, Load)}
    for supporter_id in {*held, *loads}:
        if held.get(supporter_id, set()) != loads.get(supporter_id, set()):
            yield "a supporter's load is not what their matches say"


def _one_open_proposal_a_seeker(store: Store, _ledger: Ledger) -> Iterator[str]:
    standing = Counter(match.seeker_id for match in _all(store, Match) if match.state in _OPEN_STATES)
    for seeker_id, times in standing.items():
        if times > 1:
            states = [match.state for match in _all(store, Match) if match.seeker_id == seeker_id]
            yield f"a seeker has {times} open matches: {Counter(states)}"


def _the_audit_chain_is_whole(store: Store, _ledger: Ledger) -> Iterator[str]:
    report = check_audit(cast("OperatedStore", store), PLATFORM)
    if report.broken_at is not None:
        yield f"the audit chain is broken at event {report.broken_at}: {report.problem}"


Rule = Callable[[Store, Ledger], Iterator[str]]

RULES: tuple[Rule, ...] = (
    _nothing_acknowledged_is_lost,
    _every_action_stands_once,
    _every_version_has_its_event,
    _no_run_is_half_published,
    _every_run_and_job_is_finished,
    _places_are_never_exceeded,
    _one_open_proposal_a_seeker,
    _the_audit_chain_is_whole,
)
"""A new rule is a function here."""


def _all(store: Store, record_type):  # type: ignore[no-untyped-def]
    return [read_as(record_type, stored) for stored in store.each(PLATFORM, record_type.KIND)]
