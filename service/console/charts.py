"""Charts over runs: bars that the template draws as SVG, each with its table. Numbers only; nothing here reads a store.

A chart never says what its table does not: the drawing is decoration for those who see it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from service.console.translation import _
from service.console.words import day
from service.records.run import Run, RunCounts, RunState

MOST_RUNS = 20


@dataclass(frozen=True, slots=True)
class Bar:
    """One run's bar: its parts from the bottom up, in per cent of the height, and the numbers behind them."""

    label: str
    heights: tuple[float, ...]
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: `parts` names what a bar is made of, `most` is the number at the top."""

    key: str
    title: str
    parts: tuple[str, ...]
    most: int
    bars: tuple[Bar, ...]


def charts_of(runs: Sequence[Run]) -> tuple[Chart, ...]:
    """Draw what the latest published runs did, the oldest first; nothing with fewer than two of them."""
    done = [run for run in runs if run.state is RunState.DONE and run.counts and not run.is_dry_run][:MOST_RUNS]
    if len(done) < 2:
        return ()
    done.reverse()
    return (
        _chart(
            "people",
            _("Who was matched, and who is still looking"),
            (_("matched"), _("still looking")),
            done,
            lambda counts: (counts.matched, counts.still_looking),
        ),
        _chart("fit", _("How well pairs fit"), (_("points of a pair on average"),), done, _mean),
        _chart(
            "changes",
            _("How many proposals changed"),
            (_("new"), _("taken back")),
            done,
            lambda counts: (counts.new, counts.withdrawn),
        ),
    )


def _mean(counts: RunCounts) -> tuple[int]:
    return (round(counts.mean_score),)


def _chart(
    key: str,
    title: str,
    parts: tuple[str, ...],
    runs: Sequence[Run],
    values_of: Callable[[RunCounts], tuple[int, ...]],
) -> Chart:
    values = [values_of(run.counts) for run in runs if run.counts is not None]
    most = max((sum(each) for each in values), default=0) or 1
    bars = tuple(
        Bar(day(run.created_at.date()), tuple(round(100 * value / most, 2) for value in each), each)
        for run, each in zip(runs, values, strict=True)
    )
    return Chart(key, title, parts, most, bars)
