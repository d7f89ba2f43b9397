"""What may stand in a text in braces, and how a text is checked and filled.

A new placeholder is a row of `PLACEHOLDERS` and a value in `service/usecases/messages.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

PLACEHOLDERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "name": "How you call the reader. Alongside keeps no names: you fill it in.",
        "platform": "Your community's name.",
        "other": "Two friendly words for the other one of the pair.",
        "answer_by": "The last day for an answer.",
        "ending_on": "The last day of a planned ending.",
        "weeks": "Whole weeks of waiting.",
        "signposting": "Your own words on where help is to be found at once.",
    }
)

LEFT_TO_THE_PLATFORM: Final = frozenset(("name",))
"""Placeholders that stay as they are: only the platform knows them."""

_BRACES: Final = re.compile(r"\{([^{}]*)\}|[{}]")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def placeholders_in(text: str) -> frozenset[str]:
    """Give what stands in braces; a brace of its own counts as a placeholder without a name."""
    return frozenset(found[1] or "" for found in _BRACES.finditer(text))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Give the text with these values in place; a placeholder without one stays as it is."""
    return _BRACES.sub(lambda found: values.get(found[1] or "", found[0]), text)


def day_in_words(day: date, language: str) -> str:
    """Write a day as people of a language do: in English with the month's name, else as ISO 8601 does."""
    if language.partition("-")[0] == "en":
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return day.isoformat()
