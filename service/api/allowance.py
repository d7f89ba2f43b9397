"""How many calls a key may make: counted for every call with a valid key, and told in the headers of its answer.

`RateLimit-Policy` and `RateLimit` are those of draft-ietf-httpapi-ratelimit-headers. A call beyond the allowance is
answered 429. Counting never stops a call by failing: where nobody can tell, it goes on.
"""

from __future__ import annotations

from math import ceil

from service.api.errors import CODE_OF, RequestError
from service.api.requests import Call
from service.errors import TemporaryError
from service.records.api_key import ApiKey
from service.storage.metering import Meter, Rate

BURST_SECONDS = 10
"""A rested key may make the calls of so many seconds at once."""


def rate_of(requests_per_second: int | None) -> Rate | None:
    """Give the rate for the setting; None: any number of calls."""
    return Rate(requests_per_second, requests_per_second * BURST_SECONDS) if requests_per_second else None


def count_call(call: Call, key: ApiKey) -> None:
    """Count a call; raise RequestError (429) where the key has none left."""
    rate: Rate | None = call.extensions["alongside_rate"]
    if rate is None:
        return
    meter: Meter = call.extensions["alongside_meter"]
    try:
        call.verdict = verdict = meter.take(key.platform_id, key.key_id, rate)
    except (TemporaryError, OSError):
        return
    if not verdict.is_allowed:
        retry_after = max(1, ceil(verdict.retry_after_seconds))
        raise RequestError(429, *CODE_OF[429], headers={"Retry-After": str(retry_after)})


def told_allowance(call: Call) -> tuple[tuple[str, str], ...]:
    """Give the headers that say how many calls are left; none where nobody counts."""
    verdict = call.verdict
    if verdict is None:
        return ()
    rate: Rate = call.extensions["alongside_rate"]
    return (
        ("RateLimit-Policy", f'"calls";q={rate.burst};w={rate.window_seconds}'),
        ("RateLimit", f'"calls";r={verdict.remaining};t={ceil(verdict.full_after_seconds)}'),
    )
