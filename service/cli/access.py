"""`alongside keys` and `alongside coordinators`: who may call the API, and who may sign in to the console.

A secret is printed once, when it is made, alone on stdout so that a script can catch it; nobody can print it again.
"""

from __future__ import annotations

from datetime import timedelta

import click

from service.cli.output import print_json, print_table, say, warn
from service.cli.session import json_option, opened, platform_option
from service.records.api_key import Scope
from service.records.coordinator import Role


@click.group()
def keys() -> None:
    """Create, list, rotate and revoke API keys."""


@keys.command("create")
@platform_option
@click.option("--name", required=True, help="What the key is for.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice([scope.value for scope in Scope]),
    metavar="SCOPE",
    help=f"What it may do; once for each of: {', '.join(Scope)}.",
)
def create(platform_id: str, name: str, scopes: tuple[str, ...]) -> None:
    """Create an API key and print it; it is never shown again."""
    from service.usecases.keys import create_key

    with opened() as session:
        wanted = [Scope(scope) for scope in scopes]
        key, secret = create_key(session.store, platform_id, name=name, scopes=wanted, now=session.now)
    warn(f"Key {key.key_id} ({key.name}) for {platform_id}; keep it safe, it is never shown again:")
    say(secret)


@keys.command("rotate")
@click.argument("key_id")
@platform_option
@click.option(
    "--overlap-days",
    type=click.IntRange(0, 90),
    default=7,
    show_default=True,
    help="How long the old key still counts beside the new one.",
)
def rotate(key_id: str, platform_id: str, overlap_days: int) -> None:
    """Make a new key in place of KEY_ID and print it."""
    from service.usecases.keys import rotate_key

    with opened() as session:
        overlap = timedelta(days=overlap_days)
        key, secret = rotate_key(session.store, platform_id, key_id=key_id, now=session.now, overlap=overlap)
    until = f"still counts for {overlap_days} days" if overlap_days else "counts no longer"
    warn(f"Key {key.key_id} takes the place of {key_id}, which {until}:")
    say(secret)


@keys.command("revoke")
@click.argument("key_id")
@platform_option
def revoke(key_id: str, platform_id: str) -> None:
    """Take KEY_ID away at once."""
    from service.usecases.keys import revoke_key

    with opened() as session:
        revoke_key(session.store, platform_id, key_id=key_id, now=session.now)
    say(f"Key {key_id} counts no longer.")


@keys.command("list")
@platform_option
@json_option
def list_keys(platform_id: str, *, as_json: bool) -> None:
    """List a platform's keys; never a secret."""
    from service.usecases import keys as use_cases
    from service.usecases.platforms import get_platform

    with opened() as session:
        get_platform(session.store, platform_id)
        found = use_cases.list_keys(session.store, platform_id)
    header = ("key_id", "name", "scopes", "created_on", "valid_until")
    rows = [
        (key.key_id, key.name, sorted(key.scopes), f"{key.created_at:%Y-%m-%d}", _day_or_none(key.valid_until))
        for key in found
    ]
    if as_json:
        print_json([dict(zip(header, row, strict=True)) for row in rows])
    else:
        shown = [(key_id, name, ", ".join(scopes), since, until or "-") for key_id, name, scopes, since, until in rows]
        print_table(("id", "name", "may", "since", "until"), shown)


@click.group()
def coordinators() -> None:
    """Add, list and remove the people who review pairs."""


@coordinators.command("add")
@click.argument("login")
@platform_option
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.COORDINATOR.value,
    show_default=True,
    help="What they may see and do.",
)
def add(login: str, platform_id: str, role: str) -> None:
    """Add a coordinator who signs in as LOGIN, and print their password; it is never shown again."""
    from service.usecases.coordinators import add_coordinator

    with opened() as session:
        _, password = add_coordinator(session.store, platform_id, login=login, role=Role(role), now=session.now)
    warn(f"{login} may sign in to the console of {platform_id} with this password:")
    say(password)


@coordinators.command("list")
@platform_option
@json_option
def list_coordinators(platform_id: str, *, as_json: bool) -> None:
    """List a platform's coordinators."""
    from service.usecases import coordinators as use_cases
    from service.usecases.platforms import get_platform

    with opened() as session:
        get_platform(session.store, platform_id)
        found = use_cases.list_coordinators(session.store, platform_id)
    rows = [(each.login, each.role.value, f"{each.created_at:%Y-%m-%d}") for each in found]
    if as_json:
        print_json([dict(zip(("login", "role", "created_on"), row, strict=True)) for row in rows])
    else:
        print_table(("login", "role", "since"), rows)


@coordinators.command("reset-password")
@click.argument("login")
@platform_option
def reset_password(login: str, platform_id: str) -> None:
    """Give the coordinator LOGIN a new password and print it; the old one no longer counts, open sessions end."""
    from service.usecases.coordinators import set_password

    with opened() as session:
        _, password = set_password(session.store, platform_id, login=login, now=session.now)
    warn(f"{login} signs in to the console of {platform_id} with this password from now on:")
    say(password)


@coordinators.command("untie")
@click.argument("login")
@platform_option
def untie(login: str, platform_id: str) -> None:
    """Let the account elsewhere that LOGIN signs in with open nothing more; their open sessions end."""
    from service.usecases.elsewhere import untie as untie_account

    with opened() as session:
        untie_account(session.store, platform_id, login=login, now=session.now)
    say(f"{login} signs in with their password, or once more with an account of their e-mail address.")


@coordinators.command("remove")
@click.argument("login")
@platform_option
def remove(login: str, platform_id: str) -> None:
    """Remove the coordinator LOGIN; an open session of theirs ends."""
    from service.usecases.coordinators import remove_coordinator

    with opened() as session:
        remove_coordinator(session.store, platform_id, login=login, now=session.now)
    say(f"{login} can no longer sign in to the console of {platform_id}.")


def _day_or_none(moment: object) -> str | None:
    return f"{moment:%Y-%m-%d}" if moment else None
