"""The fields that every resource is built of: strict types, and messages that say what is allowed.

JSON has types, so nothing is converted: "7" is no number and "yes" no truth value. A message completes the sentence
that begins with the field's name and never repeats the value, which may be personal. A new kind of field is a class
here that narrows a marshmallow field, so that the OpenAPI document knows its type. No field here knows a resource.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError, fields, validate

from schemas.base import messages
from schemas.told import Told, tell

SLUG = r"^[a-z0-9]+([_-][a-z0-9]+)*$"
"""How topics, interests, trainings, kinds of clearance and names of labels are written."""

SLUG_LENGTH = 40


class Pattern(validate.Regexp):
    """A regular expression that the whole text has to match; marshmallow's own lets a line break follow."""

    def __init__(self, pattern: str, *, error: str) -> None:
        self.pattern = pattern
        super().__init__(pattern, error=error)

    def __call__(self, value: str) -> str:  # type: ignore[override]
        """Give the text back, or refuse it."""
        if re.fullmatch(self.pattern, value) is None:
            raise ValidationError(self.error)
        return value


class Text(fields.String):
    """Printable text without blanks at either end."""

    default_error_messages = messages(invalid=tell("must be text"))
    FORMAT = "printable"
    """What the OpenAPI document calls it; JSON Schema leaves the word to whoever writes it."""

    def __init__(self, *, least: int = 1, most: int, **kwargs: Any) -> None:
        self.least, self.most = least, most
        metadata = {"format": self.FORMAT, **kwargs.pop("metadata", {})}
        length = validate.Length(min=least, max=most, error=self._allowed())
        super().__init__(validate=[length], metadata=metadata, **kwargs)

    def _allowed(self) -> str:
        return tell(
            "must have %(least)s to %(most)s printable characters, no blanks at either end",
            least=self.least,
            most=self.most,
        )

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, *args, **kwargs)
        if not text.isprintable() or text != text.strip():
            raise ValidationError(self._allowed())
        return text


class Slug(fields.String):
    """A lower-case key such as ``new_parent``."""

    default_error_messages = messages(invalid=tell("must be text"))

    def __init__(self, **kwargs: Any) -> None:
        allowed = tell("must be 1 to %(most)s of a-z, 0-9, with single _ or - between them", most=SLUG_LENGTH)
        checks = [validate.Length(min=1, max=SLUG_LENGTH, error=allowed), Pattern(SLUG, error=allowed)]
        super().__init__(validate=checks, **kwargs)


class Whole(fields.Integer):
    """A whole number within bounds, both allowed."""

    def __init__(self, least: int, most: int, **kwargs: Any) -> None:
        allowed = tell("must be a whole number from %(least)s to %(most)s", least=least, most=most)
        said = messages(invalid=allowed, too_large=allowed)
        check = validate.Range(min=least, max=most, error=allowed)
        super().__init__(strict=True, validate=[check], error_messages=said, **kwargs)

    def _validated(self, value: Any) -> int:
        # 30.0 is a number that some languages cannot write otherwise; it is taken as 30, 30.5 is not.
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return super()._validated(value)


class Decimal(fields.Float):
    """A number within bounds, both allowed, rounded to so many digits after the point."""

    def __init__(self, least: float, most: float, *, digits: int, **kwargs: Any) -> None:
        self.digits = digits
        allowed = tell("must be a number from %(least)s to %(most)s", least=f"{least:g}", most=f"{most:g}")
        said = messages(invalid=allowed, special=allowed, too_large=allowed)
        check = validate.Range(min=least, max=most, error=allowed)
        super().__init__(validate=[check], error_messages=said, **kwargs)

    def _validated(self, value: Any) -> float:
        if not isinstance(value, int | float):
            raise self.make_error("invalid")
        number = super()._validated(value)
        # Adding zero turns -0.0 into 0.0, so that equal places are written alike.
        return round(number, self.digits) + 0.0


class YesNo(fields.Boolean):
    """A truth value; JSON has one, so "yes" and 1 are refused."""

    default_error_messages = messages(invalid=tell("must be true or false"))

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Choice(fields.String):
    """One of a closed set of words."""

    def __init__(self, choices: type[StrEnum] | Iterable[str], **kwargs: Any) -> None:
        words = [str(word) for word in choices]
        allowed = tell("must be one of: %(words)s", words=", ".join(words))
        super().__init__(
            validate=[validate.OneOf(words, error=allowed)], error_messages=messages(invalid=allowed), **kwargs
        )


class OneNumber(fields.Integer):
    """One of a few whole numbers."""

    def __init__(self, choices: Iterable[int], **kwargs: Any) -> None:
        numbers = list(choices)
        allowed = tell("must be one of: %(words)s", words=", ".join(map(str, numbers)))
        check = validate.OneOf(numbers, error=allowed)
        super().__init__(strict=True, validate=[check], error_messages=messages(invalid=allowed), **kwargs)


class Day(fields.Date):
    """A calendar day, written ``YYYY-MM-DD``; stays text until the value is built."""

    default_error_messages = messages(invalid=tell("must be a day, written YYYY-MM-DD"))

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
            try:
                return date.fromisoformat(value).isoformat()
            except ValueError:
                pass
        raise self.make_error("invalid")

    def _serialize(self, value: Any, *_args: Any, **_kwargs: Any) -> str | None:
        return value.isoformat() if isinstance(value, date) else value


class Instant(fields.DateTime):
    """A moment with its offset from UTC, ISO 8601; kept and written in UTC."""

    default_error_messages = messages(
        invalid=tell("must be a moment in ISO 8601 with an offset, for example 2026-09-01T10:00:00Z")
    )

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) and "T" in value.upper() else None
            if moment is not None and moment.utcoffset() is not None:
                return written(moment)
        except (ValueError, OverflowError):
            pass
        raise self.make_error("invalid")

    def _serialize(self, value: Any, *_args: Any, **_kwargs: Any) -> str | None:
        return written(value) if isinstance(value, datetime) else value


class Several(fields.List[Any]):
    """A list of so many elements; a repeated element counts once."""

    default_error_messages = messages(invalid=tell("must be a list"))

    def __init__(self, element: fields.Field[Any], *, least: int = 0, most: int, **kwargs: Any) -> None:
        allowed = tell("must have %(least)s to %(most)s entries", least=least, most=most) if least else at_most(most)
        self._has_length = validate.Length(min=least, max=most, error=allowed)
        super().__init__(element, validate=[self._has_length], **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        # Before the elements: a hundred thousand of them are refused without a look at each.
        self._has_length(value)
        return super()._deserialize(value, *args, **kwargs)


class Mapped(fields.Dict):
    """An object whose names are the caller's own, with one kind of value."""

    default_error_messages = messages(invalid=tell("must be an object"))

    def __init__(self, keys: fields.Field[str], values: fields.Field[Any], *, most: int, **kwargs: Any) -> None:
        self.most = most
        # Not validate.Length: the document would call it the length of a text.
        metadata = {**kwargs.pop("metadata", {}), "maxProperties": most}
        super().__init__(keys=keys, values=values, validate=[self._check_size], metadata=metadata, **kwargs)

    def _check_size(self, value: Mapping[Any, Any]) -> None:
        if len(value) > self.most:
            raise ValidationError(at_most(self.most))

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, Mapping):
            self._check_size(value)
        try:
            return super()._deserialize(value, *args, **kwargs)  # type: ignore[no-untyped-call]
        except ValidationError as error:
            if not isinstance(error.messages, dict):
                raise
            # {name: {"key": …, "value": …}} becomes {name: …}, the path of what was sent.
            found = {name: wrong.get("key") or wrong["value"] for name, wrong in error.messages.items()}
            raise ValidationError(found, valid_data=error.valid_data) from error


class Part(fields.Nested):
    """An object within an object."""

    default_error_messages = messages(type=tell("must be an object"))


def at_most(entries: int) -> Told:
    """Say how long a list may be."""
    return tell("must have at most %(most)s entries", most=entries)


def written(moment: datetime | str) -> str:
    """Write an aware moment as ISO 8601 in UTC with a ``Z``; one that is kept as text loses a fraction of nothing."""
    if isinstance(moment, str):
        return moment.replace(".000000Z", "Z")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
