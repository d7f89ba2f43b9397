"""What a compact mapping leaves out is filled in, however deep it stands."""

from marshmallow import Schema, fields

from schemas.completing import completing
from schemas.fields import Choice, Part, Several


class Inner(Schema):
    words = Several(fields.String(), most=3)


class Whole(Schema):
    inner = Part(Inner, required=True)


class Plain(Schema):
    day = fields.String(required=True)


class Outer(Schema):
    whole = Part(Whole)
    plain = Part(Plain)
    plains = Several(Part(Plain), most=3)
    pace = Choice(("weekly", "flexible"), load_default="flexible")
    labels = fields.Dict()
    note = fields.String()


def test_what_is_left_out_is_filled_in():
    assert completing(Outer())({}) == {
        "whole": None,
        "plain": None,
        "plains": [],
        "pace": "flexible",
        "labels": {},
        "note": None,
    }


def test_a_part_that_must_be_there_is_completed_where_something_in_it_may_be_left_out():
    assert completing(Outer())({"whole": {"inner": {}}})["whole"] == {"inner": {"words": []}}


def test_what_is_there_stays():
    value = {"plain": {"day": "mon"}, "plains": [{"day": "tue"}], "pace": "weekly", "labels": {"a": 1}, "note": "n"}

    assert completing(Outer())(value) == {"whole": None, **value}
