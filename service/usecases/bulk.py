"""One action on several matches, each by itself: what of it can be done is done, and every outcome is told.

Approving many at once is for pairs that need no second look. Those that do (`Flag`) are refused here; a coordinator
approves them one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from service.errors import Conflict, Forbidden, NotFound
from service.lifecycle import Action
from service.records import kinds
from service.records.hold import Concern
from service.records.match import Actor, Match
from service.records.member import Member
from service.storage.store import Store
from service.usecases.matches import act_on_match, get_match
from service.usecases.reading import all_found, maybe_found

MOST_AT_ONCE: Final = 20
IN_BULK: Final = (Action.APPROVE, Action.REJECT)
FLAGGED: Final = "needs_a_look"


class Flag(StrEnum):
    """Why a pair is to be looked at by itself before it is offered."""

    THIN = "thin"  # below the policy's `thin_below`
    NEW_SUPPORTER = "new_supporter"  # nobody has met with this supporter yet
    MINOR = "minor"
    EARLIER_CONCERN = "earlier_concern"  # about one of the two


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one match; `match` is None, and `code` and `detail` say why, where it was refused."""

    match_id: str
    match: Match | None = None
    code: str = ""
    detail: str = ""
    flags: tuple[Flag, ...] = ()


def act_on_many(  # noqa: PLR0913 - one step, described by names
    store: Store,
    platform_id: str,
    *,
    match_ids: Iterable[str],
    action: Action,
    by: Actor,
    now: datetime,
    reason: str | None = None,
    is_preview: bool = False,
) -> Sequence[Outcome]:
    """Take an action on each match in turn, and give what became of each; a preview saves nothing.

    A preview looks at each match as if it were the only one. InvalidInput for a reason that the action does not take.
    """
    outcomes = []
    for match_id in match_ids:
        try:
            flags = flags_of(store, platform_id, match_id) if action is Action.APPROVE else ()
            if flags:
                detail = "cannot approve this match among others: look at it by itself"
                outcomes.append(Outcome(match_id, code=FLAGGED, detail=detail, flags=flags))
                continue
            match = act_on_match(
                store,
                platform_id,
                match_id=match_id,
                action=action,
                by=by,
                now=now,
                reason=reason,
                is_preview=is_preview,
            )
            outcomes.append(Outcome(match_id, match))
        except (NotFound, Conflict, Forbidden) as refused:
            outcomes.append(Outcome(match_id, code=refused.code, detail=refused.message))
    return outcomes


def flags_of(store: Store, platform_id: str, match_id: str) -> tuple[Flag, ...]:
    """Give why a pair is to be looked at by itself; NotFound for a match that is not there."""
    match = get_match(store, platform_id, match_id=match_id)
    pair = (match.seeker_id, match.supporter_id)
    members = [maybe_found(store, platform_id, Member, member_id) for member_id in pair]
    concerns = (
        concern.about_id in pair
        for member_id in pair
        for concern in all_found(store, platform_id, Concern, index=kinds.BY_MEMBER, value=member_id)
    )
    tests = {
        Flag.THIN: match.is_thin,
        Flag.NEW_SUPPORTER: not any(
            other.active_since is not None and other.supporter_id == match.supporter_id
            for other in all_found(store, platform_id, Match, index=kinds.BY_MEMBER, value=match.supporter_id)
        ),
        Flag.MINOR: any(member is not None and member.profile.age_band.is_minor for member in members),
        Flag.EARLIER_CONCERN: any(concerns),
    }
    return tuple(flag for flag, is_set in tests.items() if is_set)
