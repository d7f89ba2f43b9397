"""What a benchmark runs: quick for a first look, medium in ten minutes, full for hours, and parts of full alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

from benchmarks.communities import Draw
from matching.crowd import Shape

GROUP = Draw("a group", 100, 60)
CHARITY = Draw("a charity", 300, 200)
README_SAMPLE = Draw("the sample community", 600, 350, Shape())
BAR = Draw("sample", 10_000, 5_000)
LARGE = Draw("several languages and regions", 100_000, 50_000)
ONE_LANGUAGE = Draw("one language for all", 100_000, 50_000, speaks="en")
HUGE = Draw(
    "languages and branches kept apart",
    1_000_000,
    500_000,
    Shape(away=0, second_languages=0),
    is_branched=True,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """A benchmark.

    Attributes
    ----------
    contests : communities for all, by size.
    beyond : communities for the engine alone, where no peer can hold the scores.
    unverified : of those, the ones whose verification, apart, nobody waits for.
    rematches : communities that are matched again after one profile in a hundred has changed.
    lives : communities in which members come, change and go, `changes` of each kind; once more with every pair an
        open proposal, where a change may take seconds: `proposed_changes` of each kind, none: not asked.
    hard_seekers, hard_peers : seekers of each hard case, and who is asked beside the engine.
    peer_seconds, our_seconds : the most that one run may take.
    """

    name: str
    contests: tuple[Draw, ...]
    beyond: tuple[Draw, ...]
    rematches: tuple[Draw, ...]
    hard_seekers: int
    hard_peers: tuple[str, ...]
    peer_seconds: float
    our_seconds: float
    lives: tuple[Draw, ...] = ()
    changes: int = 150
    proposed_changes: int = 10
    unverified: tuple[Draw, ...] = (HUGE,)

    @property
    def ways_of_life(self) -> tuple[bool, ...]:
        """Whether all pairs are open proposals, for each time a life is lived."""
        return (False, True) if self.proposed_changes else (False,)


QUICK = Plan(
    "quick",
    contests=(GROUP, CHARITY, README_SAMPLE, Draw("sample", 1_000, 500), Draw("sample", 2_000, 1_000)),
    beyond=(),
    rematches=(Draw("sample", 2_000, 1_000),),
    lives=(Draw("sample", 2_000, 1_000),),
    changes=20,
    hard_seekers=300,
    hard_peers=("scipy linear_sum_assignment", "OR-Tools SimpleMinCostFlow"),
    peer_seconds=3.0,
    our_seconds=60.0,
)

FULL = Plan(
    "full",
    contests=(
        GROUP,
        CHARITY,
        README_SAMPLE,
        Draw("sample", 1_000, 500),
        Draw("sample", 2_000, 1_000),
        Draw("sample", 5_000, 2_500),
        BAR,
        Draw("sample", 20_000, 10_000),
    ),
    beyond=(LARGE, ONE_LANGUAGE, HUGE),
    rematches=(LARGE,),
    lives=(LARGE,),
    hard_seekers=2_000,
    hard_peers=(
        "scipy linear_sum_assignment",
        "scipy min_weight_full_bipartite_matching",
        "OR-Tools SimpleMinCostFlow",
        "lapx lapjvh",
        "greedy, best pair first",
    ),
    peer_seconds=120.0,
    our_seconds=3600.0,
)

MEDIUM = Plan(
    "medium",
    contests=(
        CHARITY,
        Draw("sample", 1_000, 500),
        Draw("sample", 2_000, 1_000),
        Draw("sample", 5_000, 2_500),
        BAR,
    ),
    beyond=(LARGE,),
    rematches=(LARGE,),
    hard_seekers=300,
    hard_peers=("scipy linear_sum_assignment", "OR-Tools SimpleMinCostFlow"),
    peer_seconds=40.0,
    our_seconds=600.0,
)


def _part(
    name: str, *, contests: tuple[Draw, ...] = (), beyond: tuple[Draw, ...] = (), lives: tuple[Draw, ...] = ()
) -> Plan:
    """Give a part of the full plan that is measured by itself, and published beside the others."""
    return replace(
        FULL,
        name=name,
        contests=contests,
        hard_seekers=0,
        beyond=beyond,
        rematches=(),
        lives=lives,
        proposed_changes=0,
    )


PARTS = (
    _part("charity", contests=(CHARITY,)),
    _part("one-language", beyond=(ONE_LANGUAGE,)),
    _part("huge", beyond=(HUGE,)),
    _part("life", lives=(LARGE,)),
)

PLANS = {plan.name: plan for plan in (QUICK, MEDIUM, FULL, *PARTS)}
