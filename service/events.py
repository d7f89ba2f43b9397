"""What events say: the catalogue of their types, how one is made, and what is told of one outside.

Events are thin: ids, states, counts and closed words, never a profile. A new type is a row of `CATALOGUE`, in the words
of `FIELDS`; it is told with `new_event` or `Work.tell`, which take no other type and no other field. docs/events.md and
the OpenAPI document are written from the table. A row is never removed: what was told is kept for months.

Pure; when something is told is for the use cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from service.audit_chain import SEALED
from service.errors import InvalidChanges
from service.records.codec import instant_to_json
from service.records.match import MatchState
from service.storage.store import Event, NewEvent

Value = str | int | None

FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "member_id": "the member, by the platform's own id",
        "match_id": "the match",
        "seeker_id": "its seeker",
        "supporter_id": "its supporter",
        "state": "the state it is in now",
        "before": "the state it was in; null when it is new",
        "version": "the version of the record, as in its ETag",
        "role": "whose it is: seeker or supporter",
        "run_id": "the run",
        "code": "why, as a stable code",
        "created": "how many were new",
        "updated": "how many were changed",
        "import_id": "the import; null for one from the command line",
        "days": "how many days they have waited",
        "language": "the language, as a BCP 47 tag",
        "weeks": "how many weeks more their wait counts",
        "reason": "why, as a closed word",
        "cause": "why: crisis, concern or another closed word",
        "hold_id": "the hold",
        "first_id": "one of the two members",
        "second_id": "the other one",
        "task_id": "the task",
        "task_kind": "what is to be done",
        "about": "the id of the match or member it is about",
        "erasure_id": "the erasure that the deletion was answered with",
        "sequence": "the last event that is sealed",
        "head": "the head of the audit chain after it, hexadecimal",
        "webhook_id": "the webhook",
        "key_id": "the API key",
        "new_key_id": "the key that takes its place",
        "scopes": "what the key may do, with a blank between two",
        "coordinator_id": "the coordinator",
        "coordinator_role": "what they may do: coordinator, lead, safeguarding or read_only",
    }
)
"""What each field of `data` means, in whatever type of event it stands."""


@dataclass(frozen=True, slots=True)
class EventType:
    """A sort of event.

    Attributes
    ----------
    says : what has happened, a sentence.
    subject : the field of `data` that names what it is about; empty when the fields say all.
    fields : what else `data` holds, always all of it.
    """

    says: str
    subject: str = ""
    fields: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Give all fields of its data, in order."""
        return (self.subject, *self.fields) if self.subject else self.fields


_PAIR: Final = ("seeker_id", "supporter_id")


def _member(says: str, *fields: str) -> EventType:
    return EventType(says, "member_id", fields)


def _coordinator(says: str, *fields: str) -> EventType:
    return EventType(says, "coordinator_id", fields)


def _webhook(says: str, *fields: str) -> EventType:
    return EventType(says, "webhook_id", fields)


def _match(says: str, *fields: str) -> EventType:
    return EventType(says, "match_id", (*_PAIR, *fields))


def _step(says: str, *fields: str) -> EventType:
    return _match(says, "state", "before", "version", *fields)


CATALOGUE: Final[Mapping[str, EventType]] = MappingProxyType(
    {
        "member.created": _member("A profile was stored for the first time.", "version"),
        "member.updated": _member("A profile was changed.", "version"),
        "member.looking": _member("Somebody was asked, and would like a supporter, or another one."),
        "member.not_looking": _member("Somebody was asked, and would rather not have a supporter now."),
        "member.without_supporter": _member("Their match has ended: ask whether they would like another supporter."),
        "member.match_requested": _member("Somebody asked for the next best pair; it is looked for in the background."),
        "member.boosted": _member("A coordinator has somebody come earlier, or takes that back.", "weeks", "reason"),
        "member.held": _member("Somebody is paused for care: show them your signposting.", "cause", "hold_id"),
        "member.released": _member("Somebody is no longer paused for care; their matches stay paused until resumed."),
        "member.deleted": _member("A member was deleted; what else names them is being erased."),
        "member.erased": EventType("No record names a deleted member any longer.", "erasure_id"),
        "members.imported": EventType(
            "Profiles were imported; they have no events of their own.", "", ("created", "updated", "import_id")
        ),
        "member.still_looking": _member(
            "Somebody has waited for weeks: tell them that they are not forgotten.", "days"
        ),
        "match.proposed": _step("A pair is proposed beside any run, or was reopened, for a coordinator to look at."),
        "match.rejected": _step("A coordinator has said: not this pair."),
        "match.offered": _step("A coordinator has approved a proposal: ask the supporter, or whom `offer_order` says."),
        "match.accepted": _step("One of the two has said yes; ask the other one.", "role"),
        "match.declined": _step("One of the two has said: not this time. The next best is looked for."),
        "match.expired": _step("Nobody answered, or nobody reviewed it, in time."),
        "match.withdrawn": _step("A proposal or offer was taken back."),
        "match.active": _step("Both have said yes, or a paused match goes on."),
        "match.paused": _step("A match is paused."),
        "match.closing": _step("The end of a match is planned."),
        "match.ended": _step("A match has ended."),
        "match.supporter_reminder": _match("Half the time for the supporter's answer is over: remind them."),
        "match.seeker_reminder": _match("Half the time for the seeker's answer is over: remind them."),
        "match.check_in_due": _match("It is time to ask both how it goes."),
        "match.checked_in": _match("One of the two has said how it goes.", "role"),
        "run.published": EventType("A run is published: read the proposals anew, they may all have changed.", "run_id"),
        "run.counted": EventType("A trial run is done; it has changed nothing.", "run_id"),
        "run.failed": EventType("A run has failed; what stood before it still stands.", "run_id", ("code",)),
        "run.cancelled": EventType("A run was cancelled; what stood before it still stands.", "run_id"),
        "hold.seen": EventType("Somebody of safeguarding looks after a hold.", "hold_id", ("member_id", "cause")),
        "hold.escalated": EventType(
            "Nobody has looked after a hold in time: call somebody.", "hold_id", ("member_id", "cause")
        ),
        "block.placed": EventType("Two members are kept apart.", "", ("first_id", "second_id")),
        "block.removed": EventType("Two members are no longer kept apart.", "", ("first_id", "second_id")),
        "task.opened": EventType("A coordinator should look at something.", "task_id", ("task_kind", "about")),
        "task.done": EventType("It was looked at, or has settled itself.", "task_id", ("task_kind", "about")),
        "policy.changed": EventType("A new version of the policy is in force.", "", ("version",)),
        "wording.changed": EventType("What people are told in a language has changed.", "language"),
        "webhook.created": _webhook("A webhook was made."),
        "webhook.changed": _webhook("A webhook was given another URL, name or choice of types."),
        "webhook.verified": _webhook("A webhook has answered its challenge, and is told what happens."),
        "webhook.paused": _webhook("A webhook is told nothing until it is resumed."),
        "webhook.resumed": _webhook("A webhook that was paused or disabled is told what happens again."),
        "webhook.disabled": _webhook("The service tells a webhook no more: nothing arrives there.", "reason"),
        "webhook.secret_rotated": _webhook("A webhook has a new secret."),
        "webhook.deleted": _webhook("A webhook was deleted."),
        "key.created": EventType("An API key was made.", "key_id", ("scopes",)),
        "key.rotated": EventType(
            "An API key is replaced by one that may do the same; both may count for a while.", "key_id", ("new_key_id",)
        ),
        "key.revoked": EventType("An API key was taken away: it counts no longer.", "key_id"),
        "coordinator.added": _coordinator("Somebody may sign in to the console.", "coordinator_role"),
        "coordinator.password_changed": _coordinator("A coordinator has a new password; their sessions have ended."),
        "coordinator.removed": _coordinator("A coordinator may no longer sign in."),
        "coordinator.tied": _coordinator("A coordinator signs in with an account elsewhere from now on."),
        "coordinator.untied": _coordinator("A coordinator's account elsewhere opens nothing more."),
        SEALED: EventType("The audit trail is sealed up to here: keep the head elsewhere.", "", ("sequence", "head")),
    }
)
"""Type → what it says. The states of a match are its own (`service/lifecycle.py`); a test holds both together."""


def match_event(state: MatchState) -> str:
    """Give the type that tells of a step into a state."""
    return f"match.{state}"


def new_event(
    event_type: str, subject: str, at: datetime, *, mentions: tuple[str, ...] = (), **fields: Value
) -> NewEvent:
    """Make an event to append; InvalidChanges for what the catalogue does not know, which is a fault of ours."""
    kind = CATALOGUE.get(event_type)
    if kind is None or set(fields) != set(kind.fields):
        known = "no such type" if kind is None else f"its fields: {', '.join(kind.fields) or 'none'}"
        raise InvalidChanges(f"cannot tell {event_type!r} so (the catalogue in service/events.py has {known})")
    return NewEvent(event_type, subject, at, {name: fields[name] for name in kind.fields}, mentions)


def event_id_of(event: Event) -> str:
    """Give the id of an event: the same for everybody who is told of it, however often, and no other event's."""
    # The code of an event is unique, since its salt is, and everybody may see it: it stands in the audit trail.
    return f"evt_{event.mac[:32]}"


def told(event: Event) -> dict[str, Any]:
    """Give what is told of an event outside: the body of a webhook, and an entry of the list."""
    return {
        "event_id": event_id_of(event),
        "sequence": event.sequence,
        "type": event.type,
        "timestamp": instant_to_json(event.at),
        "data": None if event.subject is None else _data(event, event.subject),
    }


def _data(event: Event, subject: str) -> dict[str, Any]:
    kind = CATALOGUE.get(event.type, EventType("", "subject"))
    about = {kind.subject: subject} if kind.subject else {}
    return {**about, **event.body}


def catalogue_table() -> str:
    """Write the catalogue as a table in Markdown."""
    rows = (f"| `{name}` | {kind.says} | {_listed(kind.names)} |" for name, kind in CATALOGUE.items())
    return "\n".join(("| type | says | data |", "|---|---|---|", *rows)) + "\n"


def fields_table() -> str:
    """Write what each field of `data` means as a table in Markdown."""
    return (
        "\n".join(("| field | is |", "|---|---|", *(f"| `{name}` | {means} |" for name, means in FIELDS.items())))
        + "\n"
    )


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
