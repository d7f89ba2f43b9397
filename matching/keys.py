"""From ids to order and ties: what makes equal scores come out the same, whatever the order of the input."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

TIE_BITS = 40
"""Bits of a pair's tie value; a full run adds fewer than 2²³ of them, so sums stay below 2⁶³."""


def key_of(member_id: str) -> int:
    """Give a member's key: the first 8 bytes of BLAKE2b of the id, big-endian, 0 ≤ key < 2⁶⁴."""
    return int.from_bytes(blake2b(member_id.encode(), digest_size=64).digest()[:8], "big")


def keys_of(member_ids: Iterable[str]) -> NDArray[np.uint64]:
    """Give the keys of many members, in their order."""
    digests = b"".join([blake2b(member_id.encode()).digest()[:8] for member_id in member_ids])
    return np.frombuffer(digests, dtype=">u8").astype(np.uint64)


def rows_with(key: int, keys: NDArray[np.uint64]) -> range:
    """Give the rows of ascending keys that have this key; two members may share one."""
    first, end = (int(np.searchsorted(keys, np.uint64(key), side=side)) for side in ("left", "right"))
    return range(first, end)


def ties_of(seeker_keys: NDArray[np.uint64], supporter_keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Give each pair's tie value, 0 ≤ tie < 2⁴⁰: the top bits of splitmix64(seeker ^ rotl32(supporter)).

    The arrays are broadcast against each other. Source of splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom
    number generators", OOPSLA 2014.
    """
    with np.errstate(over="ignore"):
        turned = (supporter_keys << np.uint64(32)) | (supporter_keys >> np.uint64(32))
        z = (seeker_keys ^ turned) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    ties: NDArray[np.int64] = (z >> np.uint64(64 - TIE_BITS)).astype(np.int64)
    return ties
