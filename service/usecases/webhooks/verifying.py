"""The challenge before the first delivery: a webhook must send back what it was sent, and so show that it wants to be
told. Without it, whoever has a key could have this service call anybody.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from service.clock import Clock
from service.metrics import message_sent
from service.records.codec import instant_to_json, new_id
from service.records.webhook import Webhook, WebhookState
from service.records.webhook_progress import WebhookProgress
from service.storage.store import Fence, Store
from service.usecases.queueing import enqueue
from service.usecases.reading import maybe_found
from service.usecases.saving import until_saved
from service.usecases.webhooks.messages import Signer, challenge_message
from service.usecases.webhooks.waking import have_delivered
from service.usecases.work import Work
from service.webhooks.sending import Answer, Failure

MOST_ANSWER_BYTES: Final = 4096

Ask = Callable[[str, bytes, Mapping[str, str]], Answer]
"""As `service.webhooks.sending.Send`, with up to `MOST_ANSWER_BYTES` of what was answered."""


def verify_webhook(  # noqa: PLR0913 - one verification, described by names
    store: Store, platform_id: str, *, webhook_id: str, ask: Ask, signer: Signer, clock: Clock, fence: Fence
) -> bool:
    """Send a webhook its challenge, and make it active where that comes back; tell whether it is active then."""
    webhook = maybe_found(store, platform_id, Webhook, webhook_id)
    if webhook is None or webhook.state is not WebhookState.UNVERIFIED:
        return webhook is not None and webhook.is_active
    now, challenge = clock.now(), secrets.token_urlsafe(24)
    message = challenge_message(new_id("verification", now), challenge, webhook_id=webhook_id, at=instant_to_json(now))
    answer = ask(webhook.url, message.body, signer.headers(webhook, message, now))
    if answer.failure is None and not _holds(answer.body, challenge):
        answer = replace(answer, failure=Failure.NO_CHALLENGE)
    message_sent("challenge", answer.failure, answer.seconds)

    def save() -> bool:
        at = clock.now()
        work = Work(store, platform_id, at)
        current, progress = work.find(Webhook, webhook_id), work.find(WebhookProgress, webhook_id)
        if current is None or progress is None or current.url != webhook.url or current.state is not webhook.state:
            return False
        if answer.failure is None:
            work.put(replace(current, state=WebhookState.ACTIVE, verified_at=at, updated_at=at))
            work.put(replace(progress, failures=0, failing_since=None, retry_at=None, last_success_at=at))
            work.tell("webhook.verified", webhook_id)
            have_delivered(work, webhook_id)
        else:
            failed = replace(progress, last_failure_at=at, last_failure=answer.failure.value)
            work.put(replace(failed, last_status=answer.status))
        enqueue(store, platform_id, replace(work.changes(), fence=fence), now=at)
        return answer.failure is None

    return until_saved(save)


def _holds(body: bytes, challenge: str) -> bool:
    """Whether an answer is the challenge, as it is or as the field of a JSON object."""
    text = body.decode(errors="replace").strip()
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = text
    said = document.get("challenge") if isinstance(document, dict) else document
    return isinstance(said, str) and hmac.compare_digest(said.encode(), challenge.encode())
