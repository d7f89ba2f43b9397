"""Bodies of every format that was ever stored are read, each step of one format, and none is missing."""

import json
from dataclasses import replace

import pytest

from service.records.codec import put_of, read_as
from service.records.coordinator import Coordinator
from service.records.formats import STEPS, brought_up
from service.records.match import Match
from service.records.member import Member
from service.records.run import Run
from service.records.task import CoordinatorTask
from service.storage.limits import encoded
from service.storage.store import Stored
from service.usecases.renewing import RENEWED
from tests.service.records.examples import EXAMPLES
from tests.service.records.test_codec import every_record_type

# What each format did not say yet: the body of an older one is today's without these, and without those of later ones.
NOT_YET = {
    (Member, 1): ({"care"}, {}),
    (Match, 1): ({"offer_order", "closing_on"}, {"history": {"on_behalf_of"}}),
    (Match, 2): ({"has_met", "check_in_from", "fired", "due_at"}, {}),
    (Match, 3): ({"owner_id"}, {}),
    (CoordinatorTask, 1): ({"owner_id"}, {}),
    (Coordinator, 1): ({"subject"}, {}),
    (Run, 1): (
        set(),
        {
            "counts": {"new", "dropped", "withdrawn", "blocking_pairs", "left_out"},
            "proof": {"snapshot_sha256", "is_best", "stopped_after_seconds"},
        },
    ),
    (Run, 2): ({"slot", "as_of_event", "snapshot_removed_at", "erased_at"}, {}),
    (Run, 3): (set(), {"counts": {"waiting"}}),
    (Run, 4): ({"trial_policy"}, {}),
    (Run, 5): (set(), {"counts": {"reasons"}}),
}


def older(record, number):
    """Write a record as the program of this format did."""
    body = json.loads(encoded(put_of(record).body))
    for (record_type, since), (names, inside) in NOT_YET.items():
        if record_type is type(record) and since >= number:
            body = {name: value for name, value in body.items() if name not in names}
            for name, left_out in inside.items():
                body[name] = _without(body[name], left_out)
    return Stored("harbour", record.KIND, record.record_id, record.version, body, number)


def _without(value, names):
    if isinstance(value, list):
        return [_without(each, names) for each in value]
    return value if value is None else {name: each for name, each in value.items() if name not in names}


def test_there_is_a_step_from_every_format_that_was_left():
    assert set(STEPS) == {(each.KIND, number) for each in every_record_type() for number in range(1, each.FORMAT)}
    assert {(each.KIND, number) for each, number in NOT_YET} == set(STEPS)


def test_every_kind_that_has_had_more_than_one_format_is_renewed():
    assert {each for each in every_record_type() if each.FORMAT > 1} == set(RENEWED)


@pytest.mark.parametrize(("record_type", "number"), NOT_YET, ids=lambda each: getattr(each, "KIND", each))
def test_every_older_format_is_read_with_what_it_did_not_say_left_at_its_beginning(record_type, number):
    examples = [record for record in EXAMPLES.values() if type(record) is record_type]

    for record in examples:
        stored = older(record, number)
        read = read_as(record_type, stored)

        assert read.record_id == record.record_id
        assert put_of(read).body.keys() == put_of(record).body.keys()
        assert read_as(record_type, replace(stored, body=put_of(read).body, format=record_type.FORMAT)) == read
    assert examples


def test_what_an_older_format_says_already_is_kept():
    body = brought_up("run", {"counts": None, "proof": None, "slot": "s", "erased_at": "e"}, found=2, wanted=3)

    assert (body["slot"], body["erased_at"], body["as_of_event"]) == ("s", "e", None)


def test_a_match_of_format_1_is_offered_as_it_was_then():
    match = next(record for record in EXAMPLES.values() if isinstance(record, Match) and record.history)

    read = read_as(Match, older(match, 1))

    assert (read.offer_order, read.closing_on, read.has_met, read.fired) == ("supporter_first", None, False, ())
    assert {entry.on_behalf_of for entry in read.history} == {None}


def test_a_body_of_today_is_not_touched():
    body = {"anything": 1}

    assert brought_up("match", body, found=4, wanted=4) is body
