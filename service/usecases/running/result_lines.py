"""The result of a run as the lines of its part: a head with every number, then supporters, seekers and pairs in blocks.

Written and read a block at a time, whatever the size of the platform; supporters come first, so that a later run reads
their prices without the rest. A new number of the result is a key of the head, and a higher FORMAT. Format 1 had all
but the pairs in the head, and a line a pair.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matching.objective import DIGITS
from matching.outcome import Outcome, Pair
from service.errors import UnknownFormat
from service.usecases.saving import in_commits

FORMAT: Final = 2
_BLOCK: Final = 1000
"""Members or pairs of one line."""

_NUMBERS: Final = ("matched", "kept", "total_score", "pairs_checked", "pairs_feasible", "digest")
_SINCE_FORMAT_2: Final = ("blocking_pairs", "is_best")

Vectors = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class KeptResult:
    """A result as it was stored, nothing of it checked.

    Attributes
    ----------
    head : every number, as `lines_of` wrote it; format 1 had no ``blocking_pairs`` and no ``is_best``.
    supporters, places, supporter_price : of the cohort, in its order. seekers, priorities, seeker_surplus : as these.
        Vectors are (members, digits) int64, without rows where there is no certificate.
    primal, dual : totals of the certificate; None where there is none.
    """

    head: dict[str, Any]
    supporters: list[str]
    places: list[int]
    supporter_price: Vectors
    seekers: list[str]
    priorities: list[int]
    seeker_surplus: Vectors
    pairs: tuple[Pair, ...]
    primal: tuple[int, ...] | None
    dual: tuple[int, ...] | None


def lines_of(outcome: Outcome) -> Iterator[Any]:
    """Write a result as lines."""
    cohort, certificate = outcome.cohort, outcome.result.certificate
    yield {
        "format": FORMAT,
        "primal": list(certificate.primal) if certificate else None,
        "dual": list(certificate.dual) if certificate else None,
        **{name: getattr(outcome, name) for name in _NUMBERS},
        "blocking_pairs": outcome.blocking_pairs,
        "is_best": outcome.result.is_best,
    }
    price = certificate.supporter_price if certificate else _NONE
    surplus = certificate.seeker_surplus if certificate else _NONE
    yield from _side("supporters", cohort.supporter_ids, "places", cohort.capacity, "supporter_price", price)
    yield from _side("seekers", cohort.seeker_ids, "priorities", cohort.priority, "seeker_surplus", surplus)
    for block in in_commits(outcome.pairs, size=_BLOCK):
        yield {"pairs": [[p.seeker_id, p.supporter_id, p.score, p.is_kept, p.is_thin] for p in block]}


def result_from(lines: Iterable[Any]) -> KeptResult:
    """Read what `lines_of` wrote, of any format; UnknownFormat when a newer program wrote it."""
    rest = iter(lines)
    head = _known(next(rest))
    return _as_kept(head, _of_format_1(head, rest) if head["format"] == 1 else rest)


def prices_from(lines: Iterable[Any]) -> Mapping[str, Sequence[int]]:
    """Give each supporter's price, by id; empty for format 1. UnknownFormat as `result_from`."""
    rest = iter(lines)
    if _known(next(rest))["format"] == 1:
        return {}
    prices: dict[str, Sequence[int]] = {}
    for line in rest:
        if "supporters" not in line:
            break
        vectors = _vectors(line["supporter_price"])
        prices.update(zip(line["supporters"], vectors.tolist(), strict=False))
    return prices


_NONE: Final[Vectors] = np.zeros((0, DIGITS), dtype=np.int64)


def _side(
    ids_name: str, ids: Sequence[str], number: str, numbers: Vectors, vector: str, vectors: Vectors
) -> Iterator[dict[str, Any]]:
    for first in range(0, len(ids), _BLOCK):
        at = slice(first, first + _BLOCK)
        yield {ids_name: list(ids[at]), number: numbers[at].tolist(), vector: vectors[at].tolist()}


def _known(head: dict[str, Any]) -> dict[str, Any]:
    if head["format"] > FORMAT:
        raise UnknownFormat("result", found=head["format"], known=FORMAT)
    return head


def _of_format_1(head: dict[str, Any], pairs: Iterable[Any]) -> Iterator[dict[str, Any]]:
    yield {name: head[name] for name in ("supporters", "places", "supporter_price")}
    yield {name: head[name] for name in ("seekers", "priorities", "seeker_surplus")}
    yield {"pairs": pairs}


def _as_kept(head: dict[str, Any], blocks: Iterable[dict[str, Any]]) -> KeptResult:
    lists: dict[str, list[Any]] = {name: [] for name in ("supporters", "places", "seekers", "priorities", "pairs")}
    vectors: dict[str, list[Vectors]] = {"supporter_price": [_NONE], "seeker_surplus": [_NONE]}
    for block in blocks:
        for name, column in block.items():
            if name in vectors:
                vectors[name].append(_vectors(column))
            elif name == "pairs":
                lists[name].extend(Pair(*pair) for pair in column)
            else:
                lists[name].extend(column)
    return KeptResult(
        head={name: head[name] for name in (_NUMBERS if head["format"] == 1 else (*_NUMBERS, *_SINCE_FORMAT_2))},
        supporters=lists["supporters"],
        places=lists["places"],
        supporter_price=np.concatenate(vectors["supporter_price"]),
        seekers=lists["seekers"],
        priorities=lists["priorities"],
        seeker_surplus=np.concatenate(vectors["seeker_surplus"]),
        pairs=tuple(lists["pairs"]),
        primal=_totals(head["primal"]),
        dual=_totals(head["dual"]),
    )


def _vectors(rows: list[list[int]]) -> Vectors:
    return np.array(rows, dtype=np.int64).reshape(len(rows), DIGITS)


def _totals(digits: list[int] | None) -> tuple[int, ...] | None:
    return None if digits is None else tuple(digits)
