"""A matching kept best while people come and go: `WarmEngine`, one change at a time.

`engine.py` has the changes, `upkeep.py` what follows each of them, `beginning.py` how one starts, `checking.py` the
full check, `packing.py` words, `arrays.py` what compiled loops work on. Never here: where pairs come from.
"""

from matching.warm.engine import WarmEngine
from matching.warm.packing import Terms
from matching.warm.upkeep import LivePairs

__all__ = ["LivePairs", "Terms", "WarmEngine"]
