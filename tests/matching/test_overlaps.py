"""Rules declared as an overlap of two bitsets, answered for many supporters at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from matching.declare import RULES, Overlap
from matching.errors import CertificateError
from matching.verifying import judges, overlaps
from matching.verifying.judges import CompiledJudge
from matching.verifying.overlaps import not_turned, turned
from tests.matching.crowds import crowd

COHORT = crowd(80, 150, seed=3)
N, M = COHORT.priority.size, COHORT.capacity.size
DECLARED = [rule for rule in RULES if rule.overlap is not None]


def who_may_meet(found, i):
    """The supporters who share a bit with a seeker, by the turned bitset."""
    having = found.having[found.block_of[i]]
    bits = [64 * w + b for w, word in enumerate(found.wanted[i].tolist()) for b in range(64) if word >> b & 1]
    words = np.bitwise_or.reduce(having[bits], axis=0, initial=0).astype("<u8")
    return np.unpackbits(words.view(np.uint8), bitorder="little")[:M].tolist()


@pytest.mark.parametrize("chunk", [64, 1 << 14])
@pytest.mark.parametrize("rule", DECLARED, ids=lambda rule: rule.key)
def test_the_turned_bitset_answers_as_the_rule_does(rule, chunk, monkeypatch):
    monkeypatch.setattr(overlaps, "_CHUNK", chunk)
    found = turned(rule.overlap, COHORT.columns, N, M)

    for i in range(N):
        assert who_may_meet(found, i) == [int(rule.function(COHORT.plain, i, j)) for j in range(M)]


def test_a_bitset_without_blocks_is_turned_too():
    found = turned(Overlap("seeker_languages", "supporter_languages"), COHORT.columns, N, M)

    for i in range(N):
        assert who_may_meet(found, i) == [int(RULES["language"].function(COHORT.plain, i, j)) for j in range(M)]


def judged(judge):
    return [array.tolist() for array in judge.cells(*np.divmod(np.arange(N * M), M))]


def test_one_that_takes_too_much_memory_is_asked_pair_by_pair(monkeypatch):
    quick = CompiledJudge(COHORT)
    monkeypatch.setattr(overlaps, "MOST_BYTES", 1000)
    slow = CompiledJudge(COHORT)

    assert len(quick._turned.having) == 5
    assert len(slow._turned.having) == len(not_turned(N).having) == 0
    assert judged(slow) == judged(quick)


def test_a_rule_that_is_no_overlap_is_found_out(monkeypatch):
    false = Overlap("seeker_starts", "supporter_starts")
    rules = [replace(rule, overlap=false) if rule.key == "joint_start" else rule for rule in RULES]
    monkeypatch.setattr(judges, "RULES", rules)

    with pytest.raises(CertificateError, match="'joint_start' is not the overlap that it declares"):
        CompiledJudge(COHORT)
