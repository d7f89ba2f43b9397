"""How far a run has come, while it is at work: what it does just now, and how much of that is done.

A record of its own beside the run, so that telling it is no new version of the run; it goes when the run is final.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json
from service.storage.store import Entries, Stored


@dataclass(frozen=True, slots=True)
class RunProgress:
    """What a run does just now.

    Attributes
    ----------
    stage : ``read``, a stage of the engine (`matching.engine.match`), ``verify`` or ``save``.
    done, total : how much of the stage is done; `total` 0 where nobody can say.
    at : when it was told.
    """

    KIND: ClassVar[str] = kinds.RUN_PROGRESS
    FORMAT: ClassVar[int] = 1

    run_id: str
    stage: str
    done: int
    total: int
    at: datetime
    version: int = 0

    @property
    def record_id(self) -> str:
        """The run's."""
        return self.run_id

    @property
    def share(self) -> float | None:
        """How much of the stage is done, 0 to 1 in hundredths; None where nobody can say."""
        return round(min(self.done / self.total, 1.0), 2) if self.total else None

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {"stage": self.stage, "done": self.done, "total": self.total, "at": instant_to_json(self.at)}

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        return cls(
            run_id=stored.record_id,
            stage=body["stage"],
            done=body["done"],
            total=body["total"],
            at=instant_from_json(body["at"]),
            version=stored.version,
        )

    def index_entries(self) -> Entries:
        """None: it is found by the run's id."""
        return ()

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()
