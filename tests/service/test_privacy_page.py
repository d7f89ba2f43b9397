"""What docs/privacy.md says is kept, held against what the program keeps."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from matching.policy import Retention, Timings
from service.records.delivery import KEPT, DeliveryState
from service.records.kept_answer import KEPT_FOR
from service.usecases.erasing.traces import TRACES
from service.usecases.exporting import EVENTS, SECTIONS
from service.usecases.retention import IMPORTS_KEPT, JOBS_KEPT

PAGE = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text()
KEPT_TABLE, KINDS_TABLE = PAGE.split("## What is kept")[1], PAGE.split("## Every kind of record")[1]
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in KEPT_TABLE.splitlines() if line[:2] == "| "]


def kept_for(*words: str) -> str:
    """How long the one row is kept in which all of these stand first."""
    (row,) = (row for row in ROWS if all(word in row[0] for word in words) and len(row) == 3)
    return row[2]


def test_every_kind_of_record_is_named_and_no_other():
    named = set(re.findall(r"`([a-z_]+)`", KINDS_TABLE))

    assert named == set(TRACES)
    assert named == set(SECTIONS) - {EVENTS}


def test_what_is_kept_for_a_time_is_kept_for_the_time_that_is_told():
    retention, day = Retention(), timedelta(days=1)

    assert kept_for("matches:").startswith(f"{retention.match_days} days")
    assert kept_for("notes").startswith(f"{retention.note_days} days")
    assert kept_for("events:").startswith(f"{retention.event_days} days")
    assert kept_for("tasks").startswith(f"{retention.match_days} days")
    assert kept_for("what runs were made from") == f"the last {retention.run_snapshots} runs"
    assert kept_for("imports:").endswith(f"{IMPORTS_KEPT // day} days")
    assert kept_for("jobs:").startswith(f"{JOBS_KEPT // day} days")
    assert kept_for("Idempotency-Key") == f"{KEPT_FOR // timedelta(hours=1)} hours"
    delivered, dead = KEPT[DeliveryState.DELIVERED] // day, KEPT[DeliveryState.DEAD] // day
    assert kept_for("on its way") == f"{delivered} days after it arrived; {dead} if it never did"


def test_the_waits_that_are_told_are_those_of_a_new_platform():
    timings = Timings()

    told = re.search(r"kind words every (\d+) days, coordinators told after (\d+) and (\d+)", PAGE)
    assert [int(days) for days in told.groups()] == [
        timings.waiting_message_days,
        timings.waiting_amber_days,
        timings.waiting_red_days,
    ]
