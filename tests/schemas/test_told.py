"""What is wrong with a field can be said in another language: it keeps its template and values, whatever is refused."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from marshmallow import Schema, ValidationError

from schemas.fields import Part
from schemas.member import MemberIn, load_profile
from schemas.policy import PolicyIn, load_policy
from schemas.told import Told, tell, together
from service.field_problems import field_problems
from tests.schemas.test_member import LEAST, WHOLE

_BAD: tuple[Any, ...] = (
    None, "", "x y\n", "x" * 500, -1, 10**12, 1.5, True, [], [None], [{}], ["x"] * 2000, {}, {"x": 1},
)  # fmt: skip


def _paths(schema: Schema, prefix: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, field in schema.fields.items():
        yield (*prefix, name)
        if isinstance(field, Part):
            yield from _paths(field.schema, (*prefix, name))


def _put(body: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(body)
    part = changed
    for name in path[:-1]:
        part[name] = part[name] if isinstance(part.get(name), dict) else {}
        part = part[name]
    part[path[-1]] = value
    return changed


def _refused(load: Any, body: dict[str, Any]) -> list[str]:
    try:
        load(body)
    except ValidationError as error:
        return [problem.message for problem in field_problems(error)]
    return []


@pytest.mark.parametrize(
    ("load", "schema", "body"),
    [
        (load_policy, PolicyIn(), {}),
        (lambda body: load_profile("m-1", body, labels=()), MemberIn(), WHOLE),
        (lambda body: load_profile("m-1", body, labels=()), MemberIn(), LEAST),
    ],
    ids=["policy", "member", "member with little"],
)
def test_whatever_is_refused_can_be_said_in_another_language(load: Any, schema: Schema, body: dict[str, Any]) -> None:
    told = [
        message
        for path in (*_paths(schema), ("nobody_knows_this",))
        for bad in _BAD
        for message in _refused(load, _put(body, path, bad))
    ]

    assert len(told) > 200
    assert {message for message in told if not isinstance(message, Told)} == set()


def test_a_sentence_is_its_english_and_keeps_what_it_was_made_of() -> None:
    sentence = tell("must be from %(least)s to %(most)s", least=1, most=9)

    assert sentence == "must be from 1 to 9"
    assert json.loads(json.dumps({"message": sentence})) == {"message": "must be from 1 to 9"}
    assert sentence.format(input="secret") is sentence
    for copied in (copy.deepcopy(sentence), pickle.loads(pickle.dumps(sentence))):
        assert (copied.template, copied.values) == ("must be from %(least)s to %(most)s", {"least": 1, "most": 9})


def test_several_sentences_are_one_whose_parts_can_be_said_anew() -> None:
    joined = together([tell("one"), tell("two"), tell("three")])

    assert joined == "one; two; three"
    assert isinstance(joined, Told)
    assert isinstance(joined.values["first"], Told)
    assert together([tell("one")]) == "one"
