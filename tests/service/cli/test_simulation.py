"""`alongside simulate`: a table for people, JSON for others, a plot where matplotlib is there; no store is opened."""

from __future__ import annotations

import sys

SMALL = ("simulate", "--members", "60", "--weeks", "4", "--seeds", "1", "--choice", "coverage", "--interval", "weekly")


def test_a_table_says_what_its_columns_are(cli):
    told = cli(*SMALL)

    assert told.code == 0
    assert told.out.splitlines()[0].split()[:4] == ["choice", "runs", "wait", "p95"]
    assert told.out.splitlines()[1].split()[:2] == ["coverage", "weekly"]
    assert "days waited, median" in told.out


def test_json_gives_every_figure_with_its_interval_and_the_reserve(cli):
    (row,) = cli(*SMALL, "--reserve", "200", "--json").document

    assert (row["choice"], row["interval"], row["reserve"]) == ("coverage", "weekly", 200)
    assert row["figures"]["found"].keys() == {"mean", "half_width"}


def test_the_same_seed_tells_the_same(cli):
    assert cli(*SMALL, "--seed", "5", "--json").document == cli(*SMALL, "--seed", "5", "--json").document


def test_a_plot_without_matplotlib_says_what_to_install(cli, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)

    told = cli(*SMALL, "--plot", str(tmp_path / "plot.svg"))

    assert told.code == 2
    assert "alongside[bench]" in told.err


def test_a_plot_is_drawn(cli, tmp_path):
    assert cli(*SMALL, "--plot", str(tmp_path / "plot.svg")).code == 0
    assert (tmp_path / "plot.svg").read_text("utf-8").startswith("<?xml")
