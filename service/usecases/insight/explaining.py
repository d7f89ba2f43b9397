"""Why somebody is still looking, by the last run: counts by rule, who competes, and the smallest change that helps.

Asked for coordinators or for the members themselves, who learn nothing of anybody else: no counts, no rules, no ids;
only what they could do themselves. What has happened since the run is read from the store first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from service.errors import Conflict
from service.records.match import HOLDING_STATES, OPEN_STATES, MatchState
from service.records.member import Member, MemberRole
from service.records.report import About, ReportState
from service.small_counts import NOT_TOLD, told_alone
from service.storage.store import Store
from service.usecases.insight.changes import change_told
from service.usecases.insight.reports import ask_for
from service.usecases.insight.studies import MOST_PAIRS_AT_ONCE, Studies, Study
from service.usecases.insight.telling import COUNTED, REACHED, SOLVED_WITHOUT, Sentence, cell, counts_told
from service.usecases.matches import visible
from service.usecases.moves import matches_of
from service.usecases.reading import found
from service.usecases.runs import current_run

if TYPE_CHECKING:
    from matching.explain import StillLooking
    from matching.rivals import Rivals


class Standing(StrEnum):
    """Where somebody stands."""

    MATCHED = "matched"  # has a match, or an offer that is being answered
    PROPOSED = "proposed"  # a proposal waits for a coordinator
    NO_RUN = "no_run"  # nothing was published yet
    NOT_IN_RUN = "not_in_run"  # came after the last run
    LEFT_OUT = "left_out"  # could take part in no run; `left_out` says why
    SINCE_RUN = "since_run"  # the last run found somebody, and it came to nothing since
    STILL_LOOKING = "still_looking"


class ChangeState(StrEnum):
    """What is known of the smallest change."""

    FOUND = "found"
    NONE = "none"  # no single change does
    WORKING = "working"  # a job is looking; ask again
    UNKNOWN = "unknown"  # not looked for: not for this standing, objective or run
    FAILED = "failed"  # the job could not look; asking again starts it anew


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why somebody is still looking.

    Attributes
    ----------
    run_id, planned_for : the run that this is by; empty and None before the first.
    left_out : `matching.eligibility.Reason`, empty unless the standing says so.
    removed, would_fit, rivals, change : as plain values; empty or None where there is nothing to tell.
    """

    member_id: str
    standing: Standing
    run_id: str = ""
    planned_for: date | None = None
    left_out: str = ""
    removed: tuple[dict[str, Any], ...] = ()
    would_fit: dict[str, Any] | None = None
    rivals: dict[str, Any] | None = None
    change: dict[str, Any] | None = None
    change_state: ChangeState = ChangeState.UNKNOWN
    sentences: tuple[Sentence, ...] = ()


def explain_member(  # noqa: PLR0913 - one question, described by names
    store: Store,
    studies: Studies,
    platform_id: str,
    *,
    member_id: str,
    is_for_member: bool,
    now: datetime,
    patience: float | None = None,
) -> Explanation:
    """Explain where a seeker stands; for the member themselves, or for coordinators; `patience` as `Kept.of`.

    NotFound (``member_not_found``); Conflict (``not_a_seeker``), and as `Studies.of` says.
    """
    member = found(store, platform_id, Member, member_id)
    if MemberRole.SEEKER not in member.roles:
        raise Conflict("cannot explain why a member who is no seeker is still looking", code="not_a_seeker")
    standing = _standing_now(store, platform_id, member_id)
    if standing is not None:
        return Explanation(member_id, standing)
    run = current_run(store, platform_id)
    if run is None:
        return Explanation(member_id, Standing.NO_RUN)
    study = studies.of(store, platform_id, run, patience=patience)
    standing, left_out = _standing_in(study, member_id)
    if standing is not Standing.STILL_LOOKING:
        return Explanation(member_id, standing, run.run_id, run.planned_for, left_out)
    change, state = _smallest_change(store, platform_id, study, member_id, now)
    told = _told(study, member_id, change, state)
    return for_member(told) if is_for_member else told


def for_member(told: Explanation) -> Explanation:
    """Leave of an explanation what may be said to the member themselves."""
    from matching.sentences import tell_nobody_yet

    own = told.change is not None and told.change["member_id"] == told.member_id
    text = told.change["text_for_member"] if told.change else tell_nobody_yet()
    verified = told.change["verified"] if told.change and own else ""
    kept = {**told.change, "supporter_id": None, "text": text} if told.change and own else None
    state = told.change_state if own or told.change_state is ChangeState.WORKING else ChangeState.UNKNOWN
    return Explanation(
        told.member_id,
        told.standing,
        told.run_id,
        told.planned_for,
        change=kept,
        change_state=state,
        sentences=(Sentence(text, verified),),
    )


def _standing_now(store: Store, platform_id: str, member_id: str) -> Standing | None:
    """Tell of a match or a proposal that there is now, whatever the run left."""
    found_now = matches_of(store, platform_id, member_id, sorted(OPEN_STATES))
    states = {match.state for match in visible(store, platform_id, found_now) if match.seeker_id == member_id}
    if states & HOLDING_STATES:
        return Standing.MATCHED
    return Standing.PROPOSED if MatchState.PROPOSED in states else None


def _standing_in(study: Study, member_id: str) -> tuple[Standing, str]:
    left_out = study.cohort.left_out.get(member_id, {}).get("seeker", "")
    if left_out:
        return Standing.LEFT_OUT, left_out
    if member_id in study.still_looking:
        return Standing.STILL_LOOKING, ""
    return (Standing.SINCE_RUN if member_id in study.seekers else Standing.NOT_IN_RUN), ""


def _smallest_change(
    store: Store, platform_id: str, study: Study, member_id: str, now: datetime
) -> tuple[dict[str, Any] | None, ChangeState]:
    if not study.may_try_changes:
        return None, ChangeState.UNKNOWN
    if study.cohort.n * study.cohort.m <= MOST_PAIRS_AT_ONCE:
        with study.lock:
            change = change_told(study, member_id)
        return change, ChangeState.FOUND if change else ChangeState.NONE
    asked = {"member_id": member_id}
    report = ask_for(store, platform_id, about=About.SMALLEST_CHANGE, run=study.run, asked=asked, now=now)
    if report.state is ReportState.FAILED:
        return None, ChangeState.FAILED
    if report.answer is None:
        return None, ChangeState.WORKING
    change = report.answer["change"]
    return change, ChangeState.FOUND if change else ChangeState.NONE


def _told(study: Study, member_id: str, change: dict[str, Any] | None, state: ChangeState) -> Explanation:
    from matching.sentences import tell_no_change, tell_obstacles, tell_rivals

    [why], run = study.why([member_id]), study.run
    removed, would_fit = removed_told(why)
    sentences = [Sentence(tell_obstacles(_spoken(removed), has_feasible=why.feasible > 0), COUNTED)]
    rivals = None
    if study.has_prices and study.has_every_pair and why.feasible:
        with study.lock:
            rivals = study.reach.rivals_of(study.residual.seeker_row(study.row_of(member_id)))
        sentences.append(Sentence(tell_rivals(rivals), REACHED))
    if change is not None:
        sentences.append(Sentence(change["text"], change["verified"]))
    elif state is ChangeState.NONE:
        sentences.append(Sentence(tell_no_change(), SOLVED_WITHOUT))
    return Explanation(
        member_id,
        Standing.STILL_LOOKING,
        run.run_id,
        run.planned_for,
        removed=tuple(removed),
        would_fit=would_fit,
        rivals=None if rivals is None else _rivals_told(rivals),
        change=change,
        change_state=state,
        sentences=tuple(sentences),
    )


def removed_told(why: StillLooking) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Tell what each rule removed, and how many would fit but for their places; nobody is their own obstacle."""
    rows = [(each.rule, each.reason, each.supporters) for each in why.removed if each.rule != "same_person"]
    removed, [would_fit] = counts_told(rows, [why.feasible])
    return removed, would_fit


def _spoken(removed: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(each["reason"], "" if each["words"] == NOT_TOLD else each["words"]) for each in removed]


def _rivals_told(rivals: Rivals) -> dict[str, Any]:
    """Tell of the group by numbers alone; small ones are hidden."""
    counts = {"people": rivals.seekers.size, "supporters": rivals.supporters.size, "places": rivals.places}
    return {name: cell(told_alone(int(count))) for name, count in counts.items()}
