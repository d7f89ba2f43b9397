"""Hold all advice about small random communities against brute force: `python -m tests.matching.advice_by_force 1000`.

Prints how many communities were tried, in how many of them places bind, what was advised how often, and each answer
that brute force contradicts; ends with 1 where there is one. Tests do the same for a few.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from matching.engine import match
from matching.outcome import Outcome
from matching.overrides import by_id, effect_of_forbidding, effect_of_forcing
from matching.places import worth_of_places
from matching.reference import score_of
from matching.residual import Residual
from matching.rivals import Reach
from matching.smallest_change import Changes
from tests.matching.small_communities import POLICY, best_of, cohort_of, profiles_of, smallest_by_force, solved_with


@dataclass
class Found:
    """What one community showed."""

    is_binding: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def hold(self, what: str, told: object, true: object) -> None:
        """Count one answer, and note it where it is not true."""
        self.counts[what] += 1
        if told != true:
            self.wrong.append(f"{what}: told {told}, true is {true}")


def advice_of(seed: int) -> Found:
    """Ask everything about one community, and brute force the same."""
    profiles = profiles_of(seed)
    outcome = match(cohort_of(profiles), POLICY)
    residual, before = Residual.of_outcome(outcome), best_of(outcome.cohort)
    found = Found()
    found.hold("matching", {pair.seeker_id: pair.supporter_id for pair in outcome.pairs}, before)
    rivals = Reach(residual)
    found.is_binding = any(rivals.rivals_of(row) for row in residual.arrays.waiting.tolist())
    _overrides(found, outcome, residual, before)
    _places(found, outcome, residual, before)
    changes = Changes(outcome, residual)
    for seeker_id in outcome.still_looking:
        smallest = changes.smallest_for(seeker_id)
        told = smallest and (str(smallest.change.kind), smallest.change.member_id, smallest.change.what)
        found.hold("smallest change", told, smallest_by_force(profiles, before, seeker_id))
        found.counts[f"smallest change is {smallest.change.kind if smallest else 'no single one'}"] += 1
        if smallest:
            after = solved_with(profiles, smallest.change)
            moved = sum(after[one] != other for one, other in before.items())
            numbers = smallest.supporter_id, smallest.matched, smallest.also_matched, smallest.moved
            found.hold("verification", numbers, (after[seeker_id], len(after), len(after) - len(before) - 1, moved))
    return found


def _overrides(found: Found, outcome: Outcome, residual: Residual, before: dict[str, str]) -> None:
    cohort = outcome.cohort
    for i in range(cohort.n):
        for j in range(cohort.m):
            if score_of(cohort, i, j) is None:
                continue
            for name, effect, only, without in (
                ("pair forced", effect_of_forcing(residual, i, j), (i, j), None),
                ("pair forbidden", effect_of_forbidding(residual, i, j), None, (i, j)),
            ):
                after = best_of(cohort, only=only, without=without)
                told = dict(before)
                for move in by_id(effect, cohort):
                    told.pop(move.seeker_id, None)
                    told |= {move.seeker_id: move.after} if move.after else {}
                found.hold(name, told, after)
                found.hold(f"{name}: counts", (effect.matched, effect.score), _difference(outcome, before, after))


def _places(found: Found, outcome: Outcome, residual: Residual, before: dict[str, str]) -> None:
    cohort, worth = outcome.cohort, worth_of_places(residual)
    for j, supporter_id in enumerate(cohort.supporter_ids):
        for name, effect, more in (("one more place", worth.more(j), 1), ("one place less", worth.less(j), -1)):
            after = best_of(cohort, {supporter_id: more})
            found.hold(name, (effect.matched, effect.score), _difference(outcome, before, after))
            found.hold(
                f"{name}: who",
                set(effect.newly_matched),
                {cohort.seeker_ids.index(one) for one in after.keys() - before.keys()},
            )


def _difference(outcome: Outcome, before: dict[str, str], after: dict[str, str]) -> tuple[int, int]:
    cohort = outcome.cohort
    total = partial(_total, cohort.seeker_ids, cohort.supporter_ids, cohort)
    return len(after) - len(before), total(after) - total(before)


def _total(seekers, supporters, cohort, pairs) -> int:
    return sum(score_of(cohort, seekers.index(one), supporters.index(other)) for one, other in pairs.items())


def main() -> int:
    """Try so many communities in two processes, and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("communities", nargs="?", type=int, default=1000)
    asked = parser.parse_args().communities
    with ProcessPoolExecutor(2) as pool:
        found = list(pool.map(advice_of, range(asked), chunksize=10))
    counts = sum((each.counts for each in found), Counter())
    binding = sum(each.is_binding for each in found)
    print(f"{asked:,} communities of at most twelve people; places bind in {binding:,} ({binding / asked:.1%})")
    for what, count in sorted(counts.items()):
        print(f"  {count:8,}  {what}")
    wrong = [f"community {seed}: {each}" for seed, one in enumerate(found) for each in one.wrong]
    print("\n".join([f"contradicted by brute force: {len(wrong)}", *wrong[:20]]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
