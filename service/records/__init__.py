"""What the service keeps: one frozen dataclass a kind, with its codec, format number, index entries and unique keys.

A new kind is a module here and its names in `kinds.py`; `codec.py` turns any record into a `Put` and back. Use cases
decide; records only say what is kept and how it is found.
"""

from service.records.agenda import Agenda
from service.records.api_key import ApiKey, Scope
from service.records.codec import delete_of, new_id, put_of, read_as
from service.records.coordinator import Coordinator, Role
from service.records.job import Job, JobState
from service.records.match import Actor, ActorRole, HistoryEntry, Match, MatchState
from service.records.member import Member, MemberRole
from service.records.platform import Platform, PlatformEntry
from service.records.run import Run, RunCounts, RunProof, RunState

__all__ = [
    "Actor",
    "ActorRole",
    "Agenda",
    "ApiKey",
    "Coordinator",
    "HistoryEntry",
    "Job",
    "JobState",
    "Match",
    "MatchState",
    "Member",
    "MemberRole",
    "Platform",
    "PlatformEntry",
    "Role",
    "Run",
    "RunCounts",
    "RunProof",
    "RunState",
    "Scope",
    "delete_of",
    "new_id",
    "put_of",
    "read_as",
]
