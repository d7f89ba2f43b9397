"""A match: one pair with a life, from `proposed` on, and its whole history.

Which action leads from which state to which is the table of `service/lifecycle.py`; nothing here decides it. A new
state is a row of `MatchState` and rows there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar, Final, Self

from matching.policy import OfferOrder
from service.records import kinds
from service.records.codec import (
    instant_from_json,
    instant_to_json,
    maybe_day_from_json,
    maybe_day_to_json,
    maybe_instant_from_json,
    maybe_instant_to_json,
)
from service.storage.store import Entries, Stored


class MatchState(StrEnum):
    """The states of a match."""

    PROPOSED = "proposed"
    OFFERED = "offered"
    ACTIVE = "active"
    PAUSED = "paused"
    CLOSING = "closing"
    ENDED = "ended"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    DECLINED = "declined"


HOLDING_STATES = frozenset((MatchState.OFFERED, MatchState.ACTIVE, MatchState.PAUSED, MatchState.CLOSING))
"""In these a match holds one of its supporter's places, and its seeker is not looking for anybody else."""


OPEN_STATES = HOLDING_STATES | {MatchState.PROPOSED}
"""In these something may still come of a match."""


class ActorRole(StrEnum):
    """Who may act on a match."""

    COORDINATOR = "coordinator"
    SAFEGUARDING = "safeguarding"
    SEEKER = "seeker"
    SUPPORTER = "supporter"
    PLATFORM = "platform"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a coordinator, one of the pair, the platform's own program (by key id), or a run or timer (no id).

    Whoever acts for safeguarding is named as such: only they may do some things.
    """

    role: ActorRole
    actor_id: str | None = None


@dataclass(frozen=True, slots=True)
class Fired:
    """How often a timer has fired since the moment from which it counts."""

    key: str
    since: datetime
    times: int


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One step of a match's life; `from_state` is None for the first, `reason` is empty when none was given.

    `on_behalf_of` is the side whose word a coordinator passed on.
    """

    action: str
    from_state: MatchState | None
    to_state: MatchState
    by: Actor
    at: datetime
    reason: str = ""
    on_behalf_of: ActorRole | None = None

    @property
    def voice(self) -> ActorRole:
        """Whose word it is."""
        return self.on_behalf_of or self.by.role

    def to_json(self) -> dict[str, Any]:
        """Give its JSON form."""
        return {
            "action": self.action,
            "from": None if self.from_state is None else self.from_state.value,
            "to": self.to_state.value,
            "by": {"role": self.by.role.value, "id": self.by.actor_id},
            "at": instant_to_json(self.at),
            "reason": self.reason,
            "on_behalf_of": None if self.on_behalf_of is None else self.on_behalf_of.value,
        }

    @classmethod
    def from_json(cls, entry: dict[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        return cls(
            action=entry["action"],
            from_state=None if entry["from"] is None else MatchState(entry["from"]),
            to_state=MatchState(entry["to"]),
            by=Actor(ActorRole(entry["by"]["role"]), entry["by"]["id"]),
            at=instant_from_json(entry["at"]),
            reason=entry["reason"],
            on_behalf_of=None if entry["on_behalf_of"] is None else ActorRole(entry["on_behalf_of"]),
        )


APPROVE: Final = "approve"
ACCEPT: Final = "accept"
"""Two actions of the table by name: where an offer begins, and a yes to it."""

_ASKED_FIRST: Final[Mapping[OfferOrder, tuple[ActorRole, ...]]] = MappingProxyType(
    {
        OfferOrder.SUPPORTER_FIRST: (ActorRole.SUPPORTER,),
        OfferOrder.SEEKER_FIRST: (ActorRole.SEEKER,),
        OfferOrder.TOGETHER: (ActorRole.SEEKER, ActorRole.SUPPORTER),
    }
)


@dataclass(frozen=True, slots=True)
class Match:
    """One pair with a life.

    Attributes
    ----------
    run_id : the run that proposed it; empty when none did (a coordinator's own pair, a next best).
    score : points of the policy that proposed it.
    explanation : JSON as the run wrote it (factors, evidence, rules).
    offer_order : who is asked first, as the policy said when it was offered.
    closing_on : the day of its planned ending; None unless it is closing.
    has_met : the two have met at least once.
    check_in_from : the sides that are still to be asked how it goes.
    fired, due_at : what its timers have done, and when the next is due (`service/timers.py`).
    owner_id : the coordinator who looks after it; empty for nobody, and of one who was removed nobody reads it.
    """

    KIND: ClassVar[str] = kinds.MATCH
    FORMAT: ClassVar[int] = 4

    match_id: str
    run_id: str
    seeker_id: str
    supporter_id: str
    state: MatchState
    score: int
    is_thin: bool
    created_at: datetime
    updated_at: datetime
    explanation: dict[str, Any] = field(default_factory=dict)
    history: tuple[HistoryEntry, ...] = ()
    offer_order: OfferOrder = OfferOrder.SUPPORTER_FIRST
    closing_on: date | None = None
    has_met: bool = False
    check_in_from: tuple[ActorRole, ...] = ()
    fired: tuple[Fired, ...] = ()
    due_at: datetime | None = None
    owner_id: str = ""
    version: int = 0

    @property
    def record_id(self) -> str:
        """Its own id."""
        return self.match_id

    @property
    def paused_because(self) -> str:
        """The reason of its pause; empty when none was given or it is not paused."""
        return self.history[-1].reason if self.state is MatchState.PAUSED and self.history else ""

    @property
    def active_since(self) -> datetime | None:
        """When both had said yes; None before."""
        return next((entry.at for entry in self.history if entry.to_state is MatchState.ACTIVE), None)

    @property
    def answered(self) -> frozenset[ActorRole]:
        """The sides that have said yes to the latest offer."""
        return frozenset(entry.voice for entry in self._of_this_offer if entry.action == ACCEPT)

    @property
    def asked(self) -> frozenset[ActorRole]:
        """The sides that have been asked about it; nobody while there was none."""
        return frozenset(self.asked_at)

    @property
    def awaited(self) -> tuple[ActorRole, ...]:
        """The sides whose answer is awaited, in order; nobody while there is no offer."""
        return tuple(sorted(self.asked - self.answered)) if self.state is MatchState.OFFERED else ()

    @property
    def asked_at(self) -> Mapping[ActorRole, datetime]:
        """When each side was asked about the latest offer: the second one with the first one's yes."""
        steps = self._of_this_offer
        moments = dict.fromkeys(_ASKED_FIRST[self.offer_order], steps[0].at) if steps else {}
        for entry in steps:
            if entry.action == ACCEPT:
                moments = dict.fromkeys((ActorRole.SEEKER, ActorRole.SUPPORTER), entry.at) | moments
        return moments

    @property
    def _of_this_offer(self) -> tuple[HistoryEntry, ...]:
        """The steps from the latest approval on: what was said about an earlier offer does not count."""
        approvals = [number for number, entry in enumerate(self.history) if entry.action == APPROVE]
        return self.history[approvals[-1] :] if approvals else ()

    def member_of(self, role: ActorRole) -> str:
        """Give the id of the member on a side."""
        return self.seeker_id if role is ActorRole.SEEKER else self.supporter_id

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {
            "run_id": self.run_id,
            "seeker_id": self.seeker_id,
            "supporter_id": self.supporter_id,
            "state": self.state.value,
            "score": self.score,
            "is_thin": self.is_thin,
            "explanation": self.explanation,
            "history": [entry.to_json() for entry in self.history],
            "offer_order": self.offer_order.value,
            "closing_on": maybe_day_to_json(self.closing_on),
            "has_met": self.has_met,
            "check_in_from": [role.value for role in self.check_in_from],
            "fired": [[fired.key, instant_to_json(fired.since), fired.times] for fired in self.fired],
            "due_at": maybe_instant_to_json(self.due_at),
            "owner_id": self.owner_id,
            "created_at": instant_to_json(self.created_at),
            "updated_at": instant_to_json(self.updated_at),
        }

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        return cls(
            match_id=stored.record_id,
            run_id=body["run_id"],
            seeker_id=body["seeker_id"],
            supporter_id=body["supporter_id"],
            state=MatchState(body["state"]),
            score=body["score"],
            is_thin=body["is_thin"],
            explanation=body["explanation"],
            history=tuple(HistoryEntry.from_json(entry) for entry in body["history"]),
            offer_order=OfferOrder(body["offer_order"]),
            closing_on=maybe_day_from_json(body["closing_on"]),
            has_met=body["has_met"],
            check_in_from=tuple(ActorRole(role) for role in body["check_in_from"]),
            fired=tuple(Fired(key, instant_from_json(since), times) for key, since, times in body["fired"]),
            due_at=maybe_instant_from_json(body["due_at"]),
            owner_id=body["owner_id"],
            created_at=instant_from_json(body["created_at"]),
            updated_at=instant_from_json(body["updated_at"]),
            version=stored.version,
        )

    def index_entries(self) -> Entries:
        """By state, run, either member (with and without state), the seeker, supporter and owner with it, and moment.

        The moment is when it is due next, if ever. A match that no run proposed has no entry of one, nor one without
        an owner of an owner.
        """
        state = self.state.value
        due = () if self.due_at is None else ((kinds.BY_DUE, instant_to_json(self.due_at)),)
        asking = ((kinds.CHECK_IN_DUE, "yes"),) if self.check_in_from and self.state is MatchState.ACTIVE else ()
        run = ((kinds.BY_RUN, self.run_id),) if self.run_id else ()
        owner = ((kinds.BY_OWNER_AND_STATE, kinds.joined(self.owner_id, state)),) if self.owner_id else ()
        members = (self.seeker_id, self.supporter_id)
        return (
            (kinds.BY_STATE, state),
            *run,
            *owner,
            *due,
            *asking,
            *((kinds.BY_MEMBER, member_id) for member_id in members),
            *((kinds.BY_MEMBER_AND_STATE, kinds.joined(member_id, state)) for member_id in members),
            (kinds.BY_SEEKER, self.seeker_id),
            (kinds.BY_SUPPORTER_AND_STATE, kinds.joined(self.supporter_id, state)),
        )

    def unique_keys(self) -> Entries:
        """The seeker, while the match holds a place: at most one supporter a seeker, whoever is quickest."""
        return ((kinds.HOLDING_SEEKER, self.seeker_id),) if self.state in HOLDING_STATES else ()
