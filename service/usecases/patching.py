"""Changing a part of a member's profile: the patch is merged into the profile as it stands when it is saved.

What the patch leaves out is not asked about again, so that a pause or a withdrawn consent is never refused because the
policy has given up some label since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from marshmallow import ValidationError

from matching.policy import LabelField, LabelType
from matching.profile import LabelValue
from matching.profile_json import profile_to_mapping
from schemas.member import load_profile
from schemas.patch import merged
from service.errors import DoesNotFit, StaleVersion
from service.field_problems import field_problems
from service.records.member import Member
from service.storage.store import Store
from service.usecases.members import get_member, put_member
from service.usecases.policies import get_policy
from service.usecases.saving import until_saved


def patch_member(
    store: Store,
    platform_id: str,
    *,
    member_id: str,
    patch: Mapping[str, Any],
    now: datetime,
    expected_version: int | None = None,
) -> Member:
    """Merge a patch that is right by itself into a member's profile; give the member as they then stand.

    Whoever else changes the profile meanwhile is not overwritten: the patch is merged into what they left. NotFound
    (``member_not_found``); DoesNotFit where the profile with the patch could not be used; with `expected_version`,
    StaleVersion when the member is at another.
    """

    def attempt() -> Member:
        member = get_member(store, platform_id, member_id=member_id)
        if expected_version is not None and member.version != expected_version:
            raise StaleVersion(Member.KIND, member_id, expected=expected_version, actual=member.version)
        changed = merged(profile_to_mapping(member.profile), patch)
        labels = _labels(get_policy(store, platform_id).labels, member.profile.labels, patch)
        try:
            profile = load_profile(member_id, changed, labels=labels)
        except ValidationError as error:
            raise DoesNotFit("the profile with this patch could not be used", problems=field_problems(error)) from error
        return put_member(store, platform_id, profile=profile, now=now, expected_version=member.version)[0]

    return until_saved(attempt)


def _labels(
    declared: Iterable[LabelField], kept: Mapping[str, LabelValue], patch: Mapping[str, Any]
) -> tuple[LabelField, ...]:
    """Give what each label may be: one that the patch names, what the policy declares; another one, what it is."""
    named = patch.get("labels") or {}
    asked = (field for field in declared if field.name in named)
    return (*asked, *(LabelField(name, _type_of(value)) for name, value in kept.items() if name not in named))


def _type_of(value: LabelValue) -> LabelType:
    if isinstance(value, str):
        return LabelType.STRING
    return LabelType.INTEGER if isinstance(value, int) else LabelType.LIST
