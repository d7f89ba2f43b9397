"""Who takes part in a run, with how many places and how soon: all members at once.

A member is asked for each role apart; the answer is `TAKES_PART` or one reason of `eligibility.Reason`. Members are
numbered in the order of their keys. What the service asks of one member is in `eligibility.py`; tests hold both, and a
slow reading of one profile at a time, against each other. Never here: anything about a pair (`rules.py`), what the
columns look like (`encoding.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.arrays import Flags, MemberArrays, StandingArrays
from matching.bitsets import Bits
from matching.columns import LAST_MINOR_AGE, PACE_INDEX
from matching.eligibility import (
    CONFIRMATION_DAYS,
    LEAST_UCLA3,
    MOST_BOOST,
    PACE_QUARTERS,
    UNANSWERED_LONELINESS,
    Reason,
    Role,
)
from matching.errors import ProfileError
from matching.keys import keys_of
from matching.policy import Policy, PriorityWeights
from matching.profile import SESSION_MINUTES
from matching.terms import NONE, Integers, Rows
from matching.week import Offsets, Week
from matching.week_arrays import slots_of_rows, starts_at_own_length

REASONS = tuple(Reason)
TAKES_PART = -1
QUARTERS = np.array([PACE_QUARTERS[pace] for pace in PACE_INDEX], dtype=np.int64)

Why = NDArray[np.int8]
"""Index of `REASONS`, or `TAKES_PART`."""


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Those who take part on one side, sorted by key.

    Attributes
    ----------
    keys : (rows,) uint64, ascending.
    numbers : (rows,) their numbers in the cohort.
    members : (rows,) their rows in `MemberArrays`.
    own : (rows,) their rows in the arrays of their role.
    times : (rows, 11) uint64; of seekers where their own session may start, of supporters the free slots.
    amounts : (rows,) of seekers their priority, of supporters their free places.
    """

    keys: NDArray[np.uint64]
    numbers: Rows
    members: Rows
    own: Rows
    times: Bits
    amounts: Rows


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """What is asked of every member: everything the reasons are read from."""

    arrays: MemberArrays
    standings: StandingArrays
    week: Week
    policy: Policy
    numbers: Rows
    keys: NDArray[np.uint64]
    why: Why
    slots: Bits

    @property
    def today(self) -> np.datetime64:
        return np.datetime64(self.week.today, "D")


def sides_of(
    arrays: MemberArrays, standings: StandingArrays, *, week: Week, policy: Policy
) -> tuple[Side, Side, dict[str, dict[str, str]]]:
    """Choose who takes part: the seekers, the supporters, and why others are left out (`cohort.LeftOut`).

    Raises ProfileError for a member given twice, and for a zone or session length of somebody who could take part.
    """
    keys = keys_of(map(str, arrays.member_ids))
    order = _order(keys, arrays.member_ids)
    numbers = np.empty(len(order), dtype=np.int64)
    numbers[order] = np.arange(len(order))
    why = _why_not_in_either_role(arrays, standings, policy, np.datetime64(week.today, "D"))
    # Everybody has a row of slots; who is left out anyway has none of their own.
    asked = order[why[order] == TAKES_PART]
    slots = np.zeros((len(order), 11), dtype=np.uint64)
    slots[asked] = slots_of_rows(
        arrays.availability, asked, arrays.timezone.codes[asked], _offsets(arrays, asked, week)
    )
    run = _Run(arrays, standings, week, policy, numbers, keys, why, slots)
    seekers, why_no_seeker = _seekers(run)
    supporters, why_no_supporter = _supporters(run)
    return seekers, supporters, _left_out(run, why_no_seeker, why_no_supporter)


def _order(keys: NDArray[np.uint64], ids: Sequence[str]) -> Rows:
    """Sort members by key, and by id where two ids share one; an id given twice is refused."""
    order = np.argsort(keys, kind="stable")
    in_order = keys[order]
    is_shared = np.flatnonzero(in_order[1:] == in_order[:-1])
    for first in is_shared.tolist():
        group = slice(first, first + int(np.searchsorted(in_order[first:], in_order[first], side="right")))
        order[group] = sorted(order[group].tolist(), key=lambda row: str(ids[row]))
    for first in is_shared.tolist():
        one = str(ids[order[first]])
        if one == str(ids[order[first + 1]]):
            raise ProfileError(f"cannot take member {one!r} into a cohort twice", field="member_id")
    return order


def _why_not_in_either_role(
    arrays: MemberArrays, standings: StandingArrays, policy: Policy, today: np.datetime64
) -> Why:
    """Say what keeps each member out of a run in either role, (rows,)."""
    until, confirmed = arrays.paused_until, arrays.age_band_confirmed_on
    is_minor = arrays.age_band <= LAST_MINOR_AGE
    is_unconfirmed = np.isnat(confirmed) | ((today - confirmed).astype(np.int64) >= CONFIRMATION_DAYS)
    return _first_reason(
        {
            Reason.NO_CONSENT: ~arrays.has_consent,
            Reason.PAUSED: arrays.is_paused & (np.isnat(until) | (today < until)),
            Reason.ON_HOLD: standings.is_on_hold,
            Reason.RECOVERING: standings.is_recovering,
            Reason.MINORS_NOT_ACCEPTED: is_minor & (not policy.accepts_minors),
            Reason.NO_GUARDIAN_CONSENT: is_minor & ~arrays.consent_given_by_guardian,
            Reason.AGE_NOT_CONFIRMED: is_minor & is_unconfirmed,
        }
    )


def _first_reason(holds: Mapping[Reason, Any]) -> Why:
    codes = [np.int8(REASONS.index(reason)) for reason in holds]
    return np.select(list(holds.values()), codes, default=np.int8(TAKES_PART))


def _offsets(arrays: MemberArrays, asked: Rows, week: Week) -> list[Offsets]:
    """Give the offsets of every zone; one that nobody who could take part lives in may be unknown."""
    zones = [week.offsets.get(zone) for zone in arrays.timezone.terms]
    is_unknown = np.array([each is None for each in zones], dtype=np.bool_)
    lost = np.flatnonzero(is_unknown[arrays.timezone.codes[asked]])
    if lost.size:
        zone = arrays.timezone.term(int(asked[lost[0]]))
        raise ProfileError(
            f"cannot place availability in time zone {zone!r}: the week has no offsets for it", field="timezone"
        )
    return [((0, 0),) if each is None else each for each in zones]


def _seekers(run: _Run) -> tuple[Side, Why]:
    seekers = run.arrays.seekers
    members = seekers.members.astype(np.int64)
    why = run.why[members]
    lengths = _session_indices(run, members, seekers.session_minutes, Role.SEEKER)
    starts = starts_at_own_length(run.slots[members], lengths)
    has_supporter = run.standings.has_supporter[members]
    why = np.where(
        why != TAKES_PART,
        why,
        _first_reason({Reason.HAS_SUPPORTER: has_supporter, Reason.NO_AVAILABILITY: ~starts.any(axis=1)}),
    )
    return _side(run, members, why, starts, _priorities(run, members)), why


def _supporters(run: _Run) -> tuple[Side, Why]:
    supporters = run.arrays.supporters
    members = supporters.members.astype(np.int64)
    why = run.why[members]
    _session_indices(run, members, supporters.session_minutes, Role.SUPPORTER)
    slots = run.slots[members]
    places = _places(run, members)
    why = np.where(
        why != TAKES_PART,
        why,
        _first_reason({Reason.NO_PLACES: places == 0, Reason.NO_AVAILABILITY: ~slots.any(axis=1)}),
    )
    return _side(run, members, why, slots, places), why


def _side(run: _Run, members: Rows, why: Why, times: Bits, amounts: Rows) -> Side:
    own = np.flatnonzero(why == TAKES_PART)
    own = own[np.argsort(run.numbers[members[own]])]
    rows = members[own]
    return Side(run.keys[rows], run.numbers[rows], rows, own, times[own], amounts[own])


def _session_indices(run: _Run, members: Rows, minutes: Integers, role: Role) -> Rows:
    """Give the index of each row's session length; one that is none is refused where its member could take part."""
    lengths = np.array(SESSION_MINUTES)
    index = np.minimum(np.searchsorted(lengths, minutes), len(lengths) - 1)
    wrong = np.flatnonzero((lengths[index] != minutes) & (run.why[members] == TAKES_PART))
    if wrong.size:
        first = wrong[np.argmin(run.numbers[members[wrong]])]
        allowed = ", ".join(map(str, SESSION_MINUTES))
        member_id = str(run.arrays.member_ids[members[first]])
        raise ProfileError(
            f"cannot plan sessions of {int(minutes[first])} minutes for {member_id!r} (allowed: {allowed})",
            field=f"{role}.session_minutes",
        )
    return index


def place_costs(arrays: MemberArrays, members: Rows, minutes: Integers) -> Rows:
    """Give what sessions of so many minutes take at the members' paces, in quarters of a minute a week."""
    costs: Rows = minutes.astype(np.int64) * QUARTERS[arrays.pace[members]]
    return costs


def _places(run: _Run, members: Rows) -> Rows:
    """Give free places: by heads, and by minutes where any are stated; never below 0."""
    supporters, standings = run.arrays.supporters, run.standings
    heads = supporters.capacity.astype(np.int64) - standings.held_matches[members].astype(np.int64)
    held = standings.held_quarter_minutes[members].astype(np.int64)
    free = supporters.weekly_minutes.astype(np.int64) * 4 - held
    # A length that is none costs something too: who has one is left out already.
    costs = np.maximum(place_costs(run.arrays, members, supporters.session_minutes), 1)
    is_limited = supporters.weekly_minutes != NONE
    return np.maximum(np.where(is_limited, np.minimum(heads, free // costs), heads), 0)


def _priorities(run: _Run, members: Rows) -> Rows:
    """Give priorities: one, and the weighted parts of design: waiting weeks, loneliness, loss, boost."""
    seekers, standings, weights = run.arrays.seekers, run.standings, run.policy.priority
    since = standings.waiting_since[members]
    since = np.where(np.isnat(since), seekers.waiting_since, since)
    since = np.where(np.isnat(since), run.today, since)
    weeks = np.maximum((run.today - since).astype(np.int64) // 7, 0)
    answers = seekers.ucla3.sum(axis=1, dtype=np.int64)
    loneliness = np.where(answers == 0, UNANSWERED_LONELINESS, answers - LEAST_UCLA3)
    boost = np.clip(standings.boost[members].astype(np.int64), 0, MOST_BOOST)
    return _weighed(weights, weeks, loneliness, standings.lost_supporter[members], boost)


def _weighed(weights: PriorityWeights, weeks: Rows, loneliness: Rows, is_lost: Flags, boost: Rows) -> Rows:
    return (
        1
        + weights.waiting_week * weeks
        + weights.loneliness * loneliness
        + weights.lost_supporter * is_lost.astype(np.int64)
        + weights.boost * boost
    )


def _left_out(run: _Run, why_no_seeker: Why, why_no_supporter: Why) -> dict[str, dict[str, str]]:
    """Say why members are not on a side they asked to be on, in the order of their numbers."""
    arrays = run.arrays
    entries: list[tuple[int, str, str, str]] = []
    for role, members, why in (
        (Role.SEEKER, arrays.seekers.members, why_no_seeker),
        (Role.SUPPORTER, arrays.supporters.members, why_no_supporter),
    ):
        rows = np.flatnonzero(why != TAKES_PART)
        for row, reason in zip(members[rows].tolist(), why[rows].tolist(), strict=True):
            entries.append((int(run.numbers[row]), str(role), str(arrays.member_ids[row]), str(REASONS[reason])))
    left_out: dict[str, dict[str, str]] = {}
    for _, role_name, member_id, reason_name in sorted(entries):
        left_out.setdefault(member_id, {})[role_name] = reason_name
    return left_out
