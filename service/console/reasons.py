"""Why a pair was proposed, in sentences: the run's own explanation, with the evidence in people's words.

A factor's declared phrase becomes a sentence about the two; only evidence that is a code needs a row in `_SAID`. A
new factor needs nothing here. Points never make a sentence: a factor without evidence is left out, however many
points it gave.
"""

from __future__ import annotations

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


_SAID: Mapping[str, Callable[[str], str]] = {"pace": _pace, "language_preference": language_name}
"""How a factor's evidence is said where it is a code; `plain` says all others."""


def sentence_of(factor: FactorLine, people: tuple[Person, Person], times: tuple[JointTime, ...]) -> str:
    """Say one factor's evidence as a sentence; the week's joint times stand for evidence in UTC."""
    if factor.key == "availability" and times:
        evidence = _when(times)
    else:
        said = [_SAID.get(factor.key, plain)(one) for one in factor.evidence]
        rest = len(said) - _MOST_NAMED
        evidence = listed([*said[:_MOST_NAMED], _("%(number)s more", number=rest)] if rest > 0 else said)
    predicate = _(factor.phrase).replace("{evidence}", evidence)
    if predicate.startswith("both "):
        return f"{predicate[0].upper()}{predicate[1:]}."
    if predicate.startswith("has "):
        return f"{people[1].alias} {predicate}."
    return f"They {predicate}."


def _when(times: tuple[JointTime, ...]) -> str:
    first = _("on %(day)s %(time)s", day=times[0].day, time=times[0].seeker)
    if len(times) == 1:
        return first
    others = counted(len(times) - 1, "other time", "other times")
    return _("%(first)s and at %(others)s in the week", first=first, others=others)
