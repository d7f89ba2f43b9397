"""`alongside webhooks`: who is told what happens, what has not arrived, and trying it anew.

A secret is printed once, when it is made, alone on stdout so that a script can catch it; nobody can print it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from service.cli.output import print_json, print_table, say, warn
from service.cli.session import json_option, opened, platform_option

if TYPE_CHECKING:
    from service.cli.session import Session
    from service.usecases.webhooks.messages import Signer

_STATES = ("waiting", "delivered", "dead", "dropped")


@click.group()
def webhooks() -> None:
    """Make webhooks, and see or try again what was sent."""


@webhooks.command("create")
@click.argument("url")
@platform_option
@click.option("--name", default="", help="What it is for.")
@click.option("--type", "types", multiple=True, metavar="TYPE", help="A type of event it is told; once for each. [all]")
def create(url: str, platform_id: str, name: str, types: tuple[str, ...]) -> None:
    """Make a webhook at URL and print its secret; it is never shown again."""
    from service.errors import InvalidInput
    from service.events import CATALOGUE
    from service.usecases.platforms import get_platform
    from service.usecases.webhooks.managing import Wanted, create_webhook

    unknown = [each for each in types if each not in CATALOGUE]
    if unknown:
        raise InvalidInput(f"there is no type of event {unknown[0]!r}: docs/events.md lists them")
    with opened() as session:
        get_platform(session.store, platform_id)
        view, secret = create_webhook(
            session.store,
            platform_id,
            wanted=Wanted(url, name, types),
            reach=session.settings.webhook_reach,
            signer=_signer(session, platform_id),
            now=session.now,
        )
    webhook_id = view.webhook.webhook_id
    warn(
        f"Webhook {webhook_id}. Give its secret to the receiver, then run: alongside webhooks verify {webhook_id} "
        f"--platform {platform_id}"
    )
    say(secret)


@webhooks.command("list")
@platform_option
@json_option
def list_all(platform_id: str, *, as_json: bool) -> None:
    """List a platform's webhooks and how well each does; never a secret."""
    from service.usecases.platforms import get_platform
    from service.usecases.webhooks.managing import list_webhooks

    with opened() as session:
        get_platform(session.store, platform_id)
        found = list_webhooks(session.store, platform_id)
    names = ("webhook_id", "name", "state", "disabled_because", "waiting", "dead", "last_failure", "failing_since")
    rows = [
        (
            view.webhook.webhook_id,
            view.webhook.name,
            view.webhook.state.value,
            view.webhook.disabled_because,
            view.waiting,
            view.dead,
            view.progress.last_failure,
            _moment(view.progress.failing_since),
        )
        for view in found
    ]
    if as_json:
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    elif rows:
        header = ("id", "name", "state", "because", "waiting", "dead", "last failure", "failing since")
        print_table(header, [_shown(row) for row in rows])
    else:
        say("No webhook.")


@webhooks.command("verify")
@click.argument("webhook_id", metavar="WEBHOOK")
@platform_option
def verify(webhook_id: str, platform_id: str) -> None:
    """Have a worker send WEBHOOK its challenge; see with `list` whether it is active then."""
    from service.usecases.webhooks.managing import ask_for_verification

    with opened() as session:
        ask_for_verification(session.store, platform_id, webhook_id=webhook_id, now=session.now)
    say(f"{webhook_id} is sent its challenge.")


@webhooks.command("rotate")
@click.argument("webhook_id", metavar="WEBHOOK")
@platform_option
@click.option(
    "--overlap-hours",
    type=click.IntRange(0, 168),
    default=24,
    show_default=True,
    help="How long the old secret still signs beside the new one.",
)
def rotate(webhook_id: str, platform_id: str, overlap_hours: int) -> None:
    """Give WEBHOOK a new secret and print it; it is never shown again."""
    from service.usecases.webhooks.managing import rotate_secret

    with opened() as session:
        _, secret = rotate_secret(
            session.store,
            platform_id,
            webhook_id=webhook_id,
            signer=_signer(session, platform_id),
            now=session.now,
            overlap=timedelta(hours=overlap_hours),
        )
    warn(f"The new secret of {webhook_id}; the old one signs beside it for {overlap_hours} hours:")
    say(secret)


@webhooks.command("pause")
@click.argument("webhook_id", metavar="WEBHOOK")
@platform_option
def pause(webhook_id: str, platform_id: str) -> None:
    """Tell WEBHOOK nothing until it is resumed."""
    from service.usecases.webhooks.managing import pause_webhook

    with opened() as session:
        pause_webhook(session.store, platform_id, webhook_id=webhook_id, now=session.now)
    say(f"{webhook_id} is told nothing until it is resumed.")


@webhooks.command("resume")
@click.argument("webhook_id", metavar="WEBHOOK")
@platform_option
@click.option("--skip-missed", "is_skipping", is_flag=True, help="Leave out what has happened meanwhile.")
def resume(webhook_id: str, platform_id: str, *, is_skipping: bool) -> None:
    """Go on telling WEBHOOK, which was paused or disabled, beginning with what it has missed."""
    from service.usecases.webhooks.managing import resume_webhook

    with opened() as session:
        resume_webhook(session.store, platform_id, webhook_id=webhook_id, now=session.now, is_skipping=is_skipping)
    say(f"{webhook_id} is told what happens again.")


@webhooks.command("delete")
@click.argument("webhook_id", metavar="WEBHOOK")
@platform_option
def delete(webhook_id: str, platform_id: str) -> None:
    """Delete WEBHOOK, its secrets, and what waits for it."""
    from service.usecases.webhooks.managing import delete_webhook

    with opened() as session:
        delete_webhook(session.store, platform_id, webhook_id=webhook_id, now=session.now)
    say(f"{webhook_id} is deleted.")


@webhooks.command("deliveries")
@click.argument("webhook_id", metavar="WEBHOOK")
@platform_option
@click.option("--state", type=click.Choice(_STATES), help="Only deliveries in this state.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="Most of them.")
@json_option
def deliveries(webhook_id: str, platform_id: str, state: str | None, limit: int, *, as_json: bool) -> None:
    """List deliveries to WEBHOOK, of the latest events first."""
    from service.records.delivery import DeliveryState
    from service.usecases.webhooks.replaying import list_deliveries

    with opened() as session:
        wanted = None if state is None else DeliveryState(state)
        found = list_deliveries(session.store, platform_id, webhook_id=webhook_id, state=wanted, limit=limit).records
    names = ("delivery_id", "event_type", "state", "attempts", "failure", "status", "due_at")
    rows = [
        (
            each.delivery_id,
            each.event_type,
            each.state.value,
            each.attempts,
            each.failure,
            each.status,
            _moment(each.due_at),
        )
        for each in found
    ]
    if as_json:
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    elif rows:
        print_table(("id", "event", "state", "attempts", "failure", "status", "due"), [_shown(row) for row in rows])
    else:
        say("No such delivery.")


@webhooks.command("replay")
@click.argument("webhook_id", metavar="WEBHOOK")
@platform_option
@click.option("--delivery", "delivery_id", metavar="ID", help="This delivery alone, whatever became of it.")
def replay(webhook_id: str, platform_id: str, delivery_id: str | None) -> None:
    """Try everything anew that was given up for WEBHOOK."""
    from service.usecases.webhooks.replaying import replay_dead, replay_delivery

    with opened() as session:
        if delivery_id is not None:
            replay_delivery(session.store, platform_id, webhook_id=webhook_id, delivery_id=delivery_id, now=session.now)
            say(f"{delivery_id} is due now.")
            return
        count = 0
        while True:
            replayed = replay_dead(session.store, platform_id, webhook_id=webhook_id, now=session.now)
            count += replayed.replayed
            if not replayed.left or not replayed.replayed:
                break
    say(f"Tried anew: {count:,}.")


def _signer(session: Session, platform_id: str) -> Signer:
    from service.secret_keys import load_secret_keys
    from service.usecases.webhooks.messages import Signer

    return Signer(load_secret_keys(session.settings), platform_id)


def _shown(row: Sequence[object]) -> tuple[object, ...]:
    return tuple("" if value is None else value for value in row)


def _moment(moment: object) -> str | None:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else None
