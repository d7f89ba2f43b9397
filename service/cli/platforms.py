"""`alongside platforms`: the communities the service works for."""

from __future__ import annotations

import click

from service.cli.output import print_json, print_table, say
from service.cli.session import json_option, opened


@click.group()
def platforms() -> None:
    """Create and list platforms (communities)."""


@platforms.command("create")
@click.argument("platform_id", metavar="ID")
@click.option("--name", default="", help="What people call it; the id when left out.")
@click.option(
    "--signposting",
    default="",
    metavar="TEXT",
    help="Where help is to be found at once, in English; needed before the first run.",
)
def create(platform_id: str, name: str, signposting: str) -> None:
    """Create a platform; ID is 1 to 40 of a-z, 0-9 and -."""
    from service.usecases.platforms import create_platform

    with opened() as session:
        platform = create_platform(
            session.store,
            platform_id=platform_id,
            name=name or platform_id,
            now=session.now,
            signposting=signposting.strip(),
        )
    say(f"Platform {platform.platform_id} is ready.")
    if not signposting.strip():
        say(f"Before its first run, say where help is found: alongside wording help TEXT --platform {platform_id}")


@platforms.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List all platforms."""
    from service.usecases.platforms import list_platforms

    with opened() as session:
        found = list_platforms(session.store)
    rows = [(each.platform_id, each.name, f"{each.created_at:%Y-%m-%d}", each.current_run or "-") for each in found]
    if as_json:
        print_json([dict(zip(("platform_id", "name", "created_on", "current_run"), row, strict=True)) for row in rows])
    elif rows:
        print_table(("id", "name", "since", "current run"), rows)
    else:
        say("No platform yet; make one with: alongside platforms create ID")
