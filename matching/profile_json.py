"""A profile's JSON form, read and written: the table below is the reference behind docs/profile.md.

`profile_from_mapping` serves programs that call the engine without the service; the service validates the wire with
`schemas/member.py` and then builds the value here too. A new profile field is one row in the table of its part (and in
`profile.py`). Never decided here: whether a label, a clearance or a minor is welcome (the policy's business), whether a
time zone or a language exists (the edge's; `week_for` refuses a zone that does not).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from matching.codecs import (
    Codec,
    UnreadableError,
    choice,
    day,
    decimal,
    flag,
    instant,
    listed,
    minute_of_day,
    one_of_numbers,
    one_set,
    record,
    record_reader,
    record_writer,
    slug,
    text,
    whole,
)
from matching.profile import (
    SESSION_MINUTES,
    AgeBand,
    Clearance,
    ClearanceScope,
    Consent,
    ConsentGiver,
    Day,
    Gender,
    LabelValue,
    Location,
    Measures,
    MemberStatus,
    Mode,
    Pace,
    Profile,
    SeekerSide,
    SupporterSide,
    Window,
)

MOST_LANGUAGES = 10
MOST_WINDOWS = 100
MOST_KEYS = 50
"""How many topics, interests, trainings, access needs or labels one member may name."""
MOST_CLEARANCES = 20
MOST_CAPACITY = 100
MOST_WEEKLY_MINUTES = 7 * 24 * 60
MOST_COMMITMENT_WEEKS = 520
MOST_RADIUS_KM = 1000
KEY_LENGTH = 40
ZONE_LENGTH = 64
LABEL_LENGTH = 100
LABEL_BOUND = 2**31 - 1

_MOST_KNOWN_WINDOWS = 10_000

_TAG = re.compile(
    r"(?P<language>[a-z]{2,3}(-[a-z]{3})?)(?P<script>-[a-z]{4})?(?P<region>-([a-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)"
)
# URLs give "." and ".." a meaning of their own: such a member could never be read or erased.
_MEMBER_ID = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._:-]{1,128}")


def check_member_id(member_id: object) -> str:
    """Give the id back when it is one: 1–128 of ``A-Za-z0-9._:-``, not dots alone; otherwise raise ProfileError."""
    if not isinstance(member_id, str) or not _MEMBER_ID.fullmatch(member_id):
        raise UnreadableError("not a member id", "1 to 128 of A-Z a-z 0-9 . _ : -", "member_id")
    return member_id


def profile_from_mapping(member_id: str, mapping: Mapping[str, Any]) -> Profile:
    """Build a profile from its JSON form.

    Parameters
    ----------
    member_id : str
        The platform's own id.
    mapping : mapping
        As documented in docs/profile.md. Dates, moments, times and closed values may be JSON strings or the parsed
        objects; lists may be tuples or sets.

    Returns
    -------
    Profile
        With tags in canonical case, moments in UTC and coordinates rounded to 0.01°.

    Raises
    ------
    ProfileError
        For the first thing that is wrong: an unknown, missing or unusable field, or fields that contradict each other.
        `field` is its path.
    """
    check_member_id(member_id)
    profile: Profile = _read_profile(mapping, {"member_id": member_id})
    if profile.seeker is None and profile.supporter is None:
        raise UnreadableError("no role", "seeker, supporter, or both")
    if profile.paused_until is not None and profile.status is not MemberStatus.PAUSED:
        raise UnreadableError("given while status is not paused", "only with status paused", "paused_until")
    return profile


def profile_to_mapping(profile: Profile) -> dict[str, Any]:
    """Write a profile as JSON-ready values, without its id: the inverse of `profile_from_mapping`.

    Optional values that are absent, and empty lists, are left out; sets come sorted: equal profiles are written alike.
    """
    written: dict[str, Any] = _write_profile(profile)
    return written


def _language() -> Codec:
    def read(value: Any) -> str:
        found = _TAG.fullmatch(value.lower()) if isinstance(value, str) and len(value) <= KEY_LENGTH else None
        if found is None:
            raise UnreadableError("not a language tag", "BCP 47, for example en, pt-BR or zh-Hant")
        script, region = (found["script"] or "").title(), (found["region"] or "").upper()
        return str(found["language"] + script + region + found["variants"])

    return Codec(read, str)


def _window() -> Codec:
    plain = record(
        Window,
        {
            "day": choice(Day),
            "start": minute_of_day(is_end=False),
            "end": minute_of_day(is_end=True),
        },
        names={"start": "start_minute", "end": "end_minute"},
    )

    known: dict[tuple[Any, ...], Window] = {}

    def read(value: Any) -> Window:
        # Few windows occur, and a platform's members name hundreds of thousands.
        try:
            return known[tuple(value.items())]
        except (AttributeError, KeyError, TypeError):
            window: Window = plain.read(value)
        if window.start_minute == window.end_minute:
            raise UnreadableError("no time after start", "another time; a whole day is 00:00 to 24:00", "end")
        if len(known) < _MOST_KNOWN_WINDOWS:
            known[tuple(value.items())] = window
        return window

    return Codec(read, plain.write)


def _ucla3() -> Codec:
    answers = listed(whole(1, 3), least=3, most=3, is_each_once=False)
    return Codec(answers.read, list)


def _labels() -> Codec:
    name, value = text(KEY_LENGTH), _label_value()

    def read(labels: Any) -> dict[str, LabelValue]:
        if not isinstance(labels, Mapping) or len(labels) > MOST_KEYS:
            raise UnreadableError("not such an object", f"an object with at most {MOST_KEYS} labels")
        found: dict[str, LabelValue] = {}
        for key, each in labels.items():
            try:
                if each is not None:
                    found[name.read(key)] = value.read(each)
            except UnreadableError as unreadable:
                raise unreadable.under(str(key)) from None
        return found

    def write(labels: Mapping[str, LabelValue]) -> dict[str, Any]:
        return {key: value.write(each) for key, each in sorted(labels.items())}

    return Codec(read, write)


def _label_value() -> Codec:
    number, string = whole(-LABEL_BOUND, LABEL_BOUND), text(LABEL_LENGTH)
    strings = listed(string, most=MOST_KEYS)

    def read(value: Any) -> LabelValue:
        if isinstance(value, list | tuple):
            found: tuple[str, ...] = strings.read(value)
            return found
        if isinstance(value, str):
            return str(string.read(value))
        if isinstance(value, int) and not isinstance(value, bool):
            return int(number.read(value))
        raise UnreadableError("not a label's value", "a string, a whole number or a list of strings")

    return Codec(read, lambda value: list(value) if isinstance(value, tuple) else value)


_KEY = slug(KEY_LENGTH)
_KEYS = one_set(_KEY, most=MOST_KEYS)
_SESSION = one_of_numbers(*SESSION_MINUTES)

_LOCATION = record(
    Location,
    {
        "latitude": decimal(-90, 90, digits=2),
        "longitude": decimal(-180, 180, digits=2),
        "radius_km": decimal(0, MOST_RADIUS_KM, digits=1),
    },
)
_CONSENT = record(
    Consent,
    {
        "matching": flag(),
        "given_at": instant(),
        "given_by": choice(ConsentGiver),
        "text_version": text(KEY_LENGTH, least=0),
    },
)
_SEEKER = record(
    SeekerSide,
    {
        "topics": _KEYS,
        "session_minutes": _SESSION,
        "required_training": _KEYS,
        "waiting_since": day(),
        "measures": record(Measures, {"ucla3": _ucla3(), "taken_at": day()}),
    },
)
_CLEARANCE = record(
    Clearance,
    {
        "kind": _KEY,
        "scope": one_set(choice(ClearanceScope), least=1, most=len(ClearanceScope), order=ClearanceScope),
        "valid_until": day(),
    },
)
_SUPPORTER = record(
    SupporterSide,
    {
        "topics": _KEYS,
        "training": _KEYS,
        "capacity": whole(0, MOST_CAPACITY),
        "weekly_minutes": whole(0, MOST_WEEKLY_MINUTES),
        "session_minutes": _SESSION,
        "commitment_weeks": whole(1, MOST_COMMITMENT_WEEKS),
        "clearances": listed(_CLEARANCE, most=MOST_CLEARANCES),
    },
)
_FIELDS: Mapping[str, Codec] = {
    "languages": listed(_language(), least=1, most=MOST_LANGUAGES),
    "timezone": text(ZONE_LENGTH),
    "availability": listed(_window(), most=MOST_WINDOWS),
    "modes": one_set(choice(Mode), least=1, most=len(Mode), order=Mode),
    "pace": choice(Pace),
    "age_band": choice(AgeBand),
    "preferred_age_bands": one_set(choice(AgeBand), most=len(AgeBand), order=AgeBand),
    "age_band_confirmed_on": day(),
    "gender": choice(Gender),
    "gender_preference": one_set(choice(Gender), most=len(Gender), order=Gender),
    "interests": _KEYS,
    "avoid_topics": _KEYS,
    "access": _KEYS,
    "location": _LOCATION,
    "labels": _labels(),
    "status": choice(MemberStatus),
    "paused_until": day(),
    "consent": _CONSENT,
    "seeker": _SEEKER,
    "supporter": _SUPPORTER,
}
_read_profile = record_reader(Profile, _FIELDS)
_write_profile = record_writer(_FIELDS)
