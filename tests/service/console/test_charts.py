from __future__ import annotations

from datetime import timedelta

from service.clock import FixedClock
from service.console.charts import charts_of
from service.records.run import RunState
from service.usecases.runs import list_runs
from tests.service.console.browsing import Visitor
from tests.service.console.scenario import Community


def test_bars_are_as_high_as_their_numbers_the_oldest_run_first(harbour: Community, clock: FixedClock) -> None:
    harbour.now += timedelta(days=7)
    harbour.save_run(matched=4, still_looking=4, new=3, withdrawn=1, total_score=20000)
    harbour.save_run(RunState.FAILED)

    people, fit, changes = charts_of(list_runs(harbour.store, harbour.platform_id).records)

    assert [(bar.label, bar.values) for bar in people.bars] == [
        ("23 November 2026", (2, 1)),
        ("30 November 2026", (4, 4)),
    ]
    assert people.most == 8
    assert [bar.heights for bar in people.bars] == [(25.0, 12.5), (50.0, 50.0)]
    assert [bar.values for bar in fit.bars] == [(7500,), (5000,)]
    assert [bar.values for bar in changes.bars] == [(0, 0), (3, 1)]


def test_one_run_is_no_chart(harbour: Community) -> None:
    assert charts_of(list_runs(harbour.store, harbour.platform_id).records) == ()


def test_each_chart_has_its_table(maria: Visitor, harbour: Community) -> None:
    harbour.now += timedelta(days=7)
    harbour.save_run(matched=4, still_looking=4)

    words = maria.go("/console/runs")

    assert words.count("The same as a table") == 3
    assert "30 November 2026 4 4" in words
    assert maria.page.text.count('<svg class="chart"') == 3
