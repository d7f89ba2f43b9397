"""What a run may take, whose help it may have, and who is told how it goes on: what callers say beside it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.usecases.running.progress import OnProgress, OnStage

if TYPE_CHECKING:
    from matching.cohort import Cohort
    from matching.crew import Crew

    CrewFor = Callable[[Cohort], AbstractContextManager[Crew]]


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """What a run's engine may take.

    Attributes
    ----------
    memory_bytes : for its lists of pairs; what it finds does not depend on it.
    crew_for : gives who does parts of a cohort's run: a cluster, or this process.
    max_seconds : None: until nothing better exists. Else it is asked to stop after so long, and the best so far is
        published with its proven gap; small platforms are always finished.
    """

    memory_bytes: int = 2 << 30
    max_seconds: int | None = None
    crew_for: CrewFor | None = None

    def crew(self, cohort: Cohort) -> AbstractContextManager[Crew]:
        """Give who does parts of this run, for the length of a block."""
        from matching.crew import HERE

        return nullcontext(HERE) if self.crew_for is None else self.crew_for(cohort)


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who is told how a run goes on."""

    on_progress: OnProgress | None = None
    on_stage: OnStage | None = None
