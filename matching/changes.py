"""Small changes of one attribute of one person, in the published order, smallest kind first.

A new kind is a member of `Kind`, at its place in the order, and a row of `_OPTIONS_OF`. A change only ever adds: no
pair that was allowed is forbidden by it, none scores less. Never here, on purpose: wishes about gender and age,
boundaries, blocks, training, clearances, access needs; nobody is asked to change those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from matching.languages import language_of
from matching.profile import Day, Mode, Profile, Window

MORE_MINUTES = 30
MORE_KM = 5
DAY_MINUTES = 24 * 60
_DAYS = tuple(Day)


class Kind(StrEnum):
    """Kinds of change, the smallest first."""

    MORE_TIME = "more_time"
    MORE_MODES = "more_modes"
    MORE_DISTANCE = "more_distance"
    MORE_LANGUAGES = "more_languages"
    MORE_PLACES = "more_places"


@dataclass(frozen=True, slots=True)
class Change:
    """One attribute of one person, changed.

    Attributes
    ----------
    member_id : whose. what : the added window (``mon 21:00–21:30``), mode or language; empty for distance and places.
    profile : the profile with it; for a place the profile as it is.
    """

    kind: Kind
    member_id: str
    what: str
    profile: Profile


def changes_of(profile: Profile, kind: Kind, languages: Sequence[str]) -> Iterator[Change]:
    """List the changes of a kind that a member could make, in a fixed order; `languages` are those others speak."""
    for what, changed in _OPTIONS_OF[kind](profile, languages):
        yield Change(kind, profile.member_id, what, changed)


def languages_spoken(profiles: Sequence[Profile]) -> tuple[str, ...]:
    """List the languages that members speak, one tag for all that count as one, sorted."""
    tags = {language_of(tag): tag for profile in profiles for tag in sorted(profile.languages, reverse=True)}
    return tuple(sorted(tags.values()))


_Options = Iterator[tuple[str, Profile]]


def _more_time(profile: Profile, _languages: Sequence[str]) -> _Options:
    """Half an hour before or after a window."""
    for window in profile.availability:
        day = _DAYS.index(window.day)
        end = window.end_minute + DAY_MINUTES * (window.end_minute <= window.start_minute)
        for start in (window.start_minute - MORE_MINUTES, end):
            added = _window(day * DAY_MINUTES + start)
            yield _told(added), replace(profile, availability=(*profile.availability, added))


def _window(start: int) -> Window:
    """Give half an hour from a minute of the week."""
    day, minute = divmod(start % (7 * DAY_MINUTES), DAY_MINUTES)
    end = minute + MORE_MINUTES
    return Window(_DAYS[day], minute, end if end <= DAY_MINUTES else end - DAY_MINUTES)


def _told(window: Window) -> str:
    start, end = (f"{minute // 60:02}:{minute % 60:02}" for minute in (window.start_minute, window.end_minute))
    return f"{window.day} {start}–{end}"


def _more_modes(profile: Profile, _languages: Sequence[str]) -> _Options:
    for mode in Mode:
        if mode not in profile.modes:
            yield str(mode), replace(profile, modes=profile.modes | {mode})


def _more_distance(profile: Profile, _languages: Sequence[str]) -> _Options:
    if profile.location is not None:
        further = replace(profile.location, radius_km=profile.location.radius_km + MORE_KM)
        yield "", replace(profile, location=further)


def _more_languages(profile: Profile, languages: Sequence[str]) -> _Options:
    spoken = {language_of(tag) for tag in profile.languages}
    for tag in languages:
        if language_of(tag) not in spoken:
            yield tag, replace(profile, languages=(*profile.languages, tag))


def _more_places(profile: Profile, _languages: Sequence[str]) -> _Options:
    if profile.supporter is not None:
        yield "", profile


_OPTIONS_OF: dict[Kind, Callable[[Profile, Sequence[str]], _Options]] = {
    Kind.MORE_TIME: _more_time,
    Kind.MORE_MODES: _more_modes,
    Kind.MORE_DISTANCE: _more_distance,
    Kind.MORE_LANGUAGES: _more_languages,
    Kind.MORE_PLACES: _more_places,
}
