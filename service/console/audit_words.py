"""What the audit page says of each sort of event, for a lead.

The catalogue's own sentences (`service/events.py`) tell a platform's programs what to do next; here stands what has
happened. A type without a row is said in the catalogue's words.
"""

from __future__ import annotations

from collections.abc import Mapping

from service.audit_chain import SEALED
from service.console.translation import N_, Words, _
from service.console.words import plain
from service.events import CATALOGUE

HAPPENED: Mapping[str, str] = Words(
    {
        "member.created": N_("Somebody's answers were kept for the first time."),
        "member.updated": N_("Somebody's answers were changed."),
        "member.without_supporter": N_("Somebody is without a supporter now, and can be asked what they would like."),
        "member.match_requested": N_("The next best pair for somebody was asked for."),
        "member.held": N_("Somebody was paused for care."),
        "member.released": N_("Somebody is no longer paused for care."),
        "member.deleted": N_("Somebody was deleted; what else names them is being erased."),
        "member.erased": N_("Nothing names somebody who was deleted any longer."),
        "members.imported": N_("People were brought in from a file."),
        "member.still_looking": N_("Somebody has waited for weeks, and was due a kind word."),
        "match.proposed": N_("A pair was proposed by itself, or came back to be reviewed."),
        "match.offered": N_("A coordinator has approved a pair."),
        "match.accepted": N_("One of the two has said yes."),
        "match.declined": N_("One of the two has said: not this time."),
        "match.supporter_reminder": N_("Half of the peer supporter's time for an answer was over."),
        "match.seeker_reminder": N_("Half of the time for an answer of the person looking for company was over."),
        "match.check_in_due": N_("It was time to ask both how it goes."),
        "run.published": N_("A run has proposed its pairs."),
        "run.counted": N_("A trial run was done; it changed nothing."),
        "run.failed": N_("A run could not finish; what stood before it still stands."),
        "run.cancelled": N_("A run was stopped; what stood before it still stands."),
        "hold.seen": N_("Somebody looks after a person who is paused for care."),
        "hold.escalated": N_("Nobody had looked in time after a person who is paused for care."),
        "block.placed": N_("Two people are kept apart."),
        "block.removed": N_("Two people are no longer kept apart."),
        "webhook.created": N_("An address of a program, to be told what happens, was entered."),
        "webhook.changed": N_("The address of a program, its name or what it is told was changed."),
        "webhook.verified": N_("A program has answered, and is told what happens."),
        "webhook.paused": N_("A program is told nothing until that is taken back."),
        "webhook.resumed": N_("A program is told again what happens."),
        "webhook.disabled": N_("A program is told nothing more: nothing arrived there."),
        "webhook.secret_rotated": N_("What is told to a program is signed with a new secret."),
        "webhook.deleted": N_("The address of a program was deleted."),
        "key.created": N_("A key for a program was made."),
        "key.rotated": N_("A key for a program was renewed."),
        "key.revoked": N_("A key for a program was taken back."),
        SEALED: N_("Everything up to here was sealed."),
    }
)


def happened(event_type: str) -> str:
    """Say what has happened; a type that is not known (any longer) by its name."""
    if event_type in CATALOGUE:
        return HAPPENED.get(event_type) or _(CATALOGUE[event_type].says)
    return plain(event_type)
