"""The slow reading of a cohort, one profile at a time, that the real one is held against, column by column.

Plain Python integers and no arrays; nothing here is shared with `matching/taking_part.py` or `matching/encoding.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from math import cos, pi, radians, sin
from typing import Any

from matching.columns import AGE_INDEX, GENDER_BITS, MISSING_LABEL, MODE_BITS, PACE_INDEX, SCOPE_BITS
from matching.eligibility import (
    CONFIRMATION_DAYS,
    LEAST_UCLA3,
    MOST_BOOST,
    PACE_QUARTERS,
    UNANSWERED_LONELINESS,
    Reason,
    is_paused,
    place_cost_of,
    places_of,
)
from matching.evidence import EARTH_RADIUS_KM, UNIT
from matching.factors import FACTORS
from matching.keys import key_of
from matching.label_codes import Comparison, comparisons_of, value_of
from matching.languages import languages_of
from matching.policy import LabelOp, LabelType, Policy
from matching.profile import (
    NEWCOMER,
    SESSION_MINUTES,
    Apart,
    ClearanceScope,
    ConsentGiver,
    Location,
    Profile,
    SeekerSide,
    Standing,
    SupporterSide,
)
from matching.week import SESSION_SLOTS, Week, slots_of, starts_for

Columns = dict[str, list[int]]
Kept = Mapping[tuple[str, str], Apart]


@dataclass(frozen=True)
class Row:
    """Somebody on one side: their number in the cohort, profile, side of the profile, and week."""

    member: int
    profile: Profile
    role: Any
    slots: int


@dataclass
class PlainCohort:
    """What a cohort says, in plain numbers."""

    seekers: list[Row] = field(default_factory=list)
    supporters: list[Row] = field(default_factory=list)
    capacity: list[int] = field(default_factory=list)
    priority: list[int] = field(default_factory=list)
    left_out: dict[str, dict[str, str]] = field(default_factory=dict)
    columns: Columns = field(default_factory=dict)


def plain_cohort(
    profiles: Iterable[Profile],
    *,
    week: Week,
    policy: Policy,
    standings: Mapping[str, Standing],
    apart: Kept,
) -> PlainCohort:
    """Choose and encode, one member at a time."""
    cohort = PlainCohort()
    members = sorted(profiles, key=lambda profile: (key_of(profile.member_id), profile.member_id))
    for number, profile in enumerate(members):
        standing = standings.get(profile.member_id, NEWCOMER)
        reason = _reason_for_both(profile, standing, policy, week.today)
        slots = slots_of(profile.availability, profile.timezone, week) if reason is None else 0
        for role, why in (
            ("seeker", reason or _why_no_seeker(profile, standing, slots)),
            ("supporter", reason or _why_no_supporter(profile, standing, slots)),
        ):
            side = getattr(profile, role)
            if side is not None and why is not None:
                cohort.left_out.setdefault(profile.member_id, {})[role] = str(why)
            elif side is not None:
                getattr(cohort, f"{role}s").append(Row(number, profile, side, slots))
                if role == "seeker":
                    cohort.priority.append(_priority_of(side, standing, policy, week.today))
                else:
                    cohort.capacity.append(places_of(side, profile.pace, standing))
    cohort.columns = _encode(cohort.seekers, cohort.supporters, week=week, policy=policy, apart=apart)
    return cohort


def _why_no_seeker(profile: Profile, standing: Standing, slots: int) -> Reason | None:
    if profile.seeker is None:
        return None
    if standing.has_supporter:
        return Reason.HAS_SUPPORTER
    length = SESSION_SLOTS[SESSION_MINUTES.index(profile.seeker.session_minutes)]
    return None if starts_for(slots, length) else Reason.NO_AVAILABILITY


def _why_no_supporter(profile: Profile, standing: Standing, slots: int) -> Reason | None:
    if profile.supporter is None:
        return None
    if places_of(profile.supporter, profile.pace, standing) == 0:
        return Reason.NO_PLACES
    return None if slots else Reason.NO_AVAILABILITY


def _reason_for_both(profile: Profile, standing: Standing, policy: Policy, today: date) -> Reason | None:
    """Say what keeps a member out of a run in either role."""
    if not profile.consent.matching:
        return Reason.NO_CONSENT
    if is_paused(profile, today):
        return Reason.PAUSED
    if standing.is_on_hold:
        return Reason.ON_HOLD
    if standing.is_recovering:
        return Reason.RECOVERING
    return _reason_for_minor(profile, policy, today) if profile.age_band.is_minor else None


def _reason_for_minor(profile: Profile, policy: Policy, today: date) -> Reason | None:
    if not policy.accepts_minors:
        return Reason.MINORS_NOT_ACCEPTED
    if profile.consent.given_by is not ConsentGiver.GUARDIAN:
        return Reason.NO_GUARDIAN_CONSENT
    confirmed = profile.age_band_confirmed_on
    if confirmed is None or (today - confirmed).days >= CONFIRMATION_DAYS:
        return Reason.AGE_NOT_CONFIRMED
    return None


def _priority_of(seeker: SeekerSide, standing: Standing, policy: Policy, today: date) -> int:
    weights = policy.priority
    since = standing.waiting_since or seeker.waiting_since or today
    weeks = max((today - since).days // 7, 0)
    answers = seeker.measures.ucla3 if seeker.measures else None
    loneliness = UNANSWERED_LONELINESS if answers is None else sum(answers) - LEAST_UCLA3
    return (
        1
        + weights.waiting_week * weeks
        + weights.loneliness * loneliness
        + weights.lost_supporter * standing.lost_supporter
        + weights.boost * min(max(standing.boost, 0), MOST_BOOST)
    )


def _encode(seekers: Sequence[Row], supporters: Sequence[Row], *, week: Week, policy: Policy, apart: Kept) -> Columns:
    columns: Columns = {
        **_languages(seekers, supporters),
        **_terms(seekers, supporters),
        **_times(seekers, supporters),
        **_clearances(supporters, week, policy),
        **_apart(seekers, supporters, apart),
        **_labels(seekers, supporters, policy),
        "weights": [policy.weights.get(factor.key, factor.weight) for factor in FACTORS],
    }
    for side, rows in _sides(seekers, supporters):
        columns |= {f"{side}_{name}": each for name, each in {**_wishes(rows), **_place(rows)}.items()}
    return columns


def _sides(seekers: Sequence[Row], supporters: Sequence[Row]) -> tuple[tuple[str, Sequence[Row]], ...]:
    return (("seeker", seekers), ("supporter", supporters))


def _term_bitsets(named: Mapping[str, Sequence[Collection[str]]]) -> Columns:
    """Encode sets of terms over their common vocabulary, one bitset a name."""
    terms = sorted({term for rows in named.values() for row in rows for term in row})
    bit = {term: 1 << number for number, term in enumerate(terms)}
    return {name: [sum(bit[term] for term in set(row)) for row in rows] for name, rows in named.items()}


def _compressed(rows: Sequence[Sequence[int]]) -> tuple[list[int], list[int]]:
    return list(accumulate((len(row) for row in rows), initial=0)), [number for row in rows for number in row]


def _languages(seekers: Sequence[Row], supporters: Sequence[Row]) -> Columns:
    spoken = {side: [languages_of(row.profile.languages) for row in rows] for side, rows in _sides(seekers, supporters)}
    arrays = _term_bitsets({f"{side}_languages": rows for side, rows in spoken.items()})
    number = {
        name: n for n, name in enumerate(sorted({name for rows in spoken.values() for row in rows for name in row}))
    }
    for side, rows in spoken.items():
        starts, listed = _compressed([[number[name] for name in row] for row in rows])
        arrays |= {f"{side}_language_starts": starts, f"{side}_language_list": listed}
    return arrays


def _wishes(rows: Sequence[Row]) -> Columns:
    profiles = [row.profile for row in rows]
    return {
        "member": [row.member for row in rows],
        "modes": [sum(MODE_BITS[mode] for mode in p.modes) for p in profiles],
        "age": [AGE_INDEX[p.age_band] for p in profiles],
        "age_wish": [sum(1 << AGE_INDEX[band] for band in p.preferred_age_bands) for p in profiles],
        "gender": [GENDER_BITS[p.gender] if p.gender else 0 for p in profiles],
        "gender_wish": [sum(GENDER_BITS[gender] for gender in p.gender_preference) for p in profiles],
        "pace": [PACE_INDEX[p.pace] for p in profiles],
    }


def _terms(seekers: Sequence[Row], supporters: Sequence[Row]) -> Columns:
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


def _times(seekers: Sequence[Row], supporters: Sequence[Row]) -> Columns:
    lengths = [SESSION_MINUTES.index(row.role.session_minutes) for row in seekers]
    limited = (row.role.weekly_minutes is not None for row in supporters)
    return {
        "seeker_session": list(lengths),
        "seeker_starts": [
            starts_for(row.slots, SESSION_SLOTS[length]) for row, length in zip(seekers, lengths, strict=True)
        ],
        "supporter_starts": [starts_for(row.slots, slots) for slots in SESSION_SLOTS for row in supporters],
        "seeker_need": [row.role.session_minutes * PACE_QUARTERS[row.profile.pace] for row in seekers],
        "supporter_place_cost": [
            place_cost_of(row.role, row.profile.pace) if is_limited else -1
            for row, is_limited in zip(supporters, limited, strict=True)
        ],
    }


def _clearances(supporters: Sequence[Row], week: Week, policy: Policy) -> Columns:
    def scopes(role: SupporterSide) -> int:
        return sum(bit for scope, bit in SCOPE_BITS.items() if _is_cleared(role, scope, week, policy))

    return {"supporter_scopes": [scopes(row.role) for row in supporters]}


def _is_cleared(role: SupporterSide, scope: ClearanceScope, week: Week, policy: Policy) -> bool:
    """Every kind the policy names for the scope is held, covers it, and is in date on the planning day."""
    held = {
        clearance.kind
        for clearance in role.clearances
        if scope in clearance.scope and (clearance.valid_until is None or clearance.valid_until >= week.today)
    }
    return held.issuperset(policy.clearances.get(scope, ()))


def _place(rows: Sequence[Row]) -> Columns:
    located = [_unit_vector(row.profile.location) for row in rows]
    return {name: [place[n] for place in located] for n, name in enumerate(("x", "y", "z", "reach"))}


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


def _apart(seekers: Sequence[Row], supporters: Sequence[Row], apart: Kept) -> Columns:
    """List whom each seeker is kept apart from; two members are kept apart whichever of them is the seeker."""
    seeker_of = {row.profile.member_id: i for i, row in enumerate(seekers)}
    supporter_of = {row.profile.member_id: j for j, row in enumerate(supporters)}
    arrays: Columns = {}
    for why in Apart:
        lists: list[set[int]] = [set() for _ in seekers]
        for pair in (pair for pair, reason in apart.items() if reason is why):
            for seeker_id, supporter_id in (pair, pair[::-1]):
                if seeker_id in seeker_of and supporter_id in supporter_of:
                    lists[seeker_of[seeker_id]].add(supporter_of[supporter_id])
        starts, listed = _compressed([sorted(row) for row in lists])
        arrays |= {f"{why}_starts": starts, f"{why}_list": listed}
    return arrays


def _labels(seekers: Sequence[Row], supporters: Sequence[Row], policy: Policy) -> Columns:
    """Encode the comparisons, and beside them both sides' values, one block of rows a comparison."""
    comparisons = comparisons_of(policy)
    starts, gaps = _compressed([[gap for gap, _ in comparison.table] for comparison in comparisons])
    rules = len(policy.label_rules)
    return {
        "label_op": [list(LabelOp).index(comparison.op) for comparison in comparisons],
        "label_seeker_base": [len(seekers) * k for k in range(len(comparisons))],
        "label_supporter_base": [len(supporters) * k for k in range(len(comparisons))],
        "label_table_starts": starts,
        "label_table_gaps": gaps,
        "label_table_points": [points for comparison in comparisons for _, points in comparison.table],
        "label_rules": list(range(rules)),
        "label_factors": list(range(rules, len(comparisons))),
        **_label_values(seekers, supporters, comparisons),
        **_label_sets(seekers, supporters, comparisons),
    }


def _label_values(seekers: Sequence[Row], supporters: Sequence[Row], comparisons: Sequence[Comparison]) -> Columns:
    words = sorted({v for row in (*seekers, *supporters) for v in row.profile.labels.values() if isinstance(v, str)})

    def code(comparison: Comparison, row: Row) -> int:
        value = value_of(comparison.label, row.profile.labels.get(comparison.label.name))
        if isinstance(value, str):
            return words.index(value)
        return value if isinstance(value, int) else MISSING_LABEL

    return {
        f"{side}_labels": [code(comparison, row) for comparison in comparisons for row in rows]
        for side, rows in _sides(seekers, supporters)
    }


def _label_sets(seekers: Sequence[Row], supporters: Sequence[Row], comparisons: Sequence[Comparison]) -> Columns:
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
        **{f"{s}_label_sets": [sum(bit[t] for t in row) for row in rows] for s, rows in sets.items()},
        "label_masks": list(masks),
    }
