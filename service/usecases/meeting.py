"""What the two of a match may see of each other, and when they could meet next. Nothing here changes anything.

A card is made from closed fields of both profiles only: never from the score, measures, wishes, boundaries, labels or
load. A new line on it is a field of `Card`, and has to be something both would gladly tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from matching.languages import languages_of
from matching.profile import Mode, Pace, Profile
from service.aliases import alias_of
from service.errors import Conflict
from service.records.match import OPEN_STATES, ActorRole, Match
from service.records.member import Member
from service.storage.store import Store
from service.suggested_times import SuggestedTime, suggested_times
from service.times import OwnTime, own_times
from service.usecases.matches import get_match
from service.usecases.reading import found


@dataclass(frozen=True, slots=True)
class Card:
    """What one of the two may see of the other one.

    Attributes
    ----------
    audience : who it is for.
    alias : two words for the other one.
    topics : what the seeker would like company with and the supporter has lived through.
    pace : of the other one. modes : ways of meeting both are fine with.
    timezone, times : when both are free for a session, by the clock of the audience.
    """

    match_id: str
    audience: ActorRole
    alias: str
    languages: tuple[str, ...]
    interests: tuple[str, ...]
    topics: tuple[str, ...]
    pace: Pace
    modes: tuple[Mode, ...]
    timezone: str
    times: tuple[OwnTime, ...]


def card_for(store: Store, platform_id: str, *, match_id: str, audience: ActorRole, now: datetime) -> Card:
    """Make the card of a match for its seeker or supporter.

    NotFound (``match_not_found``); Conflict (``match_is_over``) where nothing comes of it any longer.
    """
    match, seeker, supporter = _open_match(store, platform_id, match_id)
    is_for_seeker = audience is ActorRole.SEEKER
    own, other = (seeker, supporter) if is_for_seeker else (supporter, seeker)
    theirs = frozenset(languages_of(other.languages))
    return Card(
        match_id=match.match_id,
        audience=audience,
        alias=alias_of(other.member_id),
        languages=tuple(language for language in languages_of(own.languages) if language in theirs),
        interests=tuple(sorted(frozenset(own.interests) & frozenset(other.interests))),
        topics=_shared_topics(seeker, supporter),
        pace=other.pace,
        modes=tuple(mode for mode in Mode if mode in own.modes and mode in other.modes),
        timezone=own.timezone,
        times=own_times(seeker, supporter, timezone=own.timezone, today=now.date()),
    )


def times_to_meet(
    store: Store, platform_id: str, *, match_id: str, now: datetime, limit: int
) -> tuple[SuggestedTime, ...]:
    """Give the next sessions that suit both of a match; NotFound and Conflict as for a card."""
    _, seeker, supporter = _open_match(store, platform_id, match_id)
    return suggested_times(seeker, supporter, now=now, limit=limit)


def _open_match(store: Store, platform_id: str, match_id: str) -> tuple[Match, Profile, Profile]:
    match = get_match(store, platform_id, match_id=match_id)
    if match.state not in OPEN_STATES:
        raise Conflict(f"cannot bring two together whose match is {match.state}", code="match_is_over")
    seeker, supporter = (
        found(store, platform_id, Member, member_id).profile for member_id in (match.seeker_id, match.supporter_id)
    )
    return match, seeker, supporter


def _shared_topics(seeker: Profile, supporter: Profile) -> tuple[str, ...]:
    if seeker.seeker is None or supporter.supporter is None:
        return ()
    return tuple(sorted(seeker.seeker.topics & supporter.supporter.topics))
