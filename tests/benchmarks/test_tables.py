from __future__ import annotations

from dataclasses import fields

import pytest

from benchmarks.bars import bars_of
from benchmarks.communities import Draw, changed, draw_crowd
from benchmarks.contest import FIRST_RUN, MATCH
from benchmarks.ends import end_of
from benchmarks.living import EDITS, MOST_URGENT, URGENT
from benchmarks.plan import BAR, CHARITY, HUGE, LARGE, ONE_LANGUAGE
from benchmarks.publish import BEGIN, END, PAGE, PLOT, figures_of, merged, with_figures
from benchmarks.tables import as_markdown, as_text

DENSE = "scipy linear_sum_assignment"
BLOSSOM = "networkx max_weight_matching"


def row(name, seconds=2.0, **more):
    measured = {
        "name": name,
        "seconds": seconds,
        "first_seconds": seconds,
        "stages": {"encode": 0.5, "score": seconds - 0.5, "verify": 7.0},
        "memory_above": 100,
        "memory_peak": 400,
        "matched": 3,
        "total_score": 70,
        "pairs_all": 50_000_000,
        "pairs_evaluated": 20_000_000,
        "pairs_feasible": 5_000_000,
        "is_exact": True,
        "bound": "5e+09 < 2^53",
    }
    return measured | more


def contest(draw, *rows):
    return {
        "name": draw.told,
        "seekers": draw.seekers,
        "supporters": draw.supporters,
        "places": 7,
        "pairs_all": draw.seekers * draw.supporters,
        "pairs_feasible": 5_000_000,
        "rows": list(rows),
    }


def results(*contests, beyond=(), rematches=()):
    return {
        "plan": "quick",
        "when": "2026-11-22",
        "seed": 1,
        "today": "2026-11-22",
        "machine": {
            "cores": 2,
            "processor": "abacus",
            "memory_gib": 24,
            "system": "Linux",
            "python": "3.11",
            "load_before": 0.1,
        },
        "versions": {"numpy": "2.0"},
        "contests": list(contests),
        "hard": [],
        "beyond": list(beyond),
        "rematches": list(rematches),
    }


def larger(**more):
    sizes = {"seekers": 100_000, "supporters": 50_000, "pairs_all": 5 * 10**9, "pairs_feasible": 500_000_000}
    return row(LARGE.told, 40.0, **(sizes | more))


def test_a_table_shows_everybody_beside_the_engine():
    text = as_text(results(contest(CHARITY, row(MATCH), row(DENSE, 5.0, stages={"prepare": 1.25, "solve": 5.0}))))

    shown = next(line for line in text.splitlines() if line.strip().startswith(DENSE))
    assert shown.split()[2:] == ["5.000", "2.50", "1.250", "100", "3", "70", "5e+09", "<", "2^53"]


def test_a_peer_that_dropped_out_is_shown_with_its_reason():
    text = as_text(results(contest(CHARITY, row(MATCH), {"name": BLOSSOM, "reason": "not done within 4 s"})))

    assert any(BLOSSOM in line and "not done within 4 s" in line for line in text.splitlines())


def test_a_peer_whose_bound_is_broken_is_shown_as_not_exact():
    text = as_text(results(contest(CHARITY, row(MATCH), row(DENSE, is_exact=False, bound="1e+17 ≥ 2^53"))))

    assert "not exact here: 1e+17 ≥ 2^53" in text


def test_a_peer_ends_before_the_first_size_it_could_not_go_to():
    measured = results(contest(CHARITY, row(BLOSSOM)), contest(BAR, {"name": BLOSSOM, "reason": "not done within 4 s"}))

    end = end_of(measured, BLOSSOM)

    assert (end.largest, end.in_short) == (CHARITY.told, "not done within 4 s at 10,000 × 5,000")


def test_a_peer_that_was_not_asked_further_is_shown_with_what_it_would_need():
    measured = results(contest(BAR, row(DENSE, memory_above=1024)), beyond=[larger()])

    assert end_of(measured, DENSE).in_short == "106 GiB at 100,000 × 50,000"


def test_a_peer_that_finished_everything_does_not_end():
    assert end_of(results(contest(BAR, row(DENSE))), DENSE) is None


@pytest.mark.parametrize(("dense_seconds", "is_reached"), [(10.0, True), (9.9, False)])
def test_five_times_faster_than_the_dense_solver_is_the_bar(dense_seconds, is_reached):
    measured = results(contest(BAR, row(MATCH, 2.0), row(DENSE, dense_seconds)))

    (bar,) = [bar for bar in bars_of(measured) if "times faster" in bar.what and bar.measured]

    assert bar.is_reached is is_reached


def test_the_bars_of_a_large_community_are_time_memory_and_verifying():
    bars = bars_of(results(beyond=[larger(memory_peak=3000, stages={"encode": 1.0, "verify": 31.0})]))

    assert [(bar.measured, bar.verdict) for bar in bars if bar.measured] == [
        ("40.0 s", "yes"),
        ("3,000 MiB", "no"),
        ("31.0 s", "no"),
    ]


def test_the_first_run_counts_for_people_who_wait_not_the_median():
    bars = bars_of(results(contest(CHARITY, row(FIRST_RUN, 0.01, first_seconds=0.6))))

    assert [(bar.measured, bar.is_reached) for bar in bars if bar.measured] == [("600 ms", False)]


def test_a_bar_that_was_not_measured_is_named_all_the_same():
    bars = bars_of(results(contest(CHARITY, row(MATCH))))

    assert {bar.verdict for bar in bars} == {"not measured"}
    assert {draw.told for draw in (BAR, LARGE, ONE_LANGUAGE, HUGE, CHARITY)} == {
        draw.told for draw in (BAR, LARGE, ONE_LANGUAGE, HUGE, CHARITY) if any(draw.told in bar.what for bar in bars)
    }


def test_bars_of_single_changes_are_a_median_and_a_p99_for_each_kind():
    times = {"changes": 20, "median_ms": 49.0, "p99_ms": 501.0, "most_ms": 600.0}
    life = {"name": LARGE.told, "is_proposed": False, "kinds": dict.fromkeys((URGENT, MOST_URGENT, *EDITS), times)}

    bars = [bar for bar in bars_of(results() | {"lives": [life]}) if bar.measured]

    assert [bar.verdict for bar in bars] == ["yes", "no"] * 6 + ["yes"]


def test_a_part_that_was_measured_by_itself_stays_on_the_page_with_its_date():
    ground = results(contest(CHARITY, row(MATCH)), beyond=[larger()])
    part = results(beyond=[larger(memory_peak=3000), row(HUGE.told)]) | {"plan": "huge", "when": "2026-11-30"}

    joint = merged([ground, part])

    assert [(each["name"], each["when"]) for each in joint["beyond"]] == [
        (LARGE.told, "2026-11-30"),
        (HUGE.told, "2026-11-30"),
    ]
    assert joint["contests"][0]["when"] == "2026-11-22"
    assert "Plan `huge`, 2026-11-30" in figures_of(joint)


def test_figures_replace_what_is_between_the_markers_and_nothing_else():
    page = f"# Title\n\nBefore.\n\n{BEGIN}\n\nold\n\n{END}\n\nAfter.\n"

    written = with_figures(page, "new")

    assert written == f"# Title\n\nBefore.\n\n{BEGIN}\n\nnew\n{END}\n\nAfter.\n"
    assert with_figures(written, "new") == written


def test_a_page_without_markers_is_refused():
    with pytest.raises(ValueError, match="without"):
        with_figures("# Title\n", "new")


def test_the_section_says_on_what_it_was_measured():
    section = figures_of(results(contest(CHARITY, row(MATCH))))

    assert "2 cores of abacus, 24 GiB" in section
    assert "numpy 2.0" in section
    assert "Seed 1" in section


def test_every_row_of_a_page_has_as_many_cells_as_its_header():
    page = as_markdown(
        results(
            contest(CHARITY, row(MATCH), {"name": BLOSSOM, "reason": "late"}),
            beyond=[larger(), {"name": "huge", "reason": "not done within 3600 s"}],
            rematches=[row(LARGE.told)],
        )
    )

    tables = [part.splitlines() for part in page.split("\n\n") if part.startswith("|")]
    assert len(tables) == 4
    assert all(len({line.count("|") for line in table if line}) == 1 for table in tables)


def test_the_page_takes_figures_and_a_published_one_has_its_plot():
    page = PAGE.read_text()

    assert page.count(BEGIN) == page.count(END) == 1
    assert ("images/benchmarks.svg" in page) == PLOT.is_file()


def test_one_profile_in_a_hundred_changes_and_every_id_stays():
    draw = Draw("sample", 250, 150)
    before = draw_crowd(draw)

    after = changed(before, draw, one_in=100)

    assert after.member_ids() == before.member_ids()
    columns = [
        (getattr(before.members, field.name), getattr(after.members, field.name)) for field in fields(before.members)
    ]
    differs = {int(at) for old, new in columns for at in (old != new).reshape(len(old), -1).any(axis=1).nonzero()[0]}
    assert differs == {0, 100, 200, 300}


def test_one_language_for_all_is_the_only_one():
    members = draw_crowd(Draw("sample", 30, 20, speaks="en")).members

    assert {tuple(row) for row in members.languages.tolist()} == {(0, -1)}
