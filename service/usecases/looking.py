"""Who is still looking, and why nobody was found for them yet.

Still looking are seekers who take part and have neither a match nor an open proposal; whoever has waited longest
comes first. The reasons are the engine's own rules, asked about a few seekers at a time; nothing here changes
anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from matching.eligibility import is_paused
from service.records import kinds
from service.records.match import HOLDING_STATES, MatchState
from service.records.member import Member, MemberRole
from service.storage.store import Store
from service.usecases.matches import each_visible
from service.usecases.policies import get_policy
from service.usecases.reading import all_found
from service.usecases.rests import apart_now
from service.weeks import week_for

if TYPE_CHECKING:
    from matching.cohort import Cohort

MOST_SUPPORTERS = 1000
"""With more peer supporters than this, reasons are not worked out while somebody waits for a page."""


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


def still_looking(store: Store, platform_id: str, *, now: datetime) -> tuple[Member, ...]:
    """Give every seeker who is still looking, the longest wait first."""
    found_for = _seekers_found_for(store, platform_id)
    seekers = all_found(store, platform_id, Member, index=kinds.BY_ROLE, value=MemberRole.SEEKER)
    looking = [seeker for seeker in seekers if seeker.member_id not in found_for and _takes_part(seeker, now.date())]
    return tuple(sorted(looking, key=lambda seeker: (seeker.waiting_since or now.date(), seeker.member_id)))


def why_looking(
    store: Store, platform_id: str, seekers: Sequence[Member], *, now: datetime
) -> Mapping[str, WhyLooking]:
    """Ask the rules about each of these seekers; an empty answer on a platform with more than `MOST_SUPPORTERS`."""
    if store.count(platform_id, Member.KIND, index=kinds.BY_ROLE, value=MemberRole.SUPPORTER) > MOST_SUPPORTERS:
        return {}
    # The engine is loaded where it is needed only, so that other pages never wait for it.
    from matching.cohort import Cohort

    supporters = all_found(store, platform_id, Member, index=kinds.BY_ROLE, value=MemberRole.SUPPORTER)
    profiles = {member.member_id: member.profile for member in (*supporters, *seekers)}
    cohort = Cohort.from_profiles(
        profiles.values(),
        week=week_for(now.date(), (profile.timezone for profile in profiles.values())),
        policy=get_policy(store, platform_id),
        apart=apart_now(store, platform_id, now),
    )
    return {seeker.member_id: _why(cohort, seeker.member_id) for seeker in seekers}


def _seekers_found_for(store: Store, platform_id: str) -> set[str]:
    return {
        stored.body["seeker_id"]
        for state in (MatchState.PROPOSED, *sorted(HOLDING_STATES))
        for stored in each_visible(store, platform_id, state=state)
    }


def _takes_part(seeker: Member, today: date) -> bool:
    return seeker.profile.consent.matching and not is_paused(seeker.profile, today)


def _why(cohort: Cohort, seeker_id: str) -> WhyLooking:
    from matching.explain import why_still_looking

    left_out = cohort.left_out.get(seeker_id, {}).get(MemberRole.SEEKER, "")
    if left_out:
        return WhyLooking(left_out, (), 0, len(cohort.supporters))
    found = why_still_looking(cohort, seeker_id)
    # Nobody is their own supporter: that is no reason to tell.
    removed = tuple((each.reason, each.supporters) for each in found.removed if each.rule != "same_person")
    return WhyLooking("", removed, found.feasible, found.feasible + sum(supporters for _, supporters in removed))
