"""What the OpenAPI document cannot say in JSON Schema, told to Schemathesis: formats, ids, rules of several fields.

Nothing here looks at answers or leaves out a check. A format is a word of the document for which JSON Schema has none.
A rule over several fields is told to people in docs/ and in messages; here a body that breaks one is mended before it
is sent, if it is meant to be good. The ids come from `test_schemathesis.py`, by operation; what was answered goes
back to it in a file.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

import schemathesis
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode

from schemas.profile import zones
from tests.service.api.conftest import SEEKER
from tests.service.api.test_imports import MAPPING

WORLD = json.loads(os.environ["ALONGSIDE_WORLD"])
"""`ids`: operation → names in its path → ids; `usual`: those of any other operation; `own_key`: the key id in use;
`another_key`: one that may go."""
SEEN = Path(os.environ["ALONGSIDE_SEEN"])

printable = st.characters(categories=("L", "N", "P", "S"))
ZONES = sorted(zones())
# By number: `sampled_from` would try all of them each time that none is as long as is asked for.
schemathesis.openapi.format("iana-timezone", st.integers(0, len(ZONES) - 1).map(ZONES.__getitem__))
schemathesis.openapi.format("language-tag", st.sampled_from(["en", "pl", "de-CH", "zh-Hant", "pt-BR", "cy"]))
schemathesis.openapi.format("printable", st.text(printable, min_size=1, max_size=20))
schemathesis.openapi.format("printable-lines", st.text(printable, min_size=1, max_size=20))
schemathesis.openapi.format("cron", st.sampled_from(["0 3 * * MON", "30 2 1 * *", "*/15 * * * *"]))


@schemathesis.serializer("application/x-ndjson", "text/csv")
def lines(context, value):
    """Write lines as they are."""
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def filter_query(context, query):
    """Leave out addresses that no server reads to their end: gunicorn answers them itself (414), before the API."""
    return sum(len(str(value)) for value in (query or {}).values()) < 300


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Ask about what is there."""
    drawn = path_parameters or {}
    usual = {name: WORLD["usual"][name] for name in drawn if name in WORLD["usual"]}
    return {**drawn, **usual, **WORLD["ids"].get(context.operation.label, {})} or path_parameters


@schemathesis.hook
def before_call(context, case, kwargs):
    """Take a new Idempotency-Key each time, wait for no worker, keep the key that asks, and mend what is meant well."""
    if case.headers and '"' in str(case.headers.get("Idempotency-Key", "")):
        case.headers["Idempotency-Key"] = f'"{secrets.token_hex(8)}"'
    if case.headers and "wait" in str(case.headers.get("Prefer", "")):
        # No worker is there to wait for.
        case.headers["Prefer"] = "wait=0"
    if (case.path_parameters or {}).get("key_id") == WORLD["own_key"]:
        case.path_parameters["key_id"] = WORLD["another_key"]
    if _is_meant_well(case):
        _newest(case)
        CALLS.get(case.operation.label, lambda _: None)(case)
        mend = RULES.get(case.operation.label)
        if mend and isinstance(case.body, dict):
            mend(case.body)


@schemathesis.hook
def after_call(context, case, response):
    """Note which operation was answered how."""
    with SEEN.open("a", encoding="utf-8") as seen:
        seen.write(f"{response.status_code} {case.operation.label}\n")


def _is_meant_well(case):
    return case.meta is None or case.meta.generation.mode is GenerationMode.POSITIVE


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


def _newest(case):
    """Whatever version there is: whoever names another one is answered 412, however well formed the call is."""
    if case.headers and "If-Match" in case.headers:
        case.headers["If-Match"] = "*"
    if case.headers and "If-None-Match" in case.headers:
        del case.headers["If-None-Match"]


def _member(body):
    """docs/profile.md: labels are the policy's, one side at least, a window lasts, a day back belongs to a pause."""
    if "labels" in body:
        body["labels"] = {}
    if body.get("paused_until"):
        body["status"] = "paused"
    for window in body.get("availability") or []:
        if window["start"] == window["end"]:
            window["end"] = "24:00"


def _whole_member(body):
    _member(body)
    if not body.get("seeker") and not body.get("supporter"):
        body["seeker"] = {}


def _policy(body):
    """docs/engine.md: rules and factors are over declared labels, and days ascend.

    What would forbid every pair is left out too: other calls need one.
    """
    for name in ("labels", "label_rules", "label_factors", "minimum_score", "clearances"):
        body.pop(name, None)
    days = (body.get("timings") or {}).get("check_in_days")
    if days:
        body["timings"]["check_in_days"] = sorted(set(days))


def _preview(body):
    """Either a policy or a family of them."""
    if "policy" in body:
        body.pop("family", None)
        _policy(body["policy"])
    else:
        body.setdefault("family", "weights")


def _run(body):
    """A policy is tried by trial runs."""
    if "policy" in body:
        body["dry_run"] = True
        _policy(body["policy"])


def _key(body):
    """A key counts at least once."""
    if body.get("valid_until"):
        body["valid_until"] = "2999-01-01T00:00:00Z"


def _action(body):
    """docs/lifecycle.md: who speaks, and which actions take a reason or a day."""
    by = body.get("by") or {}
    is_one_of_the_pair = by.get("role") in ("seeker", "supporter")
    if by:
        by.pop("member_id", None)
    if is_one_of_the_pair:
        by["member_id"] = "m-2"
        body.pop("on_behalf_of", None)
    body.pop("closing_on", None)
    body.pop("reason", None)
    if body.get("action") in ("reject", "withdraw", "end", "plan_ending"):
        body["reason"] = {"withdraw": "coordinator", "reject": "poor_fit"}.get(body["action"], "other")


def _webhook(body):
    """docs/webhooks.md: a server's name that there may be, and a port that may be called."""
    if "url" in body:
        body["url"] = "https://example.org/hook"


def _wording(body):
    """docs/lifecycle.md: not everybody is told of every event, and braces hold what there is."""
    body.pop("texts", None)
    body.pop("signposting", None)


def _concern(body):
    """About somebody whom no other call is about: a concern pauses them, and takes back what they were offered."""
    body["about_id"] = "m-10"


def _pair(body):
    """Nobody is their own supporter."""
    if body["seeker_id"] == body["supporter_id"]:
        body["supporter_id"] = "m-6"


def _mapping(body):
    """docs/spreadsheet.md: what a mapping holds is a language of its own."""
    body.clear()
    body.update(MAPPING)


def _bulk(body):
    """A no to a proposal says why."""
    body.pop("reason", None)
    if body.get("action") == "reject":
        body["reason"] = "poor_fit"


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

RULES = {
    "PUT /v1/members/{member_id}": _whole_member,
    "PATCH /v1/members/{member_id}": _member,
    "PUT /v1/policy": _policy,
    "POST /v1/policy/preview": _preview,
    "POST /v1/keys": _key,
    "POST /v1/webhooks": _webhook,
    "PATCH /v1/webhooks/{webhook_id}": _webhook,
    "POST /v1/runs": _run,
    "PUT /v1/wording/{language}": _wording,
    "POST /v1/concerns": _concern,
    "POST /v1/matches": _pair,
    "PUT /v1/mappings/{name}": _mapping,
    "POST /v1/matches/{match_id}/actions": _action,
    "POST /v1/matches/bulk-actions": _bulk,
}
