"""How safely a store on Redis is set up: what `doctor` says about it.

One finding a subject, over all primaries; the worst is told. A setting that this account may not read is told as such.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from service.storage.operated import Finding, State
from service.storage.redis.address import Address, Layout
from service.storage.redis.servers import Server, Servers

_OLD_VERSION = (7, 0)


def examine(servers: Servers, address: Address) -> Iterator[Finding]:
    """Look at every primary."""
    found = servers.primaries()
    yield _durability(servers, found)
    yield _over(found, "memory", _memory)
    yield _over(found, "log", _log)
    yield _over(found, "version", _version)
    yield _replicas(found, address)


def _over(found: Sequence[Server], name: str, look: Callable[[Server], tuple[State, str, str]]) -> Finding:
    """Give the worst of what is found on the servers."""
    order = list(State)
    looked = [(*look(server), server.name) for server in found]
    state, says, advice, where = max(looked, key=lambda each: order.index(each[0]))
    return Finding(name, state, says if len(found) == 1 else f"{where}: {says}", advice)


def _durability(servers: Servers, found: Sequence[Server]) -> Finding:
    def look(server: Server) -> tuple[State, str, str]:
        if server.facts.get("aof_enabled") != "1":
            return State.WRONG, "Redis keeps no log of changes: a crash loses them", "set: appendonly yes"
        fsync = servers.setting(server.node, "appendfsync")
        if fsync is None:
            return (
                State.WARNING,
                "Redis keeps a log of changes; whether each is on the disk before it is acknowledged cannot be read",
                "see that it says: appendfsync always",
            )
        if fsync != "always":
            return (
                State.WRONG,
                f"the last second of changes may be lost (appendfsync {fsync})",
                "set: appendfsync always",
            )
        return State.OK, "every change is on the disk before it is acknowledged", ""

    return _over(found, "durability", look)


def _memory(server: Server) -> tuple[State, str, str]:
    facts = server.facts
    used, most = int(facts.get("used_memory", 0)), int(facts.get("maxmemory", 0) or 0)
    policy = facts.get("maxmemory_policy", "noeviction")
    says = f"{used >> 20:,} MiB used" + (f" of {most >> 20:,} MiB" if most else "")
    if policy != "noeviction":
        return State.WRONG, f"when memory is full Redis removes keys ({policy})", "set: maxmemory-policy noeviction"
    if most and used > 0.85 * most:
        return State.WARNING, says, "give Redis more memory: when it is full, changes are refused"
    return State.OK, says, ""


def _log(server: Server) -> tuple[State, str, str]:
    facts = server.facts
    failed = [name for name in ("aof_last_write_status", "aof_last_bgrewrite_status") if facts.get(name, "ok") != "ok"]
    if failed:
        return State.WRONG, f"Redis could not write its files ({', '.join(failed)})", "look at its disk and its own log"
    return State.OK, f"its log takes {int(facts.get('aof_current_size', 0)) >> 20:,} MiB", ""


def _version(server: Server) -> tuple[State, str, str]:
    version = server.facts.get("redis_version", "0.0")
    if tuple(int(part) for part in version.split(".")[:2]) < _OLD_VERSION:
        return State.WARNING, f"Redis {version}", "update to Redis 7 or newer, which is still maintained"
    return State.OK, f"Redis {version}", ""


def _replicas(found: Sequence[Server], address: Address) -> Finding:
    fewest = min(len(server.replicas) for server in found)
    wanted = address.min_replicas
    if fewest < wanted:
        says = f"{fewest} follow a primary, and {wanted} must confirm every change: changes are refused"
        return Finding(
            "replicas", State.WRONG, says, "bring the missing replicas back, or lower ALONGSIDE_MIN_REPLICAS"
        )
    if address.layout is not Layout.SINGLE and wanted == 0:
        says = "changes are acknowledged before any replica has them: a fail-over may lose the latest"
        return Finding("replicas", State.WARNING, says, "set: ALONGSIDE_MIN_REPLICAS=1")
    if not wanted:
        return Finding("replicas", State.OK, "a single server; what is on its disk is what there is")
    return Finding("replicas", State.OK, f"{wanted} must confirm every change, {fewest} or more follow each primary")
