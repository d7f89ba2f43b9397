"""How the console says things: the engine's keys and the records' states in words that any coordinator knows.

A new match state, mode, pace, language or reason is a row here; a new factor needs none (its declared phrase is
used). The rule: supply, never blame, and no engine words. Nothing here reads a record or decides
anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from matching.eligibility import Reason
from matching.profile import Gender, Mode, Pace
from service.lifecycle import Action
from service.reasons import DeclineReason, EndReason, PauseReason, RejectReason, WithdrawReason
from service.records.match import MatchState

STATES = {
    MatchState.PROPOSED: "To review",
    MatchState.OFFERED: "Approved",
    MatchState.ACTIVE: "Meeting",
    MatchState.PAUSED: "Taking a break",
    MatchState.CLOSING: "Coming to an end",
    MatchState.ENDED: "Ended",
    MatchState.REJECTED: "Not this pair",
    MatchState.WITHDRAWN: "Taken back",
    MatchState.EXPIRED: "No answer yet",
    MatchState.DECLINED: "Not this time",
}

RUN_STAGES = {
    "read": "Reading everybody's answers",
    "score": "Looking at every pair",
    "shortlist": "Looking at every pair",
    "start": "Working out the pairs",
    "mend": "Working out the pairs",
    "check lists": "Working out the pairs",
    "propose": "Working out the pairs",
    "price": "Looking whether anything better exists",
    "verify": "Checking everything a second time",
    "save": "Writing the proposals down",
}
"""Stages of a run, the engine's among them."""

MODES = {
    Mode.TEXT: "text messages",
    Mode.VOICE: "voice calls",
    Mode.VIDEO: "video calls",
    Mode.IN_PERSON: "in person",
}

PACES = {
    Pace.WEEKLY: "every week",
    Pace.FORTNIGHTLY: "every two weeks",
    Pace.MONTHLY: "once a month",
    Pace.FLEXIBLE: "as it suits",
}

GENDERS = {
    Gender.WOMAN: "woman",
    Gender.MAN: "man",
    Gender.NON_BINARY: "non-binary",
    Gender.ANOTHER: "another gender",
}

REASONS_AGAINST = {
    RejectReason.POOR_FIT: ("They would not suit each other", "We will not suggest them again for a long while."),
    RejectReason.NOT_NOW: ("It is not the right moment", "We may suggest them again in a few months."),
    RejectReason.SAFETY: ("To keep somebody safe", "We will never suggest these two again."),
    RejectReason.OTHER: ("Another reason", "We will not suggest them again for a long while."),
}
"""Why a coordinator says not this pair, in words, and what follows for the two. Neither of them is ever told."""

ENDINGS: Mapping[str, str] = {
    WithdrawReason.RUN: "a later run arranged it otherwise",
    WithdrawReason.ANOTHER_MATCH: "one of them has another match now",
    WithdrawReason.PAUSED: "one of them is taking a pause",
    WithdrawReason.CONSENT_WITHDRAWN: "one of them no longer takes part",
    WithdrawReason.LEFT: "one of them is no longer there",
    WithdrawReason.HOLD: "one of them is paused for care",
    WithdrawReason.BLOCK: "they are kept apart by request",
    WithdrawReason.RULE: "something they both need no longer holds",
    WithdrawReason.COORDINATOR: "a coordinator took it back",
}
"""Why a proposal or offer was taken back."""

PAUSES: Mapping[str, str] = {
    PauseReason.BREAK: "they asked for a break",
    PauseReason.AWAY: "one of them is taking a pause",
    PauseReason.HOLD: "paused for care",
    PauseReason.RULE: "age, a block or a clearance no longer fits",
}
"""Why a running match is paused."""

FAREWELLS: Mapping[str, str] = {
    EndReason.GOAL_REACHED: "they reached what they set out for",
    EndReason.BECAME_FRIENDS: "they have become friends",
    EndReason.SEEKER_MOVED_ON: "the person looking for company has moved on",
    EndReason.SUPPORTER_LEFT: "the peer supporter is no longer there",
    EndReason.NO_CONTACT: "they were not in touch",
    EndReason.POOR_FIT: "they did not suit each other",
    EndReason.SAFETY: "to keep somebody safe",
    EndReason.DIED: "one of them has died",
    EndReason.OTHER: "another reason",
}
"""Why a match has ended."""

ANSWERS: Mapping[str, str] = {
    DeclineReason.NOT_NOW: "it is not the right moment",
    DeclineReason.POOR_FIT: "they would not suit each other",
    DeclineReason.SAFETY: "to keep somebody safe",
    DeclineReason.OTHER: "another reason",
}
"""Why one of the two said not this time."""

_REASONS_OF: Mapping[str, Mapping[str, str]] = {
    Action.DECLINE: ANSWERS,
    Action.WITHDRAW: ENDINGS,
    Action.PAUSE: PAUSES,
    Action.PLAN_ENDING: FAREWELLS,
    Action.END: FAREWELLS,
}

CHECKS = {
    "language": "They share a language",
    "mode": "They share a way to meet",
    "joint_start": "There is a time for a whole session",
    "age_groups": "Adults meet adults, young people their own age",
    "gender": "Wishes about gender are met, both ways",
    "preferred_ages": "Wishes about age are met, both ways",
    "boundaries": "Nobody meets a topic they leave out",
    "training": "Training that was asked for is there",
    "clearances": "Clearances are there and in date",
    "access": "Access needs are met",
    "distance": "It is near enough, if they meet in person",
    "place_cost": "The minutes a week are enough",
    "blocked": "Nobody asked to keep them apart",
    "same_person": "They are two different people",
    "resting": "No earlier answer asks for a rest",
}
"""What each hard rule makes sure of; a new rule is said by its own title until it has a row."""

LEFT_OUT = {
    Reason.MINORS_NOT_ACCEPTED: "Your platform does not arrange company for under-18s yet.",
    Reason.NO_GUARDIAN_CONSENT: "We are waiting for the word of a parent or guardian.",
    Reason.AGE_NOT_CONFIRMED: "We are waiting to hear again which age group is right.",
    Reason.NO_AVAILABILITY: "We do not yet know a time that is long enough for a session.",
    Reason.ON_HOLD: "Their search is paused for care.",
    Reason.RECOVERING: "They are taking a rest after an ending.",
}
"""Why somebody who is looking could not take part in a run."""

_LANGUAGES = {
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


def language_name(tag: str) -> str:
    """Name a language in English; a regional form by its language, an unlisted one by its tag."""
    primary = tag.partition("-")[0].casefold()
    return _LANGUAGES.get(tag.casefold()) or _LANGUAGES.get(primary) or tag


def plain(key: str) -> str:
    """Turn a key such as ``new_parent`` into words."""
    return key.replace("_", " ").strip()


def listed(words: Iterable[str]) -> str:
    """Join words as in speech: a, b and c."""
    *most, last = tuple(words) or ("",)
    return f"{', '.join(most)} and {last}" if most else last


def counted(number: int, one: str, many: str) -> str:
    """Say a number with its noun, thousands parted."""
    return f"{number:,} {one if number == 1 else many}"


def waited(since: date | None, today: date) -> str:
    """Say how long somebody has been waiting, in the unit one would use in speech."""
    if since is None:
        return "Waiting time not known"
    days = max((today - since).days, 0)
    if days == 0:
        return "Waiting since today"
    if days < 14:
        return f"Waiting {counted(days, 'day', 'days')}"
    if days < 7 * 16:
        return f"Waiting {days // 7} weeks"
    return f"Waiting {days * 12 // 365} months"


def fit(score: int, most: int) -> str:
    """Say how well two profiles fit: points of those the policy can give."""
    share = score / most if most > 0 else 0
    if share >= 0.75:
        return "A very good fit"
    if share >= 0.5:
        return "A good fit"
    if share >= 0.25:
        return "A fair fit"
    return "A few things in common"


def why(action: str, reason: str) -> str:
    """Say why a step was taken, in words; empty for no reason, and any other text as it is."""
    if action == Action.REJECT and reason in REASONS_AGAINST:
        return REASONS_AGAINST[RejectReason(reason)][0]
    return _REASONS_OF.get(action, {}).get(reason) or plain(reason)


def moment(at: datetime) -> str:
    """Write a moment for people; all of the console's moments are UTC and say so."""
    return f"{at.day} {at:%B %Y, %H:%M} UTC"
