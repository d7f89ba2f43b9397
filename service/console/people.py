"""A person as the console shows one: two words, a coloured mark of two letters, and the platform's own id."""

from __future__ import annotations

from dataclasses import dataclass

from service.aliases import alias_of, tone_of
from service.console.translation import N_, _

TONES = 6
"""How many colours of marks the stylesheet has."""

SEEKER_WORDS = N_("would like company")
SUPPORTER_WORDS = N_("peer supporter")


@dataclass(frozen=True, slots=True)
class Person:
    """One side of a pair; `role` in people's words."""

    member_id: str
    alias: str
    initials: str
    tone: int
    role: str


def person_of(member_id: str, role: str) -> Person:
    """Show a member by id; the profile is not needed."""
    alias = alias_of(member_id)
    initials = "".join(word[0] for word in alias.split())
    return Person(member_id, alias, initials, tone_of(member_id, TONES), role)


def member_of(member_id: str) -> Person:
    """Show a member of whom no side is meant."""
    return person_of(member_id, "")


def people_of(seeker_id: str, supporter_id: str) -> tuple[Person, Person]:
    """Show both sides of a pair, the seeker first."""
    return person_of(seeker_id, _(SEEKER_WORDS)), person_of(supporter_id, _(SUPPORTER_WORDS))
