"""What every engine refuses, so that a commit which one of them takes is taken by all.

Engines call `check_changes` and `encoded` before they touch anything, the small checks before reads, and `cursor_of`
and `place_after` for cursors. A limit is changed here and nowhere else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from service.errors import InvalidChanges, InvalidInput
from service.storage.store import MAX_BODY_BYTES, MAX_PAGE, MAX_RECORDS_PER_COMMIT, Body, Changes, Entries

_SCOPE = re.compile(r"_?[a-z0-9-]{1,64}")
_NAME = re.compile(r"[a-z][a-z0-9_.]{0,63}")
# Neither a slash nor a bar: they part values in indexes and cursors.
_RECORD_ID = re.compile(r"[A-Za-z0-9._:@~+-]{1,300}")
_READER = json.JSONDecoder()
_VALUE = re.compile(r"[^\x00-\x1f\x7f|\ud800-\udfff]{1,500}")


def check_changes(scope: str, changes: Changes) -> None:
    """Raise InvalidChanges unless every part of a commit may be stored."""
    _require_all(_SCOPE, "scope", [scope])
    touched = [key for key, _ in changes.expected_versions]
    if max(len(touched), len(changes.events)) > MAX_RECORDS_PER_COMMIT:
        raise InvalidChanges(
            f"cannot commit {len(touched)} records and {len(changes.events)} events at once "
            f"(allowed: {MAX_RECORDS_PER_COMMIT} of each; commit the rest separately)"
        )
    if len(set(touched)) < len(touched):
        raise InvalidChanges("cannot commit one record twice at once")
    _require_all(_NAME, "kind", (kind for kind, _ in touched))
    _require_all(_RECORD_ID, "record id", (record_id for _, record_id in touched))
    for put in changes.puts:
        _check_entries(put.index)
        _check_entries(put.unique)
    _check_unique_once([entry for put in changes.puts for entry in put.unique])
    _check_events(changes)


def check_lease(scope: str, name: str) -> None:
    """Raise InvalidChanges unless a lease may have this scope and name."""
    _require_all(_SCOPE, "scope", [scope])
    _require_all(_VALUE, "lease name", [name])


def check_limit(limit: int) -> None:
    """Raise InvalidChanges unless a page may have this many records."""
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidChanges(f"cannot read {limit} records at once (allowed: 1 to {MAX_PAGE})")


def check_index(index: str | None, value: str | None, *, may_be_open: bool) -> None:
    """Raise InvalidChanges for a value without an index, or an index without a value unless it `may_be_open`."""
    if index is None and value is not None:
        raise InvalidChanges("cannot read by an index value without the index's name")
    if index is not None and value is None and not may_be_open:
        raise InvalidChanges("cannot count an index without a value")


def is_storable(*values: str) -> bool:
    """Whether all of these could be stored at all, as scope, name, id or value; if not, there is nothing to look up."""
    for value in values:  # noqa: SIM110 - no generator, since every read of the service comes through here
        if _VALUE.fullmatch(value) is None:
            return False
    return True


def encoded(body: Body) -> str:
    """Write a body as JSON text; raise InvalidChanges when it is no JSON object, or larger than `MAX_BODY_BYTES`."""
    try:
        text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        size = len(text.encode())
    except (TypeError, ValueError, RecursionError) as error:
        # `from None`: the library's message may quote the body, and a chained one would be logged.
        raise InvalidChanges(f"cannot store a body that is not JSON ({type(error).__name__})") from None
    if size > MAX_BODY_BYTES:
        raise InvalidChanges(f"cannot store a body of {size} bytes (allowed: {MAX_BODY_BYTES}; split it)")
    return text


def decoded(text: str) -> dict[str, Any]:
    """Read what `encoded` wrote."""
    body: dict[str, Any] = _READER.raw_decode(text)[0]
    return body


def cursor_of(record_id: str, value: str | None) -> str:
    """Give the cursor after this record; `value` is its index value where records come by index, else None."""
    return record_id if value is None else f"{value}|{record_id}"


def place_after(cursor: str, *, has_value: bool) -> tuple[str, str]:
    """Give (index value or empty text, record id) of the record a cursor comes after; InvalidInput if it is none."""
    value, bar, record_id = cursor.rpartition("|")
    is_value_valid = _VALUE.fullmatch(value) is not None if has_value else not bar
    if not is_value_valid or not _RECORD_ID.fullmatch(record_id):
        raise InvalidInput("cannot go on from this cursor (take it from the page before)", code="invalid_cursor")
    return value, record_id


def _check_entries(entries: Entries) -> None:
    _require_all(_NAME, "index or key name", (name for name, _ in entries))
    _require_all(_VALUE, "index or key value", (value for _, value in entries))
    if len(set(entries)) < len(entries):
        raise InvalidChanges("cannot give one record the same entry twice")


def _check_unique_once(keys: list[tuple[str, str]]) -> None:
    if len(set(keys)) < len(keys):
        raise InvalidChanges("cannot give two records the same unique key at once")


def _check_events(changes: Changes) -> None:
    _require_all(_NAME, "event type", (event.type for event in changes.events))
    _require_all(_RECORD_ID, "event subject", (event.subject for event in changes.events))
    _require_all(_RECORD_ID, "mentioned id", (name for event in changes.events for name in event.mentions))
    _require_all(_RECORD_ID, "forgotten id", changes.forget)
    first, last = changes.forget_between or (1, 1)
    if not 1 <= first <= last < first + MAX_RECORDS_PER_COMMIT:
        raise InvalidChanges(f"cannot forget these events at once (allowed: 1 to {MAX_RECORDS_PER_COMMIT}, in order)")
    if any(event.at.tzinfo is None for event in changes.events):
        raise InvalidChanges("cannot append an event without a time zone")


def _require_all(form: re.Pattern[str], what: str, texts: Iterable[str]) -> None:
    for text in texts:
        if not form.fullmatch(text):
            # The text is not quoted: it may be personal, and messages may be logged.
            raise InvalidChanges(f"cannot store this {what} (allowed: {form.pattern})")
