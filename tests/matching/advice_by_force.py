"""Hold all advice about small random communities against brute force: `python -m tests.matching.advice_by_force 1000`.

Draws communities until places bind in so many of them, and checks these. Prints how many were drawn for that, what was
advised how often, and each answer that brute force contradicts; ends with 1 where there is one. Tests do the same for
some.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import sys
from collections import Counter
from concurrent.futures import Executor, ProcessPoolExecutor
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


def advice_of(seed: int, *, only_binding: bool = False) -> Found:
    """Ask everything about one community, and brute force the same; with `only_binding` nothing where places do not."""
    profiles = profiles_of(seed)
    outcome = match(cohort_of(profiles), POLICY)
    residual = Residual.of_outcome(outcome)
    reach = Reach(residual)
    found = Found(is_binding=any(reach.rivals_of(row) for row in residual.arrays.waiting.tolist()))
    if only_binding and not found.is_binding:
        return found
    before = best_of(outcome.cohort)
    found.hold("matching", {pair.seeker_id: pair.supporter_id for pair in outcome.pairs}, before)
    _overrides(found, outcome, residual, before)
    _places(found, outcome, residual, before)
    changes, known = Changes(outcome, residual, reach), {}
    for seeker_id in outcome.still_looking:
        smallest = changes.smallest_for(seeker_id)
        told = smallest and (str(smallest.change.kind), smallest.change.member_id, smallest.change.what)
        found.hold("smallest change", told, smallest_by_force(profiles, before, seeker_id, known))
        found.counts[f"smallest change is {smallest.change.kind if smallest else 'no single one'}"] += 1
        if smallest:
            after = solved_with(profiles, smallest.change, known)
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


def binding_communities(wanted: int, pool: Executor) -> list[tuple[int, Found]]:
    """Check communities from the first seed on until places bind in so many; each with its seed."""
    found: list[tuple[int, Found]] = []
    binding = 0
    while binding < wanted:
        seeds = range(len(found), len(found) + max(wanted - binding, 20))
        for seed, each in zip(seeds, pool.map(_advice_where_places_bind, seeds, chunksize=10), strict=True):
            if binding < wanted:
                found.append((seed, each))
                binding += each.is_binding
    return found


def _advice_where_places_bind(seed: int) -> Found:
    return advice_of(seed, only_binding=True)


def main() -> int:
    """Try so many communities in two processes, and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binding", nargs="?", type=int, default=1000, help="communities in which places bind")
    wanted = parser.parse_args().binding
    with ProcessPoolExecutor(2) as pool:
        found = binding_communities(wanted, pool)
    counts = sum((each.counts for _, each in found), Counter())
    print(
        f"{wanted:,} communities of at most twelve people in which places bind, of {len(found):,} drawn "
        f"({wanted / len(found):.1%})"
    )
    for what, count in sorted(counts.items()):
        print(f"  {count:8,}  {what}")
    wrong = [f"community {seed}: {each}" for seed, one in found for each in one.wrong]
    print("\n".join([f"contradicted by brute force: {len(wrong)}", *wrong[:20]]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
