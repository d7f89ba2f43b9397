"""What a published run can be asked, over HTTP. What takes long is worked out by a job: 202, then ask again.

`Prefer: wait=10` (RFC 7240) lets a call wait so many seconds for the job before it answers 202.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response, url_for
from flask_smorest import Blueprint

from schemas.insight import (
    AudienceQuery,
    MemberExplanationOut,
    PairEffectOut,
    PreviewOut,
    ShortagesOut,
    UnmatchedOut,
    pair_query,
    preview_in,
)
from schemas.member import MEMBER_ID
from schemas.page import PageIn
from schemas.policy import load_policy_within
from service.api.auth import needs, require
from service.api.blueprint import (
    LINK_HEADER,
    LOCATION_HEADER,
    Headers,
    next_page,
    path_id,
    raises,
    takes_json,
    takes_query,
)
from service.api.idempotency import idempotent
from service.api.requests import now, platform_id, store, studies
from service.api.waiting import RETRY_HEADER, takes_prefer_wait, waited_for
from service.records.api_key import Scope
from service.records.report import Report, ReportState
from service.usecases.insight import knock_on, previews, unmatched
from service.usecases.insight.explaining import ChangeState, Explanation, explain_member
from service.usecases.insight.knock_on import Choice, PairEffect
from service.usecases.insight.previews import Family
from service.usecases.insight.reading import get_shortages

insight = Blueprint(
    "insight", __name__, url_prefix="/v1", description="Why not yet, what would help, and what a choice would do."
)

RUN = path_id("run_id", "The run's id, as the answer to the request gave it.")
MEMBER = path_id("member_id", "The platform's own id of the member.", MEMBER_ID)
PREVIEW = path_id("preview_id", "The preview's id, as the answer to the request gave it.")
PreviewIn = preview_in(Family)
PairQuery = pair_query(Choice)
_preview_in = PreviewIn()
_LATER = {"description": "Being worked out: ask again after Retry-After.", "headers": LOCATION_HEADER | RETRY_HEADER}


@insight.get("/members/<member_id>/explanation", parameters=[MEMBER])
@needs(Scope.REVIEW, Scope.MEMBERS_READ)
@takes_query(AudienceQuery)
@raises(_404="NotFound", _409="NotNow", _503="Unavailable")
@insight.response(200, MemberExplanationOut, headers=RETRY_HEADER)
def get_member_explanation(query: dict[str, Any], member_id: str) -> tuple[dict[str, Any], Headers]:
    """Explain why somebody is still looking.

    By the last published run: how many peer supporters each hard rule keeps away, who competes for the places they
    could have, and the smallest change of one attribute of one person with which they would be matched and nobody else
    left without. The first question after a run may be answered 503 with Retry-After while the run is read.
    """
    is_for_member = query["audience"] == "member"
    if not is_for_member:
        require(Scope.REVIEW)
    told = explain_member(
        store(), studies(), platform_id(), member_id=member_id, is_for_member=is_for_member, now=now()
    )
    is_working = told.change_state is ChangeState.WORKING
    return _explanation(told), {"Retry-After": "2"} if is_working else {}


@insight.get("/runs/<run_id>/unmatched", parameters=[RUN])
@needs(Scope.RUNS)
@takes_query(PageIn)
@raises(_404="NotFound", _409="NotNow", _503="Unavailable")
@insight.response(200, UnmatchedOut, headers=LINK_HEADER)
def list_unmatched(query: dict[str, Any], run_id: str) -> tuple[dict[str, Any], Headers]:
    """List those whom a run found nobody for, by id, and what stood in the way."""
    page, total = unmatched.list_unmatched(
        store(), studies(), platform_id(), run_id=run_id, after=query.get("after"), limit=query["limit"]
    )
    return {"unmatched": page.records, "total": total, "next": page.next}, next_page(page.next)


@insight.get("/runs/<run_id>/shortages", parameters=[RUN])
@needs(Scope.RUNS)
@takes_prefer_wait
@raises(_404="NotFound", _409="NotNow")
@insight.response(200, ShortagesOut)
@insight.alt_response(202, **_LATER)
def get_run_shortages(run_id: str) -> dict[str, Any] | Response:
    """Read whom to ask in: the peer supporters who would let most people be matched, by a run.

    Each was found by matching everyone again with them there. Also: with whom one more place would help most, exactly,
    and who has room and what stands between. The first call asks a job to work it out and is answered 202.
    """

    def ask() -> Report:
        return get_shortages(store(), platform_id(), run_id=run_id, now=now())

    report = waited_for(ask, lambda each: each.state is ReportState.QUEUED)
    if report.answer is None:
        return _later(url_for("insight.get_run_shortages", run_id=run_id))
    return report.answer


@insight.get("/runs/<run_id>/knock-on", parameters=[RUN])
@needs(Scope.REVIEW)
@takes_query(PairQuery)
@raises(_404="NotFound", _409="NotNow", _503="Unavailable")
@insight.response(200, PairEffectOut)
def get_knock_on(query: dict[str, Any], run_id: str) -> PairEffect:
    """Say what forcing or forbidding a pair would have done to everybody else in a run.

    Exactly: coverage, points, open proposals kept, and everybody who would move. It changes nothing.
    """
    return knock_on.effect_of_choice(
        store(),
        studies(),
        platform_id(),
        run_id=run_id,
        seeker_id=query["seeker_id"],
        supporter_id=query["supporter_id"],
        choice=Choice(query["choice"]),
    )


@insight.post("/policy/preview")
@needs(Scope.POLICY)
@idempotent()
@takes_json(PreviewIn, example={"family": "weights"})
@takes_prefer_wait
@raises(_409="NotNow")
@insight.response(200, PreviewOut, headers=LOCATION_HEADER)
@insight.alt_response(202, schema=PreviewOut, **_LATER, success=True)
def post_policy_preview(body: Any) -> tuple[Report, int, Headers]:
    """Ask what another policy would do.

    Everyone of the last published run is matched again, under the policy in force and under the one given, or under a
    family of them; nothing is proposed and the policy stays. The same question about the same run is answered at once.
    """
    asked = _preview_in.load(body)
    policy = load_policy_within(asked["policy"]) if "policy" in asked else None
    family = Family(asked["family"]) if "family" in asked else None

    def ask() -> Report:
        return previews.ask_for_preview(store(), platform_id(), policy=policy, family=family, now=now())

    report = waited_for(ask, lambda each: each.state is ReportState.QUEUED)
    here = url_for("insight.get_policy_preview", preview_id=report.report_id)
    if report.state is ReportState.QUEUED:
        return report, 202, {"Location": here, "Retry-After": "1"}
    return report, 200, {"Location": here}


@insight.get("/policy/previews/<preview_id>", parameters=[PREVIEW])
@needs(Scope.POLICY)
@raises(_404="NotFound")
@insight.response(200, PreviewOut)
def get_policy_preview(preview_id: str) -> Report:
    """Read a preview."""
    return previews.get_preview(store(), platform_id(), report_id=preview_id)


def _explanation(told: Explanation) -> dict[str, Any]:
    sentences = [sentence._asdict() for sentence in told.sentences]
    run_id, left_out = told.run_id or None, told.left_out or None
    return {**asdict(told), "run_id": run_id, "left_out": left_out, "sentences": sentences}


def _later(here: str) -> Response:
    return Response(status=202, headers={"Location": here, "Retry-After": "1"})
