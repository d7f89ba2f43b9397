"""Random communities of at most twelve people in which places bind, and what brute force says about them.

Brute force shares nothing with the engine but the readable rules and factors: it goes through every way to use places,
seeker by seeker, in exact integers.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random

from matching.changes import Change, Kind, changes_of, languages_spoken
from matching.cohort import Cohort
from matching.keys import ties_of
from matching.policy import Policy
from matching.profile import Day, Location, Mode, Pace, Profile, Window
from matching.reference import score_of
from tests.matching.people import TODAY, WEEK, seeker, supporter

POLICY = Policy()
WAITING = -1
_PLACES = ((50.0, 0.0), (50.05, 0.0), (50.1, 0.05))


def profiles_of(seed: int) -> list[Profile]:
    """Five to eight seekers and two to four supporters, who share little: a small change often matters."""
    random = Random(seed)
    seekers = [
        seeker(
            f"seeker{row}",
            waiting_since=TODAY - timedelta(weeks=random.randint(0, 3)),
            session_minutes=random.choice((30, 60)),
            topics=frozenset(random.sample(("grief", "study"), random.randint(0, 2))),
            **_shared(random),
        )
        for row in range(random.randint(5, 8))
    ]
    supporters = [
        supporter(
            f"supporter{row}", capacity=random.choice((1, 1, 1, 2)), topics=frozenset({"grief"}), **_shared(random)
        )
        for row in range(random.randint(2, 4))
    ]
    return [*seekers, *supporters]


def _shared(random: Random) -> dict[str, object]:
    starts = random.sample((17 * 60, 18 * 60, 18 * 60 + 30, 19 * 60, 23 * 60 + 30), random.choice((1, 2, 2)))
    days = (Day.MON, Day.MON, Day.MON, Day.TUE)
    return {
        "languages": random.choice((("en",), ("en",), ("en", "pl"), ("pl",), ("uk",), ("uk", "en"))),
        "modes": frozenset(random.choice(((Mode.TEXT,), (Mode.TEXT, Mode.VOICE), (Mode.VOICE,), (Mode.IN_PERSON,)))),
        "availability": tuple(Window(random.choice(days), at, (at + 120) % 1440) for at in starts),
        "pace": random.choice((Pace.WEEKLY, Pace.MONTHLY)),
        "location": random.choice((None, *(Location(*place, random.choice((2, 6))) for place in _PLACES))),
    }


def cohort_of(profiles: list[Profile]) -> Cohort:
    return Cohort.from_profiles(profiles, week=WEEK, policy=POLICY)


def best_of(
    cohort: Cohort,
    more_places: dict[str, int] | None = None,
    *,
    only: tuple[int, int] | None = None,
    without: tuple[int, int] | None = None,
) -> dict[str, str]:
    """Find the best matching by trying everything, with a pair or without one; seeker id → supporter id."""
    ranks = {value: rank + 1 for rank, value in enumerate(sorted(set(cohort.priority.tolist())))}
    ties = ties_of(cohort.seeker_keys[:, None], cohort.supporter_keys)
    places = [
        int(count) + (more_places or {}).get(supporter_id, 0)
        for count, supporter_id in zip(cohort.capacity, cohort.supporter_ids, strict=True)
    ]
    # Rank, score and tie in one exact integer, with room for sums of twelve.
    states: dict[tuple[int, ...], tuple[int, tuple[int, ...]]] = {(0,) * cohort.m: (0, ())}
    for i in range(cohort.n):
        row = [(j, score_of(cohort, i, j)) for j in range(cohort.m)]
        worth = {
            j: (ranks[int(cohort.priority[i])] << 80) + (score << 50) + int(ties[i, j])
            for j, score in row
            if score is not None and (i, j) != without and (only is None or only[0] != i or only[1] == j)
        }
        may_wait = only is None or only[0] != i
        after: dict[tuple[int, ...], tuple[int, tuple[int, ...]]] = {}
        for used, (total, chosen) in states.items():
            for j in (*(WAITING,) * may_wait, *worth):
                if j != WAITING and used[j] == places[j]:
                    continue
                now = used if j == WAITING else (*used[:j], used[j] + 1, *used[j + 1 :])
                found = (total + worth.get(j, 0), (*chosen, j))
                if now not in after or found > after[now]:
                    after[now] = found
        states = after
    chosen = max(states.values())[1]
    return {cohort.seeker_ids[i]: cohort.supporter_ids[j] for i, j in enumerate(chosen) if j != WAITING}


Solved = dict[tuple[Kind, str, str], dict[str, str]]
"""What brute force found with each change that was tried; see `solved_with`."""


def smallest_by_force(
    profiles: list[Profile], before: dict[str, str], seeker_id: str, known: Solved
) -> tuple[str, str, str] | None:
    """Try all changes of theirs and of supporters in the published order; (kind, member id, what) of the first.

    `known` is of the same community; other seekers try the same changes of supporters.
    """
    by_key = [each.member_id for side in sides(cohort_of(profiles)) for each in side]
    supporters = {each.member_id for each in profiles if each.supporter}
    in_order = sorted(profiles, key=lambda each: by_key.index(each.member_id) if each.member_id in by_key else 99)
    people = [
        *(each for each in profiles if each.member_id == seeker_id),
        *(each for each in in_order if each.member_id in supporters),
    ]
    languages = languages_spoken([each for side in sides(cohort_of(profiles)) for each in side])
    for kind in Kind:
        for person in people:
            if person.member_id not in by_key:
                continue
            for change in changes_of(person, kind, languages):
                after = solved_with(profiles, change, known)
                if seeker_id in after and before.keys() <= after.keys():
                    return str(kind), change.member_id, change.what
    return None


def solved_with(profiles: list[Profile], change: Change, known: Solved) -> dict[str, str]:
    """Encode everybody again with a change, and try everything; once for each change."""
    key = (change.kind, change.member_id, change.what)
    if key not in known:
        known[key] = _solved_with(profiles, change)
    return known[key]


def _solved_with(profiles: list[Profile], change: Change) -> dict[str, str]:
    changed = [change.profile if each.member_id == change.member_id else each for each in profiles]
    more = {change.member_id: 1} if change.kind is Kind.MORE_PLACES else {}
    return best_of(cohort_of(changed), more)


def sides(cohort: Cohort) -> tuple[tuple[Profile, ...], tuple[Profile, ...]]:
    return tuple(cohort.seekers), tuple(cohort.supporters)
