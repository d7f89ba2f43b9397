"""How people come, answer, pause and go in a simulated community: each number with where it comes from.

Numbers marked as assumptions have no published source that we know of; docs/evidence.md says which of them matter.
Never here: what is done with them (`simulate.py`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates of a community; chances in thousandths unless said otherwise.

    Attributes
    ----------
    seekers_per_supporter : of those who come, in thousandths: 1,400 where 117 befrienders had 164 people and 130 more
        waited (RVS Kirklees).
    turnover : how many of the community's size come new in a year. Assumption.
    answer_days : until a proposal is answered. Assumption; the design gives 7 and 14 days.
    declines : proposals that either declines. Assumption.
    early_ends_a_year : matches that end before a year: 381 (Kupersmidt et al. 2017, 6,468 matches).
    supporter_leaves : early ends for which the supporter's own circumstances are the reason: 640 (OJJDP 2018, STAR).
    whole_weeks : a match that does not end early lasts so long: 72, as relationships of 15 to 18 months (befriending
        projects, Scotland 2008).
    fit_effect : by how much a perfect fit lowers and no fit raises the chance of an early end; small, as profiles
        predict little (AUC 0.53 to 0.55 on 4,194 first meetings). Assumption.
    asks_again : people who look again after an early end. Assumption.
    gives_up_a_week : people who stop looking while they wait. Assumption.
    pauses_a_week, pause_days : members who pause, and how long. Assumptions.
    rest_days : a declined pair rests; recovery_days : a supporter after an ending. The policy's defaults.
    """

    seekers_per_supporter: int = 1400
    turnover: int = 600
    answer_days: int = 4
    declines: int = 150
    early_ends_a_year: int = 381
    supporter_leaves: int = 640
    whole_weeks: int = 72
    fit_effect: int = 200
    asks_again: int = 700
    gives_up_a_week: int = 10
    pauses_a_week: int = 5
    pause_days: int = 28
    rest_days: int = 90
    recovery_days: int = 14

    @property
    def early_ends_a_day(self) -> int:
        """Chance a day of an early end, in millionths, at middling fit: 1 − (1 − chance a year)^(1/364)."""
        stays = 1_000_000_000 - self.early_ends_a_year * 1_000_000
        low, high = 0, 1_000_000
        # The root in whole numbers, so that every machine finds the same.
        while low < high:
            middle = (low + high) // 2
            if _power(1_000_000 - middle, 364) > stays:
                low = middle + 1
            else:
                high = middle
        return low


def _power(millionths: int, times: int) -> int:
    """Give a number of millionths to a power, in thousand-millionths."""
    # The exponents are positive, so these are whole numbers.
    return int(millionths**times * 1000 // 1_000_000 ** (times - 1))
