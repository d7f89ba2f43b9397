"""What is looked at in webhooks: are platforms told what happens, and in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from service.doctor.look import Look, among, counted, lasting
from service.records.webhook import WebhookState
from service.storage.operated import Finding, State
from service.usecases.standby import standing_by_since
from service.usecases.webhooks.managing import WebhookView, list_webhooks
from service.usecases.webhooks.replaying import untold

FAILING_FOR: Final = timedelta(minutes=30)
"""A receiver may be restarted, or be busy for a while."""
BEHIND: Final = timedelta(minutes=10)

_Seen = tuple[str, WebhookView]


def webhooks(look: Look) -> Iterator[Finding]:
    """See that what happens arrives at each webhook; every sort of trouble is a finding of its own."""
    seen = [(platform_id, view) for platform_id in look.platforms for view in list_webhooks(look.store, platform_id)]
    troubles = [*_disabled(seen), *_failing(look, seen), *_dead(seen), *_behind(look, seen)]
    yield from troubles
    if troubles:
        return
    waiting = sum(view.waiting for _, view in seen)
    says = f"{counted(len(seen), 'webhook')}; {counted(waiting, 'delivery', 'deliveries')} to be tried again"
    yield Finding("webhooks", State.OK, says if seen else "no platform has any")


def _disabled(seen: list[_Seen]) -> Iterator[Finding]:
    found = [(each, view) for each, view in seen if view.webhook.state is WebhookState.DISABLED]
    if found:
        platform_id, view = found[0]
        why = ", ".join(sorted({view.webhook.disabled_because for _, view in found}))
        says = f"{counted(len(found), 'webhook')} told nothing any more: {why} ({among([each for each, _ in found])})"
        advice = (
            f"mend the receiver, then: alongside webhooks resume {view.webhook.webhook_id} --platform {platform_id}"
        )
        yield Finding("webhooks", State.WARNING, says, advice)


def _failing(look: Look, seen: list[_Seen]) -> Iterator[Finding]:
    found = [(each, view, since) for each, view in seen for since in _failing_since(view)]
    long = [(each, view, since) for each, view, since in found if look.now - since > FAILING_FOR]
    if long:
        platform_id, view, since = min(long, key=lambda each: each[2])
        says = (
            f"nothing arrives at {counted(len(long), 'webhook')}, for up to {lasting(look.now - since)} "
            f"({view.progress.last_failure}; {among([each for each, *_ in long])})"
        )
        advice = f"see why: alongside webhooks deliveries {view.webhook.webhook_id} --platform {platform_id}"
        yield Finding("webhooks", State.WARNING, says, advice)


def _dead(seen: list[_Seen]) -> Iterator[Finding]:
    found = [(each, view) for each, view in seen if view.dead]
    if found:
        platform_id, view = found[0]
        count = counted(sum(view.dead for _, view in found), "delivery", "deliveries")
        says = f"{count} given up after three days ({among([each for each, _ in found])})"
        advice = f"try them anew: alongside webhooks replay {view.webhook.webhook_id} --platform {platform_id}"
        yield Finding("webhooks", State.WARNING, says, advice)


def _behind(look: Look, seen: list[_Seen]) -> Iterator[Finding]:
    """Tell of webhooks that answer and were not told what happened a while ago; a store that stands by tells none."""
    if standing_by_since(look.store) is not None:
        return
    behind: dict[str, timedelta] = {}
    for platform_id, view in seen:
        at = _first_untold_at(look, platform_id, view)
        if at is not None and look.now - at > BEHIND:
            behind[platform_id] = max(look.now - at, behind.get(platform_id, timedelta()))
    if behind:
        says = f"webhooks are told what happened up to {lasting(max(behind.values()))} late ({among([*behind])})"
        yield Finding("webhooks", State.WARNING, says, "start one more worker: alongside worker")


def _failing_since(view: WebhookView) -> Iterator[datetime]:
    if view.webhook.is_active and view.progress.failing_since is not None:
        yield view.progress.failing_since


def _first_untold_at(look: Look, platform_id: str, view: WebhookView) -> datetime | None:
    if not view.webhook.is_active or view.progress.failures:
        return None
    return next(iter(untold(look.store, platform_id, view)), None)
