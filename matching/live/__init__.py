"""A cohort in which one member comes, changes or goes in place, in milliseconds, while everybody else stays.

`LiveCohort` (`cohort.py`) is all that others need. Never here: what a pair is worth, or who is matched with whom.
"""

from matching.live.cohort import LiveCohort
from matching.live.sides import Positions

__all__ = ["LiveCohort", "Positions"]
