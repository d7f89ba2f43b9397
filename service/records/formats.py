"""How a body of an older format is brought up to the next one: one function for each kind and format that was left.

Whoever changes what the body of a record says raises the `FORMAT` of its class, lets `from_body` read that format alone
and adds a step here; steps are never removed. A step is given the body as JSON and gives it one format up, with what
the older program would have meant; it reads nothing else. Stored records are brought up when they are read, and
rewritten some at a time by the chore ``renewal``. A newer format is refused by `read_as`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from service.records import kinds

Body = dict[str, Any]
Step = Callable[[Body], Body]


def brought_up(kind: str, body: Body, *, found: int, wanted: int) -> Body:
    """Give the body in the format `wanted`, from an older one; as it is when it is in that format."""
    for number in range(found, wanted):
        body = STEPS[kind, number](body)
    return body


def _member_1(body: Body) -> Body:
    return {"care": {}, **body}


def _match_1(body: Body) -> Body:
    """Offers had one order and endings no day; nobody spoke for somebody else."""
    history = [{"on_behalf_of": None, **entry} for entry in body["history"]]
    return {"offer_order": "supporter_first", "closing_on": None, **body, "history": history}


def _match_2(body: Body) -> Body:
    """Nothing was due by itself, and nobody was asked how it goes; some of format 2 say so already."""
    return {"has_met": False, "check_in_from": [], "fired": [], "due_at": None, **body}


def _match_3(body: Body) -> Body:
    """Nobody looked after it by name."""
    return {"owner_id": "", **body}


def _task_1(body: Body) -> Body:
    """Nobody looked after it by name."""
    return {"owner_id": "", **body}


def _coordinator_1(body: Body) -> Body:
    """Nobody signed in elsewhere."""
    return {"subject": "", **body}


def _run_1(body: Body) -> Body:
    """Blocking pairs were not counted, and every run went to its end."""
    counts, proof = body["counts"], body["proof"]
    if counts is not None:
        counts = {"new": 0, "dropped": 0, "withdrawn": 0, "blocking_pairs": None, "left_out": {}, **counts}
    if proof is not None:
        proof = {"snapshot_sha256": "", "is_best": True, "stopped_after_seconds": None, **proof}
    return {**body, "counts": counts, "proof": proof}


def _run_2(body: Body) -> Body:
    """Runs stood for no slot and kept their snapshots; some of format 2 say more already."""
    return {"slot": None, "as_of_event": None, "snapshot_removed_at": None, "erased_at": None, **_run_1(body)}


def _run_3(body: Body) -> Body:
    """How long people had waited was not counted."""
    counts = body["counts"]
    return {**body, "counts": None if counts is None else {"waiting": None, **counts}}


def _run_4(body: Body) -> Body:
    """Every run followed the policy in force."""
    return {"trial_policy": None, **body}


def _run_5(body: Body) -> Body:
    """Why pairs came, stayed or went was not counted."""
    counts = body["counts"]
    return {**body, "counts": None if counts is None else {"reasons": None, **counts}}


STEPS: Final[Mapping[tuple[str, int], Step]] = MappingProxyType(
    {
        (kinds.MEMBER, 1): _member_1,
        (kinds.MATCH, 1): _match_1,
        (kinds.MATCH, 2): _match_2,
        (kinds.MATCH, 3): _match_3,
        (kinds.TASK, 1): _task_1,
        (kinds.COORDINATOR, 1): _coordinator_1,
        (kinds.RUN, 1): _run_1,
        (kinds.RUN, 2): _run_2,
        (kinds.RUN, 3): _run_3,
        (kinds.RUN, 4): _run_4,
        (kinds.RUN, 5): _run_5,
    }
)
"""(kind, format it was written in) → the same, one format up."""
