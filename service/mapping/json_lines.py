"""Read members from JSON lines: each the profile that `PUT /v1/members/{member_id}` takes, and its `member_id`.

The other way in beside a spreadsheet, for programs; it needs no mapping, since the fields already have our names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, NoReturn

from marshmallow import ValidationError

from service.field_problems import field_problems
from service.mapping.errors import Problem, SheetError
from service.mapping.profiles import Load, ReadyRow
from service.mapping.sheet import LONGEST_LINE, refuse_other_encodings


def profiles_in_lines(file: BinaryIO, load: Load) -> Iterator[ReadyRow | Problem]:
    """Give every line as a checked profile, or all that is wrong with it; blank lines are none.

    The encoding of the whole file is checked before the first line. Raises SheetError for a file that is no JSON lines.
    """
    lines_of_ids: dict[str, int] = {}
    for line in numbered_lines(file):
        if isinstance(line, Problem):
            yield line
        else:
            yield from checked_line(*line, lines_of_ids, load)


def numbered_lines(file: BinaryIO, *, longest: int = LONGEST_LINE) -> Iterator[tuple[int, str] | Problem]:
    """Give every line with its number, or why it cannot be read; blank lines are none. SheetError as above."""
    refuse_other_encodings(file)
    file.seek(0)
    number = 0
    while line := file.readline(longest + 1):
        number += 1
        if len(line) > longest:
            _skip_rest(file, line)
            yield Problem(number, f"is longer than {longest:,} bytes")
            continue
        text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        if number == 1 and text and not text.startswith("{"):
            raise SheetError(
                "line 1 is no JSON object; a CSV file needs a mapping (--mapping FILE, or ?mapping=NAME with text/csv)"
            )
        if text:
            yield number, text


def _skip_rest(file: BinaryIO, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = file.readline(LONGEST_LINE)


def checked_line(number: int, text: str, lines_of_ids: dict[str, int], load: Load) -> Iterator[ReadyRow | Problem]:
    """Give a line as a checked profile, or all that is wrong with it; `lines_of_ids` are the members of earlier ones.

    A profile that is given is noted there.
    """
    try:
        body = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_each_once)
        member_id, profile = _parted(body)
        if member_id in lines_of_ids:
            yield Problem(number, f"is the same as on line {lines_of_ids[member_id]}", field="member_id")
            return
        ready = load(member_id, profile)
    except ValidationError as error:
        yield from (Problem(number, each.message, field=each.field) for each in field_problems(error))
    except (ValueError, RecursionError) as error:
        place = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
        yield Problem(number, f"is no valid JSON object{place}")
    else:
        lines_of_ids[member_id] = number
        yield ReadyRow(number, ready)


def _parted(body: Any) -> tuple[str, Mapping[str, Any]]:
    if not isinstance(body, dict):
        raise ValidationError("must be an object")
    profile = dict(body)
    member_id = profile.pop("member_id", None)
    if not isinstance(member_id, str):
        raise ValidationError({"member_id": ["must be text"] if "member_id" in body else ["is missing"]})
    return member_id, profile


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object; a name written twice would silently lose its first value."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _refuse_constant(_name: str) -> NoReturn:
    # NaN and Infinity are Python's, not JSON's.
    raise ValueError
