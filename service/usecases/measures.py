"""What the seeker of a match answered over time, to the measures as they are published (`records/check_in.py`).

It begins with what their profile says from before the match. A change is the last answer beside the first: it says
something about a programme, never about one person (`outcomes.CAVEAT_OF_CHANGE`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from service.records import kinds
from service.records.check_in import CheckIn, HowOften
from service.records.match import ActorRole, Match
from service.records.member import Member
from service.storage.store import Store
from service.usecases.matches import get_match
from service.usecases.reading import all_found, maybe_found


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered at one moment; None where somebody was not asked or did not answer."""

    at: datetime
    ucla3_sum: int | None = None
    feels_lonely: HowOften | None = None
    de_jong_gierveld_sum: int | None = None


@dataclass(frozen=True, slots=True)
class MeasuredMatch:
    """A match's answers, the oldest first, and what changed.

    Attributes
    ----------
    ucla3_change, de_jong_gierveld_change : the last sum minus the first; None with fewer than two.
    felt_lonely : the first and the last answer to the direct question, which has an order but no sum; None likewise.
    """

    match_id: str
    answers: tuple[Answers, ...]
    ucla3_change: int | None
    de_jong_gierveld_change: int | None
    felt_lonely: tuple[HowOften, HowOften] | None


def measures_of_match(store: Store, platform_id: str, *, match_id: str) -> MeasuredMatch:
    """Give what the seeker of a match answered over time; NotFound (``match_not_found``)."""
    answers = tuple(answers_of(store, platform_id, get_match(store, platform_id, match_id=match_id)))
    felt = [each.feels_lonely for each in answers if each.feels_lonely is not None]
    return MeasuredMatch(
        match_id,
        answers,
        ucla3_change=_change(each.ucla3_sum for each in answers),
        de_jong_gierveld_change=_change(each.de_jong_gierveld_sum for each in answers),
        felt_lonely=(felt[0], felt[-1]) if len(felt) > 1 else None,
    )


def ucla3_sums(store: Store, platform_id: str, match: Match) -> tuple[tuple[datetime, int], ...]:
    """Give when the seeker answered UCLA-3 about a match, and the sums, the oldest first."""
    answers = answers_of(store, platform_id, match)
    return tuple((each.at, each.ucla3_sum) for each in answers if each.ucla3_sum is not None)


def answers_of(store: Store, platform_id: str, match: Match) -> Iterator[Answers]:
    """Go through the seeker's answers about a match: from their profile before it began, then from check-ins."""
    begun = match.active_since
    member = maybe_found(store, platform_id, Member, match.seeker_id)
    side = None if member is None else member.profile.seeker
    measured = None if side is None else side.measures
    if measured is not None and measured.ucla3 is not None and begun is not None and measured.taken_at <= begun.date():
        yield Answers(datetime.combine(measured.taken_at, datetime.min.time(), begun.tzinfo), sum(measured.ucla3))
    said = all_found(store, platform_id, CheckIn, index=kinds.BY_MATCH, value=match.match_id)
    for each in sorted(said, key=lambda check_in: check_in.at):
        answers = Answers(each.at, each.ucla3_sum, each.feels_lonely, each.de_jong_gierveld_sum)
        if each.role is ActorRole.SEEKER and answers != Answers(each.at):
            yield answers


def _change(sums: Iterable[int | None]) -> int | None:
    known = [each for each in sums if each is not None]
    return known[-1] - known[0] if len(known) > 1 else None
