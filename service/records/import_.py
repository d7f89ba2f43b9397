"""An import over HTTP: lines that a platform has sent, and how far a worker has come with them.

The lines are beside it in pieces (`kinds.IMPORT_PIECE`), which go as soon as it is over; what is wrong with lines is
kept in pages (`kinds.IMPORT_ERRORS`) that never hold their text. Counts change with `next_piece` alone, so that a
piece which is done twice counts once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from service.records import kinds
from service.records.codec import instant_from_json, instant_to_json, maybe_instant_from_json, maybe_instant_to_json
from service.storage.store import Entries, Stored


class ImportState(StrEnum):
    """How far an import has come; the last three are final once `finished_at` is set."""

    RECEIVING = "receiving"  # its lines are still coming in; nobody has been given its id yet
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Lines may still be stored."""
        return self in (ImportState.QUEUED, ImportState.RUNNING)


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of lines; a line that says what is known already is unchanged."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Add up what became of two lots."""
        return Counts(
            self.created + other.created,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.refused + other.refused,
        )

    @property
    def lines(self) -> int:
        """All of them."""
        return self.created + self.updated + self.unchanged + self.refused

    def to_json(self) -> dict[str, int]:
        """Give them by name."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Import:
    """One import.

    Attributes
    ----------
    mapping : the document of a mapping where the lines are rows of a spreadsheet; None where they are members as JSON.
    lines, pieces : how many were received. next_piece : all before it are stored and counted.
    counts : of all pieces before `next_piece`. planned : of `next_piece`, counted before any of it was stored; None
        while nobody has begun it.
    finished_at : when the last of it was stored, whatever the state; until then a worker may still be at it.
    """

    KIND: ClassVar[str] = kinds.IMPORT
    FORMAT: ClassVar[int] = 1

    import_id: str
    state: ImportState
    mapping: dict[str, Any] | None
    requested_by: str
    created_at: datetime
    lines: int = 0
    pieces: int = 0
    next_piece: int = 0
    counts: Counts = Counts()
    planned: Counts | None = None
    finished_at: datetime | None = None
    error_code: str = ""
    version: int = 0

    @property
    def record_id(self) -> str:
        """Its own id."""
        return self.import_id

    @property
    def job_id(self) -> str:
        """The id of the job that stores its lines."""
        return f"job_{self.import_id}"

    def to_body(self) -> dict[str, Any]:
        """Give its JSON form, without id and version."""
        return {
            "state": self.state.value,
            "mapping": self.mapping,
            "requested_by": self.requested_by,
            "created_at": instant_to_json(self.created_at),
            "lines": self.lines,
            "pieces": self.pieces,
            "next_piece": self.next_piece,
            "counts": self.counts.to_json(),
            "planned": None if self.planned is None else self.planned.to_json(),
            "finished_at": maybe_instant_to_json(self.finished_at),
            "error_code": self.error_code,
        }

    @classmethod
    def from_body(cls, stored: Stored) -> Self:
        """Build it from what the store gave back."""
        body = stored.body
        return cls(
            import_id=stored.record_id,
            state=ImportState(body["state"]),
            mapping=body["mapping"],
            requested_by=body["requested_by"],
            created_at=instant_from_json(body["created_at"]),
            lines=body["lines"],
            pieces=body["pieces"],
            next_piece=body["next_piece"],
            counts=Counts(**body["counts"]),
            planned=None if body["planned"] is None else Counts(**body["planned"]),
            finished_at=maybe_instant_from_json(body["finished_at"]),
            error_code=body["error_code"],
            version=stored.version,
        )

    def index_entries(self) -> Entries:
        """By state; ids are in the order of making."""
        return ((kinds.BY_STATE, self.state.value),)

    def unique_keys(self) -> Entries:
        """None beyond the id."""
        return ()
