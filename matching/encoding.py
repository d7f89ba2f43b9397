"""Encoding profiles into `Columns`: vocabularies, bitsets, masks, compressed rows.

One function fills the columns of one subject, for both sides; a new column is added to `columns.py` and filled in the
function of its subject. Arrays are made read-only and C-contiguous, so that every cohort has the one type the kernel
is compiled for. Never here: who takes part (eligibility.py), what a column means for a pair.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import cos, pi, radians, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.columns import (
    AGE_INDEX,
    GENDER_BITS,
    MISSING_LABEL,
    MODE_BITS,
    PACE_INDEX,
    SCOPE_BITS,
    WORD_BITS,
    Columns,
)
from matching.eligibility import need_of, place_cost_of
from matching.evidence import EARTH_RADIUS_KM, UNIT
from matching.factors import FACTORS
from matching.label_codes import Comparison, comparisons_of, value_of
from matching.languages import languages_of
from matching.policy import LabelOp, LabelType, Policy
from matching.profile import SESSION_MINUTES, Apart, ClearanceScope, Location, Profile, SeekerSide, SupporterSide
from matching.week import SESSION_SLOTS, SLOTS, Week, starts_for

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class SeekerRow:
    """A seeker who takes part: their number in the cohort, profile, seeker side and week."""

    member: int
    profile: Profile
    role: SeekerSide
    slots: int


@dataclass(frozen=True, slots=True)
class SupporterRow:
    """A supporter who takes part: their number in the cohort, profile, supporter side and week."""

    member: int
    profile: Profile
    role: SupporterSide
    slots: int


Row = SeekerRow | SupporterRow
Kept = Mapping[tuple[str, str], Apart]


def encode(
    seekers: Sequence[SeekerRow], supporters: Sequence[SupporterRow], *, week: Week, policy: Policy, apart: Kept
) -> Columns:
    """Encode both sides, in the order given."""
    arrays: Arrays = {
        **_languages(seekers, supporters),
        **_terms(seekers, supporters),
        **_times(seekers, supporters),
        **_clearances(supporters, week, policy),
        **_apart(seekers, supporters, apart),
        **_labels(seekers, supporters, policy),
        "weights": column(policy.weights.get(factor.key, factor.weight) for factor in FACTORS),
    }
    for side, rows in _sides(seekers, supporters):
        arrays |= {f"{side}_{name}": array for name, array in _wishes(rows).items()}
        arrays |= {f"{side}_{name}": array for name, array in _place(rows).items()}
    for array in arrays.values():
        array.setflags(write=False)
    return Columns(**arrays)


def column(values: Iterable[int]) -> NDArray[np.int64]:
    """Make a column of whole numbers."""
    return np.fromiter(values, dtype=np.int64)


def bitset(rows: Iterable[int], bits: int) -> NDArray[np.uint64]:
    """Make a bitset of rows given as integers below 2**bits, in whole words, one at least."""
    words = max(-(-bits // WORD_BITS), 1)
    joined = b"".join(row.to_bytes(words * WORD_BITS // 8, "little") for row in rows)
    return np.frombuffer(joined, dtype="<u8").astype(np.uint64).reshape(-1, words)


def _sides(seekers: Sequence[SeekerRow], supporters: Sequence[SupporterRow]) -> tuple[tuple[str, Sequence[Row]], ...]:
    return (("seeker", seekers), ("supporter", supporters))


def _term_bitsets(named: Mapping[str, Sequence[Collection[str]]]) -> Arrays:
    """Encode sets of terms over their common vocabulary, one bitset a name."""
    terms = sorted({term for rows in named.values() for row in rows for term in row})
    bit = {term: 1 << number for number, term in enumerate(terms)}
    return {
        name: bitset((sum(bit[term] for term in set(row)) for row in rows), len(bit)) for name, rows in named.items()
    }


def _compressed(rows: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return column(accumulate((len(row) for row in rows), initial=0)), column(number for row in rows for number in row)


def _languages(seekers: Sequence[SeekerRow], supporters: Sequence[SupporterRow]) -> Arrays:
    spoken = {side: [languages_of(row.profile.languages) for row in rows] for side, rows in _sides(seekers, supporters)}
    arrays = _term_bitsets({f"{side}_languages": rows for side, rows in spoken.items()})
    number = {
        name: n for n, name in enumerate(sorted({name for rows in spoken.values() for row in rows for name in row}))
    }
    for side, rows in spoken.items():
        starts, listed = _compressed([[number[name] for name in row] for row in rows])
        arrays |= {f"{side}_language_starts": starts, f"{side}_language_list": listed}
    return arrays


def _wishes(rows: Sequence[Row]) -> Arrays:
    profiles = [row.profile for row in rows]
    return {
        "member": column(row.member for row in rows),
        "modes": column(sum(MODE_BITS[mode] for mode in p.modes) for p in profiles),
        "age": column(AGE_INDEX[p.age_band] for p in profiles),
        "age_wish": column(sum(1 << AGE_INDEX[band] for band in p.preferred_age_bands) for p in profiles),
        "gender": column(GENDER_BITS[p.gender] if p.gender else 0 for p in profiles),
        "gender_wish": column(sum(GENDER_BITS[gender] for gender in p.gender_preference) for p in profiles),
        "pace": column(PACE_INDEX[p.pace] for p in profiles),
    }


def _terms(seekers: Sequence[SeekerRow], supporters: Sequence[SupporterRow]) -> Arrays:
    return {
        **_term_bitsets(
            {
                "seeker_topics": [row.role.topics for row in seekers],
                "supporter_topics": [row.role.topics for row in supporters],
                "seeker_boundaries": [row.profile.avoid_topics for row in seekers],
                "supporter_boundaries": [row.profile.avoid_topics for row in supporters],
            }
        ),
        **_term_bitsets(
            {
                "required_training": [row.role.required_training for row in seekers],
                "supporter_training": [row.role.training for row in supporters],
            }
        ),
        **_term_bitsets({f"{s}_interests": [r.profile.interests for r in rs] for s, rs in _sides(seekers, supporters)}),
        **_term_bitsets({f"{s}_access": [r.profile.access for r in rs] for s, rs in _sides(seekers, supporters)}),
    }


def _times(seekers: Sequence[SeekerRow], supporters: Sequence[SupporterRow]) -> Arrays:
    lengths = [SESSION_MINUTES.index(row.role.session_minutes) for row in seekers]
    limited = (row.role.weekly_minutes is not None for row in supporters)
    return {
        "seeker_session": column(lengths),
        "seeker_starts": bitset(
            (starts_for(row.slots, SESSION_SLOTS[length]) for row, length in zip(seekers, lengths, strict=True)), SLOTS
        ),
        "supporter_starts": bitset(
            (starts_for(row.slots, slots) for slots in SESSION_SLOTS for row in supporters), SLOTS
        ),
        "seeker_need": column(need_of(row.role, row.profile.pace) for row in seekers),
        "supporter_place_cost": column(
            place_cost_of(row.role, row.profile.pace) if is_limited else -1
            for row, is_limited in zip(supporters, limited, strict=True)
        ),
    }


def _clearances(supporters: Sequence[SupporterRow], week: Week, policy: Policy) -> Arrays:
    def scopes(role: SupporterSide) -> int:
        return sum(bit for scope, bit in SCOPE_BITS.items() if _is_cleared(role, scope, week, policy))

    return {"supporter_scopes": column(scopes(row.role) for row in supporters)}


def _is_cleared(role: SupporterSide, scope: ClearanceScope, week: Week, policy: Policy) -> bool:
    """Every kind the policy names for the scope is held, covers it, and is in date on the planning day."""
    held = {
        clearance.kind
        for clearance in role.clearances
        if scope in clearance.scope and (clearance.valid_until is None or clearance.valid_until >= week.today)
    }
    return held.issuperset(policy.clearances.get(scope, ()))


def _place(rows: Sequence[Row]) -> Arrays:
    located = [_unit_vector(row.profile.location) for row in rows]
    return {name: column(place[n] for place in located) for n, name in enumerate(("x", "y", "z", "reach"))}


def _unit_vector(location: Location | None) -> tuple[int, int, int, int]:
    """Give x, y, z and the squared chord of the radius; a reach of -1 for no location."""
    if location is None:
        return 0, 0, 0, -1
    latitude, longitude = radians(location.latitude), radians(location.longitude)
    chord = round(2 * UNIT * sin(min(location.radius_km / (2 * EARTH_RADIUS_KM), pi / 2)))
    return (
        round(UNIT * cos(latitude) * cos(longitude)),
        round(UNIT * cos(latitude) * sin(longitude)),
        round(UNIT * sin(latitude)),
        chord * chord,
    )


def _apart(seekers: Sequence[SeekerRow], supporters: Sequence[SupporterRow], apart: Kept) -> Arrays:
    """List whom each seeker is kept apart from; two members are kept apart whichever of them is the seeker."""
    seeker_of = {row.profile.member_id: i for i, row in enumerate(seekers)}
    supporter_of = {row.profile.member_id: j for j, row in enumerate(supporters)}
    arrays: Arrays = {}
    for why in Apart:
        lists: list[set[int]] = [set() for _ in seekers]
        for pair in (pair for pair, reason in apart.items() if reason is why):
            for seeker_id, supporter_id in (pair, pair[::-1]):
                if seeker_id in seeker_of and supporter_id in supporter_of:
                    lists[seeker_of[seeker_id]].add(supporter_of[supporter_id])
        starts, listed = _compressed([sorted(row) for row in lists])
        arrays |= {f"{why}_starts": starts, f"{why}_list": listed}
    return arrays


def _labels(seekers: Sequence[SeekerRow], supporters: Sequence[SupporterRow], policy: Policy) -> Arrays:
    """Encode the comparisons, and beside them both sides' values, one block of rows a comparison."""
    comparisons = comparisons_of(policy)
    starts, gaps = _compressed([[gap for gap, _ in comparison.table] for comparison in comparisons])
    rules = len(policy.label_rules)
    return {
        "label_op": column(list(LabelOp).index(comparison.op) for comparison in comparisons),
        "label_seeker_base": column(len(seekers) * k for k in range(len(comparisons))),
        "label_supporter_base": column(len(supporters) * k for k in range(len(comparisons))),
        "label_table_starts": starts,
        "label_table_gaps": gaps,
        "label_table_points": column(points for comparison in comparisons for _, points in comparison.table),
        "label_rules": column(range(rules)),
        "label_factors": column(range(rules, len(comparisons))),
        **_label_values(seekers, supporters, comparisons),
        **_label_sets(seekers, supporters, comparisons),
    }


def _label_values(
    seekers: Sequence[SeekerRow], supporters: Sequence[SupporterRow], comparisons: Sequence[Comparison]
) -> Arrays:
    codes: dict[str, int] = {}

    def code(comparison: Comparison, row: Row) -> int:
        value = value_of(comparison.label, row.profile.labels.get(comparison.label.name))
        if isinstance(value, str):
            return codes.setdefault(value, len(codes))
        return value if isinstance(value, int) else MISSING_LABEL

    return {
        f"{side}_labels": column(code(comparison, row) for comparison in comparisons for row in rows)
        for side, rows in _sides(seekers, supporters)
    }


def _label_sets(
    seekers: Sequence[SeekerRow], supporters: Sequence[SupporterRow], comparisons: Sequence[Comparison]
) -> Arrays:
    """Encode list labels over one vocabulary of (label, term), and for each comparison its label's bits."""
    labels = {comparison.label for comparison in comparisons if comparison.label.type is LabelType.LIST}

    def terms(row: Row) -> set[tuple[str, str]]:
        values = ((label.name, value_of(label, row.profile.labels.get(label.name))) for label in labels)
        return {(name, term) for name, value in values if isinstance(value, tuple) for term in value}

    sets = {side: [terms(row) for row in rows] for side, rows in _sides(seekers, supporters)}
    bit = {
        term: 1 << n for n, term in enumerate(sorted({term for rows in sets.values() for row in rows for term in row}))
    }
    masks = (sum(b for (name, _), b in bit.items() if name == comparison.label.name) for comparison in comparisons)
    return {
        **{f"{s}_label_sets": bitset((sum(bit[t] for t in row) for row in rows), len(bit)) for s, rows in sets.items()},
        "label_masks": bitset(masks, len(bit)),
    }
