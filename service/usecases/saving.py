"""Saving against other writers: try again from the reads on, and cut long work into commits.

Nothing here knows what is saved. A use case whose caller named a version must check it inside the attempt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from service.errors import StaleVersion, UniqueTaken
from service.storage.store import MAX_RECORDS_PER_COMMIT

T = TypeVar("T")

TRIES = 20
"""Each lost try means that somebody else's write succeeded, so even a crowd is through long before."""


def until_saved(attempt: Callable[[], T]) -> T:
    """Call until it saves; each call must read anew. After `TRIES` the last StaleVersion or UniqueTaken comes out."""
    for _ in range(TRIES - 1):
        try:
            return attempt()
        except (StaleVersion, UniqueTaken):
            continue
    return attempt()


def in_commits(parts: Iterable[T], *, size: int = MAX_RECORDS_PER_COMMIT) -> Iterator[Sequence[T]]:
    """Cut parts into lists of at most `size`."""
    batch: list[T] = []
    for part in parts:
        batch.append(part)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
