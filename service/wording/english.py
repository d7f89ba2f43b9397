"""The texts in English. A new event has a row here: for each audience a text, or `NOBODY` where nobody is written to.

What is told to one of the two never says what the other one answered, why somebody pauses, or that anybody was worried.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Audience(StrEnum):
    """Who reads a text."""

    SEEKER = "seeker"
    SUPPORTER = "supporter"
    MEMBER = "member"  # whoever it is about, on either side
    COORDINATOR = "coordinator"


Texts = Mapping[str, Mapping[Audience, str]]

NOBODY: Final[Mapping[Audience, str]] = MappingProxyType({})

_SEEKER, _SUPPORTER, _MEMBER, _COORDINATOR = Audience

ENGLISH: Final[Texts] = MappingProxyType(
    {
        "match.proposed": {_COORDINATOR: "There is a new pair for you to look at."},
        # To whoever is asked now; the other one has said yes already, or is asked later.
        "match.offered": {
            _SEEKER: (
                "We have found someone who would be glad to keep you company. You can read a little about them, and "
                "say yes or not this time by {answer_by}. Whatever you say, your place with us stays."
            ),
            _SUPPORTER: (
                "There is someone you could keep company. You can read a little about them, and say yes or not this "
                "time by {answer_by}. You need not give a reason."
            ),
        },
        # To whoever has just said yes while the other one is still to answer.
        "match.accepted": {
            _SEEKER: "Thank you for saying yes. We are asking the other person now and will tell you.",
            _SUPPORTER: "Thank you for saying yes. We are asking the other person now and will tell you.",
        },
        "match.seeker_reminder": {
            _SEEKER: (
                "Someone who would be glad to keep you company is waiting to hear from you. You can say yes or not "
                "this time until {answer_by}. Both are fine."
            )
        },
        "match.supporter_reminder": {
            _SUPPORTER: (
                "Someone you could keep company is waiting to hear from you. You can say yes or not this time until "
                "{answer_by}. Both are fine."
            )
        },
        "match.active": {
            _SEEKER: "You and {other} can meet now. We have some times that would suit you both.",
            _SUPPORTER: "You and {other} can meet now. We have some times that would suit you both.",
        },
        "match.declined": {
            _SEEKER: (
                "This pair will not go ahead. That is nobody's fault, and your waiting time counts on. We keep looking."
            ),
            _SUPPORTER: "This pair will not go ahead. That is nobody's fault. Thank you for being there.",
        },
        "match.expired": {
            _SEEKER: (
                "There was no answer in time, so this pair will not go ahead. Your waiting time counts on. We keep "
                "looking."
            ),
            _SUPPORTER: "There was no answer in time, so this pair will not go ahead. Thank you for being there.",
        },
        "match.withdrawn": {
            _SEEKER: (
                "This pair will not go ahead after all. It is not about you, and your waiting time counts on. We keep "
                "looking."
            ),
            _SUPPORTER: "This pair will not go ahead after all. It is not about you. Thank you for being there.",
        },
        "match.rejected": NOBODY,
        "match.paused": {
            _SEEKER: "Meeting with {other} is paused for now. Please do not arrange anything until you hear from us.",
            _SUPPORTER: (
                "Meeting with {other} is paused for now. Please do not arrange anything until you hear from us."
            ),
        },
        "match.closing": {
            _SEEKER: (
                "Your time with {other} comes to its planned end on {ending_on}. There is time for a good goodbye."
            ),
            _SUPPORTER: (
                "Your time with {other} comes to its planned end on {ending_on}. There is time for a good goodbye."
            ),
        },
        "match.ended": {
            _SEEKER: (
                "Your time with {other} has come to an end. We give you some quiet now and will ask whether you would "
                "like someone new. Your earlier wait is not forgotten."
            ),
            _SUPPORTER: (
                "Your time with {other} has come to an end. Thank you for all you gave. We give you some quiet now."
            ),
        },
        "match.check_in_due": {
            _SEEKER: "How is it going with {other}? A few short questions; you may leave out any of them.",
            _SUPPORTER: "How is it going with {other}? A few short questions; you may leave out any of them.",
            _COORDINATOR: "It is time to ask both of a pair how it goes.",
        },
        "match.checked_in": NOBODY,
        "member.still_looking": {
            _SEEKER: (
                "We have not forgotten you. You have been waiting for {weeks} weeks, and that counts: we do not yet "
                "have someone who suits what you asked for, and we keep looking. It is nothing about you."
            )
        },
        "member.without_supporter": {
            _SEEKER: (
                "You are without a supporter just now. Would you like us to look for someone else? There is no hurry, "
                "and your earlier wait is not forgotten."
            )
        },
        "member.looking": {_SEEKER: "Thank you for telling us. We are looking for someone for you."},
        "member.not_looking": {_SEEKER: "Thank you for telling us. We leave it there until you tell us otherwise."},
        "member.held": {
            _MEMBER: (
                "We have paused things for now so that someone can look after this with you. You do not lose your "
                "place. If you need help at once: {signposting}"
            ),
            _COORDINATOR: "Somebody was paused for care. Please look after it now.",
        },
        "member.released": {
            _MEMBER: ("Things can go on for you now. Someone from our team will be in touch about what is next.")
        },
        "hold.escalated": {
            _COORDINATOR: ("Somebody was paused for care, and nobody has looked after it yet. Please do so now.")
        },
        "hold.seen": NOBODY,
        "task.opened": {_COORDINATOR: "There is something new for you to look at."},
        "task.done": NOBODY,
        # A block is never told to the one it keeps away.
        "block.placed": NOBODY,
        "block.removed": NOBODY,
        "member.created": NOBODY,
        "member.updated": NOBODY,
        "member.deleted": NOBODY,
        "member.erased": NOBODY,
        "member.boosted": NOBODY,
        "member.match_requested": NOBODY,
        "members.imported": NOBODY,
        "policy.changed": NOBODY,
        "wording.changed": NOBODY,
        "run.published": NOBODY,
        "run.counted": NOBODY,
        "run.failed": NOBODY,
        "run.cancelled": NOBODY,
        "webhook.created": NOBODY,
        "webhook.changed": NOBODY,
        "webhook.verified": NOBODY,
        "webhook.paused": NOBODY,
        "webhook.resumed": NOBODY,
        "webhook.disabled": NOBODY,
        "webhook.secret_rotated": NOBODY,
        "webhook.deleted": NOBODY,
        "key.created": NOBODY,
        "key.rotated": NOBODY,
        "key.revoked": NOBODY,
        "coordinator.added": NOBODY,
        "coordinator.password_changed": NOBODY,
        "coordinator.removed": NOBODY,
        "coordinator.tied": NOBODY,
        "coordinator.untied": NOBODY,
        "audit.sealed": NOBODY,
    }
)
