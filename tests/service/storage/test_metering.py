"""Allowances: shared by every process of a store, filling up steadily, exact however many ask at once."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.storage.metering import Rate, open_meter
from service.storage.metering.shared_file import SharedFileMeter
from tests.service.storage.engines import ENGINES, EVERY_ENGINE, PROCESS_ENGINES

HANDFUL = 4
SLOW = Rate(per_second=1, burst=200)
"""So slow that it does not fill up noticeably while a test runs."""


@pytest.fixture(params=EVERY_ENGINE)
def url(request, tmp_path):
    (tmp_path / "data").mkdir()
    return ENGINES[request.param](tmp_path)


def taken(meter, times, key="k1"):
    return sum(meter.take("harbour", key, SLOW).is_allowed for _ in range(times))


def test_a_burst_is_allowed_and_then_no_more(url):
    meter = open_meter(url)

    allowed = taken(meter, 300)

    refused = meter.take("harbour", "k1", SLOW)
    # What fills up while it runs is a few calls at most.
    assert 200 <= allowed <= 205
    assert (refused.is_allowed, refused.remaining) == (False, 0)
    assert 0 < refused.retry_after_seconds <= 1
    assert 190 < refused.full_after_seconds <= 200
    meter.close()


def test_keys_and_platforms_have_allowances_of_their_own(url):
    meter = open_meter(url)
    taken(meter, 300)

    assert meter.take("harbour", "k2", SLOW).is_allowed
    assert meter.take("elsewhere", "k1", SLOW).is_allowed
    meter.close()


def test_what_remains_is_told(url):
    meter = open_meter(url)

    told = [meter.take("harbour", "k1", SLOW).remaining for _ in range(12)]

    assert told == list(range(199, 187, -1))
    meter.close()


def test_many_threads_share_one_allowance(url):
    meter = open_meter(url)

    with ThreadPoolExecutor(8) as threads:
        allowed = sum(threads.map(lambda _: taken(meter, 50), range(8)))

    assert 200 <= allowed <= 205
    meter.close()


def _take(url, times, results):
    meter = open_meter(url)
    results.put(taken(meter, times))
    meter.close()


@pytest.mark.parametrize("engine", PROCESS_ENGINES)
def test_many_processes_share_one_allowance(engine, tmp_path):
    (tmp_path / "data").mkdir()
    url = ENGINES[engine](tmp_path)
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    processes = [context.Process(target=_take, args=(url, 150, results)) for _ in range(3)]
    for process in processes:
        process.start()
    allowed = sum(results.get(timeout=60) for _ in processes)
    for process in processes:
        process.join()

    # What a process has taken on Redis and not used when it ends is lost.
    assert 200 - 3 * HANDFUL <= allowed <= 210


@pytest.fixture
def moment():
    return [2_000_000_000.0]


@pytest.fixture
def meter(tmp_path, moment):
    meter = SharedFileMeter(tmp_path / "calls", seconds=lambda: moment[0])
    yield meter
    meter.close()


def test_an_allowance_fills_up_steadily_and_never_beyond_its_burst(meter, moment):
    rate = Rate(per_second=10, burst=20)
    assert [meter.take("p", "k", rate).is_allowed for _ in range(21)] == [True] * 20 + [False]
    assert meter.take("p", "k", rate).retry_after_seconds == pytest.approx(0.1)

    moment[0] += 0.1
    assert [meter.take("p", "k", rate).is_allowed for _ in range(2)] == [True, False]
    moment[0] += 3600
    assert [meter.take("p", "k", rate).is_allowed for _ in range(21)] == [True] * 20 + [False]


def test_a_clock_that_is_put_back_costs_no_more_than_one_burst(meter, moment):
    rate = Rate(per_second=10, burst=20)
    meter.take("p", "k", rate)

    moment[0] -= 1_000_000

    assert meter.take("p", "k", rate).retry_after_seconds <= 2
    moment[0] += 2
    assert meter.take("p", "k", rate).is_allowed


def test_thousands_of_keys_at_once_are_counted(meter):
    rate = Rate(per_second=10, burst=20)

    assert all(meter.take("p", f"k{number}", rate).is_allowed for number in range(20_000))


def test_a_file_that_cannot_be_made_is_an_error_and_not_a_crash(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        SharedFileMeter(tmp_path / "missing" / "calls").take("p", "k", SLOW)
