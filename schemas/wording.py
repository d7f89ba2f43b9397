"""A platform's own words over the wire, and texts ready to be passed on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate

from schemas.base import In, Out, messages
from schemas.fields import Choice, Instant, Mapped
from schemas.member import MEMBER_ID

MOST_SIGNS = 1000
MOST_WORDS = 2000
MOST_EVENTS = 100


class Words(fields.String):
    """Text of several lines."""

    default_error_messages = messages(invalid="must be text")
    FORMAT = "printable-lines"
    """What the OpenAPI document calls it; JSON Schema leaves the word to whoever writes it."""

    def __init__(self, *, least: int, most: int, **kwargs: Any) -> None:
        allowed = f"must have {least} to {most} characters"
        metadata = {"format": self.FORMAT, **kwargs.pop("metadata", {})}
        length = validate.Length(min=least, max=most, error=allowed)
        super().__init__(validate=[length], metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, *args, **kwargs).strip()
        if any(not (letter.isprintable() or letter == "\n") for letter in text):
            raise ValidationError("must have printable characters only, and line breaks")
        return text


def wording_in(events: Iterable[str], audiences: Iterable[str]) -> type[In]:
    """Make the schema of a platform's own words; `events` and `audiences` are those there are texts for."""

    class WordingIn(In):
        """The platform's own words in one language, whole: what is left out is said in ours again."""

        signposting = Words(
            least=0,
            most=MOST_SIGNS,
            load_default="",
            metadata={
                "description": "Where help is to be found at once; told to whoever is paused for care. Needed in at "
                "least one language before the first run is published.",
                "example": "In an emergency call 999. The Samaritans listen day and night: 116 123.",
            },
        )
        texts = Mapped(
            Choice(events),
            Mapped(Choice(audiences), Words(least=1, most=MOST_WORDS), most=4),
            most=MOST_EVENTS,
            load_default=dict,
            metadata={
                "description": "Event, then audience: your text in place of ours. What is missing is said in ours. "
                "`GET /v1/wording` lists which events are told to whom, and what may stand in braces."
            },
        )

    return WordingIn


class WordingOut(Out):
    """The platform's own words in one language."""

    language = fields.String(metadata={"example": "pl"})
    signposting = fields.String()
    texts = fields.Dict(keys=fields.String(), values=fields.Dict(keys=fields.String(), values=fields.String()))
    updated_at = Instant()


class TextOut(Out):
    """One of our texts."""

    event = fields.String(metadata={"example": "match.offered"})
    audience = fields.String(metadata={"example": "seeker"})
    text = fields.String()
    placeholders = fields.List(fields.String(), metadata={"description": "What your own text may hold in braces."})


class PlaceholderOut(Out):
    """What may stand in braces."""

    name = fields.String(metadata={"example": "other"})
    description = fields.String()


class WordingsOut(Out):
    """Every text there is in English, and in which languages the platform has its own."""

    texts = fields.List(fields.Nested(TextOut))
    placeholders = fields.List(fields.Nested(PlaceholderOut))
    languages = fields.List(fields.String(), metadata={"example": ["en", "pl"]})


class MessageOut(Out):
    """A text for one member, ready to be passed on."""

    event = fields.String(metadata={"example": "match.offered"})
    audience = fields.String(metadata={"example": "seeker"})
    member_id = fields.String(metadata={"pattern": MEMBER_ID})
    language = fields.String(metadata={"description": "Of the text: the best of the member's own that there is."})
    text = fields.String()
    left = fields.List(
        fields.String(), metadata={"description": "Placeholders that are yours to fill in.", "example": ["name"]}
    )


class MessagesOut(Out):
    """Texts ready to be passed on; empty where nobody is told."""

    messages = fields.List(fields.Nested(MessageOut))


def message_query(events: Iterable[str], *, is_required: bool) -> type[In]:
    """Make the query for messages from the events that may be asked for."""
    described: Mapping[str, Any] = {"metadata": {"description": "Which event; left out: the match as it stands."}}
    if is_required:
        described = {"required": True, "metadata": {"description": "Which event."}}

    class MessageQuery(In):
        """Of what somebody is told."""

        event = Choice(events, **described)

    return MessageQuery
