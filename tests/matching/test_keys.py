"""Keys and ties: reproducible on any machine, independent of any order."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

from matching.keys import TIE_BITS, key_of, keys_of, ties_of

MASK = 2**64 - 1


def _splitmix64(state: int) -> int:
    """The published generator on Python integers."""
    z = (state + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def test_a_key_is_the_first_eight_bytes_of_blake2b():
    assert key_of("anna") == int.from_bytes(blake2b(b"anna").digest()[:8], "big")
    assert key_of("") == 0x786A02F742015903  # the published digest of nothing starts so
    assert key_of("ø") == int.from_bytes(blake2b("ø".encode()).digest()[:8], "big")


def test_keys_keep_the_order_of_the_ids():
    keys = keys_of(["b", "a"])

    assert keys.dtype == np.uint64
    assert keys.tolist() == [key_of("b"), key_of("a")]
    assert keys_of([]).shape == (0,)


def test_splitmix_gives_its_published_first_number():
    assert _splitmix64(0) == 0xE220A8397B1DCDAF


def test_ties_equal_splitmix_of_the_turned_keys():
    seekers = keys_of(["anna", "björn", "chen"])
    supporters = keys_of(["dora", "emil"])

    ties = ties_of(seekers[:, None], supporters[None, :])

    for i, one in enumerate(("anna", "björn", "chen")):
        for j, other in enumerate(("dora", "emil")):
            key = key_of(other)
            turned = (key << 32 | key >> 32) & MASK
            assert int(ties[i, j]) == _splitmix64(key_of(one) ^ turned) >> 24


def test_ties_stay_within_their_bits():
    ties = ties_of(np.array([0, MASK, 1], dtype=np.uint64)[:, None], np.array([0, MASK], dtype=np.uint64))

    assert TIE_BITS == 40
    assert ties.dtype == np.int64
    assert ties.min() >= 0
    assert ties.max() < 2**40


def test_a_tie_depends_on_who_is_the_seeker():
    one, other = keys_of(["anna"]), keys_of(["dora"])

    assert ties_of(one, other) != ties_of(other, one)
