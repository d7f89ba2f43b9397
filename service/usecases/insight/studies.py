"""Runs that are asked about, made ready for questions and kept in this process while they are asked about.

A study is made from what is stored of a published run, which never changes, so it is right for as long as the run may
be read; whether it may is asked of the store at every question. The least recently used go first when together they
would take more than they may. What happened since the run is for callers to look up. Never here: what is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, partial
from threading import RLock
from typing import TYPE_CHECKING, Final

from service.errors import Conflict, RunRefused
from service.kept import PATIENCE_SECONDS, Kept
from service.records.run import Run
from service.storage.store import Store
from service.usecases.running.parts import UNREADABLE
from service.usecases.running.stored import check_may_be_read

if TYPE_CHECKING:
    from matching.cohort import Cohort
    from matching.explain import StillLooking
    from matching.outcome import Outcome
    from matching.places import PlacesWorth
    from matching.residual import Residual
    from matching.rivals import Reach
    from matching.smallest_change import Changes
    from matching.trials import Trials

DEFAULT_BYTES: Final = 512 << 20

MOST_PAIRS_AT_ONCE: Final = 1_000_000
"""Pairs of a run up to which the smallest change is looked for while somebody waits; else a job does it."""

MOST_PAIRS_HERE: Final = 2_000_000
"""Feasible pairs of a run up to which all of them are kept in a web process; else those near the matching are."""

MOST_PAIRS_IN_A_JOB: Final = 16_000_000
"""Feasible pairs, a gibibyte of them, up to which a job tries what needs every pair."""

PAIRS_EACH: Final = 32
"""Pairs near the matching that are kept for each seeker, on average."""

_BYTES_A_PAIR: Final = 64
_BYTES_A_MEMBER: Final = 2_500
_BYTES_TO_TRY: Final = 8_000
"""What a study takes for each pair that is kept and each member; for each member of one in which changes are tried."""


class Study:
    """One published run, ready for questions; what a question needs is made when it is first asked for.

    Attributes
    ----------
    run : as it was read. outcome : of the engine, over the cohort of the run's snapshot.
    lock : to be held around residual graph, places, trials and changes: what is made is changed while it is asked.
    """

    def __init__(self, run: Run, outcome: Outcome) -> None:
        self.run = run
        self.outcome = outcome
        self.lock = RLock()

    @property
    def cohort(self) -> Cohort:
        """Who took part."""
        return self.outcome.cohort

    @cached_property
    def still_looking(self) -> frozenset[str]:
        """Seekers whom the run found nobody for, by id."""
        return frozenset(self.outcome.still_looking)

    @cached_property
    def seekers(self) -> Mapping[str, int]:
        """Each seeker's row, by id."""
        return {member_id: row for row, member_id in enumerate(self.cohort.seeker_ids)}

    @cached_property
    def supporters(self) -> Mapping[str, int]:
        """Each supporter's row, by id."""
        return {member_id: row for row, member_id in enumerate(self.cohort.supporter_ids)}

    def row_of(self, seeker_id: str) -> int:
        """Give the row of a seeker of the cohort."""
        return self.seekers[seeker_id]

    def why(self, seeker_ids: Sequence[str]) -> tuple[StillLooking, ...]:
        """Count what keeps each supporter from each of these seekers."""
        from matching.obstacles import why_each_is_looking

        return why_each_is_looking(self.cohort, seeker_ids)

    @property
    def has_prices(self) -> bool:
        """Whether knock-on effects can be told: the matching is proven best by prices."""
        return _has_prices(self.run)

    @property
    def has_every_pair(self) -> bool:
        """Whether a web process keeps every feasible pair: then who competes for places can be told at once."""
        return _has_every_pair(self.run)

    @property
    def may_weigh_places(self) -> bool:
        """Whether a job can tell what places are worth: by every feasible pair, as far as these fit."""
        return self.has_prices and (self.outcome.pairs_feasible or 0) <= MOST_PAIRS_IN_A_JOB

    @property
    def may_try_changes(self) -> bool:
        """Whether changes can be tried by solving again: under the objective coverage, as far as all pairs fit."""
        return self.may_weigh_places and self.outcome.policy.objective == "coverage"

    @cached_property
    def residual(self) -> Residual:
        """The graph of every feasible pair, in which every change has a price; Conflict (``run_without_prices``)."""
        from matching.residual import Residual

        return self._priced(Residual.of_outcome)

    @cached_property
    def nearby(self) -> Residual:
        """The same, of a large run without the pairs that few changes come near; Conflict as above."""
        if self.has_every_pair:
            return self.residual
        from matching.nearby import near_outcome

        return self._priced(partial(near_outcome, pairs_each=PAIRS_EACH))

    def _priced(self, made: Callable[[Outcome], Residual]) -> Residual:
        from matching.errors import MatchingError
        from matching.residual import compiled_residual

        try:
            compiled_residual()
            return made(self.outcome)
        except MatchingError as error:
            raise Conflict(
                "cannot say what a change of this run would do: it is not proven best by prices (allowed: finished "
                "runs under the objectives coverage and score)",
                code="run_without_prices",
            ) from error

    @cached_property
    def reach(self) -> Reach:
        """What re-pairing can reach."""
        from matching.rivals import Reach

        return Reach(self.residual)

    @cached_property
    def places(self) -> PlacesWorth:
        """What a place more is worth, with each supporter."""
        from matching.places import worth_of_places

        return worth_of_places(self.residual)

    @cached_property
    def trials(self) -> Trials:
        """Everybody under a warm engine; only where `may_try_changes`."""
        from matching.trials import Trials

        return Trials(self.outcome, self.residual)

    @cached_property
    def changes(self) -> Changes:
        """Smallest changes; only where `may_try_changes`."""
        from matching.smallest_change import Changes

        return Changes(self.outcome, self.residual, self.reach, self.trials)


class Studies:
    """The studies of this process; safe to share between threads. Parameters as `Kept`."""

    def __init__(self, most_bytes: int = DEFAULT_BYTES, *, patience: float = PATIENCE_SECONDS) -> None:
        self._kept: Kept[Study] = Kept(most_bytes, setting="ALONGSIDE_INSIGHT_MEMORY_MB", patience=patience)

    def of(self, store: Store, platform_id: str, run: Run, *, patience: float | None = None) -> Study:
        """Give the study of a run that may be asked about; `patience` as `Kept.of`.

        Conflict as `running/stored.py` says; TooLarge and StillPreparing as `Kept.of`; RunRefused where what is
        stored of the run is not whole.
        """
        key = (platform_id, run.run_id, run.proof.digest if run.proof else "")
        try:
            check_may_be_read(run, to="ask about")
        except Conflict:
            self._kept.forget(key)
            raise
        return self._kept.of(key, _bytes_of(run), lambda: _ready_study(store, platform_id, run), patience=patience)


def read_study(store: Store, platform_id: str, run: Run) -> Study:
    """Read a run and make it a study; RunRefused where what is stored of it is not whole."""
    from service.usecases.running.evidence import outcome_from, read_result, read_snapshot

    try:
        snapshot, _ = read_snapshot(store, platform_id, run_id=run.run_id)
        kept = read_result(store, platform_id, run_id=run.run_id)
        return Study(run, outcome_from(kept, snapshot.cohort(), snapshot))
    except UNREADABLE as error:
        raise RunRefused("cannot ask about this run: what is stored of it is not whole", run_id=run.run_id) from error


def _ready_study(store: Store, platform_id: str, run: Run) -> Study:
    study = read_study(store, platform_id, run)
    if study.has_prices:
        # What every question needs is made here, where several may wait for it at once.
        with suppress(Conflict):
            _ = study.nearby
    return study


def _has_prices(run: Run) -> bool:
    proof = run.proof
    return proof is not None and proof.is_best and proof.dual is not None and proof.objective != "stable"


def _has_every_pair(run: Run) -> bool:
    counts = run.counts
    return counts is not None and counts.pairs_feasible is not None and counts.pairs_feasible <= MOST_PAIRS_HERE


def _bytes_of(run: Run) -> int:
    counts = run.counts
    if counts is None:
        return 0
    members = counts.seekers + counts.supporters
    pairs = (counts.pairs_feasible or 0) if _has_every_pair(run) else PAIRS_EACH * counts.seekers
    is_tried_at_once = counts.seekers * counts.supporters <= MOST_PAIRS_AT_ONCE
    return (_BYTES_TO_TRY if is_tried_at_once else _BYTES_A_MEMBER) * members + _BYTES_A_PAIR * pairs
