"""The compiled driver: what names it, where it is kept, what it refuses, and its arithmetic."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matching import compiled, kernel, scorer
from matching.driver_source import driver_source
from matching.factors import FACTORS
from matching.label_codes import MOST_POINTS
from matching.rules import RULES
from matching.scorer import PairScorer
from matching.screens import parts
from tests.matching.crowds import crowd


def test_the_driver_is_named_by_every_source_it_is_made_of():
    names = {source.name for source in compiled.sources()}

    assert names >= {"rules.py", "factors.py", "labels.py", "meeting.py", "declare.py", "columns.py", "screens.py"}
    assert names >= {"compiled.py", "driver_source.py", "answer_source.py", "native.py", "native_driver.py"}


def test_the_driver_calls_every_rule_then_every_factor():
    source = driver_source()

    # Once for the pairs of a tile, once for single pairs.
    for rule, factor in (("{}(c, i, np.int64(found[at]))", "{}(c, i, np.int64(found[at]))"), ("{}(c, i, j)",) * 2):
        calls = [source.index(rule.format(f"rule_{n}")) for n in range(len(RULES))]
        calls += [source.index(factor.format(f"factor_{n}")) for n in range(len(FACTORS))]
        assert calls == sorted(calls)
    for n in range(len(parts())):
        assert f"part_{n}(c, seekers[a], supporters[b])" in source


def test_a_driver_is_compiled_into_the_directory_it_is_given(tmp_path: Path, monkeypatch):
    assert not compiled.is_compiled(tmp_path)

    driver = compiled.load(tmp_path)

    assert compiled.is_compiled(tmp_path)
    assert list(tmp_path.glob("__pycache__/*.nbi"))
    cohort, rows = crowd(20, 20, seed=1), np.arange(20)
    monkeypatch.setattr(compiled, "load", lambda: driver)
    fast = PairScorer.of(cohort, is_laid_out=False).rows(rows)
    monkeypatch.setattr(scorer, "is_worth_loading", lambda pairs: False)
    for one, other in zip(fast, PairScorer.of(cohort).rows(rows), strict=True):
        assert np.array_equal(one, other)


def test_all_is_compiled_that_is_ever_called():
    """Nobody waits for a compiler after `load`: every function has the one signature it is called with."""
    driver = compiled.load()
    PairScorer.of(crowd(60, 50, seed=2), is_laid_out=True)
    functions = [name for name in vars(driver) if name.startswith(("score_", "open_", "ask_"))]
    assert len(functions) == 6
    cohort, rows = crowd(60, 50, seed=2), np.arange(20)

    for is_laid_out in (True, False):
        one = PairScorer.of(cohort, is_laid_out=is_laid_out)
        one.rows(rows)
        one.columns(rows)
        one.cells(rows, rows)
        assert one.pairs_visited

    assert {name: len(getattr(driver, name).signatures) for name in functions} == dict.fromkeys(functions, 1)


def test_columns_of_another_shape_never_reach_the_compiled_driver():
    cohort = crowd(5, 5, seed=1)
    wrong = replace(cohort, columns=cohort.columns._replace(seeker_modes=np.zeros(5, dtype=np.int32)))

    with pytest.raises(TypeError, match="seeker_modes"):
        PairScorer.of(wrong, is_laid_out=False)


def test_compiling_ahead_prints_one_line(capsys):
    compiled.load()

    kernel.main()

    assert capsys.readouterr().out == f"pair kernel {compiled.digest()}: already compiled\n"


@pytest.mark.parametrize("weight", [0, 1, 3, 333, 1000, 2500, 999_983, MOST_POINTS])
def test_points_by_multiplication_are_points_by_division(weight: int):
    from matching.native_driver import SMALL, share

    for denominator in (*range(1, SMALL + 3), 10**6, 2**43 - 1):
        for numerator in {*range(min(denominator, SMALL) + 1), denominator}:
            assert share(weight, numerator, denominator) == weight * numerator // denominator


def test_the_bound_that_points_by_multiplication_rest_on_holds():
    from matching.native_driver import RECIPROCALS, SHIFT, SMALL

    assert MOST_POINTS * SMALL < 2**26
    for denominator in range(1, SMALL + 1):
        assert 0 < int(RECIPROCALS[denominator]) * denominator - 2**SHIFT <= denominator
    assert MOST_POINTS * SMALL * int(RECIPROCALS.max()) < 2**63
