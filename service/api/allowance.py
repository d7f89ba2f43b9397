"""How many calls a key may make: counted for every call with a valid key, and told in the headers of its answer.

`RateLimit-Policy` and `RateLimit` are those of draft-ietf-httpapi-ratelimit-headers. A call beyond the allowance is
answered 429. Counting never stops a call by failing: where nobody can tell, it goes on.
"""

from __future__ import annotations

from contextlib import suppress
from math import ceil
from typing import cast

from flask import Response, current_app, g

from service.api.errors import CODE_OF, RequestError
from service.errors import TemporaryError
from service.records.api_key import ApiKey
from service.storage.metering import Meter, Rate, Verdict

BURST_SECONDS = 10
"""A rested key may make the calls of so many seconds at once."""


def rate_of(requests_per_second: int | None) -> Rate | None:
    """Give the rate for the setting; None: any number of calls."""
    return Rate(requests_per_second, requests_per_second * BURST_SECONDS) if requests_per_second else None


def count_call(key: ApiKey) -> None:
    """Count a call; raise RequestError (429) where the key has none left."""
    rate = cast("Rate | None", current_app.extensions["alongside_rate"])
    if rate is None:
        return
    meter: Meter = current_app.extensions["alongside_meter"]
    with suppress(TemporaryError, OSError):
        g.verdict = meter.take(key.platform_id, key.key_id, rate)
    verdict: Verdict | None = g.get("verdict")
    if verdict is not None and not verdict.is_allowed:
        retry_after = max(1, ceil(verdict.retry_after_seconds))
        raise RequestError(429, *CODE_OF[429], headers={"Retry-After": str(retry_after)})


def tell_allowance(response: Response) -> None:
    """Say in the answer's headers how many calls are left."""
    verdict: Verdict | None = g.get("verdict")
    if verdict is None:
        return
    rate = cast("Rate", current_app.extensions["alongside_rate"])
    response.headers.add("RateLimit-Policy", f'"calls";q={rate.burst};w={rate.window_seconds}')
    response.headers.add("RateLimit", f'"calls";r={verdict.remaining};t={ceil(verdict.full_after_seconds)}')
