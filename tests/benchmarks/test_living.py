"""Single changes, as the benchmark makes them, at small size."""

from __future__ import annotations

import pytest

from benchmarks.communities import Draw
from benchmarks.living import EDITS, MOST_URGENT, URGENT, run_life


@pytest.mark.parametrize("is_proposed", [False, True])
def test_each_kind_of_change_is_timed_and_every_pair_is_checked_afterwards(is_proposed):
    said = []

    measured = run_life(
        lambda word, _: said.append(word),
        {"source": Draw("sample", 80, 50), "changes": 3, "is_proposed": is_proposed},
    )

    assert said == ["ready"]
    assert {URGENT, MOST_URGENT, *EDITS} < set(measured["kinds"])
    assert {kind["changes"] for kind in measured["kinds"].values()} == {3}
    assert measured["pairs_feasible"] > 100
