"""How many calls a key may make: an allowance that fills up steadily, shared by all workers of a store.

It is no record: losing it costs nobody anything, so none of it is kept safe. Beside a store in a file it is a small
file that the workers of the machine share (`shared_file.py`); on Redis, expiring keys of the same servers
(`on_redis.py`). Nothing here knows what is called, or what a refusal looks like.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol

from service.storage import embedded_path

MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True)
class Rate:
    """So many calls a second in the long run, and `burst` at once after a rest."""

    per_second: int
    burst: int

    @cached_property
    def interval(self) -> int:
        """Microseconds in which the allowance grows by one call."""
        return MICROSECONDS // self.per_second

    @cached_property
    def window_seconds(self) -> int:
        """How long an empty allowance takes to be full again."""
        return -(-self.burst // self.per_second)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a call may be made, how many more may be, and after how many seconds one, or all of them, may again."""

    is_allowed: bool
    remaining: int
    retry_after_seconds: float
    full_after_seconds: float


class Meter(Protocol):
    """Counts calls."""

    def take(self, platform_id: str, key_id: str, rate: Rate) -> Verdict:
        """Count one call of a key, unless it has none left; StoreUnavailable or OSError when nobody can tell."""
        ...

    def close(self) -> None:
        """Let go of files or connections."""
        ...


def open_meter(url: str) -> Meter:
    """Open the meter that belongs to the store of this URL."""
    path = embedded_path(url)
    if path is not None:
        from service.storage.metering.shared_file import SharedFileMeter

        return SharedFileMeter(path.with_name(f"{path.name}-calls"))
    from service.storage.metering.on_redis import RedisMeter

    return RedisMeter.open(url)


def verdict_of(*, is_allowed: bool, ahead: int, rate: Rate) -> Verdict:
    """Give the verdict on a call, from how many microseconds the allowance is from being full, the call included."""
    whole = rate.interval * rate.burst
    missing = 0 if is_allowed else ahead + rate.interval - whole
    return Verdict(
        is_allowed,
        remaining=max(0, (whole - ahead) // rate.interval),
        retry_after_seconds=max(0, missing) / MICROSECONDS,
        full_after_seconds=ahead / MICROSECONDS,
    )
