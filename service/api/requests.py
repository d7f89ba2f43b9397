"""What a request says beside its body: who calls, for which platform, when, and which version they expect.

Views take from here and never from `flask.request`. How a key is checked is for `auth.py`, bodies are read in
`body.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from flask import Request, current_app, g, request
from werkzeug.datastructures import ETags

from service.api.errors import RequestError
from service.clock import Clock
from service.errors import StaleVersion
from service.records.api_key import ApiKey
from service.sealed_text import NOTES, TextSeal
from service.secret_keys import SecretKeys
from service.storage.metering import Verdict
from service.storage.store import Store
from service.usecases.insight.studies import Studies
from service.usecases.warm.cohorts import WarmCohorts
from service.usecases.webhooks.messages import Signer
from service.webhooks.reach import Reach

# Compressing proxies mark a tag as weak, or add the coding to it; it still names the same version.
_TAG = re.compile(r"v([1-9][0-9]{0,17})(:[a-z]+|-[a-z]+)?")


# What stands behind two of Flask's proxies. Each look through a proxy takes three calls, and a view takes many.
_globals: Callable[[], Any] = cast("Any", g)._get_current_object
this_request: Callable[[], Request] = cast("Any", request)._get_current_object


@dataclass(slots=True)
class Call:
    """What is known of a call while it is answered.

    `store` is the one the app was made with, or what `idempotency.py` put before it; `key` is the caller's, from
    `needs` on; `verdict` says how many calls it has left, None where they are not rationed or nobody could tell.
    """

    extensions: dict[str, Any]
    store: Store
    key: ApiKey | None = None
    verdict: Verdict | None = None


def this_call() -> Call:
    """Give what is known of this call."""
    kept = _globals()
    call: Call | None = kept.get("call")
    if call is None:
        extensions = current_app.extensions
        call = kept.call = Call(extensions, extensions["alongside"])
    return call


def store() -> Store:
    """Give the store of this call."""
    return this_call().store


def studies() -> Studies:
    """Give the runs that this process keeps ready for questions."""
    return cast("Studies", this_call().extensions["alongside_studies"])


def warm() -> WarmCohorts:
    """Give the peer supporters that this process keeps ready."""
    return cast("WarmCohorts", this_call().extensions["alongside_warm"])


def webhook_reach() -> Reach:
    """Give which addresses webhooks may call."""
    return cast("Reach", this_call().extensions["alongside_webhook_reach"])


def webhook_signer() -> Signer:
    """Give what seals the secrets of the platform's webhooks."""
    keys: SecretKeys = this_call().extensions["alongside_secret_keys"]
    return Signer(keys, platform_id())


def now() -> datetime:
    """Give the present moment by the app's clock."""
    clock: Clock = this_call().extensions["alongside_clock"]
    return clock.now()


def text_seal() -> TextSeal:
    """Give what seals and opens texts that the store alone must not tell."""
    return TextSeal(cast("SecretKeys", this_call().extensions["alongside_secret_keys"]), NOTES)


def caller() -> ApiKey:
    """Give the key that was presented; only behind `needs`."""
    key = this_call().key
    if key is None:
        raise RuntimeError("this view asks who calls, and has no @needs")
    return key


def platform_id() -> str:
    """Give the platform the call is for: the key's, whatever else the request says."""
    return caller().platform_id


def etag(version: int) -> dict[str, str]:
    """Make the header that names a record's version."""
    return {"ETag": f'"v{version}"'}


def expected_version(kind: str, record_id: str, current: Callable[[], int]) -> int | None:
    """Give the version the caller expects by If-Match or If-None-Match; None when neither header came.

    `current` reads the version there is now, 0 for none; it is called only where the header leaves a choice. The use
    case compares again inside its commit. Raises StaleVersion when a condition cannot hold.
    """
    expected = _by_if_match(kind, record_id, current) if "If-Match" in request.headers else None
    if "If-None-Match" not in request.headers:
        return expected
    there = current()
    is_excluded = there > 0 if request.if_none_match.star_tag else there in _versions(request.if_none_match)
    if is_excluded or expected not in (None, there):
        raise StaleVersion(kind, record_id, expected=0 if request.if_none_match.star_tag else None, actual=there)
    return there


def _by_if_match(kind: str, record_id: str, current: Callable[[], int]) -> int:
    versions = {current()} - {0} if request.if_match.star_tag else _versions(request.if_match)
    if len(versions) > 1:
        versions &= {current()}
    if not versions:
        raise StaleVersion(kind, record_id, expected=None, actual=current())
    return versions.pop()


def _versions(tags: ETags) -> set[int]:
    """Give the versions that tags name; one that is none of ours names none."""
    return {int(found[1]) for found in map(_TAG.fullmatch, tags.as_set(include_weak=True)) if found}


def required_version(kind: str, record_id: str, current: Callable[[], int]) -> int:
    """Give the version the caller expects by If-Match; refuse a call that names none."""
    version = expected_version(kind, record_id, current)
    if version is None or "If-Match" not in request.headers:
        raise RequestError(
            428,
            "if_match_required",
            f"two people may change this {kind} at once: read it, and send its ETag as If-Match",
        )
    return version
