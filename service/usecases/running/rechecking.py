"""What changed while the engine worked: which staged matches must not be published.

It runs after everything is staged. A change that was saved before is seen here; one that is saved later sees the staged
matches and takes them back itself (`leaving.py`, `consequences.py`). So nothing falls between, and nobody has to wait.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from matching.profile import Profile
from service.records.match import Match
from service.records.member import Member
from service.storage.store import MAX_RECORDS_PER_COMMIT, Store, Stored
from service.usecases.places import places_left
from service.usecases.running.snapshot import Snapshot, holding_matches, open_proposals, seal_of
from service.usecases.running.staging import Plan
from service.usecases.saving import in_commits


def no_longer_good(
    store: Store, platform_id: str, *, staged: Iterable[Match], plan: Plan, snapshot: Snapshot
) -> tuple[Match, ...]:
    """Give the staged matches to drop.

    Those of a member whose profile was changed or deleted; of a seeker who has another match or another open proposal
    by now; and, the lowest scores first, those for which a supporter has no place any longer.
    """
    staged = tuple(staged)
    members = _as_in(snapshot, _members_of(store, platform_id, staged))
    holding = tuple(holding_matches(store, platform_id))
    taken = {match.seeker_id for match in holding} | _proposed_meanwhile(store, platform_id, snapshot)
    bad: list[Match] = []
    good: defaultdict[str, list[Match]] = defaultdict(list)
    for match in staged:
        if match.seeker_id in taken or not members.keys() >= {match.seeker_id, match.supporter_id}:
            bad.append(match)
        else:
            good[match.supporter_id].append(match)
    held = Counter(match.supporter_id for match in holding)
    kept = Counter(pair.supporter_id for _, pair in plan.kept)
    for supporter_id, matches in good.items():
        places = places_left(members[supporter_id], held=held[supporter_id]) - kept[supporter_id]
        bad.extend(sorted(matches, key=lambda match: (-match.score, match.match_id))[max(places, 0) :])
    return tuple(bad)


def _members_of(store: Store, platform_id: str, matches: Iterable[Match]) -> Iterator[Stored]:
    ids = sorted({member_id for match in matches for member_id in (match.seeker_id, match.supporter_id)})
    for batch in in_commits(ids, size=MAX_RECORDS_PER_COMMIT):
        yield from store.get_many(platform_id, Member.KIND, batch).values()


def _as_in(snapshot: Snapshot, members: Iterable[Stored]) -> dict[str, Profile]:
    """Keep the members who are as the run saw them; somebody deleted and saved anew may have the same version."""
    profile_of = {profile.member_id: profile for profile in snapshot.profiles}
    return {
        stored.record_id: profile_of[stored.record_id]
        for stored in members
        if snapshot.versions.get(stored.record_id) == stored.version
        and snapshot.seals.get(stored.record_id) == seal_of(stored)
    }


def _proposed_meanwhile(store: Store, platform_id: str, snapshot: Snapshot) -> set[str]:
    """Give seekers with an open proposal that the run did not see, or not like this."""
    seen = {(proposal.match_id, proposal.version) for proposal in snapshot.proposals}
    return {
        match.seeker_id for match in open_proposals(store, platform_id) if (match.match_id, match.version) not in seen
    }
