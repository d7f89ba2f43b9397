"""What is wrong with Redis, in plain words: the one place where its errors become ours.

A row says what to do about it. Whatever has no row is a fault of ours, or of Redis, and passes as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from redis.exceptions import (
    AskError,
    AuthenticationError,
    BusyLoadingError,
    ClusterDownError,
    ConnectionError,
    InvalidResponse,
    MaxConnectionsError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TimeoutError,
    TryAgainError,
)

from service.errors import StoreUnavailable


class NoPrimaryError(ConnectionError):
    """No Sentinel that can be reached knows where the primary is."""


_MOVING = "the Redis Cluster is moving this platform to another node: wait until it is done"
_BY_TYPE: tuple[tuple[type[RedisError], str], ...] = (
    (NoPrimaryError, "no Sentinel in ALONGSIDE_STORE can be reached that knows the primary: see whether they run"),
    (BusyLoadingError, "Redis has started and is still reading its data: wait until it is done"),
    (AuthenticationError, "Redis does not accept the name or password in ALONGSIDE_STORE"),
    (NoPermissionError, "the Redis account in ALONGSIDE_STORE may not do what the store needs: allow it"),
    (ReadOnlyError, "this Redis server is a read-only replica: name the primary, or its Sentinels, in ALONGSIDE_STORE"),
    (OutOfMemoryError, "Redis has used up its memory (maxmemory): give it more"),
    (ClusterDownError, "a part of the Redis Cluster is down: see which of its nodes is missing"),
    (TryAgainError, _MOVING),
    (AskError, _MOVING),
    (MaxConnectionsError, "this process has too many calls to Redis under way: try again in a moment"),
    (TimeoutError, "Redis does not answer in time: see whether it is overloaded, or its disk is slow"),
    (InvalidResponse, "what answers in place of Redis is something else: check ALONGSIDE_STORE"),
    (ConnectionError, "Redis cannot be reached: see whether it runs, and whether ALONGSIDE_STORE names it"),
)
_BY_CODE = {
    "MISCONF": "Redis cannot write to its disk and takes no changes: free some space, or look at the disk",
    "NOREPLICAS": "too few replicas follow this Redis server (min-replicas-to-write): bring them back",
    "BUSY": "Redis is busy with a script of another program: wait until it is done",
    "ALIEN": "something else stands under the store's keys in Redis: choose another prefix or database",
    "WRONGTYPE": "something else stands under the store's keys in Redis: choose another prefix or database",
}


class NotSentError(Exception):
    """A server could not be asked at all: nothing has happened there. `cause` is the library's error."""

    def __init__(self, cause: RedisError) -> None:
        super().__init__()
        self.cause = cause


class AnswerLostError(Exception):
    """A server was asked, and its answer did not come: it may have done it or not. `cause` is the library's error."""

    def __init__(self, cause: RedisError) -> None:
        super().__init__()
        self.cause = cause


def words_for(error: RedisError) -> str | None:
    """Say what is wrong and what to do; None for what is no trouble of the server."""
    for sort, words in _BY_TYPE:
        if isinstance(error, sort):
            return words
    if isinstance(error, ResponseError):
        return _BY_CODE.get(str(error).partition(" ")[0])
    return None


@contextmanager
def in_plain_words() -> Iterator[None]:
    """Turn what the block meets on the way to Redis into StoreUnavailable."""
    try:
        yield
    except (NotSentError, AnswerLostError) as error:
        raise StoreUnavailable(words_for(error.cause) or "Redis cannot be used") from error.cause
    except RedisError as error:
        words = words_for(error)
        if words is None:
            raise
        raise StoreUnavailable(words) from error
