"""The pass after the switch: every proposal that stands is held once more against what is stored by now.

The matching was proven before anybody saw it, against what the run had read; here what was really published is read
back. A proposal of the run must be a pair of the proven matching, and for every proposal both members must be as the
run saw them, with no new rest or block between them: then what was proven holds of it. Any other is asked the rules
anew. Two things may be found:

* **overtaken**: somebody changed in the moments before the switch, and their own change has not caught up yet. The
  proposal is taken back, as that change would.
* **unproven**: a proposal that the proven matching does not have. That is a fault of ours: it is taken back, the run
  says so, and whoever did the run hears PublishedUnproven.

Another policy, or another day, is for the round of the rules, which begins anew then (`rounds/rules.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from matching.outcome import Pair
from service.errors import PublishedUnproven
from service.lifecycle import Action, transition
from service.reasons import WithdrawReason
from service.records.match import Match, MatchState
from service.records.member import Member
from service.records.run import Run
from service.storage.store import Fence, Store, Stored
from service.usecases import reading
from service.usecases.matches import each_visible
from service.usecases.moves import SYSTEM
from service.usecases.rechecks import recheck_match
from service.usecases.rests import apart_now
from service.usecases.running.opening import save_run
from service.usecases.running.snapshot import Snapshot, holding_pairs, seal_of
from service.usecases.saving import in_commits, until_saved
from service.usecases.work import Work

_AT_ONCE: Final = 250
"""Proposals whose two members are read at once."""


@dataclass(frozen=True, slots=True)
class LookedBack:
    """What the pass found: match ids, taken back by now; `proposals` were looked at."""

    proposals: int
    overtaken: tuple[str, ...]
    unproven: tuple[str, ...]


def look_back(
    store: Store, platform_id: str, *, run: Run, pairs: Iterable[Pair], snapshot: Snapshot, now: datetime
) -> LookedBack:
    """Go through every open proposal after the switch, and take back what must not stand; done twice, it is the same.

    `pairs` are those of the proven matching. A stored snapshot, which has no seals, goes by versions alone.
    """
    proven = frozenset((pair.seeker_id, pair.supporter_id) for pair in pairs)
    new_apart = apart_now(store, platform_id, now).keys() - snapshot.apart.keys()
    holding = frozenset(seeker_id for seeker_id, _ in holding_pairs(store, platform_id))
    seen, overtaken, unproven = 0, [], []
    for batch in in_commits(each_visible(store, platform_id, state=MatchState.PROPOSED), size=_AT_ONCE):
        seen += len(batch)
        unchanged = _unchanged(store, platform_id, snapshot, batch)
        for stored in batch:
            pair = stored.body["seeker_id"], stored.body["supporter_id"]
            if stored.body["run_id"] == run.run_id and pair not in proven:
                unproven.append(stored.record_id)
                _take_back(store, platform_id, stored.record_id, now, because=WithdrawReason.RULE)
            elif stored.body["run_id"] == run.run_id and pair[0] in holding:
                overtaken.append(stored.record_id)
                _take_back(store, platform_id, stored.record_id, now, because=WithdrawReason.ANOTHER_MATCH)
            elif not unchanged.issuperset(pair) or new_apart & {pair, pair[::-1]}:
                overtaken += [stored.record_id] * _take_back(store, platform_id, stored.record_id, now)
    return LookedBack(seen, tuple(overtaken), tuple(unproven))


def refuse_unproven(store: Store, platform_id: str, *, run: Run, found: LookedBack, fence: Fence) -> None:
    """Raise PublishedUnproven where a published run had proposals that it never proved, and keep that with the run."""
    if not found.unproven:
        return
    number = len(found.unproven)
    text = f"proposals that its proof does not have were published, and taken back at once: {number:,}"

    def mark() -> Run:
        current = reading.found(store, platform_id, Run, run.run_id)
        return save_run(
            store, platform_id, run=replace(current, error_code=PublishedUnproven.code, error=text), fence=fence
        )

    until_saved(mark)
    raise PublishedUnproven(f"this run does not hold: {text}", run_id=run.run_id)


def _unchanged(store: Store, platform_id: str, snapshot: Snapshot, batch: Sequence[Stored]) -> frozenset[str]:
    """Give the members of these proposals who are as the run saw them."""
    ids = sorted({stored.body[side] for stored in batch for side in ("seeker_id", "supporter_id")})
    found = store.get_many(platform_id, Member.KIND, ids).values()
    return frozenset(stored.record_id for stored in found if _is_as_seen(snapshot, stored))


def _is_as_seen(snapshot: Snapshot, stored: Stored) -> bool:
    row = snapshot.row_of.get(stored.record_id)
    if row is None or int(snapshot.versions[row]) != stored.version:
        return False
    return snapshot.seals.size == 0 or int(snapshot.seals[row]) == seal_of(stored)


def _take_back(
    store: Store, platform_id: str, match_id: str, now: datetime, *, because: WithdrawReason | None = None
) -> bool:
    """Take a proposal back; without `because` only if it must not stand, and then for what is found."""

    def attempt() -> bool:
        work = Work(store, platform_id, now)
        match = work.find(Match, match_id)
        if match is None or match.state is not MatchState.PROPOSED:
            return False
        if because is not None:
            work.step(match, transition(match, Action.WITHDRAW, by=SYSTEM, at=now, reason=because))
        elif not recheck_match(work, match):
            return False
        store.commit(platform_id, work.changes())
        return True

    return until_saved(attempt)
