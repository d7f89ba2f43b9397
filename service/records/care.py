"""What the service knows of a member beside the profile and must be gentle about: kept in the member's own record.

Only the service changes it, so that a profile that is put again can never touch it. What follows from it (who takes
part, with which priority) is for `service/usecases/places.py`; when something about it is due, for `service/timers.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any, Self


class Search(StrEnum):
    """Whether somebody who would like company is looking for a supporter."""

    LOOKING = "looking"
    TO_ASK = "to_ask"  # their match has ended: they are asked first whether they would like another
    NOT_NOW = "not_now"  # they were asked, and said not now


@dataclass(frozen=True, slots=True)
class Care:
    """What the service keeps in mind about one member.

    Attributes
    ----------
    search : of the seeker side.
    has_supporter : the seeker side has a running match.
    stopped_on : the day the waiting clock stopped, for a pause of their own or because they have a supporter; None
        while it goes on.
    holds : ids of the holds that keep them out of matching; empty for none.
    recovering_until : the first day on which they may be matched again after an ending.
    lost_supporter_on : the day their supporter was lost; None when they were not, or have another.
    boost, boost_until : a coordinator's extra weeks of waiting, 0 to 52, and the day on which they lapse.
    is_quiet : after a death nothing is sent to them by itself until a coordinator has looked.
    look_again : a pair of theirs came to nothing, and the next best is to be found.
    """

    search: Search = Search.LOOKING
    has_supporter: bool = False
    stopped_on: date | None = None
    holds: tuple[str, ...] = ()
    recovering_until: date | None = None
    lost_supporter_on: date | None = None
    boost: int = 0
    boost_until: date | None = None
    is_quiet: bool = False
    look_again: bool = False

    @property
    def is_on_hold(self) -> bool:
        """Paused for care."""
        return bool(self.holds)

    def is_recovering(self, today: date) -> bool:
        """Left in peace for a while after an ending."""
        return self.recovering_until is not None and today < self.recovering_until

    def to_json(self) -> dict[str, Any]:
        """Give its JSON form: only what is not a newcomer's, since most members are newcomers in most ways."""
        return {name: _plain(getattr(self, name)) for name in _NAMES if getattr(self, name) != _OF_A_NEWCOMER[name]}

    @classmethod
    def from_json(cls, care: dict[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        read: dict[str, Any] = dict(care)
        for name in _DAYS & read.keys():
            read[name] = date.fromisoformat(read[name])
        if "search" in read:
            read["search"] = Search(read["search"])
        if "holds" in read:
            read["holds"] = tuple(read["holds"])
        return cls(**read)


NOTHING_YET = Care()
"""Of a newcomer."""

_NAMES = tuple(field.name for field in fields(Care))
_DAYS = frozenset(("stopped_on", "recovering_until", "lost_supporter_on", "boost_until"))
_OF_A_NEWCOMER = {name: getattr(NOTHING_YET, name) for name in _NAMES}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
