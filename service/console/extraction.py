"""What translators are given of texts declared elsewhere: factors, rules, events. Run by `make messages` alone.

Babel collects what is written in a call of `_` or `N_`; these texts stand in registries, where whoever adds a factor or
an event writes them, and are looked up by the console as they stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.console.reasons import template_of
from service.console.words import LANGUAGES

Found = tuple[int, str | None, str, list[str]]
"""As Babel takes it: line, function (none: the message as it is), message, comments."""


def declared_words(_file: object, _keywords: object, _tags: object, *, options: dict[str, Any]) -> Iterator[Found]:  # noqa: ARG001 - Babel's
    """Give every declared text that the console shows."""
    for text in declared():
        yield 0, None, text, []


def declared() -> Iterator[str]:
    """Give titles, units and sentences of factors, titles and reasons of rules, what events say, names of languages."""
    from matching.explain import TOO_FEW_POINTS
    from matching.factors import FACTORS
    from matching.rules import RULES
    from service.events import CATALOGUE
    from service.usecases.outcomes import CAVEAT_OF_CHANGE

    for factor in FACTORS:
        yield from (factor.title, factor.unit, template_of(factor.phrase))
    for rule in RULES:
        yield from (rule.title, rule.reason)
    yield from (TOO_FEW_POINTS, CAVEAT_OF_CHANGE)
    for event in CATALOGUE.values():
        yield event.says
    yield from LANGUAGES.values()
