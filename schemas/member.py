"""A member: the profile as a platform sends it, and as the service answers it.

A new profile field: one row here or in `profile.py` (see there). Nothing here stores or decides who is matched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, ClassVar, Protocol

from marshmallow import ValidationError, fields, validates_schema

from matching.errors import ProfileError
from matching.policy import LabelField
from matching.profile import AgeBand, Gender, MemberStatus, Mode, Pace, Profile
from matching.profile_json import profile_from_mapping, profile_to_mapping
from schemas.base import In, Out, by_field, nested_messages
from schemas.completing import completing
from schemas.fields import Choice, Day, Instant, Part, Several, YesNo, written
from schemas.labels import Labels, wrong_labels
from schemas.page import NEXT, PageIn
from schemas.patch import patch_of
from schemas.profile import (
    Consent,
    Keys,
    Language,
    Location,
    SeekerPart,
    SupporterPart,
    TimeZone,
    Window,
)
from schemas.quick_profile import quick_profile
from schemas.told import tell

MEMBER_ID = r"^(?!\.{1,2}$)[A-Za-z0-9._:-]{1,128}$"
"""Not "." or "..": in a URL they mean something else, so such a member could never be read or erased."""
MOST_LANGUAGES = 10
MOST_WINDOWS = 100


class _ProfileFields:
    """What a profile holds, in and out."""

    languages = Several(
        Language(),
        least=1,
        most=MOST_LANGUAGES,
        required=True,
        metadata={"description": "BCP 47 tags, most preferred first.", "example": ["en", "pl"]},
    )
    timezone = TimeZone(required=True, metadata={"description": "An IANA time zone.", "example": "Europe/London"})
    availability = Several(
        Part(Window),
        most=MOST_WINDOWS,
        metadata={
            "description": "Weekly windows of local wall time. Nobody is matched without any.",
            "example": [
                {"day": "mon", "start": "18:00", "end": "21:30"},
                {"day": "sat", "start": "22:00", "end": "01:00"},
            ],
        },
    )
    modes = Several(Choice(Mode), least=1, most=len(Mode), required=True, metadata={"example": ["text", "voice"]})
    pace = Choice(Pace, load_default=Pace.FLEXIBLE.value)
    age_band = Choice(AgeBand, required=True, metadata={"example": "25-34"})
    preferred_age_bands = Several(
        Choice(AgeBand), most=len(AgeBand), metadata={"description": "Only these; empty: no wish."}
    )
    age_band_confirmed_on = Day(
        allow_none=True,
        metadata={"description": "When the age band was last confirmed; minors need it within 365 days."},
    )
    gender = Choice(Gender, allow_none=True, metadata={"description": "Null: not stated."})
    gender_preference = Several(
        Choice(Gender),
        most=len(Gender),
        metadata={"description": "Only these; empty: no wish. A gender that is not stated never satisfies a wish."},
    )
    interests = Keys("What they like doing or talking about.", ["gardening", "chess"])
    avoid_topics = Keys("A boundary: nobody who names one of these as a topic is proposed.", ["addiction"])
    access = Keys("What they need in order to meet in person, or can offer there.", ["step_free"])
    location = Part(Location, allow_none=True)
    labels = Labels(
        metadata={
            "description": "The platform's own fields, as its policy declares them.",
            "example": {"site": "north", "level": 4, "identities": ["carer"]},
        },
    )
    status = Choice(MemberStatus, load_default=MemberStatus.ACTIVE.value)
    paused_until = Day(
        allow_none=True,
        metadata={"description": "With status paused: the first day back; absent: until further notice."},
    )
    consent = Part(Consent, required=True)
    seeker = Part(SeekerPart, allow_none=True, metadata={"description": "Present where they would like company."})
    supporter = Part(SupporterPart, allow_none=True, metadata={"description": "Present where they offer support."})


class MemberIn(In, _ProfileFields):
    """A member's profile, whole: what is left out takes its default, and an earlier profile is replaced."""

    read_only: ClassVar[frozenset[str]] = frozenset(
        {"member_id", "version", "waiting_since", "created_at", "updated_at"}
    )

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _has_a_role(self, _profile: Mapping[str, Any], sent: Any, **_kwargs: Any) -> None:
        if isinstance(sent, Mapping) and sent.get("seeker") is None and sent.get("supporter") is None:
            raise ValidationError(tell("must have seeker, supporter, or both"), "seeker")

    @validates_schema
    def _pauses(self, profile: Mapping[str, Any], **_kwargs: Any) -> None:
        if profile.get("paused_until") and profile["status"] != MemberStatus.PAUSED:
            raise ValidationError(tell("is allowed only with status paused"), "paused_until")


MemberPatch = patch_of(MemberIn, name="MemberPatch")
_member_patch = MemberPatch()


class KeptMember(Protocol):
    """A stored member, as far as the wire shows it."""

    @property
    def member_id(self) -> str:
        """The platform's own id."""

    @property
    def profile_json(self) -> Mapping[str, Any]:
        """What the platform sent, as `dump_profile` writes it."""

    @property
    def version(self) -> int:
        """Counts the changes."""

    @property
    def waiting_since(self) -> date | str | None:
        """The day the waiting clock started."""

    @property
    def created_at(self) -> datetime | str:
        """When it came first; text: as it is kept, in UTC with six digits of a second and a ``Z``."""

    @property
    def updated_at(self) -> datetime | str:
        """When it last changed; as `created_at`."""


class _KeptFields:
    """What the service keeps beside the profile."""

    member_id = fields.String(
        metadata={"description": "The platform's own id.", "pattern": MEMBER_ID, "example": "m-1"}
    )
    version = fields.Integer(metadata={"description": 'Grows by one with every change; also the ETag, as `"v3"`.'})
    waiting_since = Day(
        allow_none=True, metadata={"description": "The day the waiting clock started; null for who never was a seeker."}
    )
    created_at = Instant()
    updated_at = Instant()


class MemberOut(Out, _ProfileFields, _KeptFields):
    """A member: the profile, complete, and what the service keeps beside it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._complete = completing(self)

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        """Give the JSON form of a `KeptMember`, or of several.

        Profiles are kept as JSON, so nothing is asked of one field after another: it was a third of a call's time. A
        test holds the answer against marshmallow's own.
        """
        is_many = self.many if many is None else many
        return [self._dumped(member) for member in obj] if is_many else self._dumped(obj)

    def _dumped(self, member: KeptMember) -> dict[str, Any]:
        whole: dict[str, Any] = self._complete(member.profile_json)
        since = member.waiting_since
        whole["member_id"], whole["version"] = member.member_id, member.version
        whole["waiting_since"] = since.isoformat() if isinstance(since, date) else since
        whole["created_at"], whole["updated_at"] = written(member.created_at), written(member.updated_at)
        return whole


class MembersOut(Out):
    """Some members, by id."""

    members = fields.List(fields.Nested(MemberOut))
    next = fields.String(allow_none=True, metadata={"description": NEXT})


class MemberQuery(PageIn):
    """Which members."""

    role = Choice(("seeker", "supporter"), metadata={"description": "Only members on this side."})
    status = Choice(MemberStatus, metadata={"description": "Only members with this status."})


def load_profile(member_id: str, json: Any, labels: Iterable[LabelField] = ()) -> Profile:
    """Check a profile as it came over the wire, and build the engine's value.

    Parameters
    ----------
    member_id : str
        The platform's own id; a bad one is reported under ``member_id``.
    json : object
        The body, as parsed JSON.
    labels : iterable of LabelField
        What the platform's policy declares; every other label is refused.

    Raises
    ------
    ValidationError
        `messages` maps each bad field to sentences, nested as the profile is.
    """
    declared = tuple(labels)
    return quick_profile(member_id, json, declared, _member_in) or load_by_schema(member_id, json, declared)


def load_patch(json: Any) -> Mapping[str, Any]:
    """Check a merge patch of a profile by itself, and give it as it came; raise ValidationError as `load_profile`."""
    _member_patch.load(json)
    patch: Mapping[str, Any] = json
    return patch


def dump_profile(profile: Profile) -> dict[str, Any]:
    """Write a profile as compact JSON: what `load_profile` reads back as the same value."""
    return profile_to_mapping(profile)


def load_by_schema(member_id: str, json: Any, labels: Iterable[LabelField]) -> Profile:
    """Read a profile by the schema, and say all that is wrong with it."""
    wrong: dict[Any, Any] = {}
    if not re.fullmatch(MEMBER_ID, member_id):
        wrong["member_id"] = [tell("must be 1 to 128 of A-Z a-z 0-9 . _ : -")]
    try:
        profile = _member_in.load(json)
    except ValidationError as error:
        wrong.update(by_field(error))
        profile = error.valid_data if isinstance(error.valid_data, dict) else {}
    if labels_wrong := wrong_labels(profile.get("labels", {}), labels):
        wrong["labels"] = {**labels_wrong, **wrong.get("labels", {})}
    if wrong:
        raise ValidationError(wrong)
    return _built(member_id, profile)


def _built(member_id: str, profile: Mapping[str, Any]) -> Profile:
    """Build the value; whatever the engine refuses beyond the schema is reported like any other bad field."""
    try:
        return profile_from_mapping(member_id, profile)
    except ProfileError as error:
        raise ValidationError(nested_messages(error.field, str(error))) from error


_member_in = MemberIn()


class LookingIn(In):
    """Whether somebody would like a supporter."""

    looking = YesNo(required=True, metadata={"description": "They would like a, or another, supporter."})


class LookingOut(Out):
    """Whether somebody is looking for a supporter."""

    member_id = fields.String(metadata={"pattern": MEMBER_ID})
    search = fields.String(
        attribute="care.search",
        metadata={
            "description": "looking; to_ask: their match has ended, ask them first; not_now.",
            "example": "looking",
        },
    )
    recovering_until = fields.Date(
        attribute="care.recovering_until",
        allow_none=True,
        metadata={"description": "The first day on which they may be matched again after an ending."},
    )
