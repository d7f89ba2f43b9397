"""From the questions of the import page to a mapping of columns, in the same form as a mapping file.

Each `Question` is a column somebody may name; what its cells may say is in the tables below, in plain words. A new
question is a row of `QUESTIONS` and a line in `_fields`. No spreadsheet is read here, and nothing is decided about what
a valid profile is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from matching.profile import SESSION_MINUTES, AgeBand, Day, Gender, Mode, Pace
from schemas.told import Told
from service.console.translation import N_, _
from service.console.words import languages_by_name
from service.records.codec import instant_to_json

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """A column somebody may name.

    Attributes
    ----------
    guesses : what a column is often called, in lower case, for guessing it from the header in the browser.
    """

    name: str
    label: str
    hint: str
    guesses: str
    is_needed: bool = False


QUESTIONS: Final = (
    Question("id", N_("Their id on your platform"), N_("A number or code, never a name."),
             "id|member id|member_id|code", is_needed=True),
    Question("languages", N_("Languages"), N_("English, Polish … or en, pl …"), "languages|language", is_needed=True),
    Question("availability", N_("When they are free"), N_("Monday evening, Weekday mornings, Saturday …"),
             "when|availability|times|free", is_needed=True),
    Question("modes", N_("Ways to meet"), N_("Phone, Video, Messages, In person"), "how|modes|ways|contact",
             is_needed=True),
    Question("age", N_("Age"), N_("In years, or 25-34. Only the band is kept."), "age|age band|age_band",
             is_needed=True),
    Question("topics", N_("Topics"), N_("What they would like company with, or have lived through."),
             "topics|topic|about"),
    Question("interests", N_("Interests"), "", "interests|interest|hobbies"),
    Question("pace", N_("How often"), N_("Weekly, Fortnightly, Monthly"), "pace|how often|frequency"),
    Question("gender", N_("Gender"), "", "gender"),
    Question("since", N_("Waiting since"), N_("The day they asked, such as 2026-09-01."), "waiting since|since"),
    Question("capacity", N_("How many people at once"), N_("Of peer supporters; 1 where it is empty."),
             "people at once|capacity|places"),
    Question("consent", N_("Agreed to be matched"), N_("Yes or no; empty counts as no."),
             "i agree to be matched|i agree|consent|agreed|agree"),
)  # fmt: skip

ROLES: Final = ("seekers", "supporters", "both", "column")
SEPARATORS: Final = (",", ";", "|")
DATE_FORMATS: Final = ("", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d/%m/%Y %H:%M:%S")

_PARTS = {
    "morning": ("09:00", "12:00"),
    "afternoon": ("13:00", "17:00"),
    "evening": ("18:00", "21:00"),
    "": ("10:00", "18:00"),
}
_NAMES = {
    Day.MON: "monday", Day.TUE: "tuesday", Day.WED: "wednesday", Day.THU: "thursday", Day.FRI: "friday",
    Day.SAT: "saturday", Day.SUN: "sunday",
}  # fmt: skip
_WORKING = (Day.MON, Day.TUE, Day.WED, Day.THU, Day.FRI)

_MODES = {
    **{word: Mode.TEXT for word in ("text", "messages", "message", "chat", "text messages")},
    **{word: Mode.VOICE for word in ("voice", "phone", "call", "calls", "telephone", "voice calls")},
    **{word: Mode.VIDEO for word in ("video", "video call", "video calls", "online")},
    **{word: Mode.IN_PERSON for word in ("in person", "in_person", "face to face", "meeting", "visit")},
}
_PACES = {
    **{word: Pace.WEEKLY for word in ("weekly", "every week", "once a week")},
    **{word: Pace.FORTNIGHTLY for word in ("fortnightly", "every two weeks", "every other week")},
    **{word: Pace.MONTHLY for word in ("monthly", "every month", "once a month")},
    **{word: Pace.FLEXIBLE for word in ("flexible", "as it suits", "any", "it depends")},
}
_GENDERS = {
    **{word: Gender.WOMAN for word in ("woman", "female", "f", "w")},
    **{word: Gender.MAN for word in ("man", "male", "m")},
    **{word: Gender.NON_BINARY for word in ("non-binary", "non_binary", "nonbinary", "nb")},
    **{word: Gender.ANOTHER for word in ("another", "another gender", "other")},
}
_SIDES = {
    **{word: "seekers" for word in ("find company", "seeker", "mentee", "looking", "would like company")},
    **{word: "supporters" for word in ("offer company", "supporter", "peer supporter", "mentor", "volunteer")},
    "both": "both",
}


_FILLED_BY: Final = {
    "id": "id", "member_id": "id", "languages": "languages", "availability": "availability", "modes": "modes",
    "age_band": "age", "seeker.topics": "topics", "supporter.topics": "topics", "interests": "interests",
    "pace": "pace", "gender": "gender", "seeker.waiting_since": "since", "supporter.capacity": "capacity",
    "consent.matching": "consent",
}  # fmt: skip
"""Field of a profile → the question whose column fills it."""

_OTHERS: Final = {"timezone": N_("Time zone of everybody"), "rows": N_("That column")}


def title_of(field: str) -> str:
    """Give the question that asks for a field of a profile, in the language of whoever reads; empty for any other."""
    parts = field.split(".")
    for end in range(len(parts), 0, -1):
        path = ".".join(parts[:end])
        if path in _FILLED_BY:
            return _(next(question.label for question in QUESTIONS if question.name == _FILLED_BY[path]))
        if path in _OTHERS:
            return _(_OTHERS[path])
    return ""


def by_questions(message: str) -> str:
    """Say a message about a file by the question that names a column, in the place of the mapping's key."""
    if not isinstance(message, Told):
        return message
    said = {name: by_questions(value) if isinstance(value, str) else value for name, value in message.values.items()}
    key = said.get("key")
    title = title_of(key.removeprefix("fields.").removesuffix(".column")) if isinstance(key, str) else ""
    return Told(message.template, {**said, "key": f"'{title}'"} if title else said)


def document_of(form: Mapping[str, str], *, now: datetime) -> Document:
    """Make a mapping, as a mapping file says it, from what was typed; `load_mapping` says what is wrong with it."""
    named = {question.name: form.get(f"column_{question.name}", "").strip() for question in QUESTIONS}
    role = form.get("role", "")
    column = form.get("column_role", "").strip()
    rows: Any = {"column": column, "table": _SIDES} if role == "column" else role
    sides = ("seeker", "supporter") if role in ("both", "column") else (role.removesuffix("s"),)
    return {
        "rows": rows,
        "id": {"column": named["id"]} if named["id"] else None,
        "fields": dict(_fields(named, form, sides, now)),
    }


def _fields(
    named: Mapping[str, str], form: Mapping[str, str], sides: tuple[str, ...], now: datetime
) -> Iterator[tuple[str, Any]]:
    several = {"split": form.get("split", ",") or ","}
    yield from _shared(named, several, form.get("timezone", "").strip(), form.get("age_as", ""))
    dates = {"format": form["since_format"]} if form.get("since_format") else {}
    consent = {"column": named["consent"], "as": "yes_no", "when_empty": False}
    yield "consent.matching", consent if named["consent"] else {"constant": form.get("all_agreed") == "yes"}
    yield "consent.given_at", {"constant": instant_to_json(now)}
    for side in sides:
        if named["topics"]:
            yield f"{side}.topics", {"column": named["topics"], "as": "slug", **several}
    if "seeker" in sides:
        if named["since"]:
            yield "seeker.waiting_since", {"column": named["since"], "as": "date", **dates}
        yield "seeker.session_minutes", {"constant": _minutes(form.get("session_minutes", ""))}
    if "supporter" in sides and named["capacity"]:
        yield "supporter.capacity", {"column": named["capacity"], "as": "integer", "when_empty": 1}


def _shared(
    named: Mapping[str, str], several: Mapping[str, str], timezone: str, age_as: str
) -> Iterator[tuple[str, Any]]:
    tables: dict[str, tuple[str, Any]] = {
        "languages": ("languages", languages_by_name()),
        "modes": ("modes", _plain(_MODES)),
        "availability": ("availability", dict(_windows())),
    }
    for name, (path, table) in tables.items():
        if named[name]:
            yield path, {"column": named[name], "table": table, **several}
    if named["interests"]:
        yield "interests", {"column": named["interests"], "as": "slug", **several}
    if named["age"]:
        bands = {"table": {band.value: band.value for band in AgeBand}} if age_as == "band" else {"as": "age_band"}
        yield "age_band", {"column": named["age"], **bands}
    for name, words in (("pace", _plain(_PACES)), ("gender", _plain(_GENDERS))):
        if named[name]:
            yield name, {"column": named[name], "table": words}
    if timezone:
        yield "timezone", {"constant": timezone}


def _plain(table: Mapping[str, Any]) -> dict[str, str]:
    return {word: value.value for word, value in table.items()}


def _minutes(typed: str) -> int:
    return int(typed) if typed in {str(minutes) for minutes in SESSION_MINUTES} else 30


def _windows() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Give words for parts of a week, with their windows."""
    groups = {
        **{name: (day,) for day, name in _NAMES.items()},
        **{day.value: (day,) for day in _NAMES},
        "weekday": _WORKING,
        "weekend": (Day.SAT, Day.SUN),
        "any": tuple(_NAMES),
    }
    for group, days in groups.items():
        for part, (start, end) in _PARTS.items():
            windows = [{"day": day.value, "start": start, "end": end} for day in days]
            word = f"{group} {part}".strip()
            yield word, windows
            yield f"{word}s" if part else f"{group}s", windows
    for part in ("morning", "afternoon", "evening"):
        start, end = _PARTS[part]
        for word in (part, f"{part}s", f"any {part}s"):
            yield word, [{"day": day.value, "start": start, "end": end} for day in _NAMES]
