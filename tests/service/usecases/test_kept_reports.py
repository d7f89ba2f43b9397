"""Funders' reports that are kept: counted anew as soon as they must be, and never wrong for longer than a minute."""

from __future__ import annotations

from datetime import date, timedelta
from threading import Event

import pytest

from service.errors import StillPreparing
from service.usecases import kept_reports
from service.usecases.funders import funders_report
from service.usecases.kept_reports import FRESH, FundersReports
from service.usecases.members import put_member
from tests.service.usecases.acting import active
from tests.service.usecases.cast import NOW, P, supporter

PERIOD = {"first": date(2026, 11, 1), "last": date(2026, 11, 30)}


@pytest.fixture(autouse=True)
def counted(cast, monkeypatch):
    """A pair that met is many already; gives the moments at which something was counted."""
    active(cast, "ada", "ben")
    monkeypatch.setattr(kept_reports, "MOST_COUNTED", 0)
    times = []

    def count(*args, **more):
        times.append(more["now"])
        return funders_report(*args, **more)

    monkeypatch.setattr(kept_reports, "funders_report", count)
    return times


@pytest.fixture
def reports() -> FundersReports:
    return FundersReports(patience=60)


def of(reports, store, now=NOW, **more):
    return reports.of(store, P, now=now, **{**PERIOD, **more})


def test_it_is_counted_once_while_nothing_happens_and_is_what_counting_gives(cast, reports, counted):
    later = NOW + timedelta(hours=9)

    assert of(reports, cast) == of(reports, cast, later) == funders_report(cast, P, now=later, **PERIOD)
    assert counted == [NOW]


def test_what_has_happened_is_counted_after_a_minute_at_most(cast, reports, counted):
    before = of(reports, cast)
    for number in range(9):
        put_member(cast, P, profile=supporter(f"new-{number}"), now=NOW)

    assert of(reports, cast, NOW + FRESH - timedelta(seconds=1)) == before
    after = of(reports, cast, NOW + FRESH)

    assert after == funders_report(cast, P, now=NOW + FRESH, **PERIOD) != before
    assert counted == [NOW, NOW + FRESH]


def test_another_period_and_another_day_are_counted_by_themselves(cast, reports, counted):
    of(reports, cast)
    of(reports, cast, first=date(2026, 10, 1))
    of(reports, cast, NOW + timedelta(days=1))

    assert len(counted) == 3


def test_few_pairs_are_counted_at_every_look(cast, reports, counted, monkeypatch):
    monkeypatch.setattr(kept_reports, "MOST_COUNTED", 1)
    of(reports, cast)
    put_member(cast, P, profile=supporter("new"), now=NOW)
    of(reports, cast)

    assert counted == [NOW, NOW]


def test_nobody_waits_longer_than_they_can(cast, monkeypatch):
    may_go = Event()

    def slowly(*args, **more):
        may_go.wait(60)
        return funders_report(*args, **more)

    monkeypatch.setattr(kept_reports, "funders_report", slowly)
    reports = FundersReports(patience=60)
    with pytest.raises(StillPreparing):
        of(reports, cast, patience=0)
    may_go.set()

    assert of(reports, cast) == funders_report(cast, P, now=NOW, **PERIOD)
