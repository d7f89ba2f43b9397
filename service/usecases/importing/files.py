"""Imports: many members from a file or request body; good lines are kept, bad ones are told by line.

Who turns lines into profiles is told in `service/mapping/`; here they only come in, one by one, as profiles or
problems.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from matching.profile import Profile
from service.mapping.errors import Problem
from service.mapping.profiles import ReadyRow
from service.storage.store import Store
from service.usecases.members import put_members


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of the lines: members, and every problem of those that were left out, in the order of the file."""

    created: int
    updated: int
    unchanged: int
    problems: tuple[Problem, ...]

    @property
    def refused(self) -> int:
        """Lines that were left out; a line may have several problems."""
        return len({problem.line for problem in self.problems})


def import_profiles(
    store: Store, platform_id: str, *, rows: Iterable[ReadyRow | Problem], now: datetime
) -> ImportReport:
    """Save every row that is a profile, as `put_members` does, and collect the problems of the others.

    Rows are taken one at a time, so a file of any length needs little memory. Importing a file twice changes nothing.
    """
    problems: list[Problem] = []
    imported = put_members(store, platform_id, profiles=_profiles_in(rows, problems), now=now)
    return ImportReport(imported.created, imported.updated, imported.unchanged, tuple(problems))


def _profiles_in(rows: Iterable[ReadyRow | Problem], problems: list[Problem]) -> Iterator[Profile]:
    for row in rows:
        if isinstance(row, Problem):
            problems.append(row)
        else:
            yield row.profile
