"""Schemathesis against the served API on both stores: all checks, and every operation reaches a 2xx.

As `make test` runs it: the examples of the document, the edges of its fields (some of the seven thousand; others on
each store), a few calls made up for each operation, and chains of calls along the document's links; always the same
ones. CONTRIBUTING.md tells how to ask for all edges, and for more.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from service.app import create_app
from service.clock import SystemClock
from service.records.codec import put_of
from service.records.delivery import Delivery, DeliveryState
from service.records.task import CoordinatorTask, TaskKind
from service.records.webhook import Webhook, WebhookState
from service.settings import Settings
from service.storage.store import Changes
from service.usecases.reading import found
from service.usecases.runs import run_now
from tests.service.api.access import LINE
from tests.service.api.conftest import NOW, SEEKER, SUPPORTER, Caller
from tests.service.api.serving import serving
from tests.service.api.test_imports import MAPPING
from tests.service.storage.engines import ENGINES

EXAMPLES = os.environ.get("ALONGSIDE_SCHEMATHESIS_EXAMPLES", "2")
SEED = os.environ.get("ALONGSIDE_SCHEMATHESIS_SEED", "1")
HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PHASES = os.environ.get("ALONGSIDE_SCHEMATHESIS_PHASES", "examples,coverage,fuzzing,stateful")
EDGES = os.environ.get("ALONGSIDE_SCHEMATHESIS_EDGES", "some")
"""``all`` edges of every field, or ``some``."""
ONLY = os.environ.get("ALONGSIDE_SCHEMATHESIS_ONLY", "")
"""A regular expression: only operations whose paths it matches; empty: all of them."""
LINES = "application/x-ndjson"
PATIENCE_SECONDS = (600 if EDGES == "some" else 3600) + 60 * int(EXAMPLES)


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=pytest.mark.redis)])
def served(request, tmp_path):
    (tmp_path / "data").mkdir()
    with serving(tmp_path, ENGINES[request.param](tmp_path), requests_per_second="100000") as server:
        yield server


@pytest.fixture
def harbour(served, tmp_path):
    """The platform's program, on the same store but in this process."""
    settings = Settings(
        store=served.store_url,
        is_embedded=served.store_url.startswith("sqlite"),
        secret_key_file=tmp_path / "secret.key",
        may_make_secret_key=False,
    )
    app = create_app(settings)
    yield Caller(app.test_client(), served.key)
    app.extensions["alongside"].close()


def world(harbour):
    """Make something for every operation to work on; give ids by operation and name in its path."""
    store = harbour.client.application.extensions["alongside"]
    members(harbour, seekers=(7, 9, 10, 11, 12, 14, 15), supporters=(8,))
    done = run_now(store, "harbour", is_dry_run=False, clock=SystemClock())
    for match in harbour.get("/v1/matches?state=proposed").json["matches"]:
        act(harbour, match["match_id"], action="reject", reason="poor_fit")
    # After the run, so that no pair of these rests.
    members(harbour, seekers=(1, 5, 13, 16), supporters=(2, 4, 6))
    offered = match_of(harbour, "m-16", "m-2")
    act(harbour, offered, action="approve")
    active = match_of(harbour, "m-1", "m-4")
    act(harbour, active, action="approve")
    act(harbour, active, action="accept", by={"role": "supporter", "member_id": "m-4"})
    act(harbour, active, action="accept", by={"role": "seeker", "member_id": "m-1"})
    task = CoordinatorTask(TaskKind.CARE, "m-10", ("m-10",), opened_at=NOW, task_id="task_1")
    store.commit("harbour", Changes(puts=(put_of(task),)))
    held = harbour.post("/v1/members/m-10/hold", {"cause": "crisis"}).json["hold_id"]
    harbour.put("/v1/blocks/m-12/m-14", None)
    gone = harbour.delete("/v1/members/m-15").headers["Location"].rsplit("/", 1)[1]
    keys = [harbour.post("/v1/keys", {"name": name, "scopes": ["runs"]}).json["key_id"] for name in "abc"]
    harbour.put("/v1/mappings/seekers", MAPPING)
    harbour.put("/v1/mappings/others", MAPPING)
    imports = [harbour.call("POST", "/v1/imports", data=LINE, content_type=LINES).json["import_id"] for _ in "ab"]
    preview = harbour.post("/v1/policy/preview", {"family": "weights"}).json["preview_id"]
    hook, paused, old = [
        harbour.post("/v1/webhooks", {"url": f"https://example.org/{name}"}).json["webhook_id"] for name in "abc"
    ]
    hooks = [found(store, "harbour", Webhook, webhook_id) for webhook_id in (hook, paused)]
    states = (WebhookState.ACTIVE, WebhookState.PAUSED)
    puts = [put_of(replace(each, state=state)) for each, state in zip(hooks, states, strict=True)]
    delivery = Delivery(hook, 1, "evt_1", "member.created", DeliveryState.DEAD, since=NOW, due_at=None)
    store.commit("harbour", Changes(puts=(*puts, put_of(delivery))))
    note = harbour.post(f"/v1/matches/{active}/notes", {"text": "Prefers mornings."}).json["note_id"]
    queued = harbour.post("/v1/runs", {}).json["run_id"]
    # Another one can be asked for, and cancelling it again is no error.
    harbour.post(f"/v1/runs/{queued}/cancel")
    ids = {
        "PUT /v1/members/{member_id}": {"member_id": "m-7"},
        "GET /v1/members/{member_id}": {"member_id": "m-7"},
        "PATCH /v1/members/{member_id}": {"member_id": "m-7"},
        "DELETE /v1/members/{member_id}": {"member_id": "m-11"},
        "PUT /v1/members/{member_id}/looking": {"member_id": "m-9"},
        "PUT /v1/members/{member_id}/boost": {"member_id": "m-9"},
        "POST /v1/members/{member_id}/match": {"member_id": "m-13"},
        "POST /v1/members/{member_id}/hold": {"member_id": "m-9"},
        "POST /v1/members/{member_id}/release": {"member_id": "m-10"},
        "GET /v1/members/{member_id}/check-ins": {"member_id": "m-1"},
        "GET /v1/runs/{run_id}": {"run_id": done.run_id},
        "GET /v1/runs/{run_id}/certificate": {"run_id": done.run_id},
        "POST /v1/runs/{run_id}/cancel": {"run_id": queued},
        "GET /v1/runs/{run_id}/unmatched": {"run_id": done.run_id},
        "GET /v1/runs/{run_id}/shortages": {"run_id": done.run_id},
        "GET /v1/runs/{run_id}/knock-on": {"run_id": done.run_id},
        "GET /v1/runs/{run_id}/changes": {"run_id": done.run_id},
        "GET /v1/members/{member_id}/candidates": {"member_id": "m-13"},
        "GET /v1/members/{member_id}/explanation": {"member_id": "m-12"},
        "GET /v1/policy/previews/{preview_id}": {"preview_id": preview},
        "GET /v1/imports/{import_id}": {"import_id": imports[0]},
        "GET /v1/imports/{import_id}/errors": {"import_id": imports[0]},
        "DELETE /v1/imports/{import_id}": {"import_id": imports[1]},
        "PUT /v1/mappings/{name}": {"name": "seekers"},
        "GET /v1/mappings/{name}": {"name": "seekers"},
        "DELETE /v1/mappings/{name}": {"name": "others"},
        "GET /v1/webhooks/{webhook_id}": {"webhook_id": hook},
        "PATCH /v1/webhooks/{webhook_id}": {"webhook_id": hook},
        "DELETE /v1/webhooks/{webhook_id}": {"webhook_id": old},
        "POST /v1/webhooks/{webhook_id}/verify": {"webhook_id": hook},
        "POST /v1/webhooks/{webhook_id}/rotate": {"webhook_id": hook},
        "POST /v1/webhooks/{webhook_id}/pause": {"webhook_id": hook},
        "POST /v1/webhooks/{webhook_id}/resume": {"webhook_id": paused},
        "GET /v1/webhooks/{webhook_id}/deliveries": {"webhook_id": hook},
        "POST /v1/webhooks/{webhook_id}/replay": {"webhook_id": hook},
        "POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay": {
            "webhook_id": hook,
            "delivery_id": delivery.record_id,
        },
        "GET /v1/matches/{match_id}": {"match_id": active},
        "GET /v1/matches/{match_id}/card": {"match_id": active},
        "GET /v1/matches/{match_id}/suggested-times": {"match_id": active},
        "GET /v1/matches/{match_id}/suggested-times.ics": {"match_id": active},
        "POST /v1/matches/{match_id}/actions": {"match_id": offered},
        "POST /v1/matches/{match_id}/check-ins": {"match_id": active},
        "POST /v1/matches/{match_id}/notes": {"match_id": active},
        "GET /v1/matches/{match_id}/notes": {"match_id": active},
        "DELETE /v1/matches/{match_id}/notes/{note_id}": {"match_id": active, "note_id": note},
        "GET /v1/matches/{match_id}/measures": {"match_id": active},
        "GET /v1/matches/{match_id}/messages": {"match_id": active},
        "GET /v1/members/{member_id}/messages": {"member_id": "m-1"},
        "GET /v1/members/{member_id}/export": {"member_id": "m-1"},
        "GET /v1/wording/{language}": {"language": "en"},
        "PUT /v1/wording/{language}": {"language": "pl"},
        "POST /v1/holds/{hold_id}/seen": {"hold_id": held},
        "POST /v1/tasks/{task_id}/done": {"task_id": task.task_id},
        "PUT /v1/blocks/{one}/{other}": {"one": "m-12", "other": "m-13"},
        "DELETE /v1/blocks/{one}/{other}": {"one": "m-12", "other": "m-14"},
        "GET /v1/erasures/{erasure_id}": {"erasure_id": gone},
        "GET /v1/policy/versions/{number}": {"number": 1},
        "GET /v1/keys/{key_id}": {"key_id": keys[0]},
        "POST /v1/keys/{key_id}/rotate": {"key_id": keys[0]},
        "DELETE /v1/keys/{key_id}": {"key_id": keys[1]},
    }
    usual = {"member_id": "m-7", "run_id": done.run_id, "match_id": active, "webhook_id": hook, "key_id": keys[0]}
    return {"ids": ids, "usual": usual, "own_key": harbour.key.split("_")[2], "another_key": keys[2]}


def members(harbour, *, seekers, supporters):
    for number in seekers:
        harbour.put(f"/v1/members/m-{number}", SEEKER)
    for number in supporters:
        harbour.put(f"/v1/members/m-{number}", {**SUPPORTER, "supporter": {"topics": [], "capacity": 5}})


def match_of(harbour, seeker_id, supporter_id):
    made = harbour.post("/v1/matches", {"seeker_id": seeker_id, "supporter_id": supporter_id})
    assert made.status_code == 201, made.json
    return made.json["match_id"]


def act(harbour, match_id, **action):
    done = harbour.post(f"/v1/matches/{match_id}/actions", action)
    assert done.status_code == 200, done.json


def read_in(served, ids):
    """Ask what is read into memory first until every worker has it: until then it is 503, as the document says."""
    store_calls = [label for label in ids if label.split("/")[-1] in ("unmatched", "explanation", "candidates")]
    for label in store_calls:
        path = re.sub(r"{(\w+)}", lambda name, label=label: ids[label][name[1]], label.split(" ")[1])
        until, answered = time.monotonic() + PATIENCE_SECONDS, 0
        while answered < 12:
            assert time.monotonic() < until, label
            with closing(served.connect()) as connection:
                connection.request("GET", path, headers=served.headers)
                answered = answered + 1 if connection.getresponse().status == 200 else 0


def test_no_check_fails_and_every_operation_is_reached(served, harbour, document, tmp_path):
    seen = tmp_path / "seen"
    told = world(harbour)
    read_in(served, told["ids"])
    environment = {
        **os.environ,
        "ALONGSIDE_KEY": served.key,
        "ALONGSIDE_WORLD": json.dumps(told),
        "ALONGSIDE_SEEN": str(seen),
        "ALONGSIDE_SCHEMATHESIS_SHARE": "all" if EDGES == "all" else str(int(served.store_url.startswith("sqlite"))),
        "SCHEMATHESIS_HOOKS": "tests.service.api.schemathesis_hooks",
        "PYTHONPATH": str(ROOT),
    }
    command = [Path(sys.executable).with_name("schemathesis"), "--config-file", HERE / "schemathesis.toml"]
    command += ["run", f"{served.url}/openapi.json", "--max-examples", EXAMPLES, "--seed", SEED]
    command += ["--phases", PHASES]
    command += ["--include-path-regex", ONLY] if ONLY else []

    done = subprocess.run(
        [*map(str, command)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5000:]
    statuses = defaultdict(set)
    for line in seen.read_text(encoding="utf-8").splitlines():
        status, label = line.split(" ", 1)
        statuses[label].add(int(status) // 100)
    operations = {
        f"{method.upper()} {path}"
        for path, entry in document["paths"].items()
        if re.search(ONLY, path)
        for method, operation in entry.items()
        if isinstance(operation, dict)
    }
    # Only the examples come in an order in which nothing is gone yet.
    assert "examples" not in PHASES or {label for label in operations if 2 not in statuses[label]} == set()
    followed = re.search(r"API Links:\s+([0-9]+) covered", done.stdout)
    assert "stateful" not in PHASES or (followed is not None and int(followed[1]) > 0), done.stdout[-2000:]
