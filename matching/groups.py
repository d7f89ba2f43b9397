"""How few people may be counted out. Never here: sentences, and whose counts they are."""

from __future__ import annotations

FEWEST = 5
"""Groups of fewer are not counted out: a count could point at somebody."""


def group(count: int, one: str, many: str) -> str:
    """Count a group of people without pointing at anybody: "nobody", "fewer than five people", "12 people"."""
    if count == 0:
        return f"no {one}"
    return f"fewer than five {many}" if count < FEWEST else f"{count:,} {many}"
