"""Bodies that something has damaged: never a fault of ours, and never a part of them saved.

Every call of the API that takes a body is sent its own good body with one to three things changed, or its bytes
damaged, on both stores. How many is set by ALONGSIDE_MUTATED_BODIES: some hundreds a store unless told otherwise,
10,000 to be thorough.
"""

from __future__ import annotations

import copy
import json
import os
import random
import re
from collections import Counter

import pytest

from service.records import kinds
from service.settings import Settings
from tests.service.api.access import ROUTES, world
from tests.service.storage.engines import ENGINES

BODIES = int(os.environ.get("ALONGSIDE_MUTATED_BODIES", "600"))
NO_EFFECT = {kinds.KEY_USE, kinds.KEPT_ANSWER, kinds.AGENDA}
"""Notes beside a call: when its key was used, that it is under way, and that a worker should have a look."""
PARTS = 2
"""Tests side by side."""

ODD = (
    None,
    True,
    0,
    -1,
    1.5,
    1e308,
    2**63,
    -(2**70),
    "",
    " ",
    "\x00",
    "\u202e",
    "😀" * 300,
    "x" * 5000,
    "../..",
    "2026-02-30",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    [],
    {},
    [[]],
    [None],
    {"": None},
    {"$ref": "#"},
    [{"a": [{"b": {}}]}] * 3,
    list(range(500)),
)


def places(value, path=()):
    """Give the path of everything in a JSON value."""
    yield path
    if isinstance(value, dict):
        for name in value:
            yield from places(value[name], (*path, name))
    elif isinstance(value, list):
        for number in range(len(value)):
            yield from places(value[number], (*path, number))


def changed(value, chance):
    """Give the value with one thing changed."""
    value = copy.deepcopy(value)
    path = chance.choice(list(places(value)))
    if not path:
        return chance.choice((*ODD, {**value, chance.choice(["id", "version", "__proto__", "é"]): 1}))
    parent = value
    for name in path[:-1]:
        parent = parent[name]
    way = chance.randrange(4)
    if way == 0:
        del parent[path[-1]]
    elif way == 1 and isinstance(parent, list):
        parent.extend(copy.deepcopy(parent))
    else:
        parent[path[-1]] = chance.choice(ODD)
    return value


def damaged(text, chance):
    """Give the bytes with some of them changed, cut or doubled."""
    data = bytearray(text)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        if chance.random() < 0.5:
            data[at : at + 1] = bytes([chance.randrange(256)])
        else:
            del data[at : at + chance.randint(0, 20)]
    return bytes(data)


def mutated(body, chance):
    for _ in range(chance.randint(1, 3)):
        body = changed(body, chance) if isinstance(body, dict) else body
    text = json.dumps(body).encode()
    return damaged(text, chance) if chance.random() < 0.2 else text


def sent(route, chance):
    """Give the body of a row of the table, damaged."""
    return mutated(route.body, chance) if route.data is None else damaged(route.data, chance)


def left_of_imports(store):
    return [store.count("harbour", kind) for kind in (kinds.IMPORT, kinds.IMPORT_PIECE, kinds.IMPORT_ERRORS)]


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=pytest.mark.redis)])
def settings(request, tmp_path) -> Settings:
    url = ENGINES[request.param](tmp_path)
    is_embedded = url.startswith("sqlite")
    if is_embedded:
        (tmp_path / "data").mkdir()
    return Settings(
        store=url, is_embedded=is_embedded, secret_key_file=tmp_path / "secret.key", may_make_secret_key=True
    )


@pytest.mark.parametrize("part", range(PARTS))
def test_a_damaged_body_is_no_fault_of_ours_and_saves_nothing_in_part(harbour, store, monkeypatch, part):
    ids = world(harbour, store)
    chance = random.Random(part)
    taking = [(name, route) for name, route in ROUTES.items() if isinstance(route.body, dict) or route.data]
    saved = []
    commit = store.commit

    def counted(scope, changes):
        committed = commit(scope, changes)
        saved.append([put.kind for put in changes.puts] + [delete.kind for delete in changes.deletes])
        return committed

    monkeypatch.setattr(store, "commit", counted)
    statuses = Counter()
    for number in range(BODIES // PARTS):
        name, route = taking[number % len(taking)]
        method, rule = name.split(" ")
        path = re.sub(r"<(?:int:)?(\w+)>", lambda found, route=route: {**ids, **route.ids}[found[1]], rule)
        text = sent(route, chance)
        patch = {"Content-Type": "application/merge-patch+json"}
        headers = {"Content-Type": route.content_type, **route.headers, **(patch if method == "PATCH" else {})}
        saved.clear()
        imports = left_of_imports(store)

        answer = harbour.call(method, path, data=text, headers=headers)

        statuses[answer.status_code] += 1
        assert answer.status_code < 500, (name, text)
        if answer.status_code >= 400:
            assert answer.content_type == "application/problem+json", (name, text)
            touched = {kind for kinds_of in saved for kind in kinds_of} - NO_EFFECT
            if route.data is None:
                assert touched == set(), (name, text, touched)
            else:
                # Lines are kept as they come; of a body that cannot be used as a whole nothing may be left.
                assert left_of_imports(store) == imports, (name, text)
    # The bodies reach what they are for: some are still good, most are refused for what they say.
    assert statuses[422] > BODIES // PARTS // 3
    assert statuses[200] + statuses[201] + statuses[202] > 0
