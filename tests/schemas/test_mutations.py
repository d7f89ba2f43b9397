"""Whatever JSON is put in place of any part of a body, it is read as a value or refused; no other error escapes."""

from __future__ import annotations

import copy
import json

from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from schemas.member import dump_profile, load_profile
from schemas.policy import dump_policy, load_policy
from tests.schemas.test_member import LABELS, WHOLE
from tests.schemas.test_policy import LABELLED

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["en", "24:00", "2026-02-29", "9999-12-31T23:59:59-23:59", "Europe/London", "a" * 300, "\ud800", ""]
    )
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


def paths(value, path=()):
    """Give the path of every part of a body."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in inner:
        yield from paths(part, (*path, name))


def replaced(body, path, part):
    """Give the body with another part at the path."""
    if not path:
        return part
    body = copy.deepcopy(body)
    holder = body
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = part
    return body


@settings(max_examples=500)
@given(path=st.sampled_from(list(paths(WHOLE))), part=JSON)
def test_a_mutated_profile_is_a_profile_or_refused(path, part):
    try:
        profile = load_profile("m-1", replaced(WHOLE, path, part), LABELS)
    except ValidationError:
        return
    json.dumps(dump_profile(profile), allow_nan=False, ensure_ascii=False).encode()
    assert load_profile("m-1", dump_profile(profile), LABELS) == profile


@settings(max_examples=500)
@given(path=st.sampled_from(list(paths(LABELLED))), part=JSON)
def test_a_mutated_policy_is_a_policy_or_refused(path, part):
    try:
        policy = load_policy(replaced(LABELLED, path, part))
    except ValidationError:
        return
    json.dumps(dump_policy(policy), allow_nan=False, ensure_ascii=False).encode()
    assert load_policy(dump_policy(policy)) == policy
