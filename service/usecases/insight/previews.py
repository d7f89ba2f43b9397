"""What another policy would do: one candidate before and after, or a family of policies, over a run's snapshot.

Everybody is matched again under each policy, and nothing is proposed. What a platform is compared with is the policy in
force when the preview was asked for; both are part of the question, so a preview is right for as long as it is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from schemas.policy import dump_policy, load_policy
from service.errors import Conflict
from service.records.report import About, Report
from service.storage.store import Store
from service.usecases.insight.reports import Asking, ask_for, get_report
from service.usecases.insight.studies import Study
from service.usecases.insight.telling import MATCHED_AGAIN
from service.usecases.policies import get_policy
from service.usecases.runs import current_run

if TYPE_CHECKING:
    from matching.frontier import FrontierPoint
    from matching.outcome import Outcome
    from matching.policy import Policy
    from service.usecases.running.snapshot_lines import Snapshot

MOST_LISTED: Final = 500


class Family(StrEnum):
    """Families of policies worth comparing."""

    POLICIES = "policies"  # objectives, margins for open proposals, minimum scores
    WEIGHTS = "weights"  # each factor left out


def ask_for_preview(
    store: Store, platform_id: str, *, policy: Policy | None = None, family: Family | None = None, now: datetime
) -> Report:
    """Ask what a policy, or a family of them, would do to the last published run; one of the two is given.

    Conflict (``no_run_yet``) before the first run, and as `running/stored.py` says.
    """
    run = current_run(store, platform_id)
    if run is None:
        raise Conflict("a preview needs a run: ask for one first, then for its preview", code="no_run_yet")
    in_force = dump_policy(get_policy(store, platform_id))
    asked: dict[str, Any] = {"in_force": in_force}
    if policy is not None:
        asked["policy"] = dump_policy(policy)
    if family is not None:
        asked["family"] = family.value
    return ask_for(store, platform_id, about=About.PREVIEW, run=run, asked=asked, now=now)


def get_preview(store: Store, platform_id: str, *, report_id: str) -> Report:
    """Read a preview; NotFound (``report_not_found``)."""
    return get_report(store, platform_id, report_id=report_id, about=About.PREVIEW)


def answer(study: Study, asked: Mapping[str, Any], asking: Asking) -> dict[str, Any]:
    """Work out a preview."""
    in_force = load_policy(asked["in_force"])
    snapshot = _under(in_force, study, asking)
    if "family" in asked:
        return _family(snapshot, Family(asked["family"]))
    return _candidate(snapshot, _under(load_policy(asked["policy"]), study, asking))


def _under(policy: Policy, study: Study, asking: Asking) -> Snapshot:
    """Read the run's snapshot as if it had been taken under a policy."""
    from service.usecases.running.evidence import read_snapshot

    return read_snapshot(asking.store, asking.platform_id, run_id=study.run.run_id, policy=policy)[0]


def _family(snapshot: Snapshot, family: Family) -> dict[str, Any]:
    from matching import frontier

    make = {Family.POLICIES: frontier.family, Family.WEIGHTS: frontier.without_each_weight}[family]
    points = frontier.frontier(
        snapshot.cohort(), make(snapshot.policy), snapshot.previous, waiting_since=_waiting_since(snapshot)
    )
    return {"policies": [_point(each, points[0]) for each in points], "gains": None, "loses": None}


def _candidate(now: Snapshot, then: Snapshot) -> dict[str, Any]:
    from matching.frontier import compare

    compared = compare(_matched(now), _matched(then), _waiting_since(now))
    return {
        "policies": [_point(each, compared.before) for each in (compared.before, compared.after)],
        "gains": {"total": len(compared.gains), "seeker_ids": list(compared.gains[:MOST_LISTED])},
        "loses": {"total": len(compared.loses), "seeker_ids": list(compared.loses[:MOST_LISTED])},
    }


def _matched(snapshot: Snapshot) -> Outcome:
    from matching.engine import match

    return match(snapshot.cohort(), snapshot.policy, snapshot.previous)


def _point(point: FrontierPoint, first: FrontierPoint) -> dict[str, Any]:
    from matching.sentences import tell_policy

    return {**asdict(point), "text": tell_policy(point, first), "verified": MATCHED_AGAIN}


def _waiting_since(snapshot: Snapshot) -> dict[str, date]:
    since = snapshot.standings.waiting_since.tolist()
    return {
        member_id: day for member_id, day in zip(snapshot.members.member_ids, since, strict=True) if day is not None
    }
