"""A profile that is right in every way, read the short way: the engine's own codec, and what only the edge asks.

`load_profile` tries this first and leaves to the schema, which alone can say what is wrong, whatever is not taken here:
an import reads four times as many profiles a second. Taken is only what the schema would take, as the same value; a
test holds the two against each other. A new check of the edge (`member.py`, `profile.py`) belongs here, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from marshmallow import Schema

from matching.errors import ProfileError
from matching.policy import LabelField
from matching.profile import Profile
from matching.profile_json import profile_from_mapping
from schemas.labels import wrong_labels
from schemas.languages import canonical
from schemas.profile import LANGUAGE_LENGTH, zones

PARTS = ("consent", "seeker", "supporter")
"""Parts with fields that may be left out, but not be null."""


def quick_profile(member_id: str, json: Any, labels: Iterable[LabelField], schema: Schema) -> Profile | None:
    """Give the profile; None where the schema has to look at it."""
    if not isinstance(json, dict):
        return None
    try:
        profile = profile_from_mapping(member_id, json)
    except ProfileError:
        return None
    return profile if _is_taken_by_the_edge(json, labels, schema) else None


def _is_taken_by_the_edge(json: Mapping[str, Any], labels: Iterable[LabelField], schema: Schema) -> bool:
    """Ask of a mapping that the codec has read what the codec does not."""
    given = json.get("labels", {})
    return (
        json["timezone"] in zones()
        and all(map(_is_language, json["languages"]))
        and "T" in json["consent"]["given_at"].upper()
        and _has_no_wrong_null(json, schema)
        and all(_has_no_wrong_null(json.get(part) or {}, _schema_of(schema, part)) for part in PARTS)
        and (not given or (None not in given.values() and not wrong_labels(given, labels)))
    )


def _has_no_wrong_null(value: Mapping[str, Any], schema: Schema) -> bool:
    if None not in value.values():
        return True
    return all(schema.fields[name].allow_none for name, each in value.items() if each is None)


def _schema_of(schema: Schema, part: str) -> Schema:
    found: Schema = schema.fields[part].schema  # type: ignore[attr-defined]
    return found


@lru_cache(maxsize=4096)
def _is_language(tag: str) -> bool:
    return len(tag) <= LANGUAGE_LENGTH and canonical(tag) is not None
