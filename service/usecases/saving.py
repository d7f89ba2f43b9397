"""Saving against other writers: try again from the reads on, cut long work into commits, and prepare the next one
while one is saved.

Nothing here knows what is saved. A use case whose caller named a version must check it inside the attempt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from service.errors import StaleVersion, UniqueTaken
from service.storage.store import MAX_RECORDS_PER_COMMIT

T = TypeVar("T")
S = TypeVar("S")

TRIES = 20
"""Each lost try means that somebody else's write succeeded, so even a crowd is through long before."""


RECORDS_AT_ONCE = 25
"""Of one commit of a run, each with many index entries: other writers wait for a whole one, and where other programs
want the processor, several times as long as the work in it takes."""


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


def in_step(save: Callable[[T], S], parts: Iterable[T]) -> Iterator[S]:
    """Save one part after the other, in a thread of its own, while the next one is made; give what each save gave.

    A part is only saved once the one before is, so an error comes out before anything after it is saved. At most one
    part is waiting.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="save") as saver:
        saving: Future[S] | None = None
        for part in parts:
            if saving is not None:
                yield saving.result()
            saving = saver.submit(save, part)
        if saving is not None:
            yield saving.result()
