"""What a run changed as the lines of its part: a head, then pairs in blocks, in the order of `differences.py`.

Fate, reason and detail of a pair are one word joined by slashes: no member's id holds one, so that erasing somebody
whose id is such a word renames nothing else. Dropped pairs stand where they were to come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from service.errors import UnknownFormat
from service.storage.store import Fence, Store
from service.usecases.running.differences import Difference, Fate, Why
from service.usecases.running.parts import CHANGES_PART, PartReader, write_part
from service.usecases.saving import in_commits

FORMAT: Final = 1
_BLOCK: Final = 1000
"""Pairs of one line."""


def write_changes(store: Store, platform_id: str, *, run_id: str, changes: Iterable[Difference], fence: Fence) -> None:
    """Write what a run changes, in place of what was written of it before."""
    write_part(store, platform_id, run_id=run_id, name=CHANGES_PART, lines=lines_of(changes), fence=fence)


def read_changes(store: Store, platform_id: str, *, run_id: str, start: int = 0) -> Iterator[tuple[int, Difference]]:
    """Give what a run changed from a place on, each with the place after it.

    NotFound (``run_part_not_found``) where nothing of it is kept; UnknownFormat when a newer program wrote it.
    """
    return changes_from(PartReader(store, platform_id, run_id=run_id, name=CHANGES_PART), start=start)


def lines_of(changes: Iterable[Difference]) -> Iterator[Any]:
    """Write changes as lines."""
    yield [FORMAT]
    for block in in_commits(changes, size=_BLOCK):
        yield [[f"{each.fate}/{each.why}/{each.detail}", *each.pair, each.score] for each in block]


def changes_from(lines: Iterable[Any], *, start: int = 0) -> Iterator[tuple[int, Difference]]:
    """Read what `lines_of` wrote, as `read_changes`."""
    rest = iter(lines)
    (found,) = next(rest)
    if found > FORMAT:
        raise UnknownFormat("changes", found=found, known=FORMAT)
    place = 0
    for block in rest:
        for number, (word, seeker_id, supporter_id, score) in enumerate(block[max(start - place, 0) :]):
            fate, why, detail = word.split("/", 2)
            after = max(place, start) + number + 1
            yield after, Difference(Fate(fate), seeker_id, supporter_id, score, Why(why), detail)
        place += len(block)
