"""The store on Redis; see the package for how it is put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from service.storage.limits import check_changes, check_index, check_lease, check_limit, encoded, is_storable
from service.storage.loading import checked_load
from service.storage.operated import Finding, Part
from service.storage.payloads import kept_events
from service.storage.redis import moving, reading, writing
from service.storage.redis.address import Address
from service.storage.redis.beginning import begin
from service.storage.redis.calling import Caller
from service.storage.redis.examining import examine
from service.storage.redis.keys import ScopeKeys
from service.storage.redis.listening import RedisListener
from service.storage.redis.servers import Servers
from service.storage.store import GLOBAL_SCOPE, Changes, Committed, Event, Lease, Listener, Page, Stored


class RedisStore:
    """See `service.storage.store.Store`; made by `RedisStore.open`."""

    def __init__(self, address: Address) -> None:
        self._caller = Caller(address)
        self._prefix = address.prefix
        self._address = address
        self._servers = Servers(address, self._caller)

    @classmethod
    def open(cls, address: Address) -> RedisStore:
        """Connect, and mark an empty place as a store.

        Raises ConfigurationError when what is there is of a format this program does not read, or when Redis is set up
        to throw records away; StoreUnavailable when it cannot be read or written.
        """
        store = cls(address)
        try:
            begin(store._caller, address)
        except BaseException:
            store.close()
            raise
        return store

    def get(self, scope: str, kind: str, record_id: str) -> Stored | None:
        """See `Store.get`."""
        return self.get_many(scope, kind, (record_id,)).get(record_id)

    def get_many(self, scope: str, kind: str, record_ids: Sequence[str]) -> dict[str, Stored]:
        """See `Store.get_many`."""
        if not is_storable(scope, kind):
            return {}
        storable = [record_id for record_id in record_ids if is_storable(record_id)]
        return reading.get_many(self._caller, self._keys(scope), kind, storable)

    def page(  # noqa: PLR0913 - one read, described by names
        self,
        scope: str,
        kind: str,
        *,
        index: str | None = None,
        value: str | None = None,
        after: str | None = None,
        limit: int = 100,
        descending: bool = False,
    ) -> Page[Stored]:
        """See `Store.page`."""
        check_limit(limit)
        check_index(index, value, may_be_open=True)
        if not is_storable(scope, kind, *_given(index, value)):
            return Page((), None)
        return reading.page(
            self._caller,
            self._keys(scope),
            kind,
            index=index,
            value=value,
            after=after,
            limit=limit,
            descending=descending,
        )

    def count(self, scope: str, kind: str, *, index: str | None = None, value: str | None = None) -> int:
        """See `Store.count`."""
        check_index(index, value, may_be_open=False)
        if not is_storable(scope, kind, *_given(index, value)):
            return 0
        return reading.count(self._caller, self._keys(scope), kind, index, value)

    def find_unique(self, scope: str, name: str, value: str) -> str | None:
        """See `Store.find_unique`."""
        if not is_storable(scope, name, value):
            return None
        return reading.find_unique(self._caller, self._keys(scope), name, value)

    def each(self, scope: str, kind: str) -> Iterator[Stored]:
        """See `Store.each`."""
        if is_storable(scope, kind):
            yield from reading.each(self._caller, self._keys(scope), kind)

    def events(self, scope: str, *, after: int = 0, limit: int = 100) -> tuple[Event, ...]:
        """See `Store.events`."""
        check_limit(limit)
        if not is_storable(scope):
            return ()
        return reading.events(self._caller, self._keys(scope), after, limit)

    def commit(self, scope: str, changes: Changes) -> Committed:
        """See `Store.commit`; it is sent once, and `calling.py` says what is done when its answer is lost."""
        check_changes(scope, changes)
        bodies = tuple(encoded(put.body) for put in changes.puts)
        return writing.commit(self._caller, self._keys(scope), changes, bodies, kept_events(changes.events))

    def acquire_lease(self, scope: str, name: str, *, owner: str, ttl: timedelta, now: datetime) -> Lease:
        """See `Store.acquire_lease`."""
        check_lease(scope, name)
        return writing.acquire_lease(self._caller, self._keys(scope), name, owner=owner, ttl=ttl, now=now)

    def renew_lease(self, lease: Lease, *, ttl: timedelta, now: datetime) -> Lease:
        """See `Store.renew_lease`."""
        return writing.renew_lease(self._caller, self._keys(lease.scope), lease, ttl=ttl, now=now)

    def release_lease(self, lease: Lease) -> None:
        """See `Store.release_lease`."""
        writing.release_lease(self._caller, self._keys(lease.scope), lease)

    def listen(self) -> Listener:
        """See `Store.listen`."""
        keys = self._keys(GLOBAL_SCOPE)
        return RedisListener(lambda: self._caller.subscribed(keys.counters, keys.channel))

    def dump(self, scope: str) -> Iterator[Part]:
        """See `OperatedStore.dump`; what an event said that is forgotten meanwhile is not given."""
        if is_storable(scope):
            yield from moving.dump(self._caller, self._keys(scope))

    def load(self, scope: str, parts: Sequence[Part]) -> None:
        """See `OperatedStore.load`."""
        moving.load(self._caller, self._keys(scope), checked_load(scope, parts))

    def clear(self, scope: str) -> None:
        """See `OperatedStore.clear`; Redis frees the memory in the background."""
        moving.clear(self._caller, self._keys(scope))

    def purge(self, *, patience: timedelta) -> bool:
        """See `OperatedStore.purge`."""
        return self._servers.purge(patience)

    def clocks(self) -> tuple[datetime, ...]:
        """See `OperatedStore.clocks`."""
        return self._servers.clocks()

    def examine(self) -> tuple[Finding, ...]:
        """See `OperatedStore.examine`."""
        return tuple(examine(self._servers, self._address))

    def ping(self) -> None:
        """See `Store.ping`; a real write on every primary, since a full disk shows in nothing less."""
        self._caller.ping()

    def close(self) -> None:
        """See `Store.close`."""
        self._caller.close()
        self._servers.close()

    def _keys(self, scope: str) -> ScopeKeys:
        return ScopeKeys(self._prefix, scope)


def _given(*texts: str | None) -> tuple[str, ...]:
    return tuple(text for text in texts if text is not None)
