"""What the OpenAPI document cannot say in JSON Schema, told to Schemathesis: formats, ids, which cases of many.

Nothing here looks at answers or leaves out a check. A format is a word of the document for which JSON Schema has none.
The ids come from `test_schemathesis.py`, by operation; what was answered goes back to it in a file. What is changed of
a case before it is sent, and why:

* a new Idempotency-Key each time: the same one with another body is refused, as it should be;
* ``Prefer: wait`` waits for nothing: no worker is there, and each call would take its five seconds;
* ids in paths are those of what is there, unless a bad one is meant: all else would be 404;
* the key that asks is neither rotated nor removed;
* a policy that was saved is set back afterwards;
* what is meant well names the present version (``If-Match: *``), and is mended where it breaks a rule over several
  fields (`schemathesis_mends.py`).
"""

from __future__ import annotations

import json
import os
import secrets
from collections import defaultdict
from math import isqrt
from pathlib import Path
from urllib.parse import urlencode

import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode
from schemathesis.generation.meta import TestPhase

from schemas.profile import zones
from tests.service.api.conftest import SEEKER
from tests.service.api.schemathesis_mends import MENDS

WORLD = json.loads(os.environ["ALONGSIDE_WORLD"])
"""`ids`: operation → names in its path → ids; `usual`: those of any other operation; `own_key`: the key id in use;
`another_key`: one that may go."""
SEEN = Path(os.environ["ALONGSIDE_SEEN"])
SHARE = os.environ["ALONGSIDE_SCHEMATHESIS_SHARE"]
"""Of the edges of every field, which ones are asked: ``all``, or a number that says which few."""
LONGEST_QUERY = 3500
"""gunicorn reads 4,094 bytes of an address, and answers longer ones itself (414), before the API."""

ZONES = sorted(zones())

printable = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=20)
# By number: `sampled_from` would try all of them each time that none is as long as is asked for.
schemathesis.openapi.format("iana-timezone", st.integers(0, len(ZONES) - 1).map(ZONES.__getitem__))
schemathesis.openapi.format("language-tag", st.sampled_from(["en", "pl", "de-CH", "zh-Hant", "pt-BR", "cy"]))
schemathesis.openapi.format("printable", printable)
schemathesis.openapi.format("printable-lines", printable)
schemathesis.openapi.format("cron", st.sampled_from(["0 3 * * MON", "30 2 1 * *", "*/15 * * * *"]))

_asked: defaultdict[str, int] = defaultdict(int)


@schemathesis.serializer("application/x-ndjson", "text/csv")
def lines(context, value):
    """Write lines as they are."""
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def filter_case(context, case):
    """Of the edges of every field take ever rarer ones: of a thousand some thirty are asked, of ten some five."""
    if SHARE == "all" or case.meta is None or case.meta.phase.name is not TestPhase.COVERAGE:
        return True
    number = _asked[case.operation.label]
    _asked[case.operation.label] += 1
    number = max(number - int(SHARE), 0)
    return number < 2 or isqrt(number) ** 2 == number


@schemathesis.hook
def filter_query(context, query):
    """Leave out addresses that no server reads to their end."""
    return len(urlencode(query or {}, doseq=True)) < LONGEST_QUERY


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Ask about what is there."""
    return _there(context.operation.label, path_parameters or {}) or path_parameters


@schemathesis.hook
def before_call(context, case, kwargs):
    """Change what this module's first lines tell."""
    is_meant_well = case.meta is None or case.meta.generation.mode is GenerationMode.POSITIVE
    key = str((case.headers or {}).get("Idempotency-Key", ""))
    if '"' in key or (key and is_meant_well):
        fresh = secrets.token_hex(8)
        case.headers["Idempotency-Key"] = f'"{fresh}"' if '"' in key else fresh
    if case.headers and "wait" in str(case.headers.get("Prefer", "")):
        case.headers["Prefer"] = "wait=0"
    if case.path_parameters and _is_edge_elsewhere(case):
        case.path_parameters.update(_there(case.operation.label, case.path_parameters))
    if (case.path_parameters or {}).get("key_id") == WORLD["own_key"]:
        case.path_parameters["key_id"] = WORLD["another_key"]
    if is_meant_well:
        if case.headers and "If-Match" in case.headers:
            case.headers["If-Match"] = "*"
        CALLS.get(case.operation.label, lambda _: None)(case)
        mend = MENDS.get(case.operation.label)
        if mend and isinstance(case.body, dict):
            mend(case.body)


@schemathesis.hook
def after_call(context, case, response):
    """Note which operation was answered how."""
    with SEEN.open("a", encoding="utf-8") as seen:
        seen.write(f"{response.status_code} {case.operation.label}\n")
    if case.operation.label == "PUT /v1/policy" and response.status_code == 200:
        _set_back(response.request.url)


def _set_back(policy_url):
    """Put the usual policy in force again: under one that was drawn, perhaps no two may be paired by any later call."""
    headers = {"Authorization": f"Bearer {os.environ['ALONGSIDE_KEY']}", "If-Match": "*"}
    requests.put(policy_url, json={}, headers=headers, timeout=30).raise_for_status()


def _there(label, drawn):
    usual = {name: WORLD["usual"][name] for name in drawn if name in WORLD["usual"]}
    return {**drawn, **usual, **WORLD["ids"].get(label, {})}


def _is_edge_elsewhere(case):
    """Tell whether this is an edge of anything but the path."""
    if case.meta is None or case.meta.phase.name is not TestPhase.COVERAGE:
        return False
    path = case.meta.components.get(ParameterLocation.PATH)
    return path is None or path.mode is GenerationMode.POSITIVE


def _import(case):
    """docs/spreadsheet.md: CSV comes with a mapping, JSON lines without."""
    is_csv = case.media_type == "text/csv"
    case.query = {"mapping": "seekers"} if is_csv else {}
    case.body = "Member,Languages\nm-1,en\n" if is_csv else json.dumps({"member_id": "m-30", **SEEKER}) + "\n"


def _events(case):
    """A reader goes on from where it has come to."""
    if (case.query or {}).get("after"):
        case.query["after"] = "0"


def _errors(case):
    """A reader goes on from the `next` of the page before; here there is one page."""
    case.query = {}


def _knock_on(case):
    """Two who were in the run."""
    case.query = {**(case.query or {}), "seeker_id": "m-12", "supporter_id": "m-8"}


def _apart(case):
    """Nobody is kept apart from themselves."""
    if case.path_parameters["one"] == case.path_parameters["other"]:
        case.path_parameters["other"] += "x"


CALLS = {
    "PUT /v1/blocks/{one}/{other}": _apart,
    "DELETE /v1/blocks/{one}/{other}": _apart,
    "POST /v1/imports": _import,
    "GET /v1/events": _events,
    "GET /v1/imports/{import_id}/errors": _errors,
    "GET /v1/runs/{run_id}/knock-on": _knock_on,
}
"""Operation → what mends a call that is meant well, beside its body."""
