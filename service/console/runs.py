"""Runs: what the latest rematching did, the ones before it, and each one's proof."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from service.console.blueprint import console, store
from service.console.charts import charts_of
from service.console.run_pages import run_page_of
from service.usecases import runs

PAGE_SIZE = 20


@console.get("/runs")
def get_runs() -> ResponseReturnValue:
    """Show the run whose proposals stand, and a page of all runs, the latest first."""
    after = request.args.get("after")
    page = runs.list_runs(store(), current_user.platform_id, after=after, limit=PAGE_SIZE)
    latest = runs.current_run(store(), current_user.platform_id) if after is None else None
    return render_template(
        "console/runs.html",
        latest=run_page_of(latest) if latest else None,
        runs=[run_page_of(run) for run in page.records],
        charts=charts_of(page.records) if after is None else (),
        older=page.next,
    )


@console.get("/runs/<run_id>")
def get_run(run_id: str) -> ResponseReturnValue:
    """Show one run."""
    run = runs.get_run(store(), current_user.platform_id, run_id=run_id)
    return render_template("console/run.html", run=run_page_of(run))
