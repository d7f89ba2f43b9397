"""A check-in: how one of the two says it goes, in closed answers, and the measures as they are published.

UCLA-3 (Hughes and others 2004): three answers 1 to 3 (hardly ever or never, some of the time, often), never taken
apart; their sum is 3 to 9. The direct question: how often somebody feels lonely. De Jong Gierveld's six items (De Jong
Gierveld and Van Tilburg 2006) are kept as answered, 1 yes, 2 more or less, 3 no, first the three of emotional
loneliness (emptiness, missing people around, feeling rejected), then the three of social loneliness (people to lean
on, people to trust, people to feel close to). What they say about a programme is for `usecases/outcomes.py`, never
for one person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json
from service.records.match import ActorRole
from service.storage.store import Entries, Stored


class HowOften(StrEnum):
    """The answers to: how often do you feel lonely?"""

    OFTEN_OR_ALWAYS = "often_or_always"
    SOME_OF_THE_TIME = "some_of_the_time"
    OCCASIONALLY = "occasionally"
    HARDLY_EVER = "hardly_ever"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class CheckIn:
    """What one of the two said; None where they were not asked or did not answer."""

    KIND: ClassVar[str] = kinds.CHECK_IN
    FORMAT: ClassVar[int] = 1

    check_in_id: str
    match_id: str
    role: ActorRole
    member_id: str
    at: datetime
    met: bool | None = None
    wants_to_continue: bool | None = None
    felt_understood: int | None = None
    things_in_common: bool | None = None
    not_safe: bool = False
    ucla3: tuple[int, int, int] | None = None
    feels_lonely: HowOften | None = None
    de_jong_gierveld: tuple[int, ...] | None = None
    version: int = 0

    @property
    def record_id(self) -> str:
        """Its own id."""
        return self.check_in_id

    @property
    def ucla3_sum(self) -> int | None:
        """The sum of the three answers, 3 to 9; higher is lonelier."""
        return None if self.ucla3 is None else sum(self.ucla3)

    @property
    def de_jong_gierveld_sum(self) -> int | None:
        """The score as published, 0 to 6: "more or less" counts as lonely, the social items are turned round."""
        if self.de_jong_gierveld is None:
            return None
        emotional, social = self.de_jong_gierveld[:3], self.de_jong_gierveld[3:]
        return sum(answer in (1, 2) for answer in emotional) + sum(answer in (2, 3) for answer in social)

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {
            "match_id": self.match_id,
            "role": self.role.value,
            "member_id": self.member_id,
            "at": instant_to_json(self.at),
            "met": self.met,
            "wants_to_continue": self.wants_to_continue,
            "felt_understood": self.felt_understood,
            "things_in_common": self.things_in_common,
            "not_safe": self.not_safe,
            "ucla3": None if self.ucla3 is None else list(self.ucla3),
            "feels_lonely": None if self.feels_lonely is None else self.feels_lonely.value,
            "de_jong_gierveld": None if self.de_jong_gierveld is None else list(self.de_jong_gierveld),
        }

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = dict(stored.body)
        body["role"] = ActorRole(body["role"])
        body["at"] = instant_from_json(body["at"])
        body["feels_lonely"] = None if body["feels_lonely"] is None else HowOften(body["feels_lonely"])
        for name in ("ucla3", "de_jong_gierveld"):
            body[name] = None if body[name] is None else tuple(body[name])
        return cls(check_in_id=stored.record_id, version=stored.version, **body)

    def index_entries(self) -> Entries:
        """By the member who said it, and by the match."""
        return ((kinds.BY_MEMBER, self.member_id), (kinds.BY_MATCH, self.match_id))

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()
