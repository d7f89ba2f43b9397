"""Encoding members into `Columns`: vocabularies, bitsets, masks, compressed rows.

One function fills the columns of one subject, for both sides; a new column is added to `columns.py` and filled in the
function of its subject. Arrays are made read-only and C-contiguous, so that every cohort has the one type the kernel
is compiled for. Labels are in `label_encoding.py`. Never here: who takes part (`taking_part.py`), what a column means
for a pair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import cos, pi, radians, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.arrays import Floats, MemberArrays
from matching.bitsets import bitset_of_lists
from matching.columns import GENDER_BITS, SCOPE_BITS, Columns
from matching.evidence import EARTH_RADIUS_KM, UNIT
from matching.factors import FACTORS
from matching.label_encoding import label_columns
from matching.languages import language_of
from matching.policy import Policy
from matching.profile import SESSION_MINUTES, ClearanceScope
from matching.taking_part import Side, place_costs
from matching.terms import Integers, Rows, TermLists, Vocabulary, starts_of, taken
from matching.week import Week
from matching.week_arrays import starts_at_every_length

Arrays = dict[str, NDArray[Any]]
Encoded = tuple[Arrays, tuple[Vocabulary, ...]]
"""Columns by name, and what their bits and numbers stand for."""

NO_REACH = -1
NO_LIMIT = -1


def encode(
    arrays: MemberArrays, seekers: Side, supporters: Side, *, week: Week, policy: Policy, apart: Mapping[str, Arrays]
) -> tuple[Columns, tuple[Vocabulary, ...]]:
    """Encode both sides, in the order given; `apart` has the columns ``starts`` and ``list`` of each `Apart`."""
    languages, terms = _languages(arrays, seekers, supporters), _terms(arrays, seekers, supporters)
    labels = label_columns(arrays.labels, seekers.members, supporters.members, policy)
    columns: Arrays = {
        **languages[0],
        **terms[0],
        **_times(arrays, seekers, supporters),
        "supporter_scopes": _scopes(arrays, supporters, week, policy),
        **{f"{why}_{name}": array for why, lists in apart.items() for name, array in lists.items()},
        **labels[0],
        "weights": column(policy.weights.get(factor.key, factor.weight) for factor in FACTORS),
    }
    for name, side in (("seeker", seekers), ("supporter", supporters)):
        columns |= {
            f"{name}_{each}": array for each, array in {**_wishes(arrays, side), **_place(arrays, side)}.items()
        }
    for array in columns.values():
        array.setflags(write=False)
    return Columns(**columns), (*languages[1], *terms[1], *labels[1])


def column(values: Iterable[int]) -> Rows:
    """Make a column of whole numbers."""
    return np.fromiter(values, dtype=np.int64)


def vocabulary(lists: Iterable[TermLists]) -> dict[str, int]:
    """Number the terms that occur in any of the lists, in alphabetical order."""
    occurring: set[str] = set()
    for each in lists:
        counts = np.bincount(each.codes, minlength=len(each.terms))
        occurring.update(term for term, count in zip(each.terms, counts.tolist(), strict=True) if count)
    return {term: number for number, term in enumerate(sorted(occurring))}


def numbered(lists: TermLists, number: Mapping[str, int]) -> Rows:
    """Give the numbers of all terms of the lists, in their order."""
    # A term that does not occur in these lists may have no number.
    numbers = column(number.get(term, 0) for term in lists.terms)
    return numbers[lists.codes]


def term_bitsets(named: Mapping[str, TermLists]) -> Encoded:
    """Encode lists of terms over their common vocabulary, one bitset a name."""
    number = vocabulary(named.values())
    bitsets = {
        name: bitset_of_lists(lists.starts, numbered(lists, number), len(number)) for name, lists in named.items()
    }
    return bitsets, (Vocabulary(tuple(number), tuple(bitsets)),)


def taken_lists(lists: TermLists, rows: Rows) -> TermLists:
    """Give the lists of some rows."""
    starts, entries = taken(lists.starts, rows)
    return TermLists(lists.terms, starts, lists.codes[entries])


def _languages(arrays: MemberArrays, seekers: Side, supporters: Side) -> Encoded:
    spoken = {
        name: _spoken(taken_lists(arrays.languages, side.members))
        for name, side in (("seeker", seekers), ("supporter", supporters))
    }
    number = vocabulary(spoken.values())
    columns: Arrays = {}
    for name, lists in spoken.items():
        numbers = numbered(lists, number)
        columns |= {
            f"{name}_languages": bitset_of_lists(lists.starts, numbers, len(number)),
            f"{name}_language_starts": lists.starts,
            f"{name}_language_list": numbers,
        }
    named = (name for name in columns if not name.endswith("_starts"))
    return columns, (Vocabulary(tuple(number), tuple(named)),)


def _spoken(tags: TermLists) -> TermLists:
    """Turn tags into languages, each once a row, most preferred first."""
    names = [language_of(tag) for tag in tags.terms]
    number = {name: position for position, name in enumerate(dict.fromkeys(names))}
    codes = column(number[name] for name in names)[tags.codes]
    rows = np.repeat(np.arange(len(tags.starts) - 1), np.diff(tags.starts))
    _, first = np.unique(rows * max(len(number), 1) + codes, return_index=True)
    first.sort()
    return TermLists(list(number), starts_of(np.bincount(rows[first], minlength=len(tags.starts) - 1)), codes[first])


def _wishes(arrays: MemberArrays, side: Side) -> Arrays:
    bits = np.array([*GENDER_BITS.values(), 0])
    return {
        "member": side.numbers,
        "modes": _whole(arrays.modes[side.members]),
        "age": _whole(arrays.age_band[side.members]),
        "age_wish": _whole(arrays.preferred_age_bands[side.members]),
        # Not stated is -1, the last.
        "gender": _whole(bits[arrays.gender[side.members]]),
        "gender_wish": _whole(arrays.gender_preference[side.members]),
        "pace": _whole(arrays.pace[side.members]),
    }


def _terms(arrays: MemberArrays, seekers: Side, supporters: Side) -> Encoded:
    def of_members(name: str, lists: TermLists) -> dict[str, TermLists]:
        sides = (("seeker", seekers), ("supporter", supporters))
        return {f"{side_name}_{name}": taken_lists(lists, side.members) for side_name, side in sides}

    encoded = (
        term_bitsets(
            {
                "seeker_topics": taken_lists(arrays.seekers.topics, seekers.own),
                "supporter_topics": taken_lists(arrays.supporters.topics, supporters.own),
                **of_members("boundaries", arrays.avoid_topics),
            }
        ),
        term_bitsets(
            {
                "required_training": taken_lists(arrays.seekers.required_training, seekers.own),
                "supporter_training": taken_lists(arrays.supporters.training, supporters.own),
            }
        ),
        term_bitsets(of_members("interests", arrays.interests)),
        term_bitsets(of_members("access", arrays.access)),
    )
    columns: Arrays = {name: array for bitsets, _ in encoded for name, array in bitsets.items()}
    return columns, tuple(each for _, vocabularies in encoded for each in vocabularies)


def _times(arrays: MemberArrays, seekers: Side, supporters: Side) -> Arrays:
    sessions = arrays.seekers.session_minutes[seekers.own]
    costs = place_costs(arrays, supporters.members, arrays.supporters.session_minutes[supporters.own])
    is_limited = arrays.supporters.weekly_minutes[supporters.own] != NO_LIMIT
    return {
        "seeker_session": np.searchsorted(np.array(SESSION_MINUTES), sessions),
        "seeker_starts": seekers.times,
        "supporter_starts": starts_at_every_length(supporters.times),
        "seeker_need": place_costs(arrays, seekers.members, sessions),
        "supporter_place_cost": np.where(is_limited, costs, NO_LIMIT),
    }


def _scopes(arrays: MemberArrays, supporters: Side, week: Week, policy: Policy) -> Rows:
    """Give the scopes for which every kind the policy names is held, covers it, and is in date on the planning day."""
    lists = arrays.supporters.clearances
    starts, entries = taken(lists.starts, supporters.own)
    row = np.repeat(np.arange(len(supporters.own)), np.diff(starts))
    until = lists.valid_until[entries]
    is_valid = np.isnat(until) | (until >= np.datetime64(week.today, "D"))
    kinds, scopes = lists.kinds.codes[entries], lists.scopes[entries]

    def holds(kind: str, scope: ClearanceScope) -> NDArray[np.bool_]:
        named = [code for code, term in enumerate(lists.kinds.terms) if term == kind]
        is_held = np.zeros(len(supporters.own), dtype=np.bool_)
        is_held[row[is_valid & (scopes & SCOPE_BITS[scope] != 0) & np.isin(kinds, named)]] = True
        return is_held

    cleared = np.zeros(len(supporters.own), dtype=np.int64)
    for scope, bit in SCOPE_BITS.items():
        is_cleared = np.ones(len(supporters.own), dtype=np.bool_)
        for kind in policy.clearances.get(scope, ()):
            is_cleared &= holds(kind, scope)
        cleared += bit * is_cleared
    return cleared


def _place(arrays: MemberArrays, side: Side) -> Arrays:
    """Give unit vectors and the squared chord of the radius; a reach of -1 for no location."""
    is_somewhere = ~np.isnan(arrays.radius_km[side.members])
    rows = side.members[is_somewhere]
    latitude, longitude = arrays.latitude[rows], arrays.longitude[rows]
    across = UNIT * _each(latitude, lambda degrees: cos(radians(degrees)))
    chord = _rounded(_each(arrays.radius_km[rows], _chord))
    found = {
        "x": _rounded(across * _each(longitude, lambda degrees: cos(radians(degrees)))),
        "y": _rounded(across * _each(longitude, lambda degrees: sin(radians(degrees)))),
        "z": _rounded(UNIT * _each(latitude, lambda degrees: sin(radians(degrees)))),
        "reach": chord * chord,
    }
    made: Arrays = {}
    for name, values in found.items():
        made[name] = np.full(len(side.members), NO_REACH if name == "reach" else 0, dtype=np.int64)
        made[name][is_somewhere] = values
    return made


def _chord(radius_km: float) -> float:
    return 2 * UNIT * sin(min(radius_km / (2 * EARTH_RADIUS_KM), pi / 2))


def _each(values: Floats, function: Callable[[float], float]) -> Floats:
    """Apply a function of the standard library; numpy's own sines may differ in the last bit."""
    distinct, position = np.unique(values, return_inverse=True)
    return np.fromiter(map(function, distinct.tolist()), dtype=np.float64, count=len(distinct))[position]


def _rounded(values: Floats) -> Rows:
    return np.rint(values).astype(np.int64)


def _whole(values: Integers) -> Rows:
    return values.astype(np.int64)
