"""The files that are imported: ``python -m benchmarks.flow.people FOLDER SEEKERS SUPPORTERS ROWS``.

A sample community as JSON lines, and sign-ups as a spreadsheet with its mapping. In a process of its own: a community
as profiles takes more memory than all that is measured.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

from benchmarks.communities import SEED, TODAY
from matching.community import generate
from matching.crowd import Shape
from matching.profile_json import profile_to_mapping

COMMUNITY, SIGN_UPS, MAPPING = "community.ndjson", "sign-ups.csv", "sign-ups.yaml"
FIRST = "first.ndjson"
"""The first rows of the community, for the import that is measured."""

_HEADER = ("Id", "Role", "Age", "Languages", "Topics", "Interests", "When", "How", "People at once", "Agreed")
_LANGUAGES = ("English", "English, Polish", "Polish", "Spanish", "Spanish, English")
_TOPICS = ("New parent", "Bereavement", "Anxiety", "Caring", "New parent, Bereavement", "Anxiety, Caring")
_INTERESTS = ("Gardening", "Chess, Walking", "Reading, Cooking, Music", "Football")
_WHEN = ("Weekday evenings", "Weekday mornings", "Saturday", "Weekday evenings, Saturday")
_HOW = ("Video, Phone", "Phone", "Messages, Video")

_MAPPING = """\
rows: {column: Role, table: {Find company: seekers, Offer company: supporters}}
id: {column: Id}
fields:
  languages: {column: Languages, split: ",", table: {English: en, Polish: pl, Spanish: es}}
  timezone: {constant: Europe/London}
  age_band: {column: Age, as: age_band}
  modes: {column: How, split: ",", table: {Messages: text, Phone: voice, Video: video}}
  interests: {column: Interests, split: ",", as: slug}
  availability:
    column: When
    split: ","
    table:
      Weekday mornings: [{day: mon, start: "09:00", end: "12:00"}, {day: wed, start: "09:00", end: "12:00"}]
      Weekday evenings: [{day: tue, start: "18:00", end: "21:00"}, {day: thu, start: "18:00", end: "21:00"}]
      Saturday: {day: sat, start: "10:00", end: "18:00"}
  seeker.topics: {column: Topics, split: ",", as: slug}
  supporter.topics: {column: Topics, split: ",", as: slug}
  supporter.capacity: {column: People at once, as: integer, when_empty: 1}
  consent.matching: {constant: true}
  consent.given_at: {column: Agreed, as: date_time, format: "%d/%m/%Y %H:%M"}
"""


def write_community(folder: Path, *, seekers: int, supporters: int, first: int) -> None:
    """Write a community, and its first members once more."""
    shape = Shape(away=0, both=0)
    profiles = generate(seed=SEED, seekers=seekers, supporters=supporters, today=TODAY, shape=shape).profiles
    lines = (json.dumps({"member_id": each.member_id, **profile_to_mapping(each)}) + "\n" for each in profiles)
    with (folder / COMMUNITY).open("w") as everybody, (folder / FIRST).open("w") as some:
        for line in islice(lines, first):
            everybody.write(line)
            some.write(line)
        everybody.writelines(lines)


def write_sign_ups(folder: Path, rows: int) -> None:
    """Write a spreadsheet and its mapping."""
    (folder / MAPPING).write_text(_MAPPING)
    with (folder / SIGN_UPS).open("w", newline="") as sheet:
        writer = csv.writer(sheet)
        writer.writerow(_HEADER)
        writer.writerows(_sign_ups(rows))


def _sign_ups(rows: int) -> Iterator[tuple[object, ...]]:
    random = Random(SEED)
    for number in range(rows):
        is_offering = number % 3 == 0
        yield (
            f"row-{number}",
            "Offer company" if is_offering else "Find company",
            random.randint(18, 90),
            *map(random.choice, (_LANGUAGES, _TOPICS, _INTERESTS, _WHEN, _HOW)),
            random.randint(1, 4) if is_offering else "",
            f"{random.randint(1, 28):02}/10/2026 {random.randint(8, 20):02}:{random.randint(0, 59):02}",
        )


if __name__ == "__main__":
    place, seekers, supporters, rows = sys.argv[1:]
    write_community(Path(place), seekers=int(seekers), supporters=int(supporters), first=int(rows))
    write_sign_ups(Path(place), int(rows))
