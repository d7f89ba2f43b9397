"""`alongside jobs`: background work that waits, is at work or has failed, and trying it again."""

from __future__ import annotations

import click

from service.cli.output import print_json, print_table, say
from service.cli.session import json_option, opened, platform_option


@click.group()
def jobs() -> None:
    """See and retry background work."""


@jobs.command("list")
@platform_option
@click.option(
    "--state",
    type=click.Choice(["queued", "running", "failed", "done", "cancelled"]),
    multiple=True,
    default=("queued", "running", "failed"),
    show_default=True,
    help="Only jobs in this state; may be given several times.",
)
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True, help="Most jobs of a state.")
@json_option
def list_(platform_id: str, *, state: tuple[str, ...], limit: int, as_json: bool) -> None:
    """List a platform's jobs, state by state."""
    from service.records.job import JobState
    from service.usecases.platforms import get_platform
    from service.usecases.queueing import list_jobs

    with opened() as session:
        get_platform(session.store, platform_id)
        found = [
            job for each in state for job in list_jobs(session.store, platform_id, state=JobState(each), limit=limit)
        ]
    names = ("job_id", "task", "subject", "state", "due_at", "attempt", "error_code")
    rows = [
        (
            job.job_id,
            job.task,
            job.subject,
            job.state.value,
            f"{job.due_at:%Y-%m-%dT%H:%M:%SZ}",
            job.attempt,
            job.error_code,
        )
        for job in found
    ]
    if as_json:
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    elif rows:
        print_table(("id", "task", "about", "state", "due", "attempt", "error"), rows)
    else:
        say("No such job.")


@jobs.command("retry")
@click.argument("job_id", metavar="JOB")
@platform_option
def retry(job_id: str, platform_id: str) -> None:
    """Do a job now that has failed, or that waits for its next attempt.

    For a run that has failed, ask for another one.
    """
    from service.usecases.platforms import get_platform
    from service.usecases.queueing import retry_job

    with opened() as session:
        get_platform(session.store, platform_id)
        retry_job(session.store, platform_id, job_id=job_id, now=session.now)
    say(f"{job_id} is due now.")
