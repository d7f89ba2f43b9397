"""Which text somebody gets: the platform's own in the best of their languages, else the English one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from matching.languages import language_of
from service.errors import FieldProblem, InvalidInput
from service.wording.english import ENGLISH, Audience
from service.wording.placeholders import PLACEHOLDERS, placeholders_in

ENGLISH_TAG: Final = "en"

OwnTexts = Mapping[str, Mapping[str, str]]
"""Event → audience → the platform's own text."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A text, and the tag of the language it is in."""

    text: str
    language: str


def allowed_in(event: str, audience: Audience) -> frozenset[str]:
    """Give the placeholders that a text for this event and audience may use: those that have a value there.

    What holds for every text: the reader's name, the platform's, and where help is to be found.
    """
    used = {name for text in ENGLISH[event].values() for name in placeholders_in(text)}
    if event.startswith("match.") and audience is not Audience.COORDINATOR:
        used.add("other")
    return frozenset(used | {"name", "platform", "signposting"})


def choose(own: Mapping[str, OwnTexts], event: str, audience: Audience, languages: Sequence[str]) -> Chosen | None:
    """Give the text for an event and audience; None where nobody of that audience is written to.

    `own`: the platform's texts by language tag. `languages`: the reader's tags, most preferred first.
    """
    english = ENGLISH[event].get(audience)
    if english is None:
        return None
    tag_of = {language_of(tag): tag for tag in own}
    for language in dict.fromkeys((*map(language_of, languages), ENGLISH_TAG)):
        text = own.get(tag_of.get(language, ""), {}).get(event, {}).get(audience)
        if text is not None:
            return Chosen(text, tag_of[language])
        if language == ENGLISH_TAG:
            break
    return Chosen(english, ENGLISH_TAG)


def check_texts(texts: OwnTexts) -> None:
    """Raise InvalidInput that names each event or audience there is no text for, and each unknown placeholder."""
    problems = tuple(_problems_of(texts))
    if problems:
        raise InvalidInput("cannot use these texts", problems=problems, code="invalid_wording")


def _problems_of(texts: OwnTexts) -> Iterable[FieldProblem]:
    for event, audiences in texts.items():
        if not ENGLISH.get(event):
            said = f"holds {event}, and must be one of: {', '.join(events())}"
            yield FieldProblem("texts", said, ("texts", event))
            continue
        for audience, text in audiences.items():
            if audience not in ENGLISH[event]:
                said = f"holds {audience} at {event}, and must be one of: {', '.join(ENGLISH[event])}"
                yield FieldProblem("texts", said, ("texts", event, audience))
                continue
            allowed = allowed_in(event, Audience(audience))
            unknown = placeholders_in(text) - allowed
            if unknown:
                said = ", ".join(sorted(allowed))
                names = ("texts", event, audience)
                yield FieldProblem("texts", f"may hold these in braces at {event} for {audience}: {said}", names)


def events() -> tuple[str, ...]:
    """Give the events of which somebody is told."""
    return tuple(event for event, audiences in ENGLISH.items() if audiences)


def check_signposting(text: str) -> None:
    """Raise InvalidInput for a text that holds braces: it is put in place as it is."""
    if placeholders_in(text):
        problem = FieldProblem("signposting", f"must hold no braces (not even {', '.join(sorted(PLACEHOLDERS))})")
        raise InvalidInput("cannot use this text", problems=(problem,), code="invalid_wording")
