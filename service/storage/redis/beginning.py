"""What is looked at when a store on Redis is opened: that Redis keeps what it is given, and whose keys are there."""

from __future__ import annotations

import re

from service.errors import ConfigurationError
from service.storage.redis.address import Address, Layout
from service.storage.redis.calling import Caller
from service.storage.redis.keys import FORMAT_KEY

FORMAT = 1
"""The number of the arrangement of keys and texts, kept under `FORMAT_KEY`. To change it, raise it and bring what the
number before left up to it in `begin`."""

OLDEST_VERSION = (6, 2)


def begin(caller: Caller, address: Address) -> None:
    """Mark an empty place as a store of ours, or check that the one there can be used."""
    key = FORMAT_KEY.format(prefix=address.prefix)
    _check_server(caller, key, address.layout)
    found = int(caller.read_by("begin", (key,), (FORMAT,)))
    if found > FORMAT:
        raise ConfigurationError(
            f"the store in Redis was written by a newer Alongside (format {found}, this one reads up to {FORMAT}): "
            "update this program, or restore a backup made with it"
        )


def _check_server(caller: Caller, key: str, layout: Layout) -> None:
    (answer,) = caller.read(key, ("INFO",))
    facts = dict(re.findall(r"^([a-z_]+):(.*?)\r?$", answer.decode(), re.MULTILINE))
    version = facts.get("redis_version", "0.0")
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_VERSION:
        raise ConfigurationError(f"this Redis is of version {version}; Alongside needs 6.2 or newer")
    policy = facts.get("maxmemory_policy", "noeviction")
    if policy.startswith("allkeys"):
        raise ConfigurationError(
            f"Redis throws records away when its memory is full (maxmemory-policy {policy}): set it to noeviction"
        )
    if facts.get("redis_mode") == "cluster" and layout is not Layout.CLUSTER:
        raise ConfigurationError("this Redis server is part of a Cluster: write redis+cluster:// in ALONGSIDE_STORE")
