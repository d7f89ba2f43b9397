"""What became of matches, told honestly: how many stayed together, and whether what was scored had to do with it.

Everything comes with an interval, or with "not enough data". It is a look back, not a proof: pairs were chosen by these
factors, so the ones that fitted badly are rare and were chosen for something else. Nothing here changes a weight.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import Any, Final

from matching.groups import FEWEST
from service.intervals import Estimate, difference, mean, share
from service.reasons import EndReason
from service.records import kinds
from service.records.match import Match, MatchState
from service.storage.store import Store
from service.usecases.measures import ucla3_sums
from service.usecases.reading import all_found

LOOKED_AT_AFTER: Final = timedelta(days=84)
"""A pair that met for so long, or that ended well before, stayed together; younger ones are not looked at yet."""

FEWEST_A_GROUP: Final = 20
"""With fewer pairs on either side nothing is said."""

MOST_LOOKED_AT: Final = 20_000
"""Pairs one call reads of each state, the oldest first."""

SETTLED_AFTER: Final = timedelta(days=28)
"""A measure counts as "later" from so long after the beginning on."""

ENDED_WELL: Final = frozenset((EndReason.GOAL_REACHED, EndReason.BECAME_FRIENDS))

CAVEAT: Final = (
    "These pairs were not put together by chance, and there is nobody to compare them with who was left alone. A "
    "factor that shows no clear difference may still matter, and one of twenty shows a difference by chance."
)
CAVEAT_OF_CHANGE: Final = (
    "People often join when they feel lonelier than is usual for them, so part of any change would have come without "
    "anybody's help (regression to the mean). There is no group without a supporter to compare with, and who answers "
    "later may differ from who does not. It says something about a programme, never about one person."
)


class Verdict(StrEnum):
    """What can be said of a factor."""

    NOT_ENOUGH_DATA = "not_enough_data"
    NO_CLEAR_DIFFERENCE = "no_clear_difference"
    STAYED_MORE_OFTEN = "stayed_more_often"
    STAYED_LESS_OFTEN = "stayed_less_often"


@dataclass(frozen=True, slots=True)
class Group:
    """Pairs of a kind: how many there are, how many stayed together, and the share."""

    pairs: int
    stayed: int
    share: Estimate


@dataclass(frozen=True, slots=True)
class FactorOutcome:
    """How pairs that fitted well in a factor fared beside the others.

    `fitted`: at least half of the points there were; None, like the others, where there is not enough data.
    """

    key: str
    title: str
    verdict: Verdict
    fitted: Group | None = None
    others: Group | None = None
    difference: Estimate | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """How the UCLA-3 sums of seekers changed from the beginning of their match; None where there is not enough data."""

    members: int | None
    before: Estimate | None
    after: Estimate | None
    change: Estimate | None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Everything that is told; `all_pairs` None where there is not enough data."""

    all_pairs: Group | None
    factors: tuple[FactorOutcome, ...]
    ucla3: Change


def outcomes(store: Store, platform_id: str, *, now: datetime, known: Iterable[Match] | None = None) -> Outcomes:
    """Look back at every pair that began long enough ago; `known`: all that ever began, where they are read already."""
    matches = matches_that_began(store, platform_id) if known is None else known
    begun = tuple(match for match in matches if match.active_since and match.active_since + LOOKED_AT_AFTER <= now)
    told = [(match, stayed) for match in begun if (stayed := _stayed(match)) is not None]
    all_pairs = _group([stayed for _, stayed in told])
    titles = {factor["key"]: factor["title"] for match, _ in told for factor in _factors_of(match)}
    factors = tuple(_factor_outcome(key, title, told) for key, title in sorted(titles.items()))
    return Outcomes(all_pairs, factors, _change(store, platform_id, begun))


def matches_that_began(store: Store, platform_id: str) -> Iterator[Match]:
    """Go through the pairs that both said yes to, whatever became of them; `MOST_LOOKED_AT` of each state."""
    for state in (MatchState.ACTIVE, MatchState.PAUSED, MatchState.CLOSING, MatchState.ENDED):
        matches = all_found(store, platform_id, Match, index=kinds.BY_STATE, value=state.value)
        yield from (match for match in islice(matches, MOST_LOOKED_AT) if match.active_since is not None)


def _stayed(match: Match) -> bool | None:
    """Tell whether a pair stayed together; None where a death ended it early, which says nothing of the pair."""
    if match.state is not MatchState.ENDED or match.active_since is None:
        return True
    last = match.history[-1]
    if last.at - match.active_since >= LOOKED_AT_AFTER:
        return True
    return None if last.reason == EndReason.DIED else last.reason in ENDED_WELL


def _factors_of(match: Match) -> Iterable[Mapping[str, Any]]:
    """Give what the pair scored for; nothing for one whose explanation went with an erased member."""
    return (factor for factor in match.explanation.get("factors", ()) if factor["most"] > 0)


def _factor_outcome(key: str, title: str, told: Iterable[tuple[Match, bool]]) -> FactorOutcome:
    sides: dict[bool, list[bool]] = {True: [], False: []}
    for match, stayed in told:
        for factor in _factors_of(match):
            if factor["key"] == key:
                sides[2 * factor["points"] >= factor["most"]].append(stayed)
    fitted, others = _group(sides[True]), _group(sides[False])
    if fitted is None or others is None:
        # Both or none: one group and the total would tell the other.
        return FactorOutcome(key, title, Verdict.NOT_ENOUGH_DATA)
    apart = difference((fitted.stayed, fitted.pairs), (others.stayed, others.pairs))
    verdict = Verdict.NO_CLEAR_DIFFERENCE
    if apart.low > 0:
        verdict = Verdict.STAYED_MORE_OFTEN
    elif apart.high < 0:
        verdict = Verdict.STAYED_LESS_OFTEN
    return FactorOutcome(key, title, verdict, fitted, others, apart)


def _group(stayed: list[bool]) -> Group | None:
    """Count a group; None where it is small, or where so few of it stayed or parted that it could point at somebody."""
    pairs, count = len(stayed), sum(stayed)
    if pairs < FEWEST_A_GROUP or min(count, pairs - count) < FEWEST:
        return None
    return Group(pairs, count, share(count, pairs))


def _change(store: Store, platform_id: str, begun: Iterable[Match]) -> Change:
    pairs = [pair for match in begun if (pair := _before_and_after(store, platform_id, match)) is not None]
    if len(pairs) < FEWEST_A_GROUP:
        return Change(None, None, None, None)
    before, after = mean([first for first, _ in pairs]), mean([last for _, last in pairs])
    return Change(len(pairs), before, after, mean([last - first for first, last in pairs]))


def _before_and_after(store: Store, platform_id: str, match: Match) -> tuple[int, int] | None:
    sums = ucla3_sums(store, platform_id, match)
    begun = match.active_since
    if not sums or begun is None or sums[-1][0] < begun + SETTLED_AFTER or len(sums) < 2:
        return None
    return sums[0][1], sums[-1][1]
