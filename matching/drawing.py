"""Drawing a sample community: every column from a stream of its own, in the proportions of `world.py`.

A new column (`crowd.py`) is drawn here under its own name, so that it changes none of the others. Never here: the
clock, floats, any draw but through `Draws`, the profiles themselves (`community.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from matching import world
from matching.crowd import (
    FIRST_ADULT,
    LANGUAGES,
    NO_LANGUAGE,
    NOT_STATED,
    Crowd,
    Flags,
    MemberColumns,
    SeekerColumns,
    Shape,
    SupporterColumns,
)
from matching.draws import Bits, Draws, Integers
from matching.errors import MatchingError
from matching.profile import SESSION_MINUTES, AgeBand, Pace

MOST_MEMBERS = 2**31
ID_BITS = 48
HABITS = 2
"""How many habits a rhythm may have."""


def draw(*, seed: int, seekers: int, supporters: int, shape: Shape | None = None) -> Crowd:
    """Draw the columns of a sample community.

    The same arguments give the same columns on every machine. Raises MatchingError for numbers that make no community.
    """
    shape = shape or Shape()
    both = min(seekers, supporters) // 50 if shape.both is None else shape.both
    if min(seekers, supporters, both) < 0 or both > min(seekers, supporters) or seekers + supporters > MOST_MEMBERS:
        raise MatchingError(f"cannot draw {seekers} seekers and {supporters} supporters of whom {both} are both")
    if not 1 <= shape.cities <= len(world.CITIES):
        raise MatchingError(f"cannot draw members of {shape.cities} cities (allowed: 1 to {len(world.CITIES)})")
    rows = seekers + supporters - both
    members = _members(Draws(seed, rows), np.arange(rows) < seekers, shape)
    asked = _asked(Draws(seed, seekers), _generation(members.ages[:seekers]))
    offered = _offered(Draws(seed, supporters), members.ages[seekers - both :], members.paces[seekers - both :])
    members = _without_contradictions(members, asked, offered)
    return Crowd(seekers, supporters, both, shape.sites, members, asked, offered)


def _members(draws: Draws, is_seeker: Flags, shape: Shape) -> MemberColumns:
    cities = _by_role(draws, "city", is_seeker, _city_weights(shape.cities))
    ages = _ages(draws, is_seeker, shape.minors)
    genders = draws.choice("gender", world.GENDER_WEIGHTS)
    modes = draws.choice("modes", tuple(world.MODE_WEIGHTS.values()))
    # Nobody under 18 meets in person: the mode sets without it stand first.
    modes = np.where(ages < FIRST_ADULT, modes % 5, modes)
    rhythms = draws.choice_by("rhythm", _generation(ages), np.array(world.RHYTHM_WEIGHTS))
    is_away = draws.happens("away", shape.away)
    why_away = draws.below("why away", 4)
    days, starts, ends = _habits(draws, rhythms)
    days[is_away & (why_away == 0)] = 0
    sizes = 1 + draws.choice("interests", (120, 240, 280, 200, 110, 50))
    return MemberColumns(
        numbers=_numbers(draws),
        cities=cities,
        languages=_languages(draws, cities, shape.second_languages),
        ages=ages,
        age_wishes=_age_wishes(draws, is_seeker, ages),
        genders=genders,
        gender_wishes=_gender_wishes(draws, is_seeker, genders),
        modes=modes,
        paces=draws.choice("pace", world.PACE_WEIGHTS),
        rhythms=rhythms,
        habit_days=days,
        habit_starts=starts,
        habit_ends=ends,
        interests=_some(draws, "interest", world.INTERESTS, sizes),
        boundaries=_boundaries(draws, is_seeker),
        access=_access(draws, is_seeker),
        latitudes=_near(draws, "latitude", np.array([city.latitude for city in world.CITIES])[cities]),
        longitudes=_near(draws, "longitude", np.array([city.longitude for city in world.CITIES])[cities]),
        radii=np.array((5, 10, 15, 25, 40))[draws.choice("radius", (150, 350, 250, 170, 80))],
        sites=draws.below("site", max(shape.sites, 1)),
        is_paused=is_away & (why_away >= 2),
        has_consent=~(is_away & (why_away == 1)),
        consent_days=_days_ago(draws, "consent"),
        consent_minutes=draws.below("consent minute", 24 * 60),
    )


def _asked(draws: Draws, generation: Integers) -> SeekerColumns:
    needs_training = draws.happens("requires training", world.REQUIRES_TRAINING).astype(np.int64)
    answers = np.stack([1 + draws.choice(f"ucla3.{number}", world.UCLA3_WEIGHTS) for number in range(3)], axis=1)
    answers[~draws.happens("answers ucla3", world.ANSWERS_UCLA3)] = 0
    topics = np.array(tuple(world.TOPICS.values())).T
    return SeekerColumns(
        topics=draws.subset("asked topic", generation, topics, 1 + draws.choice("asked topics", (420, 390, 190))),
        sessions=np.array(SESSION_MINUTES)[draws.choice("asked session", world.SESSION_WEIGHTS_SEEKER)],
        required_training=_some(draws, "required training", world.REQUIRED_TRAININGS, needs_training),
        waiting_days=_days_ago(draws, "waiting"),
        answers=answers,
    )


def _offered(draws: Draws, ages: Integers, paces: Integers) -> SupporterColumns:
    topics = np.array(tuple(world.TOPICS.values())).T
    capacities = 1 + draws.choice("capacity", world.CAPACITY_WEIGHTS)
    sessions = np.array(SESSION_MINUTES)[draws.choice("offered session", world.SESSION_WEIGHTS_SUPPORTER)]
    sizes = 1 + draws.choice("offered topics", (140, 300, 340, 220))
    is_cleared = draws.happens("cleared", 780)
    return SupporterColumns(
        topics=draws.subset("offered topic", _generation(ages), topics, sizes),
        training=_some(draws, "training", world.TRAININGS, draws.choice("trainings", (180, 280, 340, 200))),
        capacities=capacities,
        sessions=sessions,
        weekly_minutes=_weekly_minutes(draws, capacities, sessions, paces),
        commitment_weeks=np.array((0, 13, 26, 52))[draws.choice("commitment", (250, 200, 350, 200))],
        clearance_scopes=np.where(is_cleared, 1 + draws.below("scope", 2), 0),
        clearance_days=draws.below("clearance", 1000) - 60,
    )


def _weekly_minutes(draws: Draws, capacities: Integers, sessions: Integers, paces: Integers) -> Integers:
    """Minutes for the places they would like, or, for some, for one fewer; 0 where they state none."""
    sessions_in_four_weeks = np.array([{Pace.WEEKLY: 4, Pace.MONTHLY: 1}.get(pace, 2) for pace in Pace])[paces]
    heads = np.maximum(capacities - draws.happens("short of minutes", 300), 1)
    quarter_hours = -(-heads * sessions * sessions_in_four_weeks // 60)
    return np.where(draws.happens("states minutes", 700), quarter_hours * 15, 0)


def _generation(ages: Integers) -> Integers:
    """0 young (under 35), 1 middle, 2 old (65 and more): the rows of tables by age."""
    bands = list(AgeBand)
    return (ages > bands.index(AgeBand.AGE_25_34)).astype(np.int64) + (ages > bands.index(AgeBand.AGE_55_64))


def _by_role(draws: Draws, column: str, is_seeker: Flags, weights: Integers) -> Integers:
    return draws.choice_by(column, np.where(is_seeker, 0, 1), weights)


def _some(draws: Draws, column: str, table: Mapping[str, int], sizes: Integers) -> Bits:
    weights = np.array([tuple(table.values())])
    return draws.subset(column, np.zeros(draws.rows, dtype=np.int64), weights, sizes)


def _city_weights(cities: int) -> Integers:
    some = world.CITIES[:cities]
    return np.array([[city.seekers for city in some], [city.supporters for city in some]])


def _numbers(draws: Draws) -> Bits:
    """Mix each row's number into 48 bits: rotations of multiplication by odd numbers, so two rows never share one."""
    mask = np.uint64((1 << ID_BITS) - 1)
    first = draws.first("ids")
    with np.errstate(over="ignore"):
        number = np.arange(draws.rows, dtype=np.uint64) + first & mask
        for odd in (0x9E3779B97F4B, 0xD1B54A32D193):
            number = number * np.uint64(odd) & mask
            number ^= number >> np.uint64(ID_BITS // 2)
    return number


def _languages(draws: Draws, cities: Integers, second_languages: int) -> Integers:
    english = LANGUAGES.index("en")
    speaks = np.array([[city.speaks.get(tag, 0) for tag in LANGUAGES] for city in world.CITIES])
    first = draws.choice_by("first language", cities, speaks)
    usual = [world.SECOND_ENGLISH.get(tag, world.USUALLY_SECOND_ENGLISH) for tag in LANGUAGES]
    usual[english] = world.LEARNS_ANOTHER
    has_second = draws.happens("second language", np.array(usual)[first] * second_languages // 1000)
    learnt = draws.choice("learnt language", [world.LEARNT_BY_ENGLISH.get(tag, 0) for tag in LANGUAGES])
    second = np.where(first == english, learnt, english)
    return np.stack([first, np.where(has_second, second, NO_LANGUAGE)], axis=1)


def _ages(draws: Draws, is_seeker: Flags, minors: int) -> Integers:
    adults = _by_role(draws, "age", is_seeker, np.array([world.AGE_WEIGHTS_SEEKER, world.AGE_WEIGHTS_SUPPORTER]))
    return np.where(draws.happens("minor", minors), draws.below("minor age", FIRST_ADULT), adults)


def _age_wishes(draws: Draws, is_seeker: Flags, ages: Integers) -> Integers:
    """The own band and its neighbours, for some adults; minors meet their own band anyway."""
    wishes = draws.happens("age wish", np.where(is_seeker, world.AGE_WISH_SEEKER, world.AGE_WISH_SUPPORTER))
    adult_bands = (1 << len(AgeBand)) - (1 << FIRST_ADULT)
    around = (0b111 << ages >> 1) & adult_bands
    return np.where(wishes & (ages >= FIRST_ADULT), around, 0)


def _gender_wishes(draws: Draws, is_seeker: Flags, genders: Integers) -> Integers:
    chances = np.array([world.GENDER_WISH_SEEKER, world.GENDER_WISH_SUPPORTER])
    wishes = draws.happens("gender wish", chances[np.where(is_seeker, 0, 1), genders])
    return np.where(wishes & (genders < NOT_STATED), 1 << genders, 0)


def _habits(draws: Draws, rhythms: Integers) -> tuple[Integers, Integers, Integers]:
    """Days, starts and ends of the up to two habits of each row's rhythm."""
    columns = [_habit(draws, number, rhythms) for number in range(HABITS)]
    days, starts, ends = (np.stack(parts, axis=1) for parts in zip(*columns, strict=True))
    return days, starts, ends


def _habit(draws: Draws, number: int, rhythms: Integers) -> tuple[Integers, Integers, Integers]:
    nothing = world.Habit(".......", 0, 0, 0, 1, 0)
    habits = [life[number] if number < len(life) else nothing for life in world.RHYTHMS.values()]

    def of(values: Sequence[int]) -> Integers:
        return np.array(values)[rhythms]

    name = f"habit {number}"
    days = np.zeros(draws.rows, dtype=np.int64)
    for day in range(7):
        chances = of([habit.kept if habit.days[day] == "x" else 0 for habit in habits])
        days |= draws.happens(f"{name} day {day}", chances).astype(np.int64) << day
    # A habit that fell on no day falls on the last it may fall on, so that nobody is without time by chance.
    days = np.where(days == 0, of([1 << habit.days.rfind("x") if "x" in habit.days else 0 for habit in habits]), days)
    starts = of([habit.start for habit in habits])
    starts += draws.below(f"{name} start", of([habit.start_spread + 1 for habit in habits]))
    lengths = of([habit.length for habit in habits])
    lengths += draws.below(f"{name} length", of([habit.length_spread + 1 for habit in habits]))
    return days, starts * 15, (starts + lengths) * 15 % (24 * 60)


def _boundaries(draws: Draws, is_seeker: Flags) -> Bits:
    chances = np.where(is_seeker, world.BOUNDARY_SEEKER, world.BOUNDARY_SUPPORTER)
    topics = list(world.TOPICS)
    bits = np.array([1 << topics.index(topic) for topic in world.SENSITIVE_TOPICS], dtype=np.uint64)
    drawn = bits[draws.below("boundary", len(bits))]
    return np.where(draws.happens("has boundary", chances), drawn, np.uint64(0))


def _access(draws: Draws, is_seeker: Flags) -> Bits:
    chances = np.where(is_seeker, world.NEEDS_ACCESS, world.OFFERS_ACCESS)
    sizes = np.where(draws.happens("access", chances), np.where(is_seeker, 1, 3), 0)
    return _some(draws, "access need", world.ACCESS_NEEDS, sizes)


def _near(draws: Draws, column: str, centre: Integers) -> Integers:
    """Within about a quarter of a degree of the centre, most of them close to it."""
    return centre + draws.below(f"{column} a", 25) - draws.below(f"{column} b", 25)


def _days_ago(draws: Draws, column: str) -> Integers:
    """Up to a year ago, a few weeks for most."""
    part = draws.below(column, 1 << 20)
    return (part * part >> 20) * 366 >> 20


def _without_contradictions(members: MemberColumns, asked: SeekerColumns, offered: SupporterColumns) -> MemberColumns:
    """Take back boundaries against what a member brings themselves; nobody waits before they have consented."""
    rows, seekers, supporters = len(members.numbers), len(asked.topics), len(offered.topics)
    brought = np.zeros(rows, dtype=np.uint64)
    brought[:seekers] = asked.topics
    brought[rows - supporters :] |= offered.topics
    np.bitwise_and(members.boundaries, ~brought, out=members.boundaries)
    consented = members.consent_days[:seekers]
    np.maximum(consented, asked.waiting_days, out=consented)
    return members
