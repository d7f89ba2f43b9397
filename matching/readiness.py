"""Being ready before anybody waits: a process loads here what its first run would otherwise load while people wait.

What is not compiled yet stays so, for that takes a minute: `python -m matching.kernel` does it. Never here: when a
process starts up, or on which thread.
"""

from __future__ import annotations

from datetime import date

from matching import compiled

_ANY_DAY = date(2026, 1, 5)
_SEEKERS, _SUPPORTERS = 12, 8


def get_ready() -> bool:
    """Load compiled code and match a handful of made-up people; tell whether there was compiled code to load.

    Takes about a second, and several threads may ask for it.
    """
    if not compiled.is_compiled():
        return False
    from matching.cohort import Cohort
    from matching.community import ZONES, generate
    from matching.engine import match
    from matching.policy import Policy
    from matching.verify import verify_outcome
    from matching.week import Week

    compiled.load()
    people = generate(seed=1, seekers=_SEEKERS, supporters=_SUPPORTERS, today=_ANY_DAY).profiles
    policy, week = Policy(), Week(_ANY_DAY, dict.fromkeys(ZONES, ((0, 0),)))
    outcome = match(Cohort.from_profiles(people, week=week, policy=policy), policy)
    verify_outcome(outcome.cohort, outcome)
    return True
