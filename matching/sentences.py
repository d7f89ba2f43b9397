"""What the engine found out, as sentences for people: the one place that words insight.

Supply, never blame: "we do not yet have someone who…". Coordinators read what concerns the people they look after; what
a member reads never tells another's profile. Groups of fewer than five are not counted out. Another language is another
module like this one. Never here: names, aliases, HTML, anything found out.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from matching.changes import MORE_KM, Change, Kind
from matching.frontier import FrontierPoint
from matching.groups import FEWEST, group
from matching.overrides import KnockOn
from matching.ready import ReadyToBeAsked
from matching.rivals import Rivals
from matching.shortages import Shortage
from matching.smallest_change import SmallestChange

_MOST_OBSTACLES = 3


class Audience(StrEnum):
    """Who reads a sentence."""

    COORDINATOR = "coordinator"
    MEMBER = "member"


def tell_knock_on(effect: KnockOn) -> str:
    """Say what a coordinator's choice would do to everybody else.

    Whoever decides about single people sees who they are, so these counts are as they are.
    """
    if not effect.moves:
        return "Nothing else would change."
    parts = [_matched(effect.matched), _fit(effect.score)]
    moved = sum(move.before != -1 != move.after for move in effect.moves)
    if moved:
        parts.append(f"{_people(moved)} would have another peer supporter")
    if effect.newly_waiting:
        parts.append(f"{_people(len(effect.newly_waiting))} would be without the one proposed for them")
    sentence = "; ".join(part for part in parts if part)
    return f"{sentence[:1].upper()}{sentence[1:]}."


def tell_place(more: KnockOn) -> str:
    """Say what one more place with a peer supporter would do."""
    if not more.matched and more.score <= 0:
        return "One more place with them would change nothing just now."
    return f"With one more place with them, {_joined(_matched(more.matched), _fit(more.score))}."


def tell_rivals(rivals: Rivals | None) -> str:
    """Say who competes for the places somebody could have."""
    if rivals is None:
        return "We do not yet have a peer supporter whom they could meet."
    people = group(rivals.seekers.size, "person", "people")
    supporters = group(rivals.supporters.size, "peer supporter", "peer supporters")
    places = "fewer than five places" if rivals.places < FEWEST else f"{rivals.places:,} places"
    return f"{people[:1].upper()}{people[1:]} could meet {supporters} and nobody else; together they have {places}."


def tell_change(found: SmallestChange, audience: Audience = Audience.COORDINATOR) -> str:
    """Say the smallest change that would find company for somebody, as it was tried.

    To members it says what they could do themselves, and of others only that we look for it.
    """
    is_own = found.change.member_id == found.seeker_id
    if audience is Audience.MEMBER:
        if not is_own:
            return "We do not yet have someone with room who fits; we are asking around."
        return f"If you could {_wish(found.change)}, we could suggest somebody today."
    who = "they" if is_own else "one peer supporter"
    others = f", and {_people(found.moved)} differently" if found.moved else ""
    wish = f"If {who} could {_wish(found.change)}, they would be matched{others}; nobody would be left without."
    return f"{wish} Tried by matching everyone again."


def tell_shortage(shortage: Shortage) -> str:
    """Say whom to ask in, and for how many."""
    wanted = shortage.wanted
    who = "One more peer supporter" if shortage.supporters == 1 else f"{shortage.supporters} more peer supporters"
    topic = f", with lived experience of {wanted.topic.replace('_', ' ')}" if wanted.topic else ""
    profile = f"who {'speaks' if shortage.supporters == 1 else 'speak'} {wanted.language}, free on {wanted.hours}"
    people = group(shortage.matched, "more person", "more people")
    return f"{who} {profile}, meeting by {wanted.mode}{topic}: {people} would find company now."


def tell_ready(ready: ReadyToBeAsked, people: str = "") -> str:
    """Say why a peer supporter with room was not asked, of the first thing that stands between.

    `people` : how many, where it is told in other words ("some people").
    """
    if not ready.removed:
        return "Ready to be asked; nobody is looking just now."
    first = ready.removed[0]
    people = people or group(first.seekers, "person", "people")
    return f"Ready to be asked. Between them and {people} who look for company: {first.reason}."


def tell_nobody_yet() -> str:
    """Say to a member that nobody was found yet, and nothing of anybody else."""
    return "We do not yet have someone with room who fits; we go on looking."


def tell_obstacles(removed: Sequence[tuple[str, str]], *, has_feasible: bool) -> str:
    """Say what stands between somebody and most peer supporters: (reason, how many in words or empty), most first."""
    if not removed and has_feasible:
        return "Every peer supporter would fit; their places are with others just now."
    if not removed:
        return "We do not yet have a peer supporter who takes part."
    what = "; ".join(f"{reason} ({many})" if many else reason for reason, many in removed[:_MOST_OBSTACLES])
    others = "; some would fit, but their places are with others just now" if has_feasible else ""
    return f"We do not yet have someone who fits and has room. What stood in the way most often: {what}{others}."


def tell_policy(point: FrontierPoint, first: FrontierPoint) -> str:
    """Say what a policy would give, beside the first."""
    if point == first:
        return f"As it is, {_people(point.matched)} have company, at {point.mean_score:,} points a pair."
    parts = [
        _matched(point.matched - first.matched) or f"as many people, {point.matched:,}, would find company",
        _mean(point.mean_score - first.mean_score),
        _wait(point.longest_wait_days - first.longest_wait_days),
        f"{_proposals(point.changed_proposals)} would change"
        if point.changed_proposals
        else "no open proposal changes",
    ]
    sentence = "; ".join(part for part in parts if part)
    return f"{sentence[:1].upper()}{sentence[1:]}."


def tell_no_change() -> str:
    """Say that no single change would do."""
    return "No single small change would find company for them without taking it from somebody else."


def _wish(change: Change) -> str:
    return {
        Kind.MORE_TIME: f"also be free on {change.what}",
        Kind.MORE_MODES: f"also meet by {change.what}" if change.what != "in_person" else "also meet in person",
        Kind.MORE_DISTANCE: f"travel {MORE_KM} km further",
        Kind.MORE_LANGUAGES: f"also speak {change.what}",
        Kind.MORE_PLACES: "take one more person",
    }[change.kind]


def _matched(count: int) -> str:
    if not count:
        return ""
    return f"{_people(abs(count))} {'more' if count > 0 else 'fewer'} would find company"


def _fit(score: int) -> str:
    if not score:
        return ""
    return f"the fit of all pairs together would {'rise' if score > 0 else 'fall'} by {abs(score):,} points"


def _mean(points: int) -> str:
    if not points:
        return "the fit would be the same"
    return f"the fit of a pair would {'rise' if points > 0 else 'fall'} by {abs(points):,} points on average"


def _wait(days: int) -> str:
    if not days:
        return "the longest wait would be the same"
    many = "one day" if abs(days) == 1 else f"{abs(days):,} days"
    return f"the longest wait would be {many} {'longer' if days > 0 else 'shorter'}"


def _proposals(count: int) -> str:
    return "one open proposal" if count == 1 else f"{count:,} open proposals"


def _people(count: int) -> str:
    return "one person" if count == 1 else f"{count:,} people"


def _joined(*parts: str) -> str:
    return " and ".join(part for part in parts if part)
