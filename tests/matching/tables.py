"""Hand-computed verdicts and fractions for every rule, factor and label comparison: literals, worked out on paper.

A new rule or factor gets its table here; `test_rules.py` and `test_factors.py` hold the declared functions to them, and
`test_mutations.py` holds the tables to noticing wrong functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

from matching.cohort import Cohort
from matching.columns import Columns
from matching.policy import LabelFactor, LabelField, LabelOp, LabelRule, LabelType, Policy
from matching.profile import AgeBand, Apart, Clearance, ClearanceScope, Gender, Location, Mode, Pace
from tests.matching.people import OPEN_POLICY, cohort_of, seeker, supporter, window

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """One row of a table: what the two are, and what the function must answer."""

    name: str
    seeker: Fields
    supporter: Fields
    expected: Any
    policy: Policy = OPEN_POLICY
    apart: Mapping[tuple[str, str], Apart] = field(default_factory=dict)
    is_one_member: bool = False

    @cached_property
    def cohort(self) -> Cohort:
        one, other = seeker(**self.seeker), supporter(**self.supporter)
        profiles = [replace(one, supporter=other.supporter)] if self.is_one_member else [one, other]
        cohort = cohort_of(*profiles, *BYSTANDERS, policy=self.policy, apart=self.apart)
        assert not cohort.left_out, f"{self.name}: {cohort.left_out}"
        return cohort

    @cached_property
    def pair(self) -> tuple[Columns, int, int]:
        """The columns, and the rows of the two; never the same number, never the first."""
        i = self.cohort.seeker_ids.index("seeker")
        j = self.cohort.supporter_ids.index("seeker" if self.is_one_member else "supporter")
        assert 0 < i != j > 0
        return self.cohort.plain, i, j


STRANGE: Fields = {
    "languages": ("cy", "eo", "fo", "gd"),
    "modes": frozenset({Mode.VIDEO}),
    "age_band": AgeBand.AGE_45_54,
    "preferred_age_bands": frozenset({AgeBand.AGE_55_64}),
    "gender_preference": frozenset({Gender.ANOTHER}),
    "topics": frozenset("qrstu"),
    "avoid_topics": frozenset({"loss", "a", "addiction"}),
    "interests": frozenset("qrstu"),
    "access": frozenset({"lift"}),
    "location": Location(-40, 100, 3),
    "availability": (window("thu", "05:00", "07:00"),),
    "labels": {"site": "west", "level": 77, "groups": ("w",), "hobbies": ("w",)},
}
"""Unlike anybody in the tables: who reads the wrong row gets another answer."""

BYSTANDERS = (
    *(
        seeker(f"strange seeker {n}", **STRANGE, session_minutes=90, required_training=frozenset({"astronomy"}))
        for n in range(4)
    ),
    *(
        supporter(f"strange supporter {n}", **STRANGE, pace=Pace.FLEXIBLE, session_minutes=15, weekly_minutes=15)
        for n in range(6)
    ),
)


def failures(function: Any, cases: list[Case]) -> list[str]:
    """Names of the rows on which the function answers something else, or cannot answer."""
    return [case.name for case in cases if _answer(function, case) != case.expected]


def _answer(function: Any, case: Case) -> Any:
    try:
        return function(*case.pair)
    except (ArithmeticError, LookupError, NameError, TypeError, ValueError) as error:
        return error


def _modes(*modes: str) -> Fields:
    return {"modes": frozenset(map(Mode, modes))}


def _at(band: str, **fields: Any) -> Fields:
    return {"age_band": AgeBand(band), **fields}


def _ages(*bands: str) -> frozenset[AgeBand]:
    return frozenset(map(AgeBand, bands))


def _genders(*genders: str) -> frozenset[Gender]:
    return frozenset(map(Gender, genders))


def _free(*windows: tuple[str, str, str], **fields: Any) -> Fields:
    return {"availability": tuple(window(*w) for w in windows), **fields}


def _place(latitude: float, longitude: float, radius_km: float) -> Fields:
    return {"location": Location(latitude, longitude, radius_km)}


IN_PERSON = _modes("in_person")
EN, PL = {"languages": ("en",)}, {"languages": ("pl",)}
MON_EVENING = ("mon", "18:00", "20:00")

LANGUAGE = [
    Case("the same", EN, EN, True),
    Case("another", EN, PL, False),
    Case("the second of two", {"languages": ("pl", "en")}, EN, True),
    Case("two regions", {"languages": ("en-GB",)}, {"languages": ("en-US",)}, True),
    Case("two scripts of Chinese", {"languages": ("zh-Hans",)}, {"languages": ("zh-Hant",)}, False),
    Case("Chinese alone is simplified", {"languages": ("zh",)}, {"languages": ("zh-Hans",)}, True),
    Case("Taiwan writes traditional", {"languages": ("zh-TW",)}, {"languages": ("zh-Hant",)}, True),
    Case("Cantonese is its own", {"languages": ("zh-yue",)}, {"languages": ("zh",)}, False),
    Case("a script elsewhere does not part", {"languages": ("sr-Latn",)}, {"languages": ("sr-Cyrl",)}, True),
]

MODE = [
    Case("the same", _modes("text"), _modes("text"), True),
    Case("another", _modes("text"), _modes("voice"), False),
    Case("one of several", _modes("text", "voice"), _modes("voice", "video"), True),
    Case("adults in person", IN_PERSON, IN_PERSON, True),
    Case("minors in person", _at("16-17", **IN_PERSON), _at("16-17", **IN_PERSON), False),
    Case("a minor seeker in person", _at("16-17", **IN_PERSON), IN_PERSON, False),
    Case("a minor supporter in person", IN_PERSON, _at("16-17", **IN_PERSON), False),
    Case("the youngest adults in person", _at("18-24", **IN_PERSON), _at("18-24", **IN_PERSON), True),
    Case(
        "minors by text or in person",
        _at("13-15", **_modes("text", "in_person")),
        _at("13-15", **_modes("text", "in_person")),
        True,
    ),
    Case(
        "minors with in person alone in common",
        _at("16-17", **_modes("text", "in_person")),
        _at("16-17", **_modes("voice", "in_person")),
        False,
    ),
]

JOINT_START = [
    Case("half an hour in common", _free(MON_EVENING), _free(("mon", "19:30", "21:00")), True),
    Case("a quarter less", _free(MON_EVENING), _free(("mon", "19:45", "21:00")), False),
    Case("another day", _free(MON_EVENING), _free(("tue", "18:00", "20:00")), False),
    Case("15 of 15", _free(MON_EVENING, session_minutes=15), _free(("mon", "19:45", "21:00")), True),
    Case("45 of 45", _free(MON_EVENING, session_minutes=45), _free(("mon", "19:15", "21:00")), True),
    Case("30 of 45", _free(MON_EVENING, session_minutes=45), _free(("mon", "19:30", "21:00")), False),
    Case("60 of 60", _free(MON_EVENING, session_minutes=60), _free(("mon", "19:00", "21:00")), True),
    Case("45 of 60", _free(MON_EVENING, session_minutes=60), _free(("mon", "19:15", "21:00")), False),
    Case("90 of 90", _free(MON_EVENING, session_minutes=90), _free(("mon", "18:30", "21:00")), True),
    Case("75 of 90", _free(MON_EVENING, session_minutes=90), _free(("mon", "18:45", "21:00")), False),
    Case("two quarters apart", _free(MON_EVENING), _free(("mon", "18:00", "18:15"), ("mon", "18:30", "18:45")), False),
    Case(
        "two windows that touch", _free(MON_EVENING), _free(("mon", "18:00", "18:15"), ("mon", "18:15", "18:30")), True
    ),
    Case(
        "the same hour in two zones",
        _free(("mon", "19:00", "20:00"), timezone="Europe/Berlin"),
        _free(("mon", "18:00", "19:00")),
        True,
    ),
    Case(
        "the same clock in two zones",
        _free(("mon", "19:00", "20:00"), timezone="Europe/Berlin"),
        _free(("mon", "19:00", "20:00")),
        False,
    ),
    Case(
        "over the end of the week",
        _free(("sun", "23:30", "00:30"), session_minutes=60),
        _free(("sun", "23:00", "01:00")),
        True,
    ),
    Case(
        "after the end of the week",
        _free(("sun", "23:30", "00:30"), session_minutes=60),
        _free(("mon", "00:00", "01:00")),
        False,
    ),
]

AGE_GROUPS = [
    Case("adults", _at("18-24"), _at("75+"), True),
    Case("the youngest adult supporter", _at("25-34"), _at("18-24"), True),
    Case("the youngest adult seeker", _at("18-24"), _at("25-34"), True),
    Case("minors of one band", _at("16-17"), _at("16-17"), True),
    Case("the youngest band", _at("13-15"), _at("13-15"), True),
    Case("minors of two bands", _at("16-17"), _at("13-15"), False),
    Case("minor seeker, adult", _at("16-17"), _at("18-24"), False),
    Case("minor supporter, adult", _at("18-24"), _at("16-17"), False),
    Case("minors in person alone", _at("16-17", **IN_PERSON), _at("16-17", **IN_PERSON), False),
    Case("adults in person alone", IN_PERSON, IN_PERSON, True),
    Case("adults without a way", _modes("text"), _modes("voice"), True),
]

WOMAN, MAN, UNSTATED = ({"gender": gender} for gender in (Gender.WOMAN, Gender.MAN, None))
WANTS_WOMAN = {"gender_preference": _genders("woman")}
WANTS_MAN = {"gender_preference": _genders("man")}

GENDER = [
    Case("no wishes", WOMAN, MAN, True),
    Case("no wishes, unstated", UNSTATED, UNSTATED, True),
    Case("seeker's wish met", WANTS_WOMAN, WOMAN, True),
    Case("seeker's wish unmet", WANTS_WOMAN, MAN, False),
    Case("seeker's wish, unstated", WANTS_WOMAN, UNSTATED, False),
    Case("supporter's wish met", MAN, WANTS_MAN, True),
    Case("supporter's wish unmet", WOMAN, WANTS_MAN, False),
    Case("supporter's wish, unstated", UNSTATED, WANTS_MAN, False),
    Case(
        "one wish of two", {"gender_preference": _genders("woman", "non_binary")}, {"gender": Gender.NON_BINARY}, True
    ),
    Case("another", {"gender_preference": _genders("another")}, {"gender": Gender.ANOTHER}, True),
    Case("both met", WOMAN | WANTS_MAN, MAN | WANTS_WOMAN, True),
    Case("seeker's alone met", MAN | WANTS_MAN, MAN | WANTS_WOMAN, False),
    Case("supporter's alone met", WOMAN | WANTS_WOMAN, MAN | WANTS_WOMAN, False),
    Case("own gender is no wish", WOMAN, WANTS_WOMAN, True),
]

WANTS_25 = {"preferred_age_bands": _ages("25-34")}

PREFERRED_AGES = [
    Case("no wishes", _at("18-24"), _at("75+"), True),
    Case("seeker's wish met", _at("75+", **WANTS_25), _at("25-34"), True),
    Case("seeker's wish unmet", _at("25-34", **WANTS_25), _at("35-44"), False),
    Case("supporter's wish met", _at("25-34"), _at("65-74", **WANTS_25), True),
    Case("supporter's wish unmet", _at("35-44"), _at("25-34", **WANTS_25), False),
    Case("one of two bands", {"preferred_age_bands": _ages("55-64", "75+")}, _at("75+"), True),
    Case("seeker's alone met", _at("18-24", **WANTS_25), _at("25-34", **WANTS_25), False),
    Case("both met", _at("25-34", **WANTS_25), _at("25-34", **WANTS_25), True),
    Case("both unmet", _at("18-24", **WANTS_25), _at("75+", **WANTS_25), False),
    Case("minors' first band", _at("13-15"), _at("13-15", preferred_age_bands=_ages("13-15")), True),
]


def _topics(*topics: str, avoid: tuple[str, ...] = ()) -> Fields:
    return {"topics": frozenset(topics), "avoid_topics": frozenset(avoid)}


BOUNDARIES = [
    Case("none", _topics("loss"), _topics("loss"), True),
    Case("seeker avoids what is offered", _topics(avoid=("addiction",)), _topics("addiction"), False),
    Case("seeker avoids something else", _topics(avoid=("addiction",)), _topics("loss"), True),
    Case("supporter avoids what is asked", _topics("addiction"), _topics(avoid=("addiction",)), False),
    Case("supporter avoids something else", _topics("loss"), _topics("loss", avoid=("addiction",)), True),
    Case("both avoid the same", _topics(avoid=("addiction",)), _topics(avoid=("addiction",)), True),
    Case("seeker's own topic", _topics("addiction", avoid=("addiction",)), _topics("loss"), True),
    Case("supporter's own topic", _topics("loss"), _topics("addiction", avoid=("addiction",)), True),
    Case("one of several", _topics("loss", avoid=("a", "b")), _topics("loss", "b"), False),
]


def _needs(*training: str) -> Fields:
    return {"required_training": frozenset(training)}


def _has(*training: str) -> Fields:
    return {"training": frozenset(training)}


TRAINING = [
    Case("none needed", _needs(), _has(), True),
    Case("none needed, some had", _needs(), _has("loss"), True),
    Case("the one", _needs("loss"), _has("loss"), True),
    Case("none had", _needs("loss"), _has(), False),
    Case("another", _needs("loss"), _has("debt"), False),
    Case("one of two", _needs("loss", "debt"), _has("loss"), False),
    Case("both and more", _needs("loss", "debt"), _has("loss", "debt", "work"), True),
]

TEXT_TOO = _modes("text", "in_person")
ADULTS, MINORS, MEETING = ClearanceScope.ADULTS, ClearanceScope.MINORS, ClearanceScope.IN_PERSON


def _cleared(*clearances: tuple[str, set[ClearanceScope], date | None], **fields: Any) -> Fields:
    return {
        "clearances": tuple(Clearance(kind, frozenset(scope), until) for kind, scope, until in clearances),
        **fields,
    }


def _asks(**kinds: tuple[str, ...]) -> Policy:
    return replace(OPEN_POLICY, clearances={ClearanceScope(scope): names for scope, names in kinds.items()})


BASIC = _asks(adults=("basic",))
TWO = _asks(adults=("basic", "references"))
MEETINGS = _asks(in_person=("visit",))

CLEARANCES = [
    Case("nothing asked", {}, {}, True),
    Case("nothing held", {}, {}, False, BASIC),
    Case("held", {}, _cleared(("basic", {ADULTS}, None)), True, BASIC),
    Case("in date for the last day", {}, _cleared(("basic", {ADULTS}, date(2026, 11, 25))), True, BASIC),
    Case("out of date since yesterday", {}, _cleared(("basic", {ADULTS}, date(2026, 11, 24))), False, BASIC),
    Case("another scope", {}, _cleared(("basic", {MINORS, MEETING}, None)), False, BASIC),
    Case("another kind", {}, _cleared(("references", {ADULTS}, None)), False, BASIC),
    Case("one of two", {}, _cleared(("basic", {ADULTS}, None)), False, TWO),
    Case("two of two", {}, _cleared(("basic", {ADULTS}, None), ("references", {ADULTS}, None)), True, TWO),
    Case("minors' asked of adults", {}, {}, True, _asks(minors=("enhanced",))),
    Case("minors' not held", _at("16-17"), _at("16-17"), False, _asks(minors=("enhanced",))),
    Case("adults' asked of minors", _at("16-17"), _at("16-17"), True, BASIC),
    Case("minors' held", _at("16-17"), _cleared(("enhanced", {MINORS}, None)), True, _asks(minors=("enhanced",))),
    Case("youngest adult", _at("18-24"), {}, False, BASIC),
    Case("in person not held", IN_PERSON, IN_PERSON, False, MEETINGS),
    Case("in person held", IN_PERSON, _cleared(("visit", {MEETING}, None), **IN_PERSON), True, MEETINGS),
    Case("in person one way of two", TEXT_TOO, TEXT_TOO, True, MEETINGS),
    Case("no in person in common", _modes("text"), TEXT_TOO, True, MEETINGS),
    Case(
        "in person and adults, one held",
        IN_PERSON,
        _cleared(("visit", {MEETING}, None), **IN_PERSON),
        False,
        _asks(adults=("basic",), in_person=("visit",)),
    ),
    Case("minors never in person", _at("16-17", **TEXT_TOO), _at("16-17", **TEXT_TOO), True, MEETINGS),
]


def _access(*access: str) -> Fields:
    return {"access": frozenset(access)}


ACCESS = [
    Case("none needed", IN_PERSON, IN_PERSON, True),
    Case("offered", IN_PERSON | _access("step_free"), IN_PERSON | _access("step_free", "quiet"), True),
    Case("not offered", IN_PERSON | _access("step_free"), IN_PERSON, False),
    Case("one of two", IN_PERSON | _access("step_free", "quiet"), IN_PERSON | _access("quiet"), False),
    Case("another way to meet", TEXT_TOO | _access("step_free"), TEXT_TOO, True),
    Case("never in person", _modes("text") | _access("step_free"), _modes("text"), True),
    Case("supporter's needs do not part", IN_PERSON, IN_PERSON | _access("step_free"), True),
]

# A degree of latitude is 111.195 km; one of longitude half of it at 60°.
DISTANCE_RULE = [
    Case("the same place", IN_PERSON | _place(50, 0, 1), IN_PERSON | _place(50, 0, 1), True),
    Case("the same place, no radius", IN_PERSON | _place(50, 0, 0), IN_PERSON | _place(50, 0, 0), True),
    Case("one degree within 112", IN_PERSON | _place(50, 0, 112), IN_PERSON | _place(51, 0, 112), True),
    Case("one degree beyond 111", IN_PERSON | _place(50, 0, 111), IN_PERSON | _place(51, 0, 111), False),
    Case("seeker's radius is smaller", IN_PERSON | _place(50, 0, 111), IN_PERSON | _place(51, 0, 200), False),
    Case("supporter's radius is smaller", IN_PERSON | _place(50, 0, 200), IN_PERSON | _place(51, 0, 111), False),
    Case("a degree of longitude at 60° within", IN_PERSON | _place(60, 0, 56), IN_PERSON | _place(60, 1, 56), True),
    Case("a degree of longitude at 60° beyond", IN_PERSON | _place(60, 0, 55), IN_PERSON | _place(60, 1, 55), False),
    Case("across the date line within", IN_PERSON | _place(0, 179.9, 23), IN_PERSON | _place(0, -179.9, 23), True),
    Case("across the date line beyond", IN_PERSON | _place(0, 179.9, 22), IN_PERSON | _place(0, -179.9, 22), False),
    Case("other side of the earth", IN_PERSON | _place(0, 0, 19000), IN_PERSON | _place(0, 180, 19000), False),
    Case("no limit", IN_PERSON | _place(0, 0, 30000), IN_PERSON | _place(0, 180, 30000), True),
    Case("seeker not located", IN_PERSON, IN_PERSON | _place(50, 0, 100), False),
    Case("supporter not located", IN_PERSON | _place(50, 0, 100), IN_PERSON, False),
    Case("another way to meet", TEXT_TOO, TEXT_TOO, True),
    Case("far apart, another way", TEXT_TOO | _place(50, 0, 5), TEXT_TOO | _place(10, 0, 5), True),
    Case("never in person", _modes("text"), _modes("text"), True),
]


def _pace(pace: str, minutes: int, weekly_minutes: int | None = None) -> Fields:
    limit = {} if weekly_minutes is None else {"weekly_minutes": weekly_minutes}
    return {"pace": Pace(pace), "session_minutes": minutes, **limit}


PLACE_COST = [
    Case("no limit in minutes", _pace("weekly", 90), _pace("monthly", 15), True),
    Case("just fits", _pace("weekly", 60), _pace("weekly", 60, 60), True),
    Case("a longer session", _pace("weekly", 90), _pace("weekly", 60, 300), False),
    Case("longer but half as often", _pace("fortnightly", 90), _pace("weekly", 60, 60), True),
    Case("a quarter as long, four times as often", _pace("weekly", 15), _pace("monthly", 60, 60), True),
    Case("half as long, four times as often", _pace("weekly", 30), _pace("monthly", 60, 60), False),
    Case("flexible counts as fortnightly", _pace("flexible", 30), _pace("fortnightly", 30, 60), True),
    Case("weekly in a flexible place", _pace("weekly", 30), _pace("flexible", 30, 60), False),
]

PAIR, REVERSED, OTHER = ("seeker", "supporter"), ("supporter", "seeker"), ("seeker", "somebody else")

BLOCKED = [
    Case("nobody", {}, {}, True),
    Case("the two", {}, {}, False, apart={PAIR: Apart.BLOCKED}),
    Case("the two in the other role", {}, {}, False, apart={REVERSED: Apart.BLOCKED}),
    Case("somebody else", {}, {}, True, apart={OTHER: Apart.BLOCKED}),
    Case("a rest is no block", {}, {}, True, apart={PAIR: Apart.RESTING}),
]

RESTING = [
    Case("nobody", {}, {}, True),
    Case("the two", {}, {}, False, apart={PAIR: Apart.RESTING}),
    Case("the two in the other role", {}, {}, False, apart={REVERSED: Apart.RESTING}),
    Case("somebody else", {}, {}, True, apart={OTHER: Apart.RESTING}),
    Case("a block is no rest", {}, {}, True, apart={PAIR: Apart.BLOCKED}),
]

SAME_PERSON = [
    Case("two", {}, {}, True),
    Case("one in both roles", {}, {}, False, is_one_member=True),
]

RULE_TABLES: dict[str, list[Case]] = {
    "language": LANGUAGE,
    "mode": MODE,
    "joint_start": JOINT_START,
    "age_groups": AGE_GROUPS,
    "gender": GENDER,
    "preferred_ages": PREFERRED_AGES,
    "boundaries": BOUNDARIES,
    "training": TRAINING,
    "clearances": CLEARANCES,
    "access": ACCESS,
    "distance": DISTANCE_RULE,
    "place_cost": PLACE_COST,
    "blocked": BLOCKED,
    "same_person": SAME_PERSON,
    "resting": RESTING,
}

TOPICS = [
    Case("one of two", _topics("a", "b"), _topics("a", "x"), (1, 2)),
    Case("none of two", _topics("a", "b"), _topics("x"), (0, 2)),
    Case("three of three", _topics("a", "b", "c"), _topics("a", "b", "c", "d"), (3, 3)),
    Case("the only one", _topics("a"), _topics("a", "b", "c"), (1, 1)),
    Case("nothing asked", _topics(), _topics("a"), (1, 2)),
    Case("nothing asked, nothing offered", _topics(), _topics(), (1, 2)),
    Case("nothing offered", _topics("a"), _topics(), (0, 1)),
]

WHOLE_WEEK = _free(*((day, "00:00", "24:00") for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")))

AVAILABILITY = [
    Case("two hours, half an hour", _free(MON_EVENING), WHOLE_WEEK, (7, 16)),
    Case("one start", _free(("mon", "18:00", "18:30")), WHOLE_WEEK, (1, 16)),
    Case("two hours, an hour and a half", _free(MON_EVENING, session_minutes=90), WHOLE_WEEK, (3, 16)),
    Case("two hours, a quarter", _free(MON_EVENING, session_minutes=15), WHOLE_WEEK, (8, 16)),
    Case("fifteen", _free(("tue", "10:00", "14:00")), WHOLE_WEEK, (15, 16)),
    Case("sixteen", _free(("tue", "10:00", "14:15")), WHOLE_WEEK, (16, 16)),
    Case("seventeen", _free(("tue", "10:00", "14:30")), WHOLE_WEEK, (16, 16)),
    Case("the whole week", WHOLE_WEEK, WHOLE_WEEK, (16, 16)),
    Case("two windows", _free(MON_EVENING, ("sat", "09:00", "10:00")), WHOLE_WEEK, (10, 16)),
    Case("an hour of two", _free(MON_EVENING), _free(("mon", "18:00", "19:00")), (3, 16)),
    Case("no start", _free(MON_EVENING), _free(("tue", "18:00", "20:00")), (0, 16)),
]

WEEKLY, FORTNIGHTLY, MONTHLY, FLEXIBLE = ({"pace": pace} for pace in Pace)

PACE = [
    Case("weekly, weekly", WEEKLY, WEEKLY, (4, 4)),
    Case("fortnightly, fortnightly", FORTNIGHTLY, FORTNIGHTLY, (4, 4)),
    Case("monthly, monthly", MONTHLY, MONTHLY, (4, 4)),
    Case("flexible, flexible", FLEXIBLE, FLEXIBLE, (4, 4)),
    Case("weekly, flexible", WEEKLY, FLEXIBLE, (3, 4)),
    Case("flexible, fortnightly", FLEXIBLE, FORTNIGHTLY, (3, 4)),
    Case("monthly, flexible", MONTHLY, FLEXIBLE, (3, 4)),
    Case("flexible, monthly", FLEXIBLE, MONTHLY, (3, 4)),
    Case("weekly, fortnightly", WEEKLY, FORTNIGHTLY, (2, 4)),
    Case("fortnightly, weekly", FORTNIGHTLY, WEEKLY, (2, 4)),
    Case("fortnightly, monthly", FORTNIGHTLY, MONTHLY, (2, 4)),
    Case("monthly, fortnightly", MONTHLY, FORTNIGHTLY, (2, 4)),
    Case("weekly, monthly", WEEKLY, MONTHLY, (0, 4)),
    Case("monthly, weekly", MONTHLY, WEEKLY, (0, 4)),
]


def _likes(interests: str) -> Fields:
    return {"interests": frozenset(interests)}


INTERESTS = [
    Case("the only one", _likes("a"), _likes("ax"), (1, 1)),
    Case("one of two", _likes("ab"), _likes("a"), (1, 2)),
    Case("one of many", _likes("abcde"), _likes("a"), (1, 3)),
    Case("two of many", _likes("abcde"), _likes("abxyz"), (2, 3)),
    Case("three of many", _likes("abcde"), _likes("abc"), (3, 3)),
    Case("four of many", _likes("abcde"), _likes("abcd"), (3, 3)),
    Case("none", _likes("ab"), _likes("xyz"), (0, 2)),
    Case("seeker lists none", _likes(""), _likes("abc"), (1, 2)),
    Case("supporter lists none", _likes("a"), _likes(""), (0, 1)),
]


def _speaks(*languages: str) -> Fields:
    return {"languages": languages}


LANGUAGE_PREFERENCE = [
    Case("both first", _speaks("en"), _speaks("en"), (1, 1)),
    Case("both first of two", _speaks("en", "pl"), _speaks("en", "pl"), (1, 1)),
    Case("seeker's second", _speaks("pl", "en"), _speaks("en"), (1, 2)),
    Case("supporter's second", _speaks("en"), _speaks("pl", "en"), (1, 2)),
    Case("crossed", _speaks("en", "pl"), _speaks("pl", "en"), (1, 2)),
    Case("both second", _speaks("de", "en"), _speaks("pl", "en"), (1, 3)),
    Case("seeker's third", _speaks("de", "pl", "en"), _speaks("en"), (1, 3)),
    Case("the better of two", _speaks("de", "pl", "en"), _speaks("fr", "en", "pl"), (1, 4)),
    Case("the best comes last", _speaks("fr", "de", "en"), _speaks("en", "uk", "ar", "de"), (1, 3)),
    Case("the better by one step", _speaks("de", "en"), _speaks("en", "fr", "de"), (1, 2)),
    Case("two regions count once", _speaks("en-GB", "en-US", "pl"), _speaks("pl"), (1, 2)),
    Case("none", _speaks("en"), _speaks("pl"), (0, 1)),
    Case("only other seekers speak it", _speaks("en"), _speaks("pl", "cy", "eo"), (0, 1)),
    Case("only other supporters speak it", _speaks("pl", "cy", "eo"), _speaks("en"), (0, 1)),
]

MEETS = _modes("text", "in_person")

# One degree is half of a radius of 222.39 km: three quarters are left, 0.74998 in chords, counted in steps of 2²⁰.
DISTANCE = [
    Case("the same place, no radius", MEETS | _place(50, 0, 0), MEETS | _place(50, 0, 0), (1, 1)),
    Case("not located", MEETS, MEETS | _place(50, 0, 10), (0, 1)),
    Case("neither located", MEETS, MEETS, (0, 1)),
    Case("beyond", MEETS | _place(50, 0, 111), MEETS | _place(51, 0, 111), (0, 1)),
    Case("not in person", _modes("text") | _place(50, 0, 10), MEETS | _place(50, 0, 10), (0, 1)),
    Case("minors", _at("16-17", **MEETS, **_place(50, 0, 0)), _at("16-17", **MEETS, **_place(50, 0, 0)), (0, 1)),
    Case("in person alone", IN_PERSON | _place(50, 0, 0), IN_PERSON | _place(50, 0, 0), (1, 1)),
    Case("half of the radius", MEETS | _place(50, 0, 222.39), MEETS | _place(51, 0, 300), (1004661735, 1339583590)),
]

AGE_CLOSENESS = [
    Case("the same", _at("25-34"), _at("25-34"), (3, 3)),
    Case("one band", _at("25-34"), _at("35-44"), (2, 3)),
    Case("one band down", _at("35-44"), _at("25-34"), (2, 3)),
    Case("two bands", _at("25-34"), _at("45-54"), (1, 3)),
    Case("three bands", _at("25-34"), _at("55-64"), (0, 3)),
    Case("all bands", _at("75+"), _at("18-24"), (0, 3)),
]

FACTOR_TABLES: dict[str, list[Case]] = {
    "topics": TOPICS,
    "availability": AVAILABILITY,
    "pace": PACE,
    "interests": INTERESTS,
    "language_preference": LANGUAGE_PREFERENCE,
    "distance": DISTANCE,
    "age_closeness": AGE_CLOSENESS,
}


def _labels(**labels: Any) -> Fields:
    return {"labels": labels}


SITE = LabelField("site", LabelType.STRING)
LEVEL = LabelField("level", LabelType.INTEGER)
GROUPS = LabelField("groups", LabelType.LIST)
HOBBIES = LabelField("hobbies", LabelType.LIST)
LABELS = (SITE, LEVEL, GROUPS, HOBBIES)


def _label_rule(label: LabelField, op: str, gaps: tuple[int, ...] = ()) -> Policy:
    return Policy(labels=LABELS, label_rules=(LabelRule("the_rule", label.name, LabelOp(op), "a reason", gaps),))


def _label_factor(label: LabelField, op: str, points: int = 0, table: tuple[tuple[int, int], ...] = ()) -> Policy:
    factor = LabelFactor("the_factor", label.name, LabelOp(op), points, table)
    return Policy(labels=LABELS, label_factors=(factor,))


SAME_SITE, OTHER_SITE = _label_rule(SITE, "equal"), _label_rule(SITE, "different")
SAME_LEVEL, OTHER_LEVEL = _label_rule(LEVEL, "equal"), _label_rule(LEVEL, "different")
SHARED_GROUP, ONE_OR_TWO_UP = _label_rule(GROUPS, "overlap"), _label_rule(LEVEL, "gap", (1, 2))
NORTH, SOUTH = _labels(site="north"), _labels(site="south")

LABEL_RULE = [
    Case("equal strings", NORTH, NORTH, True, SAME_SITE),
    Case("unequal strings", NORTH, SOUTH, False, SAME_SITE),
    Case("equal, seeker's missing", {}, NORTH, False, SAME_SITE),
    Case("equal, supporter's missing", NORTH, {}, False, SAME_SITE),
    Case("equal, both missing", {}, {}, False, SAME_SITE),
    Case("different strings", NORTH, SOUTH, True, OTHER_SITE),
    Case("not different", NORTH, NORTH, False, OTHER_SITE),
    Case("different, seeker's missing", {}, NORTH, False, OTHER_SITE),
    Case("different, supporter's missing", NORTH, {}, False, OTHER_SITE),
    Case("different, both missing", {}, {}, False, OTHER_SITE),
    Case("equal integers", _labels(level=0), _labels(level=0), True, SAME_LEVEL),
    Case("unequal integers", _labels(level=-1), _labels(level=1), False, SAME_LEVEL),
    Case("different integers", _labels(level=0), _labels(level=1), True, OTHER_LEVEL),
    Case("an integer of another type", _labels(level="4"), _labels(level="4"), False, SAME_LEVEL),
    Case("a yes is no integer", _labels(level=True), _labels(level=1), False, SAME_LEVEL),
    Case("a string of another type", _labels(site=4), _labels(site=4), False, SAME_SITE),
    Case("overlap", _labels(groups=("a", "b")), _labels(groups=("b", "c")), True, SHARED_GROUP),
    Case("no overlap", _labels(groups=("a", "b")), _labels(groups=("c",)), False, SHARED_GROUP),
    Case("overlap in another label", _labels(hobbies=("a",)), _labels(hobbies=("a",)), False, SHARED_GROUP),
    Case("overlap across labels", _labels(groups=("a",)), _labels(hobbies=("a",)), False, SHARED_GROUP),
    Case("overlap of empty lists", _labels(groups=()), _labels(groups=()), False, SHARED_GROUP),
    Case("overlap, missing", {}, _labels(groups=("a",)), False, SHARED_GROUP),
    Case("gap of none", _labels(level=3), _labels(level=3), False, ONE_OR_TWO_UP),
    Case("gap of one", _labels(level=3), _labels(level=4), True, ONE_OR_TWO_UP),
    Case("gap of two", _labels(level=3), _labels(level=5), True, ONE_OR_TWO_UP),
    Case("gap of three", _labels(level=3), _labels(level=6), False, ONE_OR_TWO_UP),
    Case("gap the other way", _labels(level=4), _labels(level=3), False, ONE_OR_TWO_UP),
    Case("gap, seeker's missing", {}, _labels(level=1), False, ONE_OR_TWO_UP),
    Case("gap, supporter's missing", _labels(level=-1), {}, False, ONE_OR_TWO_UP),
    Case("no rules", {}, {}, True, Policy()),
    Case(
        "two rules, the second does not hold",
        _labels(site="north", level=1),
        _labels(site="north", level=2),
        False,
        replace(SAME_SITE, label_rules=(*SAME_SITE.label_rules, replace(SAME_LEVEL.label_rules[0], key="second"))),
    ),
    Case(
        "a factor without points beside a rule",
        NORTH,
        NORTH,
        True,
        replace(SAME_SITE, label_factors=_label_factor(LEVEL, "equal", 5).label_factors),
    ),
]

STEPS = ((1, 9), (2, 12), (-1, -4), (0, 0))

LABEL_FACTOR = [
    Case("equal strings", NORTH, NORTH, 10, _label_factor(SITE, "equal", 10)),
    Case("unequal strings", NORTH, SOUTH, 0, _label_factor(SITE, "equal", 10)),
    Case("different strings", NORTH, SOUTH, -7, _label_factor(SITE, "different", -7)),
    Case("overlap", _labels(groups=("a", "b")), _labels(groups=("b",)), 6, _label_factor(GROUPS, "overlap", 6)),
    Case("no overlap", _labels(groups=("a",)), _labels(groups=("b",)), 0, _label_factor(GROUPS, "overlap", 6)),
    Case("missing", {}, NORTH, 0, _label_factor(SITE, "equal", 10)),
    Case("gap of one", _labels(level=3), _labels(level=4), 9, _label_factor(LEVEL, "gap", table=STEPS)),
    Case("gap of two", _labels(level=3), _labels(level=5), 12, _label_factor(LEVEL, "gap", table=STEPS)),
    Case("gap of minus one", _labels(level=3), _labels(level=2), -4, _label_factor(LEVEL, "gap", table=STEPS)),
    Case("gap not in the table", _labels(level=3), _labels(level=6), 0, _label_factor(LEVEL, "gap", table=STEPS)),
    Case("gap, missing", {}, _labels(level=2), 0, _label_factor(LEVEL, "gap", table=STEPS)),
    Case("no factors", NORTH, NORTH, 0, Policy()),
    Case(
        "two factors beside a rule",
        _labels(site="north", level=1),
        _labels(site="north", level=2),
        19,
        Policy(
            labels=LABELS,
            label_rules=SAME_SITE.label_rules,
            label_factors=(
                LabelFactor("first", "site", LabelOp.EQUAL, 10),
                LabelFactor("second", "level", LabelOp.GAP, table=STEPS),
            ),
        ),
    ),
]
