"""How answers are written as JSON: as Flask would write them, whichever of the two writers does it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

import pytest
from flask import Flask, jsonify
from flask.json.provider import DefaultJSONProvider

from service.api.json_answers import Answers


class Word(StrEnum):
    ONE = "one"


def written(provider, value):
    app = Flask(__name__)
    app.json = provider(app)
    app.json.sort_keys = False
    with app.app_context():
        answer = jsonify(value)
    assert answer.mimetype == "application/json"
    return answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "value",
    [
        {"b": 1, "a": [1.5, None, True, "é€🙂", Word.ONE, -0.0, 1e22, 0.1]},
        [],
        {"beyond 64 bits": 2**70, "least": -(2**63)},
        {1: "a key that is a number"},
        {"half a pair": "\ud800"},
        {"moment": datetime(2026, 11, 30, 12, 0, tzinfo=UTC), "decimal": Decimal("1.10")},
        "a text alone",
    ],
)
def test_answers_say_what_flask_would_say(value):
    text, as_flask = written(Answers, value), written(DefaultJSONProvider, value)

    assert json.loads(text) == json.loads(as_flask)
    assert list(json.loads(text, object_pairs_hook=list)) == list(json.loads(as_flask, object_pairs_hook=list))
    assert text.endswith("\n")


def test_what_no_json_can_say_is_an_error():
    with pytest.raises(TypeError):
        written(Answers, {"a": object()})
