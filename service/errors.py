"""Everything the service raises on purpose.

    ServiceError
    ├── PermanentError              the same call will be refused again
    │   ├── ConfigurationError      a setting or file that only the operator can change
    │   ├── InvalidInput            what was sent cannot be used; `problems` names each bad field
    │   ├── NotFound                no such record in this platform: ``member_not_found``, ``run_not_found`` …
    │   ├── Unauthorized            no key or password, or one that is not valid
    │   ├── Forbidden               a valid key or coordinator that may not do this
    │   ├── Conflict                the call is fine, the state of things is not
    │   │   ├── StaleVersion        somebody else changed the record since it was read
    │   │   ├── UniqueTaken         another record holds this unique key
    │   │   ├── FenceLost           the lease under which this was written belongs to somebody else now
    │   │   ├── TooLarge            the answer would be made from more than may be kept in memory
    │   │   ├── DoesNotFit          a change that is right by itself makes what is stored unusable; see `problems`
    │   │   ├── SlotDone            the run of this scheduled moment has been made, or is being made
    │   │   └── ActionNotAllowed    a match in this state does not take this action
    │   ├── RunRefused              the run's own check did not accept its result; nothing was published
    │   │   └── PublishedUnproven   what was published was not what was proven, and is taken back
    │   ├── SignpostingMissing      the platform has not said where help is found; nothing may be published yet
    │   ├── OutOfTime               the run found less than what stands before its time was up; nothing was published
    │   ├── UnreadableText          a sealed text whose key is gone, or that was changed
    │   ├── InvalidChanges          a commit or read that no store accepts: a fault of ours, not of the caller
    │   └── UnknownFormat           a record written by a newer version of this program
    └── TemporaryError              the same call may succeed later; `retry_after_seconds` says when to try
        ├── RunInProgress           another run of this platform is queued or under way
        ├── CallUnderWay            a call with this Idempotency-Key is being answered just now
        ├── LeaseHeld               somebody else holds the lease
        ├── StillPreparing          what the answer is made from is being read into memory
        └── StoreUnavailable        the store cannot be reached, written or read; nothing was changed
            └── CommitUnconfirmed   the store failed while it confirmed: the change may stand or not

A new error is a class here and a row in the status table of `service/api/errors.py`; what the reader needs to act is an
attribute. `code` is stable; programs may test it. Messages say what was attempted and what is allowed, and name no
member, match or other record: those are attributes, so that a message may be logged. HTTP statuses never live here.
"""
# ruff: noqa: N818 - the names say what happened, as their codes do

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


class ServiceError(Exception):
    """Root of every error the service raises on purpose; `code` overrides the class's own."""

    code = "service_error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class PermanentError(ServiceError):
    """The same call will be refused again."""


class TemporaryError(ServiceError):
    """The same call may succeed after `retry_after_seconds`."""

    def __init__(self, message: str, *, code: str | None = None, retry_after_seconds: int = 1) -> None:
        super().__init__(message, code=code)
        self.retry_after_seconds = retry_after_seconds


class ConfigurationError(PermanentError):
    """The service cannot work as it is set up; `problems` holds one sentence for each thing to change."""

    code = "invalid_configuration"

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One bad field: its path (``availability.0.start``, ``line 7``; empty: the whole body) and what is allowed.

    `names` are the parts of the path where one of them holds a dot itself; else they are what the dots part.
    """

    field: str
    message: str
    names: tuple[str, ...] = ()


class InvalidInput(PermanentError):
    """What was sent cannot be used; `problems` names each bad field, never its value."""

    code = "invalid_input"

    def __init__(self, message: str, *, problems: tuple[FieldProblem, ...] = (), code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.problems = problems


class NotFound(PermanentError):
    """No such record in this platform; a record of another platform is not found either.

    `problems` names the fields whose ids these are, where they do not stand in the address.
    """

    def __init__(self, kind: str, record_id: str = "", *, fields: tuple[str, ...] = ()) -> None:
        message = f"there is no {kind.replace('_', ' ')} with this id"
        super().__init__(message, code=f"{kind}_not_found")
        self.kind = kind
        self.record_id = record_id
        self.problems = tuple(FieldProblem(field, message) for field in fields)


class Unauthorized(PermanentError):
    """No credentials, or credentials that are not valid (any longer); which of these is not told."""

    code = "unauthorized"


class Forbidden(PermanentError):
    """Valid credentials that may not do this; `needed` is the scope or role that may."""

    code = "forbidden"

    def __init__(self, message: str, *, needed: str = "") -> None:
        super().__init__(message)
        self.needed = needed


class Conflict(PermanentError):
    """The call is well formed, but the state of things does not allow it."""

    code = "conflict"


class StaleVersion(Conflict):
    """The record is not at the expected version; `actual` 0 means that it does not exist.

    `expected` 0: it should not exist; None: it should be at another version than it is.
    """

    code = "stale_version"

    def __init__(self, kind: str, record_id: str, *, expected: int | None, actual: int) -> None:
        found = f"found {actual}" if actual else "there is none"
        wanted = "a version that was named" if expected is None else f"version {expected}" if expected else "none yet"
        super().__init__(f"cannot save this {kind.replace('_', ' ')}: expected {wanted}, {found}")
        self.kind = kind
        self.record_id = record_id
        self.expected = expected
        self.actual = actual


class UniqueTaken(Conflict):
    """Another record holds the unique key `name`, `value`."""

    code = "unique_taken"

    def __init__(self, name: str, value: str) -> None:
        super().__init__(f"this {name.replace('_', ' ')} is taken")
        self.name = name
        self.value = value


class FenceLost(Conflict):
    """The lease `name` with this token is not held any longer; nothing was written under it."""

    code = "fence_lost"

    def __init__(self, name: str, token: int) -> None:
        super().__init__(f"cannot write under a lease that is lost (token {token})")
        self.name = name
        self.token = token


class TooLarge(Conflict):
    """What the answer is made from would take more memory than it may."""

    code = "too_large"


class DoesNotFit(Conflict):
    """A change is right by itself, but what is stored could not be used with it; `problems` names each bad field."""

    code = "does_not_fit"

    def __init__(self, message: str, *, problems: tuple[FieldProblem, ...]) -> None:
        super().__init__(message)
        self.problems = problems


class SlotDone(Conflict):
    """The run of this scheduled moment is `run_id`; nobody makes another one for it."""

    code = "slot_done"

    def __init__(self, *, run_id: str) -> None:
        super().__init__("the run of this slot has been made already")
        self.run_id = run_id


class ActionNotAllowed(Conflict):
    """A match in `state` does not take `action`, or not from this actor; `allowed` lists what it does take."""

    code = "action_not_allowed"

    def __init__(self, action: str, state: str, *, allowed: tuple[str, ...]) -> None:
        choice = ", ".join(allowed) or "nothing"
        super().__init__(f"cannot {action} a match that is {state} (allowed: {choice})")
        self.action = action
        self.state = state
        self.allowed = allowed


class RunRefused(PermanentError):
    """The independent check did not accept what run `run_id` made; nothing of it was published."""

    code = "certificate_refused"

    def __init__(self, message: str, *, run_id: str) -> None:
        super().__init__(message)
        self.run_id = run_id


class PublishedUnproven(RunRefused):
    """Proposals that the proof of run `run_id` does not have were published; they are taken back."""

    code = "published_unproven"


class SignpostingMissing(PermanentError):
    """The platform has not said yet where help is to be found at once, so it cannot publish its first run."""

    code = "signposting_missing"

    def __init__(self) -> None:
        super().__init__(
            "cannot publish a first run before it is said where help is to be found at once: set `signposting` with "
            "PUT /v1/wording/{language}, or with `alongside wording help TEXT`"
        )


class OutOfTime(PermanentError):
    """The time of a run was up before it had found as much as stands already; nothing of it was published."""

    code = "out_of_time"


class UnreadableText(PermanentError):
    """A sealed text that cannot be opened: its key is gone, or it was changed."""

    code = "unreadable_text"


class InvalidChanges(PermanentError):
    """A commit or read that no store accepts (too many records, one record twice, a body that is not JSON)."""

    code = "invalid_changes"


class UnknownFormat(PermanentError):
    """A record has a format that this version of the program cannot read; a newer one wrote it."""

    code = "unknown_format"

    def __init__(self, kind: str, *, found: int, known: int) -> None:
        super().__init__(f"cannot read a {kind} of format {found} (this version knows formats up to {known})")
        self.kind = kind
        self.found = found
        self.known = known


class RunInProgress(TemporaryError):
    """Another run of this platform, `run_id`, is queued or under way; one at a time."""

    code = "run_in_progress"

    def __init__(self, *, run_id: str, retry_after_seconds: int = 10) -> None:
        super().__init__("another run of this platform is under way", retry_after_seconds=retry_after_seconds)
        self.run_id = run_id


class CallUnderWay(TemporaryError):
    """A call with this Idempotency-Key is being answered just now; the same call may be sent again after that."""

    code = "call_under_way"

    def __init__(self) -> None:
        super().__init__("a call with this Idempotency-Key is being answered just now: send it again in a moment")


class LeaseHeld(TemporaryError):
    """Somebody else holds the lease `name`, at most until `until` unless they renew it."""

    code = "lease_held"

    def __init__(self, name: str, *, until: datetime, retry_after_seconds: int) -> None:
        super().__init__("somebody else holds this lease", retry_after_seconds=retry_after_seconds)
        self.name = name
        self.until = until


class StillPreparing(TemporaryError):
    """What the answer is made from is being read into memory; the same call succeeds in a moment."""

    code = "still_preparing"


class StoreUnavailable(TemporaryError):
    """The store cannot be reached, read or written just now; nothing was changed."""

    code = "store_unavailable"

    def __init__(self, message: str, *, retry_after_seconds: int = 5) -> None:
        super().__init__(message, retry_after_seconds=retry_after_seconds)


class CommitUnconfirmed(StoreUnavailable):
    """The store failed while it confirmed a change: it may stand or not. Read before writing again."""

    code = "commit_unconfirmed"
