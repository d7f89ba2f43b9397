"""A run in words: what is shown of it, and what is not when there is nothing to show."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console

from service.records.match import Match, MatchState
from service.records.run import Run, RunCounts, RunProof, RunState
from service.summary import Shown, commonest_reasons, show_run

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)

COUNTS = RunCounts(
    seekers=1200,
    supporters=800,
    places=1000,
    pairs_checked=960_000,
    pairs_feasible=90_001,
    matched=1000,
    still_looking=200,
    kept=0,
    thin=0,
    total_score=5_500_000,
    blocking_pairs=1234,
)
PROOF = RunProof(
    objective="coverage",
    primal=(40_000, 5_500_000, 0, 7),
    dual=(40_000, 5_500_000, 0, 7),
    digest="ab" * 32,
    engine_version="0.1.0",
    tzdata_version="2026a",
    checked_at=NOW,
)
DONE = Run(
    "run_1", RunState.DONE, "cli", is_dry_run=False, created_at=NOW, policy_version=1, counts=COUNTS, proof=PROOF
)


def factor(key: str, points: int, *evidence: str, most: int = 3000) -> dict[str, Any]:
    phrase = "both like {evidence}"
    return {"key": key, "title": key.title(), "points": points, "most": most, "evidence": evidence, "phrase": phrase}


def match(number: int, *factors: dict[str, Any]) -> Match:
    return Match(
        match_id=f"match_{number}",
        run_id="run_1",
        seeker_id=f"s-{number}",
        supporter_id=f"p-{number}",
        state=MatchState.PROPOSED,
        score=sum(each["points"] for each in factors),
        is_thin=False,
        created_at=NOW,
        updated_at=NOW,
        explanation={"factors": list(factors)},
    )


def shown(run: Run, *matches: Match, width: int = 200) -> list[str]:
    out = io.StringIO()
    show_run(Shown(run, matches, {}, NOW), Console(file=out, width=width, color_system=None))
    return out.getvalue().splitlines()


def test_figures_are_told_in_words_and_grouped_digits():
    lines = shown(DONE)

    assert lines[0] == "1,000 people of 1,200 matched"
    assert "  Matched          1,000  people now have a peer supporter proposed" in lines
    assert "  Still looking      200  we do not yet have someone who fits and has room" in lines
    assert "  Pairs          960,000  looked at; 90,001 keep every rule" in lines
    assert "  Would rather     1,234  pairs in which both would rather have each other" in lines
    assert "                          fingerprint abababababababab" in lines


def test_what_an_older_run_did_not_count_is_left_out():
    assert "Would rather" not in "\n".join(shown(replace(DONE, counts=replace(COUNTS, blocking_pairs=None))))


@pytest.mark.parametrize(
    ("objective", "claim"),
    [
        ("coverage", "no other pairing finds company for more of them"),
        ("score", "no other pairing fits better altogether"),
        ("stable", "no two who may meet would both rather have each other"),
    ],
)
def test_the_proof_says_what_was_proven(objective: str, claim: str):
    lines = shown(replace(DONE, proof=replace(PROOF, objective=objective)))

    assert any(claim in line for line in lines if "Proof" in line)


def test_the_mean_is_of_what_the_policy_could_give():
    lines = shown(DONE, match(1, factor("topics", 1500, "chess"), factor("pace", 0, most=1500)))

    assert "  Mean score     5,500.0  points a pair, of 4,500" in lines


def test_no_engine_word_and_no_blame_reaches_people():
    run = replace(DONE, counts=replace(COUNTS, thin=3, left_out={"paused": 2, "no_consent": 1, "no_places": 4}))
    text = "\n".join(shown(run, match(1, factor("topics", 1500, "chess")))).lower()

    assert not [word for word in ("unmatched", "price", "surplus", "reject", "declin", "fail", "lack") if word in text]


def test_who_does_not_take_part_is_told_by_reason_most_first():
    run = replace(DONE, counts=replace(COUNTS, left_out={"no_consent": 1, "no_places": 4, "something_new": 2}))

    assert "  Not now              7  4 no room for anybody just now; 2 something_new; 1 no" in shown(run)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_line_passes_the_width_or_eighty_columns(width: int):
    run = replace(DONE, counts=replace(COUNTS, thin=3, left_out={"paused": 2, "no_consent": 1}))
    matches = [match(number, factor("topics", 1500, *(f"topic_{n}" for n in range(9)))) for number in range(7)]

    assert max(map(len, shown(run, *matches, width=width))) <= min(width, 80)


def test_no_line_ends_with_blanks():
    assert not [line for line in shown(DONE, match(1, factor("topics", 1500, "chess"))) if line.endswith(" ")]


def test_only_the_first_five_proposals_are_shown():
    matches = [match(number, factor("topics", 1500, "chess")) for number in range(7)]

    text = "\n".join(shown(DONE, *matches))

    assert "7 proposals to review; the first, by the longest wait:" in text
    assert "  5  " in text
    assert "  6  " not in text


def test_without_proposals_there_is_nothing_about_them():
    text = "\n".join(shown(DONE))

    assert "to review" not in text
    assert "What speaks" not in text


def test_a_run_that_could_not_finish_has_no_figures():
    failed = Run("run_2", RunState.FAILED, "cli", is_dry_run=False, created_at=NOW, error_code="run_died", error="died")

    assert shown(failed)[0] == "This run could not finish"
    assert not any("Matched" in line for line in shown(failed))


def test_a_reason_is_common_only_where_something_matched_and_counted():
    matches = [
        match(1, factor("topics", 1500, "chess"), factor("pace", 750, "weekly")),
        match(2, factor("topics", 1500), factor("pace", 750, "weekly"), factor("distance", 0, "near")),
    ]

    assert commonest_reasons(matches) == (("Pace", 2), ("Topics", 1))


def test_a_run_whose_time_was_up_says_so_and_what_is_proven():
    bound = replace(PROOF, dual=(1000, 5_501_204, 0, 0), primal=(1000, 5_500_000, 0, 0), is_best=False)
    lines = "\n".join(shown(replace(DONE, proof=replace(bound, stopped_after_seconds=60))))

    assert "stopped after 60 seconds; proven to be within 1,204" in lines
    assert "no other pairing" not in lines


def test_a_run_without_proof_claims_none():
    unproven = replace(PROOF, primal=None, dual=None, is_best=False, stopped_after_seconds=1)
    counts = replace(COUNTS, pairs_feasible=None)
    lines = "\n".join(shown(replace(DONE, proof=unproven, counts=counts)))

    assert "stopped after 1 second; no proof: time was up" in lines
    assert "  Pairs          960,000  looked at\n" in lines
    assert "no other pairing" not in lines
