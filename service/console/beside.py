"""Two profiles side by side: what each says, and which of it they share.

A new line of the comparison is a row in `rows_of`. Left out on purpose: wishes about gender and age, boundaries,
labels and measures; the rules have held them already, and nobody needs to read them to judge a pair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from matching.languages import language_of
from matching.profile import Gender, Mode, Profile
from service.console.translation import _
from service.console.words import GENDERS, MODES, PACES, counted, language_name, plain

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Said:
    """One thing somebody said; `is_shared` when the other said the same."""

    text: str
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line: a title, what each side says, and `nothing` for a side that says nothing (empty: not said)."""

    title: str
    seeker: tuple[Said, ...]
    supporter: tuple[Said, ...]
    nothing: str = ""


def rows_of(seeker: Profile, supporter: Profile) -> tuple[Row, ...]:
    """Compare two profiles; lines about which neither says anything are left out."""
    rows = (
        _row(_("Topics"), _asked(seeker), _lived(supporter), plain),
        _row(_("Interests"), sorted(seeker.interests), sorted(supporter.interests), plain),
        _languages(seeker.languages, supporter.languages),
        _row(_("Ways to meet"), _modes(seeker), _modes(supporter), MODES.__getitem__),
        _row(_("How often"), [seeker.pace], [supporter.pace], PACES.__getitem__),
        _row(_("Age"), [seeker.age_band], [supporter.age_band], str),
        _row(_("Gender"), _gender(seeker), _gender(supporter), GENDERS.__getitem__),
        replace(_row(_("Access"), sorted(seeker.access), sorted(supporter.access), plain), nothing=_("None")),
        replace(_row(_("Training"), _training_asked(seeker), _training_held(supporter), plain), nothing=_("None")),
        _row(_("Time zone"), [seeker.timezone], [supporter.timezone], _place),
        Row(_("Practical"), _session(seeker), _room(supporter)),
    )
    return tuple(row for row in rows if row.seeker or row.supporter)


def facts_of(profile: Profile) -> tuple[tuple[str, tuple[Said, ...]], ...]:
    """Give what one person says, by the titles of the comparison."""
    sides = (
        (_("Would like company with"), tuple(Said(plain(each)) for each in _asked(profile))),
        (_("Lived experience of"), tuple(Said(plain(each)) for each in _lived(profile))),
        (_("Interests"), tuple(Said(plain(each)) for each in sorted(profile.interests))),
        (_("Languages"), tuple(Said(language_name(tag)) for tag in profile.languages)),
        (_("Ways to meet"), tuple(Said(MODES[mode]) for mode in _modes(profile))),
        (_("How often"), (Said(PACES[profile.pace]),)),
        (_("Age"), (Said(str(profile.age_band)),)),
        (_("Gender"), tuple(Said(GENDERS[each]) for each in _gender(profile))),
        (_("Access"), tuple(Said(plain(each)) for each in sorted(profile.access))),
        (_("Training"), tuple(Said(plain(each)) for each in (*_training_asked(profile), *_training_held(profile)))),
        (_("Time zone"), (Said(_place(profile.timezone)),)),
        (_("Practical"), (*_session(profile), *_room(profile))),
    )
    return tuple(side for side in sides if side[1])


def _row(title: str, seeker: Iterable[T], supporter: Iterable[T], words: Callable[[T], str]) -> Row:
    ours, theirs = list(seeker), list(supporter)
    both = set(ours) & set(theirs)
    first, second = (tuple(Said(words(one), one in both) for one in side) for side in (ours, theirs))
    return Row(title, first, second)


def _languages(seeker: tuple[str, ...], supporter: tuple[str, ...]) -> Row:
    # Shared as the rules compare them: a regional form is the same language.
    both = {language_of(tag) for tag in seeker} & {language_of(tag) for tag in supporter}
    first, second = (
        tuple(Said(language_name(tag), language_of(tag) in both) for tag in side) for side in (seeker, supporter)
    )
    return Row(_("Languages"), first, second)


def _modes(profile: Profile) -> list[Mode]:
    return [mode for mode in MODES if mode in profile.modes]


def _gender(profile: Profile) -> list[Gender]:
    return [profile.gender] if profile.gender else []


def _asked(profile: Profile) -> list[str]:
    return sorted(profile.seeker.topics) if profile.seeker else []


def _lived(profile: Profile) -> list[str]:
    return sorted(profile.supporter.topics) if profile.supporter else []


def _training_asked(profile: Profile) -> list[str]:
    return sorted(profile.seeker.required_training) if profile.seeker else []


def _training_held(profile: Profile) -> list[str]:
    return sorted(profile.supporter.training) if profile.supporter else []


def _place(zone: str) -> str:
    return plain(zone.rsplit("/", 1)[-1])


def _session(profile: Profile) -> tuple[Said, ...]:
    return (
        (Said(_("sessions of %(minutes)s minutes", minutes=profile.seeker.session_minutes)),) if profile.seeker else ()
    )


def _room(profile: Profile) -> tuple[Said, ...]:
    if profile.supporter is None:
        return ()
    minutes = profile.supporter.weekly_minutes
    people = Said(_("room for %(people)s", people=counted(profile.supporter.capacity, "person", "people")))
    return (people,) if minutes is None else (people, Said(_("%(minutes)s minutes a week", minutes=minutes)))
