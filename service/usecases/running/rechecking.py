"""What changed while the engine worked: which staged matches must not be published.

It runs after everything is staged. A change that was saved before is seen here; one that is saved later sees the staged
matches and takes them back itself (`leaving.py`, `consequences.py`), and one that had looked for them before they were
there looks again (`meanwhile.py`). So nothing falls between, and nobody has to wait.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from matching.policy import Policy
from matching.profile_rows import ProfileRows
from service.records.member import Member
from service.storage.store import MAX_RECORDS_PER_COMMIT, Store
from service.usecases.places import places_left
from service.usecases.policies import get_policy
from service.usecases.running.snapshot import Snapshot, holding_pairs, open_proposals, seal_of
from service.usecases.running.staging import Plan, Staged
from service.usecases.saving import in_commits


def no_longer_good(
    store: Store, platform_id: str, *, staged: Iterable[Staged], plan: Plan, snapshot: Snapshot
) -> tuple[Staged, ...]:
    """Give the staged matches to drop.

    Those of a member whose profile was changed or deleted; of a seeker who has another match or another open proposal
    by now; those that a new policy forbids; and, the lowest scores first, those for which a supporter has no place any
    longer.
    """
    staged = tuple(staged)
    unchanged = _as_in(store, platform_id, snapshot, staged)
    forbidden = _forbidden_by_now(get_policy(store, platform_id), snapshot, staged)
    holding = tuple(holding_pairs(store, platform_id))
    taken = {seeker_id for seeker_id, _ in holding} | _proposed_meanwhile(store, platform_id, snapshot)
    bad: list[Staged] = []
    good: defaultdict[str, list[Staged]] = defaultdict(list)
    for match in staged:
        is_as_it_was = unchanged.issuperset((match.seeker_id, match.supporter_id))
        if match.seeker_id in taken or match.match_id in forbidden or not is_as_it_was:
            bad.append(match)
        else:
            good[match.supporter_id].append(match)
    held = Counter(supporter_id for _, supporter_id in holding)
    kept = Counter(pair.supporter_id for _, pair in plan.kept)
    for supporter_id, matches in good.items():
        places = _places(snapshot, supporter_id, held[supporter_id])
        if places is not None:
            first = max(places - kept[supporter_id], 0)
            bad.extend(sorted(matches, key=lambda match: (-match.score, match.match_id))[first:])
    return tuple(bad)


def _as_in(store: Store, platform_id: str, snapshot: Snapshot, matches: Iterable[Staged]) -> set[str]:
    """Give the members of these matches who are as the run saw them.

    Somebody deleted and saved anew may have the same version, hence the seal.
    """
    ids = sorted({member_id for match in matches for member_id in (match.seeker_id, match.supporter_id)})
    seen = {
        member_id: (int(snapshot.versions[row]), int(snapshot.seals[row])) for member_id, row in snapshot.row_of.items()
    }
    found = (
        stored
        for batch in in_commits(ids, size=MAX_RECORDS_PER_COMMIT)
        for stored in store.get_many(platform_id, Member.KIND, batch).values()
    )
    return {stored.record_id for stored in found if seen.get(stored.record_id) == (stored.version, seal_of(stored))}


def _forbidden_by_now(policy: Policy, snapshot: Snapshot, staged: Iterable[Staged]) -> frozenset[str]:
    """Give the staged matches that a policy saved since the run began forbids, by id."""
    if policy.version == snapshot.policy.version:
        return frozenset()
    from matching.reference import rule_that_forbids

    cohort = replace(snapshot, policy=policy).cohort()
    row_of = {seeker_id: row for row, seeker_id in enumerate(cohort.seeker_ids)}
    column_of = {supporter_id: column for column, supporter_id in enumerate(cohort.supporter_ids)}

    def is_forbidden(match: Staged) -> bool:
        row, column = row_of.get(match.seeker_id), column_of.get(match.supporter_id)
        return row is None or column is None or rule_that_forbids(cohort, row, column) is not None

    return frozenset(match.match_id for match in staged if is_forbidden(match))


def _places(snapshot: Snapshot, supporter_id: str, held: int) -> int | None:
    """Give an unchanged supporter's free places; None while they hold what the run saw, which kept to their places."""
    row = snapshot.row_of[supporter_id]
    if held == int(snapshot.standings.held_matches[row]):
        return None
    return places_left(ProfileRows(snapshot.members, np.array([row]))[0], held=held)


def _proposed_meanwhile(store: Store, platform_id: str, snapshot: Snapshot) -> set[str]:
    """Give seekers with an open proposal that the run did not see, or not like this."""
    seen = {(proposal.match_id, proposal.version) for proposal in snapshot.proposals}
    now = open_proposals(store, platform_id)
    return {proposal.seeker_id for proposal in now if (proposal.match_id, proposal.version) not in seen}
