"""The compiled driver: what names it, where it is kept, what it refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matching import compiled, kernel
from matching.factors import FACTORS
from matching.kernel import score_rows_plain
from matching.rules import RULES
from tests.matching.crowds import crowd


def test_the_driver_is_named_by_every_source_it_is_made_of():
    names = {source.name for source in compiled.sources()}

    assert names >= {"rules.py", "factors.py", "labels.py", "meeting.py", "declare.py", "columns.py"}
    assert names >= {"compiled.py", "native.py"}


def test_the_driver_calls_every_rule_then_every_factor():
    source = compiled.driver_source()

    calls = [source.index(f"rule_{n}(c, i, j)") for n in range(len(RULES))]
    calls += [source.index("labels_allow(c, i, j)")]
    calls += [source.index(f"factor_{n}(c, i, j)") for n in range(len(FACTORS))]
    assert calls == sorted(calls)


def test_a_driver_is_compiled_into_the_directory_it_is_given(tmp_path: Path):
    assert not compiled.is_compiled(tmp_path)

    score_rows = compiled.load(tmp_path)

    assert compiled.is_compiled(tmp_path)
    assert list(tmp_path.glob("__pycache__/*.nbi"))
    cohort = crowd(20, 20, seed=1)
    for fast, plain in zip(score_rows(cohort, 5, 15), score_rows_plain(cohort, 5, 15), strict=True):
        assert np.array_equal(fast, plain)


def test_columns_of_another_shape_never_reach_the_compiled_driver():
    cohort = crowd(5, 5, seed=1)
    wrong = replace(cohort, columns=cohort.columns._replace(seeker_modes=np.zeros(5, dtype=np.int32)))

    with pytest.raises(TypeError, match="seeker_modes"):
        compiled.load()(wrong, 0, 5)


def test_compiling_ahead_prints_one_line(capsys):
    compiled.load()

    kernel.main()

    assert capsys.readouterr().out == f"pair kernel {compiled.digest()}: already compiled\n"
