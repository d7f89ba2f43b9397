from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.communities import Draw
from benchmarks.contest import ASSIGN, MATCH, Field, check_agreement
from benchmarks.plan import QUICK
from benchmarks.question import WrongAnswerError

DENSE, GREEDY = "scipy linear_sum_assignment", "greedy, best pair first"
PLAN = replace(QUICK, peer_seconds=60.0)


def row(name, matched, total_score, **more):
    return {"name": name, "matched": matched, "total_score": total_score, "is_exact": True, **more}


def contest(*rows):
    return {"name": "ten, 5 × 5", "rows": list(rows)}


def test_everybody_is_asked_the_same_and_exact_answers_are_equal(tmp_path):
    field = Field(PLAN, tmp_path, ours=(ASSIGN, MATCH), peers=(DENSE, GREEDY))

    held = field.hold(Draw("sample", 60, 40), "sample")

    assigned, matched, dense, greedy = held["rows"]
    assert (assigned["matched"], assigned["total_score"]) == (dense["matched"], dense["total_score"])
    assert matched["matched"] == dense["matched"]
    assert greedy["matched"] <= dense["matched"]
    assert (held["seekers"], held["supporters"], held["pairs_all"]) == (60, 40, 2400)
    assert all(each["seconds"] > 0 and each["memory_above"] >= 0 for each in held["rows"])


def test_a_peer_that_could_not_go_before_is_not_asked_again(tmp_path):
    field = Field(PLAN, tmp_path, ours=(), peers=(DENSE,), dropped={DENSE: "not done within 4 s"})

    held = field.hold(Draw("sample", 30, 20), "sample")

    assert held["rows"] == [{"name": DENSE, "reason": "left out: not done within 4 s"}]


def test_a_peer_that_is_late_drops_out_of_the_sizes_that_follow(tmp_path):
    field = Field(replace(PLAN, peer_seconds=0.0), tmp_path, ours=(), peers=("networkx max_weight_matching",))

    (row,) = field.hold(Draw("sample", 100, 60), "sample")["rows"]

    assert row["reason"] == "not done within 0 s"
    assert field.dropped == {"networkx max_weight_matching": "not done within 0 s"}


def test_exact_answers_that_differ_stop_the_benchmark():
    with pytest.raises(WrongAnswerError, match=r"linear_sum_assignment answers \(3, 71\)"):
        check_agreement(contest(row(ASSIGN, 3, 70, is_ours=True), row(DENSE, 3, 71)))


def test_the_whole_objective_may_score_less_but_never_match_fewer():
    check_agreement(contest(row(ASSIGN, 3, 70, is_ours=True), row(MATCH, 3, 50, is_ours=True)))

    with pytest.raises(WrongAnswerError, match="from profiles answers"):
        check_agreement(contest(row(ASSIGN, 3, 70, is_ours=True), row(MATCH, 2, 90, is_ours=True)))


def test_a_peer_whose_bound_is_broken_may_be_worse_but_not_better():
    check_agreement(contest(row(ASSIGN, 3, 70, is_ours=True), row(DENSE, 3, 69, is_exact=False)))

    with pytest.raises(WrongAnswerError, match="more than the best"):
        check_agreement(contest(row(ASSIGN, 3, 70, is_ours=True), row(DENSE, 4, 10, is_exact=False)))


def test_without_an_answer_of_ours_peers_are_compared_with_each_other():
    with pytest.raises(WrongAnswerError, match="OR-Tools"):
        check_agreement(contest({"name": ASSIGN, "reason": "late"}, row(DENSE, 3, 70), row("OR-Tools", 3, 71)))
