"""The names under which the store keeps and finds records: kinds, index names and names of unique keys.

A new kind is a line here and a module beside this one. They are part of the stored format: never rename one, never
reuse one for something else.
"""

from __future__ import annotations

from typing import Final

MEMBER: Final = "member"
MATCH: Final = "match"
RUN: Final = "run"
RUN_PART: Final = "run_part"
"""What a run is replayed and verified from (pairs, certificate, snapshot), in parts small enough for one record."""
RUN_PROGRESS: Final = "run_progress"
REPORT: Final = "report"
"""What was asked about a run, and the answer (`service/records/report.py`)."""
RUN_ORDER: Final = "run_order"
"""In which order people go through what a run leaves, in blocks (`service/usecases/running/orders.py`)."""
POLICY: Final = "policy"
PLATFORM: Final = "platform"
PLATFORM_ENTRY: Final = "platform_entry"
"""Kept in the global scope; all other kinds are kept in their platform's."""
API_KEY: Final = "api_key"
COORDINATOR: Final = "coordinator"
JOB: Final = "job"
LOAD: Final = "load"
REST: Final = "rest"
TASK: Final = "task"
HOLD: Final = "hold"
CONCERN: Final = "concern"
BLOCK: Final = "block"
CHECK_IN: Final = "check_in"
SIGN_IN_TRIES: Final = "sign_in_tries"
AGENDA: Final = "agenda"
"""Kept in the global scope: when a worker should look at a platform next."""
HEARTBEAT: Final = "heartbeat"
"""Kept in the global scope: that a worker lives."""
FORGOTTEN: Final = "forgotten"
SCHEDULE: Final = "schedule"
"""How far a platform's scheduled work has come."""
SEAL: Final = "seal"
ERASURE: Final = "erasure"
RENEWAL: Final = "renewal"
"""How far records of older formats have been rewritten."""
IMPORT: Final = "import"
IMPORT_PIECE: Final = "import_piece"
"""Lines that a platform has sent and that are not stored yet (`service/usecases/importing/pieces.py`)."""
IMPORT_ERRORS: Final = "import_errors"
"""What is wrong with lines of an import, never their text."""
MAPPING: Final = "mapping"
VEIL_KEY: Final = "veil_key"
"""The key of the hashes that stand for erased ids in rests."""


BY_ROLE: Final = "role"
"""Members by ``seeker`` or ``supporter`` (both: two entries)."""
BY_STATUS: Final = "status"
"""Members by ``active`` or ``paused``."""
BY_ROLE_AND_STATUS: Final = "role_status"
"""Members by ``seeker/active`` and so on: see `joined`."""
BY_STATE: Final = "state"
"""Matches, runs and jobs by their state; holds that stand by ``held``."""
BY_RUN: Final = "run"
"""Matches by the run that proposed them; parts of a run, and reports about it, by its id."""
BY_MEMBER: Final = "member"
"""Matches and rests by either of their two members, tasks by everybody they name."""
BY_VEILED: Final = "veiled"
"""``yes``: rests that hold a hash in place of an erased id."""
BY_MEMBER_AND_STATE: Final = "member_state"
"""Matches by either member and the state: ``m-1/proposed``."""
BY_SEEKER: Final = "seeker"
"""Matches by their seeker."""
BY_SUPPORTER_AND_STATE: Final = "supporter_state"
"""Matches by supporter and state: counting these tells how many places somebody holds."""
OPEN_BY_KIND: Final = "open_kind"
"""Tasks that are not done, by their kind."""
OPEN_BY_SUBJECT: Final = "open_subject"
"""Tasks that are not done, by what they are about."""
BY_DUE: Final = "due"
"""By the moment at which something is due (see `service.records.codec.instant_to_json`): open jobs when they may be
taken, agendas when the platform should be looked at, matches. Any kind that timers look after may use it."""
BY_MATCH: Final = "match"
"""Check-ins by the match they are about."""
BY_IMPORT: Final = "import"
"""Pieces and errors of an import by its id."""
CHECK_IN_DUE: Final = "check_in_due"
"""Matches of which somebody is still to be asked how it goes."""
LOOK_AGAIN: Final = "look_again"
"""Members for whom the next best pair is to be found."""

BY_ENDED: Final = "ended"
"""What is over and will be removed one day, by the moment it ended: jobs."""

LOGIN: Final = "coordinator_login"
"""Unique: a coordinator's login, in lower case."""
HOLDING_SEEKER: Final = "holding_seeker"
"""Unique: the seeker of a match that holds a place."""
OPEN_RUN: Final = "open_run"
"""Unique: the one run of a platform that is queued or running."""
SLOT: Final = "job_slot"
"""Unique: a scheduled moment, so that it fires once however many workers look: see `slot_of`."""


def joined(first: str, second: str) -> str:
    """Join two index values to one; neither may hold a slash."""
    return f"{first}/{second}"


def due_of(task: str) -> str:
    """Name the index of one task's open jobs by the moment they are due."""
    return f"{BY_DUE}.{task}"


def slot_of(platform_id: str, work: str, moment: str) -> str:
    """Give the key of a scheduled moment of a platform; `moment` is UTC."""
    return f"slot:{platform_id}:{work}:{moment}"
