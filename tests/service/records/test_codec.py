import json
from datetime import UTC, datetime, timedelta, timezone
from importlib import import_module
from itertools import islice
from pkgutil import iter_modules

import pytest

from service import records
from service.errors import UnknownFormat
from service.records import delete_of, new_id, put_of, read_as
from service.records.codec import Record, after_these_ids, instant_from_json, instant_to_json, new_ids
from service.storage.limits import check_changes, encoded
from service.storage.store import Changes, Delete, Stored
from tests.service.records.examples import EXAMPLES, LATER, NOW

every_example = pytest.mark.parametrize("record", EXAMPLES.values(), ids=EXAMPLES)


def stored(record, **fields):
    put = put_of(record)
    body = json.loads(encoded(put.body))
    return Stored(
        "harbour", put.kind, put.record_id, **{"version": record.version, "body": body, "format": put.format} | fields
    )


@every_example
def test_a_record_comes_back_from_its_body_as_it_was(record):
    assert read_as(type(record), stored(record)) == record


@every_example
def test_a_body_holds_neither_id_nor_version(record):
    assert read_as(type(record), stored(record, version=77)).version == 77
    assert "version" not in put_of(record).body


@every_example
def test_every_store_takes_what_a_record_puts(record):
    assert check_changes("harbour", Changes(puts=(put_of(record, expected_version=record.version),))) is None


@every_example
def test_a_record_of_a_newer_format_is_refused(record):
    with pytest.raises(UnknownFormat) as caught:
        read_as(type(record), stored(record, format=record.FORMAT + 1))

    assert (caught.value.found, caught.value.known) == (record.FORMAT + 1, record.FORMAT)


@every_example
def test_records_cannot_be_changed(record):
    with pytest.raises(AttributeError):
        record.version = 9


def every_record_type():
    modules = [import_module(found.name) for found in iter_modules(records.__path__, f"{records.__name__}.")]
    return {
        each
        for module in modules
        for each in vars(module).values()
        if isinstance(each, type) and hasattr(each, "KIND") and hasattr(each, "to_body") and each is not Record
    }


def test_every_record_has_an_example_here():
    assert {type(record) for record in EXAMPLES.values()} == every_record_type()


def test_no_two_kinds_share_a_name():
    types = every_record_type()

    assert len({each.KIND for each in types}) == len(types)


def test_the_expected_version_is_passed_on():
    record = EXAMPLES["platform"]

    assert put_of(record).expected_version is None
    assert put_of(record, expected_version=2).expected_version == 2
    assert delete_of(record, expected_version=2) == Delete("platform", "harbour", 2)


def test_ids_come_in_the_order_of_making():
    earlier, later = new_id("run", NOW), new_id("run", LATER)

    assert earlier < later
    assert len(earlier) == len(later) == len("run_") + 26
    assert earlier[:14] == "run_01m819ekhv"


def test_no_two_ids_are_alike():
    assert len({new_id("run", NOW) for _ in range(1000)}) == 1000


def test_moments_are_written_in_utc_so_that_texts_sort_like_time():
    east = datetime(2026, 1, 1, 5, 0, tzinfo=timezone(timedelta(hours=5)))

    assert instant_to_json(east) == "2026-01-01T00:00:00.000000Z"
    assert instant_to_json(NOW) == "2026-11-22T09:30:00.123456Z"
    assert instant_from_json("2026-01-01T00:00:00.000000Z") == datetime(2026, 1, 1, tzinfo=UTC)


def test_ids_made_together_are_in_order_and_can_be_passed_over_at_once():
    together = list(islice(new_ids("match", NOW), 3000))
    other, later = new_id("match", NOW), new_id("match", LATER)

    assert together == sorted(set(together))
    last = after_these_ids(together[0])
    assert {after_these_ids(each) for each in together} == {last}
    assert together[-1] < last < later
    assert not together[0] <= other <= last
    assert {len(each) for each in (*together, last)} == {len(other)}
