"""The short way of reading a profile, held against the schema: what it takes, the schema takes as the same value."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pytest
from marshmallow import ValidationError

from matching.community import generate
from matching.profile import Profile
from matching.profile_json import profile_to_mapping
from schemas.member import MemberIn, load_by_schema, load_profile
from schemas.quick_profile import quick_profile
from tests.schemas.test_member import LABELS, LEAST, WHOLE

NOT_THERE = object()
MEMBER_IN = MemberIn()

STRANGE = [
    None, True, False, 0, 1, -1, 3, 30, 30.0, 30.5, 2**31, 10**40, float("nan"), float("inf"), -0.0, 90.004, "", " ",
    "x", "en", "EN-gb", "xx", "qqq", "en-GB-oxendict-and-far-more-than-35-long", "i" * 41, "i" * 101, "a_b", "A", "a\n",
    "north", "nowhere", "woman", "paused", "active", "weekly", "mon", "18:00", "24:00", "25:00", "1:00", "Mars/Base",
    "UTC", "utc", "Factory", "2026-09-01", "2026-9-1", "2026-13-01", "20260901", "2026-09-01T10:00:00Z",
    "2026-09-01 10:00:00+00:00", "20260901T100000Z", "2026-09-01t10:00:00z", "2026-09-01T10:00:00",
    "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "2026-W36-2T10:00:00Z",
    [], [None], ["en"], ["en", "en"], ["EN", "en"], ["xx"], ["a", 1], [[]], [{}], ["a"] * 51,
    ["text"], ["woman", "man"],
    [2, 3, 3], [1, 2], [0, 1, 2], [2, None, 3], ["north"], {}, {"a": 1}, {"a": None}, {"site": None}, {"site": "north"},
    {"level": 4.0}, {"level": True}, {"identities": []}, {"identities": ["a", "a"]}, {"identities": ["a", None]},
    {"latitude": 90, "longitude": -180, "radius_km": 0}, {"latitude": 0, "longitude": 0, "radius_km": None},
    [{"day": "mon", "start": "18:00", "end": "18:00"}], [{"day": "mon", "start": "00:00", "end": "24:00"}],
    [{"day": "mon", "start": "18:00", "end": None}], [{"kind": "basic", "scope": ["adults"], "valid_until": None}],
    [{"kind": "basic", "scope": []}], [{"kind": "basic", "scope": ["adults"], "text": "x"}],
]  # fmt: skip


def both(json: Any, member_id: str = "m-1") -> tuple[Profile | None, Profile | None]:
    """The profile as either way reads it; None where it does not."""
    quick = quick_profile(member_id, copy.deepcopy(json), LABELS, MEMBER_IN)
    try:
        slow = load_by_schema(member_id, copy.deepcopy(json), LABELS)
    except ValidationError:
        slow = None
    return quick, slow


def places_in(json: Any) -> list[tuple[Any, ...]]:
    """Every path into nested objects and lists, the whole included."""
    inside = json.items() if isinstance(json, dict) else enumerate(json) if isinstance(json, list) else ()
    return [(), *((name, *path) for name, each in inside for path in places_in(each))]


def with_at(json: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy with another value at a path, or without it."""
    if not path:
        return value
    changed = copy.deepcopy(json)
    part = changed
    for name in path[:-1]:
        part = part[name]
    if value is NOT_THERE:
        del part[path[-1]]
    else:
        part[path[-1]] = copy.deepcopy(value)
    return changed


@pytest.mark.parametrize("whole", [WHOLE, LEAST], ids=["whole", "least"])
def test_whatever_stands_anywhere_the_short_way_takes_nothing_else(whole):
    taken = 0
    for path in places_in(whole):
        for value in [*STRANGE, *([NOT_THERE] if path else [])]:
            quick, slow = both(with_at(whole, path, value))
            assert quick is None or quick == slow, (path, value)
            taken += quick is not None
    assert taken > 50


@pytest.mark.parametrize("part", [(), ("consent",), ("seeker",), ("supporter",), ("location",), ("labels",)])
@pytest.mark.parametrize("value", [None, 1, "x"])
def test_a_field_nobody_knows_is_never_taken(part, value):
    assert both(with_at(WHOLE, (*part, "unknown"), value)) == (None, None)


@pytest.mark.parametrize("name", sorted(MEMBER_IN.fields))
@pytest.mark.parametrize("value", STRANGE, ids=str)
def test_a_field_that_was_not_there_is_taken_alike(name, value):
    quick, slow = both({**LEAST, name: value})

    assert quick is None or quick == slow


@pytest.mark.parametrize("part", ["seeker", "supporter"])
def test_every_field_of_a_role_is_taken_alike(part):
    for name in MEMBER_IN.fields[part].schema.fields:
        for value in STRANGE:
            quick, slow = both({**LEAST, part: {name: value}})
            assert quick is None or quick == slow, (name, value)


@pytest.mark.parametrize("member_id", ["", ".", "..", "a b", "ü", "m" * 129, "m" * 128, "m.1"])
def test_ids_are_taken_alike(member_id):
    quick, slow = both(LEAST, member_id)

    assert quick == slow


def test_an_ordinary_profile_needs_no_schema(monkeypatch):
    monkeypatch.setattr("schemas.member.load_by_schema", None)

    for profile in generate(seed=7, seekers=100, supporters=60, today=date(2026, 11, 23)).profiles:
        assert load_profile(profile.member_id, profile_to_mapping(profile)) == profile
    assert load_profile("m-1", WHOLE, LABELS).labels == {"site": "north", "level": 4, "identities": ("carer",)}
