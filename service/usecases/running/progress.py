"""Telling how far a run has come, for whoever looks at its record meanwhile.

The run only notes what it does; a thread of its own writes the latest note, at most one a second, so that neither the
engine nor the store is ever held up by it. A note that cannot be written is left out: a run never fails for it.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import Final

from service.clock import Clock
from service.errors import FenceLost, TemporaryError
from service.records.codec import put_of
from service.records.run_progress import RunProgress
from service.storage.store import Changes, Delete, Fence, Store

EVERY_SECONDS: Final = 1.0
"""At most one note is written in so long."""

OnProgress = Callable[[int, int], None]
"""Told (done, all) of what is done just now, every now and then."""

OnStage = Callable[[str], None]
"""Told what begins: ``read``, a stage of the engine (`matching.engine.match`), ``verify``, ``save``."""


class ProgressNotes:
    """Writes down how far a run has come, until the block ends; also tells `on_progress` and `on_stage`, if any."""

    def __init__(  # noqa: PLR0913 - one run, described by names
        self,
        store: Store,
        platform_id: str,
        *,
        run_id: str,
        fence: Fence,
        clock: Clock,
        on_progress: OnProgress | None = None,
        on_stage: OnStage | None = None,
        every_seconds: float = EVERY_SECONDS,
    ) -> None:
        self._store, self._platform_id, self._run_id = store, platform_id, run_id
        self._fence, self._clock = fence, clock
        self._on_progress, self._on_stage = on_progress, on_stage
        self._every_seconds = every_seconds
        # What is known just now, replaced as a whole: another thread reads it.
        self._now: tuple[str, int, int] | None = None
        self._ended = Event()
        self._thread = Thread(target=self._write_often, name="run progress", daemon=True)

    def begins(self, stage: str) -> None:
        """Note what begins."""
        self._now = (stage, 0, 0)
        if self._on_stage is not None:
            self._on_stage(stage)

    def goes_on(self, done: int, total: int) -> None:
        """Note how much of it is done."""
        if self._now is not None:
            self._now = (self._now[0], done, total)
        if self._on_progress is not None:
            self._on_progress(done, total)

    def __enter__(self) -> ProgressNotes:
        """Begin to write."""
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Write no more."""
        self.end()

    def end(self) -> None:
        """Write no more; before the commit that makes the run final, which removes what was written."""
        self._ended.set()
        self._thread.join()

    def _write_often(self) -> None:
        written = None
        while not self._ended.wait(self._every_seconds):
            now = self._now
            if now is None or now == written:
                continue
            try:
                self._write(*now)
            except FenceLost:
                return
            except TemporaryError:
                # The next note says more than this one would have.
                continue
            written = now

    def _write(self, stage: str, done: int, total: int) -> None:
        note = RunProgress(self._run_id, stage, done, total, at=self._clock.now())
        self._store.commit(self._platform_id, Changes(puts=(put_of(note),), fence=self._fence))


def without_progress(run_id: str) -> Delete:
    """Give the delete that belongs to every commit that makes a run final."""
    return Delete(RunProgress.KIND, run_id)
