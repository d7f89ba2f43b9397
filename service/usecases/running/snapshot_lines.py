"""A snapshot as the lines of a run's part, and back: everything a run depends on, nothing twice.

A line a member, so that nobody has to hold the whole as text, and what an erased member leaves behind can be cut out.
`Reading` takes lines one by one, those of a snapshot that is taken just now like those of one that was stored. A new
thing that a run depends on is a line kind here, a higher FORMAT, and a step in `_STEPS` from the one before.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matching.arrays import MemberArrays, StandingArrays
from matching.cohort import Cohort
from matching.mapping_arrays import Days, Gathered
from matching.policy import Policy
from matching.profile import Apart, Standing
from matching.week import Offsets, Week
from schemas.policy import dump_policy, load_policy
from service.errors import UnknownFormat

FORMAT: Final = 2

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class OpenProposal:
    """A proposal that stood when the run began."""

    match_id: str
    version: int
    seeker_id: str
    supporter_id: str


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What a run sees.

    Attributes
    ----------
    members, standings : every member's profile, and what is known of them beside it, a row each.
    versions : (rows,) the version at which each was read.
    apart : pairs (seeker id, supporter id) that must not meet.
    proposals : open ones, at most one a seeker unless two runs left more; by id.
    seals : (rows,) of every member's record as it was read (`seal_of`); empty in a snapshot that was itself stored.
    """

    week: Week
    policy: Policy
    members: MemberArrays
    standings: StandingArrays
    versions: NDArray[np.int64]
    apart: Mapping[tuple[str, str], Apart]
    proposals: tuple[OpenProposal, ...]
    seals: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @property
    def previous(self) -> dict[str, str]:
        """Seeker id → supporter id of the open proposals, the latest where there are several."""
        return {proposal.seeker_id: proposal.supporter_id for proposal in self.proposals}

    @cached_property
    def row_of(self) -> Mapping[str, int]:
        """Each member's row, by id."""
        return {member_id: row for row, member_id in enumerate(self.members.member_ids)}

    def cohort(self) -> Cohort:
        """Encode it for the engine."""
        return Cohort.from_arrays(
            self.members, week=self.week, policy=self.policy, standings=self.standings, apart=self.apart
        )


def head_of(policy: Policy, today: date) -> Line:
    """Write the first line."""
    return {"format": FORMAT, "today": today.isoformat(), "policy": dump_policy(policy)}


def member_line(member_id: str, version: int, profile: Mapping[str, Any], standing: Mapping[str, Any]) -> Line:
    """Write a member; `profile` and `standing` as JSON, of the standing only what is not a newcomer's."""
    line: Line = {"member": member_id, "version": version, "profile": profile}
    if standing:
        line["standing"] = standing
    return line


def apart_line(seeker_id: str, supporter_id: str, why: Apart) -> Line:
    """Write a pair that must not meet."""
    return {"apart": [seeker_id, supporter_id, why]}


def proposal_line(proposal: OpenProposal) -> Line:
    """Write an open proposal."""
    return {"proposal": {name: getattr(proposal, name) for name in OpenProposal.__slots__}}


def offsets_line(offsets: Mapping[str, Offsets]) -> Line:
    """Write the offsets of the week's zones; after the members, by whom the zones are known."""
    return {"offsets": {zone: [list(pair) for pair in each] for zone, each in sorted(offsets.items())}}


def snapshot_from(lines: Iterable[Line], *, policy: Policy | None = None) -> Snapshot:
    """Read the lines of a snapshot, of any format; as if taken under another policy, if one is given.

    UnknownFormat when a newer program wrote it.
    """
    rest = iter(lines)
    head = next(rest)
    if head["format"] > FORMAT:
        raise UnknownFormat("snapshot", found=head["format"], known=FORMAT)
    for number in range(head["format"], FORMAT):
        head, rest = _STEPS[number](head, rest)
    reading = Reading(head if policy is None else {**head, "policy": dump_policy(policy)})
    for line in rest:
        reading.take(line)
    return reading.snapshot()


def _from_format_1(head: Line, rest: Iterator[Line]) -> tuple[Line, Iterator[Line]]:
    """Format 1 had the week's offsets in its head."""
    return {**head, "format": 2}, chain(rest, ({"offsets": head["offsets"]},))


_STEPS: Final[Mapping[int, Callable[[Line, Iterator[Line]], tuple[Line, Iterator[Line]]]]] = {1: _from_format_1}
"""Format of a stored snapshot → its head and other lines, one format up."""


class Reading:
    """Lines of the present format one by one, as a snapshot that grows."""

    def __init__(self, head: Line) -> None:
        self._today = date.fromisoformat(head["today"])
        self._policy = load_policy(head["policy"])
        self._offsets: Mapping[str, Any] = {}
        self._members = Gathered(self._policy)
        self._standings = _Standings()
        self._versions = array("q")
        self._apart: dict[tuple[str, str], Apart] = {}
        self._proposals: list[OpenProposal] = []

    def take(self, line: Line) -> None:
        """Take in one line after the head."""
        if "member" in line:
            self._members.add(line["member"], line["profile"])
            self._versions.append(line["version"])
            self._standings.add(line.get("standing", _NEWCOMER))
        elif "apart" in line:
            seeker_id, supporter_id, why = line["apart"]
            self._apart[seeker_id, supporter_id] = Apart(why)
        elif "offsets" in line:
            self._offsets = line["offsets"]
        else:
            self._proposals.append(OpenProposal(**line["proposal"]))

    def snapshot(self, seals: Iterable[int] = ()) -> Snapshot:
        """Give what the lines say."""
        offsets = {zone: tuple((slot, minutes) for slot, minutes in pairs) for zone, pairs in self._offsets.items()}
        return Snapshot(
            week=Week(today=self._today, offsets=offsets),
            policy=self._policy,
            members=self._members.arrays(),
            standings=self._standings.arrays(),
            versions=np.array(self._versions, dtype=np.int64),
            apart=self._apart,
            proposals=tuple(self._proposals),
            seals=np.fromiter(seals, dtype=np.int64),
        )


_NEWCOMER: Final[Mapping[str, Any]] = {}
_OF_A_NEWCOMER: Final = {each.name: each.default for each in fields(Standing) if each.name != "waiting_since"}


class _Standings:
    """Standings as columns that grow."""

    def __init__(self) -> None:
        self._days = Days()
        self._since = array("q")
        self._columns = {name: array("q") for name in _OF_A_NEWCOMER}

    def add(self, standing: Mapping[str, Any]) -> None:
        self._since.append(self._days[standing.get("waiting_since")])
        for name, column in self._columns.items():
            column.append(standing.get(name, _OF_A_NEWCOMER[name]))

    def arrays(self) -> StandingArrays:
        columns: dict[str, Any] = {
            name: np.array(column, dtype=np.bool_ if isinstance(_OF_A_NEWCOMER[name], bool) else np.int64)
            for name, column in self._columns.items()
        }
        return StandingArrays(waiting_since=np.array(self._since, dtype=np.int64).view("datetime64[D]"), **columns)
