"""Rules over several fields that JSON Schema cannot say: a body that is meant to be good is mended where it breaks one.

Each mend keeps what was drawn wherever a rule allows it; the rules themselves are told to people in docs/ and in
messages. What is replaced as a whole, and why: the URL of a webhook (servers that there are), what a mapping holds (a
language of its own, docs/spreadsheet.md), whom a concern is about and who acts (ids of the test's own world).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from matching.label_codes import OPS_OF
from matching.policy import LabelOp, LabelType
from service.lifecycle import REASONS_OF, Action
from service.reasons import BY_HAND, BY_HAND_OF_CARE, MUST_SAY_WHY
from service.wording.english import ENGLISH, Audience
from service.wording.pack import allowed_in
from service.wording.placeholders import placeholders_in
from tests.service.api.test_imports import MAPPING

Body = MutableMapping[str, Any]
Mend = Callable[[Body], None]


def _member(body: Body) -> None:
    """docs/profile.md: labels are the policy's, a window lasts, a day back belongs to a pause."""
    if "labels" in body:
        body["labels"] = {}
    if body.get("paused_until"):
        body["status"] = "paused"
    for window in body.get("availability") or []:
        if window["start"] == window["end"]:
            window["end"] = "24:00"


def _whole_member(body: Body) -> None:
    """One side at least."""
    _member(body)
    if not body.get("seeker") and not body.get("supporter"):
        body["seeker"] = {}


def _policy(body: Body) -> None:
    """docs/engine.md: a label is declared once and holds one type, days ascend."""
    labels = {label["name"]: label for label in body.get("labels") or []}
    if "labels" in body:
        body["labels"] = list(labels.values())
    for label in labels.values():
        kind = int if label["type"] == LabelType.INTEGER else str
        label["allowed"] = [value for value in label.get("allowed") or [] if isinstance(value, kind)]
    for name in ("label_rules", "label_factors"):
        if name in body:
            body[name] = _comparisons(body[name], labels, name)
    days = (body.get("timings") or {}).get("check_in_days")
    if days:
        body["timings"]["check_in_days"] = sorted(set(days))


def _comparisons(entries: list[Body], labels: Mapping[str, Body], name: str) -> list[Body]:
    """Rules and factors are over declared labels, each under a name of its own, by an op that the type has."""
    if not labels:
        return []
    for number, entry in enumerate(entries):
        label = labels.get(entry["label"]) or next(iter(labels.values()))
        ops = sorted(OPS_OF[LabelType(label["type"])])
        entry["key"], entry["label"] = f"{name[6]}-{number}", label["name"]
        entry["op"] = entry["op"] if entry["op"] in ops else ops[0]
        is_gap = entry["op"] == LabelOp.GAP
        if name == "label_rules":
            entry["gaps"] = sorted({*entry.get("gaps", ()), 1}) if is_gap else []
        else:
            entry["table"] = {**entry.get("table", {}), "1": 1} if is_gap else {}
            entry["points"] = 0 if is_gap else entry.get("points", 0)
    return entries


def _preview(body: Body) -> None:
    """Either a policy or a family of them."""
    if "policy" in body:
        body.pop("family", None)
        _policy(body["policy"])
    else:
        body.setdefault("family", "weights")


def _run(body: Body) -> None:
    """A policy is tried by trial runs."""
    if "policy" in body:
        body["dry_run"] = True
        _policy(body["policy"])


def _key(body: Body) -> None:
    """A key counts at least once."""
    if body.get("valid_until"):
        body["valid_until"] = "2999-01-01T00:00:00Z"


def _action(body: Body) -> None:
    """docs/lifecycle.md: who speaks, and which actions take a reason or a day."""
    by = body.get("by") or {}
    role = by.get("role")
    if by:
        by.pop("member_id", None)
    if role in ("seeker", "supporter"):
        by["member_id"] = {"seeker": "m-16", "supporter": "m-2"}[role]
        body.pop("on_behalf_of", None)
    given = BY_HAND_OF_CARE if role == "safeguarding" else BY_HAND
    allowed = sorted(REASONS_OF.get(Action(body["action"]), frozenset()) & given)
    if body.get("reason") not in allowed:
        body.pop("reason", None)
        if body["action"] in MUST_SAY_WHY:
            body["reason"] = allowed[0]
    # Days count from today, which the document cannot know.
    body.pop("closing_on", None)


def _bulk(body: Body) -> None:
    """A no to a proposal says why."""
    body.pop("reason", None)
    if body.get("action") == "reject":
        body["reason"] = "poor_fit"


def _webhook(body: Body) -> None:
    """docs/webhooks.md: a server's name that there may be, and a port that may be called."""
    if "url" in body:
        body["url"] = "https://example.org/hook"


def _wording(body: Body) -> None:
    """docs/lifecycle.md: not everybody is told of every event, and braces hold what there is."""
    if placeholders_in(body.get("signposting", "")):
        body["signposting"] = ""
    for event, texts in list(body.get("texts", {}).items()):
        told = {who: text for who, text in texts.items() if who in ENGLISH.get(event, {})}
        body["texts"][event] = {
            who: text for who, text in told.items() if placeholders_in(text) <= allowed_in(event, Audience(who))
        }
        if not ENGLISH.get(event):
            del body["texts"][event]


def _concern(body: Body) -> None:
    """About somebody whom no other call is about: a concern pauses them, and takes back what they were offered."""
    body["about_id"] = "m-10"
    if body.get("reporter_id") == "m-10":
        body["reporter_id"] = "m-9"


def _pair(body: Body) -> None:
    """Two who are there, and of whom no other call is."""
    body.update(seeker_id="m-5", supporter_id="m-6")


def _check_in(body: Body) -> None:
    """docs/lifecycle.md: these items only where the policy says so."""
    (body.get("measures") or {}).pop("de_jong_gierveld", None)
    if not body.get("measures", True):
        del body["measures"]


def _mapping(body: Body) -> None:
    body.clear()
    body.update(MAPPING)


MENDS: Mapping[str, Mend] = {
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
    "POST /v1/matches/{match_id}/check-ins": _check_in,
    "POST /v1/matches/bulk-actions": _bulk,
}
"""Operation → what mends a body that is meant to be good."""
