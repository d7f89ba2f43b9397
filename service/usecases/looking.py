"""Who is still looking, and why nobody was found for them yet.

Still looking are seekers who take part and have neither a match nor an open proposal; whoever has waited longest
comes first. On a large platform they are gone through in the order that the last run wrote (`running/orders.py`). The
reasons are the engine's own rules, asked about a few seekers at a time; nothing here changes anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from matching.eligibility import is_paused
from service.errors import Conflict, RunRefused, StillPreparing
from service.records import kinds
from service.records.codec import read_as
from service.records.match import HOLDING_STATES, Match, MatchState
from service.records.member import Member, MemberRole
from service.storage.store import MAX_PAGE, Store
from service.usecases.insight.studies import Studies
from service.usecases.matches import each_visible, visible
from service.usecases.policies import get_policy
from service.usecases.reading import all_found
from service.usecases.rests import apart_from
from service.usecases.running.orders import LOOKING, KeptOrder
from service.usecases.runs import current_run
from service.weeks import week_for

if TYPE_CHECKING:
    from matching.cohort import Cohort
    from matching.explain import StillLooking

MOST_SORTED = 1000
"""Of up to so many seekers, everybody is looked at."""

MOST_SUPPORTERS = 250
"""With more peer supporters than this, reasons are told as the last run left them, and nobody is read for them."""


@dataclass(frozen=True, slots=True)
class WhyLooking:
    """Why nobody was found for a seeker yet.

    Attributes
    ----------
    left_out : why the seeker could take part in no run (`matching.eligibility.Reason`); empty when they can.
    removed : (words of a rule, peer supporters whom it is the first to rule out), most first.
    would_fit : peer supporters whom no rule keeps away, but whose places others have.
    supporters : all who take part.
    """

    left_out: str
    removed: tuple[tuple[str, int], ...]
    would_fit: int
    supporters: int


@dataclass(frozen=True, slots=True)
class Looking:
    """Some of those who are still looking.

    Attributes
    ----------
    seekers : of these places, the longest wait first; fewer where somebody was found meanwhile.
    places : how many there are altogether.
    is_of_last_run : on a large platform they are those the last run found nobody for; who came since is not among them.
    is_unknown : on a large platform, before a run has told.
    """

    seekers: tuple[Member, ...]
    places: int
    is_of_last_run: bool = False
    is_unknown: bool = False


def looking_from(store: Store, platform_id: str, *, start: int, end: int, now: datetime) -> Looking:
    """Give those who are still looking from a place up to another one; a large platform is never read as a whole."""
    if store.count(platform_id, Member.KIND, index=kinds.BY_ROLE, value=MemberRole.SEEKER) <= MOST_SORTED:
        everybody = still_looking(store, platform_id, now=now)
        return Looking(everybody[start:end], len(everybody))
    run = current_run(store, platform_id)
    order = KeptOrder.of(store, platform_id, run_id=run.run_id, name=LOOKING) if run is not None else None
    if order is None:
        is_nobody = run is not None and run.counts is not None and run.counts.still_looking == 0
        return Looking((), 0, is_of_last_run=is_nobody, is_unknown=not is_nobody)
    ids = order.ids(start, end)
    stored = store.get_many(platform_id, Member.KIND, ids)
    known = [read_as(Member, stored[member_id]) for member_id in ids if member_id in stored]
    seekers = tuple(seeker for seeker in known if _is_looking(store, platform_id, seeker, now))
    return Looking(seekers, order.total, is_of_last_run=True)


def still_looking(store: Store, platform_id: str, *, now: datetime) -> tuple[Member, ...]:
    """Give every seeker who is still looking, the longest wait first."""
    found_for = _seekers_found_for(store, platform_id)
    seekers = all_found(store, platform_id, Member, index=kinds.BY_ROLE, value=MemberRole.SEEKER)
    looking = [seeker for seeker in seekers if seeker.member_id not in found_for and _takes_part(seeker, now.date())]
    return tuple(sorted(looking, key=lambda seeker: (seeker.waiting_since or now.date(), seeker.member_id)))


def why_looking(
    store: Store,
    studies: Studies,
    platform_id: str,
    seekers: Sequence[Member],
    *,
    now: datetime,
    patience: float | None = None,
) -> Mapping[str, WhyLooking]:
    """Ask the rules about each of these seekers.

    With more than `MOST_SUPPORTERS` the answer is that of the last run; of whoever took no part in it nothing is told,
    and of nobody while the run is being read (`patience` as `Kept.of`), or where it cannot be.
    """
    if store.count(platform_id, Member.KIND, index=kinds.BY_ROLE, value=MemberRole.SUPPORTER) > MOST_SUPPORTERS:
        return _why_in_last_run(store, studies, platform_id, [seeker.member_id for seeker in seekers], patience)
    # The engine is loaded where it is needed only, so that other pages never wait for it.
    from matching.cohort import Cohort

    supporters = all_found(store, platform_id, Member, index=kinds.BY_ROLE, value=MemberRole.SUPPORTER)
    profiles = {member.member_id: member.profile for member in (*supporters, *seekers)}
    cohort = Cohort.from_profiles(
        profiles.values(),
        week=week_for(now.date(), (profile.timezone for profile in profiles.values())),
        policy=get_policy(store, platform_id),
        apart=apart_from(store, platform_id, [seeker.member_id for seeker in seekers], now),
    )
    return {seeker.member_id: _why(cohort, seeker.member_id) for seeker in seekers}


def _seekers_found_for(store: Store, platform_id: str) -> set[str]:
    return {
        stored.body["seeker_id"]
        for state in (MatchState.PROPOSED, *sorted(HOLDING_STATES))
        for stored in each_visible(store, platform_id, state=state)
    }


def _is_looking(store: Store, platform_id: str, seeker: Member, now: datetime) -> bool:
    if seeker.profile.seeker is None or not _takes_part(seeker, now.date()):
        return False
    page = store.page(platform_id, Match.KIND, index=kinds.BY_SEEKER, value=seeker.member_id, limit=MAX_PAGE)
    matches = visible(store, platform_id, (read_as(Match, stored) for stored in page.records))
    return not any(match.state in HOLDING_STATES or match.state is MatchState.PROPOSED for match in matches)


def _takes_part(seeker: Member, today: date) -> bool:
    return seeker.profile.consent.matching and not is_paused(seeker.profile, today)


def _why_in_last_run(
    store: Store, studies: Studies, platform_id: str, seeker_ids: Sequence[str], patience: float | None
) -> Mapping[str, WhyLooking]:
    run = current_run(store, platform_id)
    if run is None:
        return {}
    try:
        study = studies.of(store, platform_id, run, patience=patience)
    except (Conflict, StillPreparing, RunRefused):
        return {}
    left_out = {each: study.cohort.left_out.get(each, {}).get(MemberRole.SEEKER, "") for each in seeker_ids}
    asked = [each for each in seeker_ids if each in study.seekers]
    told = {each: WhyLooking(why, (), 0, study.cohort.m) for each, why in left_out.items() if why}
    return told | {each: _counted(why) for each, why in zip(asked, study.why(asked), strict=True)}


def _why(cohort: Cohort, seeker_id: str) -> WhyLooking:
    from matching.explain import why_still_looking

    left_out = cohort.left_out.get(seeker_id, {}).get(MemberRole.SEEKER, "")
    if left_out:
        return WhyLooking(left_out, (), 0, len(cohort.supporters))
    return _counted(why_still_looking(cohort, seeker_id))


def _counted(found: StillLooking) -> WhyLooking:
    # Nobody is their own supporter: that is no reason to tell.
    removed = tuple((each.reason, each.supporters) for each in found.removed if each.rule != "same_person")
    return WhyLooking("", removed, found.feasible, found.feasible + sum(supporters for _, supporters in removed))
