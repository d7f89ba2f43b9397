"""Rests and blocks that outlive an erasure: a keyed hash stands for the erased id, until that id returns.

They protect the other of the two, so erasing one may not end them. The key is random, a platform's own, and made with
its first such rest; without it a hash says nothing, and it is never given to anybody.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from service.errors import StaleVersion
from service.records import kinds
from service.records.block import Block
from service.records.codec import delete_of, put_of
from service.records.rest import Rest
from service.storage.store import Changes, Delete, Put, Store
from service.usecases.reading import all_found

_KEY_ID: Final = "rests"
_HASH_CHARACTERS: Final = 32


@dataclass(frozen=True, slots=True)
class Returned:
    """What gives rests back to members whose id returns: to be saved in the commit that makes them."""

    puts: tuple[Put, ...] = ()
    deletes: tuple[Delete, ...] = ()


def veil_of(key: bytes, member_id: str) -> str:
    """Give what stands for an erased id in a rest; no member id begins with a tilde."""
    return f"~{hmac.digest(key, member_id.encode(), 'sha256').hex()[:_HASH_CHARACTERS]}"


def veiled(rest: Rest, member_id: str, veil: str) -> Rest:
    """Give a rest that no longer names a member."""
    return _renamed(rest, {member_id: veil})


def veiled_block(block: Block, member_id: str, veil: str) -> Block:
    """Give a block that no longer names a member."""
    return _renamed_block(block, {member_id: veil})


def key_of(store: Store, platform_id: str) -> bytes | None:
    """Read the platform's key; None before its first veiled rest."""
    stored = store.get(platform_id, kinds.VEIL_KEY, _KEY_ID)
    return None if stored is None else bytes.fromhex(stored.body["key"])


def made_key(store: Store, platform_id: str) -> bytes:
    """Read the platform's key, making it where there is none."""
    put = Put(kinds.VEIL_KEY, _KEY_ID, {"key": secrets.token_hex(32)}, expected_version=0)
    with suppress(StaleVersion):
        store.commit(platform_id, Changes(puts=(put,)))
    key = key_of(store, platform_id)
    if key is None:
        raise StaleVersion(kinds.VEIL_KEY, _KEY_ID, expected=1, actual=0)
    return key


def returned(store: Store, platform_id: str, member_ids: Sequence[str]) -> Returned:
    """Give the rests of new members whose ids were erased once; nearly always none."""
    key = key_of(store, platform_id)
    if key is None or not member_ids:
        return Returned()
    name_of = {veil_of(key, member_id): member_id for member_id in member_ids}
    found = {
        (apart.KIND, apart.record_id): apart
        for apart in _all_veiled(store, platform_id)
        if name_of.keys() & set(_names(apart))
    }
    again = [
        _renamed(apart, name_of) if isinstance(apart, Rest) else _renamed_block(apart, name_of)
        for apart in found.values()
    ]
    return Returned(
        puts=tuple(put_of(replace(rest, version=0)) for rest in again),
        deletes=tuple(delete_of(rest, expected_version=rest.version) for rest in found.values()),
    )


def _all_veiled(store: Store, platform_id: str) -> Iterator[Rest | Block]:
    yield from all_found(store, platform_id, Rest, index=kinds.BY_VEILED, value="yes")
    yield from all_found(store, platform_id, Block, index=kinds.BY_VEILED, value="yes")


def _names(apart: Rest | Block) -> tuple[str, str]:
    return (apart.seeker_id, apart.supporter_id) if isinstance(apart, Rest) else (apart.first_id, apart.second_id)


def _renamed(rest: Rest, name_of: Mapping[str, str]) -> Rest:
    one, other = (name_of.get(name, name) for name in _names(rest))
    return replace(rest, seeker_id=one, supporter_id=other)


def _renamed_block(block: Block, name_of: Mapping[str, str]) -> Block:
    first, second = sorted(name_of.get(name, name) for name in _names(block))
    return replace(block, first_id=first, second_id=second)
