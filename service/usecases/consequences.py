"""What an action on a match means beside its new state: places, rests, and other proposals of the same people.

`CONSEQUENCES` has a row for every action that means something; each row is a function that looks at what is stored and
gives further steps and changes, with the versions on which it relied, or raises Conflict. It must not save anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from matching.eligibility import is_paused
from service.errors import Conflict
from service.lifecycle import Action, WithdrawReason, transition
from service.records import kinds
from service.records.codec import delete_of, put_of
from service.records.load import Load
from service.records.match import HOLDING_STATES, Match, MatchState
from service.records.member import Member
from service.records.rest import Rest, rest_id_of
from service.storage.store import Changes, Expect, Store
from service.usecases.moves import SYSTEM, Step, load_of
from service.usecases.places import places_left
from service.usecases.policies import get_policy
from service.usecases.reading import all_found, maybe_found
from service.usecases.rests import rest_after

_OPEN_STATES = HOLDING_STATES | {MatchState.PROPOSED}


@dataclass(frozen=True, slots=True)
class Consequences:
    """What is to be saved with the step itself: steps of other matches, and changes of other records.

    `loads` are those that were looked at, at the versions that were looked at.
    """

    steps: tuple[Step, ...] = ()
    changes: Changes = field(default_factory=Changes)
    loads: tuple[Load, ...] = ()


NONE = Consequences()


def consequences_of(store: Store, platform_id: str, action: Action, *, step: Step, now: datetime) -> Consequences:
    """Give what the action means beside the step; raise Conflict when the state of things does not allow it."""
    look = CONSEQUENCES.get(action)
    return NONE if look is None else look(store, platform_id, step, now)


def _approve(store: Store, platform_id: str, step: Step, now: datetime) -> Consequences:
    """Both must take part, the supporter must have a place left; other proposals to the seeker are taken back."""
    _, offered = step
    seeker = _taking_part(store, platform_id, offered.seeker_id, now)
    supporter = _taking_part(store, platform_id, offered.supporter_id, now)
    load = _load_with_a_place(store, platform_id, supporter)
    others = list(_other_matches_of_seeker(store, platform_id, offered))
    if any(other.state in HOLDING_STATES for other in others):
        raise Conflict("cannot approve this match: the seeker has a match already", code="seeker_has_match")
    reason = WithdrawReason.ANOTHER_MATCH
    steps = tuple((other, transition(other, Action.WITHDRAW, by=SYSTEM, at=now, reason=reason)) for other in others)
    return Consequences(steps, Changes(expects=_as_seen(seeker, supporter)), (load,))


def _reject(store: Store, platform_id: str, step: Step, now: datetime) -> Consequences:
    """The two rest from each other."""
    _, rejected = step
    timings = get_policy(store, platform_id).timings
    rest = rest_after(rejected, reason=rejected.history[-1].reason, timings=timings, now=now)
    return Consequences(changes=Changes(puts=(put_of(rest),)))


def _reopen(store: Store, platform_id: str, step: Step, now: datetime) -> Consequences:
    """A rejected pair may come back while nobody else is there for the seeker and the supporter has a place."""
    before, proposed = step
    if before.state is not MatchState.REJECTED:
        return NONE
    seeker = _taking_part(store, platform_id, proposed.seeker_id, now)
    supporter = _taking_part(store, platform_id, proposed.supporter_id, now)
    load = _load_with_a_place(store, platform_id, supporter)
    if any(_other_matches_of_seeker(store, platform_id, proposed)):
        raise Conflict("cannot reopen this match: the seeker has another one now", code="seeker_has_match")
    rest = maybe_found(store, platform_id, Rest, rest_id_of(proposed.seeker_id, proposed.supporter_id))
    is_its_own = rest is not None and rest.match_id == proposed.match_id
    deletes = (delete_of(rest, expected_version=rest.version),) if rest is not None and is_its_own else ()
    return Consequences(changes=Changes(deletes=deletes, expects=_as_seen(seeker, supporter, load)))


Look = Callable[[Store, str, Step, datetime], Consequences]

CONSEQUENCES: Mapping[Action, Look] = MappingProxyType(
    {Action.APPROVE: _approve, Action.REJECT: _reject, Action.REOPEN: _reopen}
)
"""Action → what to look at. Withdrawing means nothing more: the place is given back wherever a match leaves it."""


def _taking_part(store: Store, platform_id: str, member_id: str, now: datetime) -> Member:
    member = maybe_found(store, platform_id, Member, member_id)
    if member is None or not member.profile.consent.matching or is_paused(member.profile, now.date()):
        raise Conflict("one of the two does not take part just now", code="not_taking_part")
    return member


def _load_with_a_place(store: Store, platform_id: str, supporter: Member) -> Load:
    load = load_of(store, platform_id, supporter.member_id)
    if places_left(supporter.profile, held=len(load.match_ids)) < 1:
        raise Conflict("the supporter has no place left", code="no_place_left")
    return load


def _as_seen(*records: Member | Load) -> tuple[Expect, ...]:
    """Require that what was decided upon is still so when it is saved."""
    return tuple(Expect(record.KIND, record.record_id, record.version) for record in records)


def _other_matches_of_seeker(store: Store, platform_id: str, match: Match) -> Iterator[Match]:
    """Go through the seeker's other open matches, proposals that a run has not published yet included."""
    for other in all_found(store, platform_id, Match, index=kinds.BY_SEEKER, value=match.seeker_id):
        if other.match_id != match.match_id and other.state in _OPEN_STATES:
            yield other
