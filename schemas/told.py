"""Sentences that can be said again in another language: what is wrong with a field, made of a template and its values.

A `Told` is the English sentence itself, for everybody who takes text: answers over HTTP, the command line, logs. What
speaks with people in their own language says its template anew (`service/console/translation.py`). Words for
translators are collected from calls of `tell`, so a template stands in the call as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


class Told(str):
    """An English sentence, with the template and the values it was made of.

    Attributes
    ----------
    template : the sentence with ``%(name)s`` for each value.
    values : numbers, texts that stay as they are, and other sentences, which are said anew, too.
    """

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, values: Mapping[str, object]) -> Told:
        """Make the sentence."""
        made = super().__new__(cls, template % values if values else template)
        made.template, made.values = template, dict(values)
        return made

    def format(self, *_args: Any, **_kwargs: Any) -> Told:
        """Stay as it is: marshmallow offers a message values of its own, which could hold what somebody sent."""
        return self

    def __reduce__(self) -> tuple[type[Told], tuple[str, Mapping[str, object]]]:
        """Be copied whole."""
        return Told, (self.template, self.values)


def tell(template: str, /, **values: object) -> Told:
    """Say something; ``%(name)s`` stands for a value."""
    return Told(template, values)


def together(sentences: Iterable[str]) -> str:
    """Give one sentence as it is, or several as one."""
    first, *more = sentences
    for other in more:
        first = tell("%(first)s; %(other)s", first=first, other=other)
    return first
