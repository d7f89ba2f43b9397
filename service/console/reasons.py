"""Why a pair was proposed, in sentences: the run's own explanation, with the evidence in people's words.

A factor's declared phrase becomes a sentence about the two; only evidence that is a code needs a row in `_SAID`. A
new factor needs nothing here. Points never make a sentence: a factor without evidence is left out, however many
points it gave.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from matching.profile import Pace
from service.console.people import Person
from service.console.translation import _
from service.console.words import PACES, counted, language_name, listed, plain
from service.times import JointTime

_MOST_NAMED = 4
"""Things named in one sentence before the rest is counted."""


@dataclass(frozen=True, slots=True)
class FactorLine:
    """One factor of a stored explanation: points given, of the most it could give, and what really matched."""

    key: str
    title: str
    points: int
    most: int
    evidence: tuple[str, ...]
    phrase: str


def _pace(code: str) -> str:
    return PACES[Pace(code)] if code in set(Pace) else code


def _apart(said: str) -> str:
    found = re.fullmatch(r"about ([0-9]+) km apart", said)
    if found:
        return _("about %(number)s km apart", number=found[1])
    return _("less than 1 km apart") if said == "less than 1 km apart" else plain(said)


_SAID: Mapping[str, Callable[[str], str]] = {
    "pace": _pace,
    "language_preference": language_name,
    "distance": _apart,
}
"""How a factor's evidence is said where it is a code; `plain` says all others."""


def sentence_of(factor: FactorLine, people: tuple[Person, Person], times: tuple[JointTime, ...]) -> str:
    """Say one factor's evidence as a sentence; the week's joint times stand for evidence in UTC."""
    if factor.key == "availability" and times:
        evidence = _when(times)
    else:
        said = [_SAID.get(factor.key, plain)(one) for one in factor.evidence]
        rest = len(said) - _MOST_NAMED
        evidence = listed([*said[:_MOST_NAMED], _("%(number)s more", number=rest)] if rest > 0 else said)
    sentence = _(template_of(factor.phrase))
    return sentence.replace("{supporter}", people[1].alias).replace("{evidence}", evidence)


def template_of(phrase: str) -> str:
    """Make a sentence of a declared phrase, with `{evidence}` and, where it is about them, `{supporter}` left open."""
    if phrase.startswith("both "):
        return f"{phrase[0].upper()}{phrase[1:]}."
    if phrase.startswith("has "):
        return f"{{supporter}} {phrase}."
    return f"They {phrase}."


def _when(times: tuple[JointTime, ...]) -> str:
    first = _("on %(day)s %(time)s", day=_(times[0].day), time=times[0].seeker)
    if len(times) == 1:
        return first
    others = counted(len(times) - 1, "other time", "other times")
    return _("%(first)s and at %(others)s in the week", first=first, others=others)
