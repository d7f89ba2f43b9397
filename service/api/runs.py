"""Runs over HTTP: asking for a rematching, and reading what came of it."""

from __future__ import annotations

from typing import Any

from flask import Response, json, url_for
from flask_smorest import Blueprint

from schemas.page import PageIn
from schemas.policy import dump_policy
from schemas.run import RunChangesOut, RunIn, RunOut, RunsOut, changes_query, load_run_request
from service.api.auth import needs, require
from service.api.blueprint import (
    LINK_HEADER,
    LOCATION_HEADER,
    Headers,
    leads_to,
    next_page,
    path_id,
    raises,
    takes_json,
    takes_query,
)
from service.api.idempotency import idempotent
from service.api.requests import caller, now, platform_id, store
from service.records.api_key import Scope
from service.records.run import Run
from service.usecases import runs as usecases
from service.usecases.certificates import certificate_of
from service.usecases.changes import list_changes
from service.usecases.running.differences import Fate

runs = Blueprint(
    "runs", __name__, url_prefix="/v1/runs", description="Rematchings: what they counted, and what proves them."
)

ROWS_TYPE = "application/x-ndjson"
_ROWS_EXAMPLE = (
    '{"row": "pair", "seeker_id": "m-1", "supporter_id": "m-2", "score": 3375, "kept": false, "thin": false}\n'
)

RUN = path_id("run_id", "The run's id, as the answer to the request gave it.")


@runs.post("")
@needs(Scope.RUNS)
@idempotent()
@takes_json(RunIn, example={"dry_run": False}, is_required=False)
@raises(_409="NotNow")
@runs.response(202, RunOut, description="Asked for; it runs soon.", headers=LOCATION_HEADER)
@leads_to("get_run", "post_run_cancel", on=202, run_id="$response.body#/run_id")
def post_run(body: Any) -> tuple[Run, Headers]:
    """Ask for a run.

    The answer comes at once; ask again at Location until `state` is done, failed or cancelled. An empty body asks for
    an ordinary run. A trial (`dry_run`) may try another policy on the members there are now; what proposes pairs
    follows the policy in force.
    """
    wanted = load_run_request(body)
    if wanted["policy"] is not None:
        require(Scope.POLICY)
    run = usecases.request_run(
        store(),
        platform_id(),
        requested_by=f"key:{caller().key_id}",
        is_dry_run=wanted["dry_run"],
        trial_policy=None if wanted["policy"] is None else dump_policy(wanted["policy"]),
        now=now(),
    )
    return run, {"Location": url_for("runs.get_run", run_id=run.run_id)}


@runs.get("")
@needs(Scope.RUNS)
@takes_query(PageIn)
@runs.response(200, RunsOut, headers=LINK_HEADER)
def list_runs(query: dict[str, Any]) -> tuple[dict[str, Any], Headers]:
    """List runs, latest first."""
    page = usecases.list_runs(store(), platform_id(), after=query.get("after"), limit=query["limit"])
    return {"runs": page.records, "next": page.next}, next_page(page.next)


@runs.get("/<run_id>", parameters=[RUN])
@needs(Scope.RUNS)
@raises(_404="NotFound")
@runs.response(200, RunOut)
def get_run(run_id: str) -> Run:
    """Read a run."""
    return usecases.get_run(store(), platform_id(), run_id=run_id)


@runs.post("/<run_id>/cancel", parameters=[RUN])
@needs(Scope.RUNS)
@idempotent()
@raises(_404="NotFound", _409="NotNow")
@runs.response(200, RunOut, description="Cancelled, now or before.")
def post_run_cancel(run_id: str) -> Run:
    """Cancel a run that waits or is at work.

    Nothing of it is seen, and everything that stood before stays. A run that is over is answered 409 `run_is_over`.
    """
    return usecases.cancel_run(store(), platform_id(), run_id=run_id, now=now())


@runs.get("/<run_id>/changes", parameters=[RUN])
@needs(Scope.REVIEW)
@takes_query(changes_query(Fate))
@raises(_404="NotFound", _409="NotNow")
@runs.response(200, RunChangesOut, headers=LINK_HEADER)
def list_run_changes(query: dict[str, Any], run_id: str) -> tuple[dict[str, Any], Headers]:
    """List what a run changed, or a trial would have changed, pair by pair and why.

    New pairs first, then those that were kept, then those that were withdrawn; in each the seekers by id. Kept for
    the latest runs, as long as their snapshots, and for as many trials: later it is answered 409
    `run_without_changes`, and `reasons` of the run's counts tell how many. Somebody who was erased since is named by
    an alias.
    """
    fate = Fate(query["fate"]) if "fate" in query else None
    page = list_changes(
        store(), platform_id(), run_id=run_id, fate=fate, after=query.get("after"), limit=query["limit"]
    )
    return {"changes": page.records, "next": page.next}, next_page(page.next)


@runs.get("/<run_id>/certificate", parameters=[RUN])
@needs(Scope.RUNS)
@raises(_404="NotFound", _409="NotNow")
@runs.response(
    200,
    {"type": "string"},
    description="A row a line: the run, then every supporter, every seeker, every pair.",
    content_type=ROWS_TYPE,
    example=_ROWS_EXAMPLE,
)
def get_certificate(run_id: str) -> Response:
    """Read what proves a run, as lines of JSON.

    The row `run` has the totals; `supporter` a price, `seeker` a surplus, both digit by digit and as text; `pair` a
    score. The pairs are the best there are when every price and surplus is at least 0, each pair that may be is worth
    no more than its seeker's surplus and its supporter's price together, and all of these add up to what the pairs are
    worth. Somebody who was erased since is named by an alias.
    """
    rows = certificate_of(store(), platform_id(), run_id=run_id)
    return Response((json.dumps(row) + "\n" for row in rows), mimetype=ROWS_TYPE)
