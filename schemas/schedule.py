"""A schedule: a cron expression in a time zone, as it stands in a policy."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cronsim import CronSim, CronSimError
from marshmallow import ValidationError

from schemas.base import In
from schemas.fields import Text
from schemas.profile import TimeZone
from schemas.told import tell

_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)


class Cron(Text):
    """A cron expression of five fields that comes to pass at some time."""

    FORMAT = "cron"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(most=100, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        expression = super()._deserialize(value, *args, **kwargs)
        try:
            if len(expression.split()) == 5 and next(CronSim(expression, _SOME_DAY), None) is not None:
                return " ".join(expression.split())
        except CronSimError:
            pass
        raise ValidationError(tell("must be a cron expression of five fields, for example 0 3 * * MON"))


class SchedulePart(In):
    """When the service rematches by itself."""

    cron = Cron(
        required=True,
        metadata={
            "description": "Minute, hour, day of the month, month, day of the week, as cron reads them.",
            "example": "0 3 * * MON",
        },
    )
    timezone = TimeZone(
        required=True,
        metadata={"description": "An IANA time zone, whose clock changes hold.", "example": "Europe/London"},
    )
