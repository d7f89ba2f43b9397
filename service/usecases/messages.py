"""What people are told, ready to be passed on: the text for each of those an event concerns, in their own language.

Only those are written to who know of it: a seeker who was not asked yet hears of no offer and of no no. After a death
nobody is. Which words there are is `service/wording/`, what a platform says in its own `service/usecases/wording.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from matching.languages import language_of
from matching.policy import Timings
from service.aliases import alias_of
from service.errors import InvalidInput
from service.reasons import EndReason
from service.records.match import ActorRole, Match, MatchState
from service.records.member import Member, MemberRole
from service.records.wording import Wording
from service.storage.store import Store
from service.usecases.matches import get_match
from service.usecases.members import get_member
from service.usecases.platforms import get_platform
from service.usecases.policies import get_policy
from service.usecases.reading import maybe_found
from service.usecases.rounds.waiting import days_waited
from service.usecases.wording import all_wordings
from service.wording.english import ENGLISH, Audience
from service.wording.pack import choose
from service.wording.placeholders import day_in_words, filled, placeholders_in

OF_MEMBERS: Final = tuple(event for event, audiences in ENGLISH.items() if event.startswith("member.") and audiences)
"""Events about one member of which somebody is told."""

ON_DEMAND: Final[Mapping[str, ActorRole | None]] = {
    "match.seeker_reminder": ActorRole.SEEKER,
    "match.supporter_reminder": ActorRole.SUPPORTER,
    "match.check_in_due": None,
}
"""Events of a match that are no state of it, and whom they are for; None: whoever is still to be asked."""

_PAIR: Final = (ActorRole.SEEKER, ActorRole.SUPPORTER)
_OF_BOTH: Final = frozenset((MatchState.ACTIVE, MatchState.PAUSED, MatchState.CLOSING, MatchState.ENDED))
_ONLY_IF_ASKED: Final = frozenset((MatchState.DECLINED, MatchState.EXPIRED, MatchState.WITHDRAWN))


@dataclass(frozen=True, slots=True)
class Message:
    """A text for one member.

    Attributes
    ----------
    event : the key of the text.
    language : of the text.
    left : placeholders that are for the platform to fill in.
    """

    event: str
    audience: Audience
    member_id: str
    language: str
    text: str
    left: tuple[str, ...]


def messages_of_match(
    store: Store, platform_id: str, *, match_id: str, event: str | None, now: datetime
) -> tuple[Message, ...]:
    """Give what the two are told of their match as it stands, or of one of `ON_DEMAND`; often nobody is.

    NotFound (``match_not_found``).
    """
    match = get_match(store, platform_id, match_id=match_id)
    pack = _Pack.of(store, platform_id, now)
    told = _of_state(match) if event is None else _of_event(match, event)
    return tuple(
        message
        for key, role in told
        if (message := pack.message(key, Audience(role.value), match.member_of(role), match)) is not None
    )


def messages_of_member(
    store: Store, platform_id: str, *, member_id: str, event: str, now: datetime
) -> tuple[Message, ...]:
    """Give what a member is told of an event of `OF_MEMBERS`; nobody after a death.

    NotFound (``member_not_found``); InvalidInput for another event.
    """
    if event not in OF_MEMBERS:
        raise InvalidInput(f"there is no such message to a member (allowed: {', '.join(OF_MEMBERS)})")
    member = get_member(store, platform_id, member_id=member_id)
    pack = _Pack.of(store, platform_id, now)
    sides = {Audience.MEMBER: True, Audience.SEEKER: MemberRole.SEEKER in member.roles}
    return tuple(
        message
        for audience, is_one in sides.items()
        if is_one and (message := pack.message(event, audience, member_id, None)) is not None
    )


def _of_state(match: Match) -> Iterator[tuple[str, ActorRole]]:
    key = f"match.{match.state}"
    if match.state is MatchState.OFFERED:
        yield from ((key, role) for role in match.awaited)
        yield from (("match.accepted", role) for role in _PAIR if role in match.answered)
    elif match.state in _OF_BOTH and match.history[-1].reason != EndReason.DIED:
        yield from ((key, role) for role in _PAIR)
    elif match.state in _ONLY_IF_ASKED:
        yield from ((key, role) for role in _PAIR if role in match.asked)


def _of_event(match: Match, event: str) -> Iterator[tuple[str, ActorRole]]:
    role = ON_DEMAND[event]
    to = match.check_in_from if role is None else tuple(each for each in match.awaited if each is role)
    yield from ((event, each) for each in to)


@dataclass(frozen=True, slots=True)
class _Pack:
    """Everything that texts of one platform are made from."""

    store: Store
    platform_id: str
    now: datetime
    name: str
    wordings: Mapping[str, Wording]
    timings: Timings

    @classmethod
    def of(cls, store: Store, platform_id: str, now: datetime) -> _Pack:
        """Read it."""
        name = get_platform(store, platform_id).name
        timings = get_policy(store, platform_id).timings
        return cls(store, platform_id, now, name, all_wordings(store, platform_id), timings)

    def message(self, event: str, audience: Audience, member_id: str, match: Match | None) -> Message | None:
        """Make a text for a member; None where nobody of this audience is told, or not now."""
        member = maybe_found(self.store, self.platform_id, Member, member_id)
        if member is None or member.care.is_quiet:
            return None
        own = {language: wording.texts for language, wording in self.wordings.items()}
        chosen = choose(own, event, audience, member.profile.languages)
        if chosen is None:
            return None
        values = {
            "platform": self.name,
            "weeks": str(days_waited(member, self.now) // 7),
            "signposting": self._signposting((*member.profile.languages, chosen.language)),
        }
        if match is not None:
            values |= self._of_match(match, ActorRole(audience.value), chosen.language)
        text = filled(chosen.text, values)
        left = tuple(sorted(placeholders_in(chosen.text) - values.keys()))
        return Message(event, audience, member_id, chosen.language, text, left)

    def _of_match(self, match: Match, role: ActorRole, language: str) -> dict[str, str]:
        other = match.supporter_id if role is ActorRole.SEEKER else match.seeker_id
        days = {"answer_by": self._answer_by(match, role), "ending_on": match.closing_on}
        return {
            "other": alias_of(other),
            **{name: day_in_words(day, language) for name, day in days.items() if day is not None},
        }

    def _answer_by(self, match: Match, role: ActorRole) -> date | None:
        """Give the last day that is certain to be in time, UTC."""
        asked_at = match.asked_at.get(role)
        is_seeker = role is ActorRole.SEEKER
        days = self.timings.seeker_answer_days if is_seeker else self.timings.supporter_answer_days
        return None if asked_at is None else (asked_at + timedelta(days=days - 1)).date()

    def _signposting(self, languages: tuple[str, ...]) -> str:
        """Give where help is, in the first of these languages that says it, else in any."""
        said = {language_of(tag): wording.signposting for tag, wording in self.wordings.items() if wording.signposting}
        wanted = (language for language in map(language_of, languages) if language in said)
        return said.get(next(wanted, ""), next(iter(said.values()), ""))
