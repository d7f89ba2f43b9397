"""Runs over HTTP: asking for a rematching, and reading what came of it."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from schemas.page import PageIn
from schemas.run import RunIn, RunOut, RunsOut, load_run_request
from service.api.auth import needs
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
from service.api.requests import caller, now, platform_id, store
from service.records.api_key import Scope
from service.records.run import Run
from service.usecases import runs as usecases

runs = Blueprint(
    "runs", __name__, url_prefix="/v1/runs", description="Rematchings: what they counted, and what proves them."
)

RUN = path_id("run_id", "The run's id, as the answer to the request gave it.")


@runs.post("")
@needs(Scope.RUNS)
@takes_json(RunIn, example={"dry_run": False}, is_required=False)
@raises(_409="NotNow")
@runs.response(202, RunOut, description="Asked for; it runs soon.", headers=LOCATION_HEADER)
def post_run(body: Any) -> tuple[Run, Headers]:
    """Ask for a run.

    The answer comes at once; ask again at Location until `state` is done, failed or cancelled. An empty body asks for
    an ordinary run.
    """
    wanted = load_run_request(body)
    run = usecases.request_run(
        store(), platform_id(), requested_by=f"key:{caller().key_id}", is_dry_run=wanted["dry_run"], now=now()
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
