"""How the console says things: the engine's keys and the records' states in words that any coordinator knows.

A new match state, mode, pace, language or reason is a row here; a new factor needs none (its declared phrase is
used). The rule: supply, never blame, and no engine words. Nothing here reads a record or decides
anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from matching.eligibility import Reason
from matching.profile import Day, Gender, Mode, Pace
from service.console.translation import N_, Words, _, noun_for
from service.lifecycle import Action
from service.reasons import DeclineReason, EndReason, PauseReason, RejectReason, WithdrawReason
from service.records.match import MatchState

STATES = Words(
    {
        MatchState.PROPOSED: N_("To review"),
        MatchState.OFFERED: N_("Approved"),
        MatchState.ACTIVE: N_("Meeting"),
        MatchState.PAUSED: N_("Taking a break"),
        MatchState.CLOSING: N_("Coming to an end"),
        MatchState.ENDED: N_("Ended"),
        MatchState.REJECTED: N_("Not this pair"),
        MatchState.WITHDRAWN: N_("Taken back"),
        MatchState.EXPIRED: N_("No answer yet"),
        MatchState.DECLINED: N_("Not this time"),
    }
)

RUN_STAGES = Words(
    {
        "read": N_("Reading everybody's answers"),
        "score": N_("Looking at every pair"),
        "shortlist": N_("Looking at every pair"),
        "start": N_("Working out the pairs"),
        "mend": N_("Working out the pairs"),
        "check lists": N_("Working out the pairs"),
        "propose": N_("Working out the pairs"),
        "price": N_("Looking whether anything better exists"),
        "verify": N_("Checking everything a second time"),
        "save": N_("Writing the proposals down"),
    }
)
"""Stages of a run, the engine's among them."""

MODES = Words(
    {
        Mode.TEXT: N_("text messages"),
        Mode.VOICE: N_("voice calls"),
        Mode.VIDEO: N_("video calls"),
        Mode.IN_PERSON: N_("in person"),
    }
)

PACES = Words(
    {
        Pace.WEEKLY: N_("every week"),
        Pace.FORTNIGHTLY: N_("every two weeks"),
        Pace.MONTHLY: N_("once a month"),
        Pace.FLEXIBLE: N_("as it suits"),
    }
)

DAYS = Words(
    {
        Day.MON: N_("Monday"),
        Day.TUE: N_("Tuesday"),
        Day.WED: N_("Wednesday"),
        Day.THU: N_("Thursday"),
        Day.FRI: N_("Friday"),
        Day.SAT: N_("Saturday"),
        Day.SUN: N_("Sunday"),
    }
)

GENDERS = Words(
    {
        Gender.WOMAN: N_("woman"),
        Gender.MAN: N_("man"),
        Gender.NON_BINARY: N_("non-binary"),
        Gender.ANOTHER: N_("another gender"),
    }
)

REASONS_AGAINST = Words(
    {
        RejectReason.POOR_FIT: N_("They would not suit each other"),
        RejectReason.NOT_NOW: N_("It is not the right moment"),
        RejectReason.SAFETY: N_("To keep somebody safe"),
        RejectReason.OTHER: N_("Another reason"),
    }
)
"""Why a coordinator says not this pair. Neither of them is ever told."""

WHAT_FOLLOWS = Words(
    {
        RejectReason.POOR_FIT: N_("We will not suggest them again for a long while."),
        RejectReason.NOT_NOW: N_("We may suggest them again in a few months."),
        RejectReason.SAFETY: N_("We will never suggest these two again."),
        RejectReason.OTHER: N_("We will not suggest them again for a long while."),
    }
)
"""What follows for the two from each of these."""

ENDINGS: Mapping[str, str] = Words(
    {
        WithdrawReason.RUN: N_("a later run arranged it otherwise"),
        WithdrawReason.ANOTHER_MATCH: N_("one of them has another match now"),
        WithdrawReason.PAUSED: N_("one of them is taking a pause"),
        WithdrawReason.CONSENT_WITHDRAWN: N_("one of them no longer takes part"),
        WithdrawReason.LEFT: N_("one of them is no longer there"),
        WithdrawReason.HOLD: N_("one of them is paused for care"),
        WithdrawReason.BLOCK: N_("they are kept apart by request"),
        WithdrawReason.RULE: N_("something they both need no longer holds"),
        WithdrawReason.COORDINATOR: N_("a coordinator took it back"),
    }
)
"""Why a proposal or offer was taken back."""

PAUSES: Mapping[str, str] = Words(
    {
        PauseReason.BREAK: N_("they asked for a break"),
        PauseReason.AWAY: N_("one of them is taking a pause"),
        PauseReason.HOLD: N_("paused for care"),
        PauseReason.RULE: N_("age, a block or a clearance no longer fits"),
    }
)
"""Why a running match is paused."""

FAREWELLS: Mapping[str, str] = Words(
    {
        EndReason.GOAL_REACHED: N_("they reached what they set out for"),
        EndReason.BECAME_FRIENDS: N_("they have become friends"),
        EndReason.SEEKER_MOVED_ON: N_("the person looking for company has moved on"),
        EndReason.SUPPORTER_LEFT: N_("the peer supporter is no longer there"),
        EndReason.NO_CONTACT: N_("they were not in touch"),
        EndReason.POOR_FIT: N_("they did not suit each other"),
        EndReason.SAFETY: N_("to keep somebody safe"),
        EndReason.DIED: N_("one of them has died"),
        EndReason.OTHER: N_("another reason"),
    }
)
"""Why a match has ended."""

ANSWERS: Mapping[str, str] = Words(
    {
        DeclineReason.NOT_NOW: N_("it is not the right moment"),
        DeclineReason.POOR_FIT: N_("they would not suit each other"),
        DeclineReason.SAFETY: N_("to keep somebody safe"),
        DeclineReason.OTHER: N_("another reason"),
    }
)
"""Why one of the two said not this time."""

_REASONS_OF: Mapping[str, Mapping[str, str]] = {
    Action.DECLINE: ANSWERS,
    Action.WITHDRAW: ENDINGS,
    Action.PAUSE: PAUSES,
    Action.PLAN_ENDING: FAREWELLS,
    Action.END: FAREWELLS,
}

CHECKS = Words(
    {
        "language": N_("They share a language"),
        "mode": N_("They share a way to meet"),
        "joint_start": N_("There is a time for a whole session"),
        "age_groups": N_("Adults meet adults, young people their own age"),
        "gender": N_("Wishes about gender are met, both ways"),
        "preferred_ages": N_("Wishes about age are met, both ways"),
        "boundaries": N_("Nobody meets a topic they leave out"),
        "training": N_("Training that was asked for is there"),
        "clearances": N_("Clearances are there and in date"),
        "access": N_("Access needs are met"),
        "distance": N_("It is near enough, if they meet in person"),
        "place_cost": N_("The minutes a week are enough"),
        "blocked": N_("Nobody asked to keep them apart"),
        "same_person": N_("They are two different people"),
        "resting": N_("No earlier answer asks for a rest"),
    }
)
"""What each hard rule makes sure of; a new rule is said by its own title until it has a row."""

LEFT_OUT = Words(
    {
        Reason.MINORS_NOT_ACCEPTED: N_("Your platform does not arrange company for under-18s yet."),
        Reason.NO_GUARDIAN_CONSENT: N_("We are waiting for the word of a parent or guardian."),
        Reason.AGE_NOT_CONFIRMED: N_("We are waiting to hear again which age group is right."),
        Reason.NO_AVAILABILITY: N_("We do not yet know a time that is long enough for a session."),
        Reason.ON_HOLD: N_("Their search is paused for care."),
        Reason.RECOVERING: N_("They are taking a rest after an ending."),
    }
)
"""Why somebody who is looking could not take part in a run."""

LANGUAGES: Mapping[str, str] = {
    "am": "Amharic", "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "bs": "Bosnian", "ca": "Catalan",
    "cs": "Czech", "cy": "Welsh", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "et": "Estonian", "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fr": "French", "ga": "Irish",
    "gd": "Scottish Gaelic", "gl": "Galician", "gu": "Gujarati", "ha": "Hausa", "he": "Hebrew", "hi": "Hindi",
    "hr": "Croatian", "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian", "ig": "Igbo", "is": "Icelandic",
    "it": "Italian", "ja": "Japanese", "ka": "Georgian", "km": "Khmer", "ko": "Korean", "ku": "Kurdish",
    "lt": "Lithuanian", "lv": "Latvian", "mk": "Macedonian", "mn": "Mongolian", "ms": "Malay", "mt": "Maltese",
    "nb": "Norwegian", "ne": "Nepali", "nl": "Dutch", "no": "Norwegian", "om": "Oromo", "pa": "Punjabi",
    "pl": "Polish", "ps": "Pashto", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak",
    "sl": "Slovenian", "so": "Somali", "sq": "Albanian", "sr": "Serbian", "sv": "Swedish", "sw": "Swahili",
    "ta": "Tamil", "te": "Telugu", "th": "Thai", "ti": "Tigrinya", "tl": "Tagalog", "tr": "Turkish",
    "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "yo": "Yoruba", "zh": "Chinese",
    "zh-hans": "Chinese (simplified)", "zh-hant": "Chinese (traditional)", "zu": "Zulu",
}  # fmt: skip
"""Tag → name in English, as translators are given it (`extraction.py`)."""


def language_name(tag: str) -> str:
    """Name a language; a regional form by its language, an unlisted one by its tag."""
    primary = tag.partition("-")[0].casefold()
    known = LANGUAGES.get(tag.casefold()) or LANGUAGES.get(primary)
    return _(known) if known else tag


def languages_by_name() -> dict[str, str]:
    """Give tags by the names and tags under which people write languages, in lower case; the first name counts."""
    names = {name.casefold(): tag for tag, name in reversed(tuple(LANGUAGES.items()))}
    return {**{tag: tag for tag in LANGUAGES}, **names}


def plain(key: str) -> str:
    """Turn a key such as ``new_parent`` into words."""
    return key.replace("_", " ").strip()


def sentence(words: str) -> str:
    """Begin with a capital."""
    return f"{words[:1].upper()}{words[1:]}"


def listed(words: Iterable[str]) -> str:
    """Join words as in speech: a, b and c."""
    *most, last = tuple(words) or ("",)
    return _("%(first)s and %(last)s", first=", ".join(most), last=last) if most else last


def counted(number: int, one: str, many: str) -> str:
    """Say a number with its noun, thousands parted; both nouns are collected for translation."""
    return f"{number:,} {noun_for(number, one, many)}"


def waited(since: date | None, today: date) -> str:
    """Say how long somebody has been waiting, in the unit one would use in speech."""
    if since is None:
        return _("Waiting time not known")
    days = max((today - since).days, 0)
    if days == 0:
        return _("Waiting since today")
    if days < 14:
        time = counted(days, "day", "days")
    elif days < 7 * 16:
        time = counted(days // 7, "week", "weeks")
    else:
        time = counted(days * 12 // 365, "month", "months")
    return _("Waiting %(time)s", time=time)


def fit(score: int, most: int) -> str:
    """Say how well two profiles fit: points of those the policy can give."""
    share = score / most if most > 0 else 0
    if share >= 0.75:
        return _("A very good fit")
    if share >= 0.5:
        return _("A good fit")
    if share >= 0.25:
        return _("A fair fit")
    return _("A few things in common")


def why(action: str, reason: str) -> str:
    """Say why a step was taken, in words; empty for no reason, and any other text as it is."""
    if action == Action.REJECT and reason in REASONS_AGAINST:
        return REASONS_AGAINST[RejectReason(reason)]
    return _REASONS_OF.get(action, {}).get(reason) or plain(reason)


def day(at: date) -> str:
    """Write a day for people."""
    return _("%(day)s %(month)s %(year)s", day=at.day, month=_(_MONTHS[at.month - 1]), year=at.year)


def moment(at: datetime) -> str:
    """Write a moment for people; all of the console's moments are UTC and say so."""
    return _("%(day)s, %(time)s UTC", day=day(at), time=f"{at:%H:%M}")


_MONTHS = (
    N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"), N_("July"), N_("August"),
    N_("September"), N_("October"), N_("November"), N_("December"),
)  # fmt: skip
