"""What a run sees: every member and what is known of them at one moment, as values and as lines of a run's part.

The engine gets nothing else, so a run can be repeated from its snapshot years later. A new thing that a run depends on
is a field here, a line kind in `lines_of` and `snapshot_from`, and a higher FORMAT.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from hashlib import blake2b
from typing import Any, Final

from matching.cohort import Cohort
from matching.policy import Policy
from matching.profile import Apart, Profile, Standing
from matching.profile_json import profile_from_mapping, profile_to_mapping
from matching.week import Week
from schemas.policy import dump_policy, load_policy
from service.errors import UnknownFormat
from service.records import kinds
from service.records.codec import read_as
from service.records.match import HOLDING_STATES, Match, MatchState
from service.records.member import Member
from service.storage.store import Store, Stored
from service.usecases.matches import visible
from service.usecases.places import standing_with
from service.usecases.policies import get_policy
from service.usecases.reading import all_found
from service.usecases.rests import apart_now
from service.weeks import week_for

FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class OpenProposal:
    """A proposal that stood when the run began."""

    match_id: str
    version: int
    seeker_id: str
    supporter_id: str


_OF_A_PROPOSAL = tuple(each.name for each in fields(OpenProposal))
_OF_A_STANDING = tuple(each.name for each in fields(Standing))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a run sees.

    Attributes
    ----------
    profiles, versions : every member's profile; the version at which it was read, by id.
    standings : members of whom something is known beside the profile.
    apart : pairs (seeker id, supporter id) that must not meet.
    proposals : open ones, at most one a seeker unless two runs left more; by id.
    seals : of every member's record as it was read, by id (`seal_of`); none in a snapshot that was itself stored.
    """

    week: Week
    policy: Policy
    profiles: tuple[Profile, ...]
    versions: Mapping[str, int]
    standings: Mapping[str, Standing]
    apart: Mapping[tuple[str, str], Apart]
    proposals: tuple[OpenProposal, ...]
    seals: Mapping[str, bytes] = field(default_factory=dict, compare=False)

    @property
    def previous(self) -> dict[str, str]:
        """Seeker id → supporter id of the open proposals, the latest where there are several."""
        return {proposal.seeker_id: proposal.supporter_id for proposal in self.proposals}

    def cohort(self) -> Cohort:
        """Encode it for the engine."""
        return Cohort.from_profiles(
            self.profiles, week=self.week, policy=self.policy, standings=self.standings, apart=self.apart
        )


def take_snapshot(store: Store, platform_id: str, *, now: datetime) -> Snapshot:
    """Read everything a run depends on.

    What changes while it is read is found again before anything is published (`publishing.py`).
    """
    policy = get_policy(store, platform_id)
    members, seals = _members(store, platform_id)
    profiles = tuple(member.profile for member in members)
    return Snapshot(
        week=week_for(now.date(), (profile.timezone for profile in profiles)),
        policy=policy,
        profiles=profiles,
        versions={member.member_id: member.version for member in members},
        standings=_standings(members, tuple(holding_matches(store, platform_id))),
        apart=apart_now(store, platform_id, now),
        proposals=tuple(
            OpenProposal(match.match_id, match.version, match.seeker_id, match.supporter_id)
            for match in open_proposals(store, platform_id)
        ),
        seals=seals,
    )


def seal_of(stored: Stored) -> bytes:
    """Digest a record, so that whether it has changed is known without reading it as what it is."""
    return blake2b(json.dumps(stored.body, sort_keys=True).encode(), digest_size=16).digest()


def holding_matches(store: Store, platform_id: str) -> Iterator[Match]:
    """Go through every match that holds a place."""
    for state in sorted(HOLDING_STATES):
        yield from all_found(store, platform_id, Match, index=kinds.BY_STATE, value=state)


def open_proposals(store: Store, platform_id: str) -> tuple[Match, ...]:
    """Give every proposal that people can see, by id."""
    return visible(
        store, platform_id, all_found(store, platform_id, Match, index=kinds.BY_STATE, value=MatchState.PROPOSED)
    )


def _members(store: Store, platform_id: str) -> tuple[list[Member], dict[str, bytes]]:
    members, seals = [], {}
    for stored in store.each(platform_id, Member.KIND):
        members.append(read_as(Member, stored))
        seals[stored.record_id] = seal_of(stored)
    return members, seals


def _standings(members: Iterable[Member], holding: tuple[Match, ...]) -> dict[str, Standing]:
    held = Counter(match.supporter_id for match in holding)
    has_supporter = {match.seeker_id for match in holding}
    standings = {}
    for member in members:
        standing = standing_with(
            member.profile,
            held=held[member.member_id],
            has_supporter=member.member_id in has_supporter,
            waiting_since=member.waiting_since,
        )
        if standing != Standing():
            standings[member.member_id] = standing
    return standings


def lines_of(snapshot: Snapshot) -> Iterator[Any]:
    """Write a snapshot as lines: a head, then one line a member, resting pair and open proposal."""
    yield {
        "format": FORMAT,
        "today": snapshot.week.today.isoformat(),
        "offsets": {zone: [list(pair) for pair in offsets] for zone, offsets in sorted(snapshot.week.offsets.items())},
        "policy": dump_policy(snapshot.policy),
    }
    for profile in snapshot.profiles:
        member_id = profile.member_id
        line = {"member": member_id, "version": snapshot.versions[member_id], "profile": profile_to_mapping(profile)}
        if member_id in snapshot.standings:
            line["standing"] = _standing_to_json(snapshot.standings[member_id])
        yield line
    for (seeker_id, supporter_id), why in sorted(snapshot.apart.items()):
        yield {"apart": [seeker_id, supporter_id, why]}
    for proposal in snapshot.proposals:
        yield {"proposal": {name: getattr(proposal, name) for name in _OF_A_PROPOSAL}}


def snapshot_from(lines: Iterable[Any]) -> Snapshot:
    """Read what `lines_of` wrote; UnknownFormat when a newer program wrote it."""
    rest = iter(lines)
    head = next(rest)
    if head["format"] > FORMAT:
        raise UnknownFormat("snapshot", found=head["format"], known=FORMAT)
    offsets = {zone: tuple((slot, minutes) for slot, minutes in pairs) for zone, pairs in head["offsets"].items()}
    profiles: list[Profile] = []
    versions: dict[str, int] = {}
    standings: dict[str, Standing] = {}
    apart: dict[tuple[str, str], Apart] = {}
    proposals: list[OpenProposal] = []
    for line in rest:
        if "member" in line:
            profiles.append(profile_from_mapping(line["member"], line["profile"]))
            versions[line["member"]] = line["version"]
            if "standing" in line:
                standings[line["member"]] = _standing_from_json(line["standing"])
        elif "apart" in line:
            seeker_id, supporter_id, why = line["apart"]
            apart[seeker_id, supporter_id] = Apart(why)
        else:
            proposals.append(OpenProposal(**line["proposal"]))
    return Snapshot(
        week=Week(today=date.fromisoformat(head["today"]), offsets=offsets),
        policy=load_policy(head["policy"]),
        profiles=tuple(profiles),
        versions=versions,
        standings=standings,
        apart=apart,
        proposals=tuple(proposals),
    )


def _standing_to_json(standing: Standing) -> dict[str, Any]:
    since = standing.waiting_since
    told = {name: getattr(standing, name) for name in _OF_A_STANDING}
    return {**told, "waiting_since": since.isoformat() if since else None}


def _standing_from_json(standing: Mapping[str, Any]) -> Standing:
    since = standing["waiting_since"]
    return Standing(**{**standing, "waiting_since": date.fromisoformat(since) if since else None})
