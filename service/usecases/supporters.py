"""Peer supporters a coordinator should think of: who is ready to be asked, and who holds more than they have room for.

Both lists are gone through with a cursor, some supporters at a time; nothing here changes anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from matching.eligibility import is_paused
from service.records import kinds
from service.records.codec import read_as
from service.records.load import Load
from service.records.match import Match, MatchState
from service.records.member import Member, MemberRole
from service.storage.store import Page, Store
from service.usecases.places import places_left
from service.usecases.reading import as_page


class SupporterList(StrEnum):
    """Which supporters."""

    READY_TO_BE_ASKED = "ready_to_be_asked"  # they take part, have a place, and nobody has asked them for anything
    OVERLOADED = "overloaded"  # they hold more matches than they have places for by now


@dataclass(frozen=True, slots=True)
class SupporterLoad:
    """How much one supporter has taken on.

    Attributes
    ----------
    places : how many they would have if they held nothing.
    held : matches that hold one of them.
    """

    member_id: str
    places: int
    held: int


MOST_LOOKED_AT: Final = 5000
"""Supporters one call goes through; with fewer found than asked for it says where to go on."""

_AT_ONCE: Final = 500


def list_supporters(
    store: Store, platform_id: str, *, which: SupporterList, now: datetime, after: str | None = None, limit: int = 100
) -> Page[SupporterLoad]:
    """Read some supporters of a list by id; a page may be short and yet not the last, so go by `next`."""
    found: list[SupporterLoad] = []
    looked_at = 0
    while True:
        page = as_page(
            Member,
            store.page(
                platform_id,
                Member.KIND,
                index=kinds.BY_ROLE,
                value=MemberRole.SUPPORTER.value,
                after=after,
                limit=_AT_ONCE,
            ),
        )
        for each in _of_list(store, platform_id, page.records, which, now):
            found.append(each)
            if len(found) == limit:
                return Page(tuple(found), each.member_id)
        looked_at += len(page.records)
        after = page.next
        if after is None or looked_at >= MOST_LOOKED_AT:
            return Page(tuple(found), after)


def _of_list(
    store: Store, platform_id: str, members: Sequence[Member], which: SupporterList, now: datetime
) -> Iterator[SupporterLoad]:
    stored = store.get_many(platform_id, Load.KIND, [member.member_id for member in members])
    held_by = {load.supporter_id: len(load.match_ids) for load in (read_as(Load, each) for each in stored.values())}
    for member in members:
        load = SupporterLoad(member.member_id, places_left(member.profile, held=0), held_by.get(member.member_id, 0))
        if which is SupporterList.OVERLOADED:
            if load.held > load.places:
                yield load
        elif load.held == 0 < load.places and _is_free(member, now) and not _is_proposed(store, platform_id, member):
            yield load


def _is_free(member: Member, now: datetime) -> bool:
    """Whether a run could propose somebody to them on this day."""
    profile, care, today = member.profile, member.care, now.date()
    return (
        profile.consent.matching
        and not is_paused(profile, today)
        and bool(profile.availability)
        and not care.is_on_hold
        and not care.is_recovering(today)
    )


def _is_proposed(store: Store, platform_id: str, member: Member) -> bool:
    """Whether a proposal waits for a coordinator; one that a run has staged counts, too."""
    value = kinds.joined(member.member_id, MatchState.PROPOSED.value)
    return store.count(platform_id, Match.KIND, index=kinds.BY_SUPPORTER_AND_STATE, value=value) > 0
