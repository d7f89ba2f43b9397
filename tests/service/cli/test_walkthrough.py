"""The walk-throughs of docs/spreadsheet.md, run as they are written there."""

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "docs" / "examples" / "spreadsheet"
SPREADSHEETS = Path(os.environ.get("ALONGSIDE_SHARED_DATA", ROOT.parent / "shared" / "data")) / "spreadsheets"

# Grades 1 to 3, mentees and mentors; who may meet whom, and what it earns, is worked out in the test's own words.
MENTEES = """email address,organisation,profession,grade,identity to match
a@example.org,Peace,Policy,AA,Gay
b@example.org,Peace,Security,AO,
c@example.org,Love,Policy,EO,Lesbian
"""
MENTORS = """email address,organisation,profession,grade,characteristics
x@example.org,Love,Policy,AO,"Gay, Lesbian"
y@example.org,Joy,DDaT,EO,
z@example.org,Love,Policy,HEO,Lesbian
"""


@pytest.fixture
def mentoring(cli, tmp_path):
    """A platform with the example's policy; the example's files lie in the present folder."""
    shutil.copytree(EXAMPLES, tmp_path, dirs_exist_ok=True)
    assert cli("platforms", "create", "mentoring", "--signposting", "Call 112.").code == 0
    assert cli("policy", "set", "policy.yaml", "--platform", "mentoring").code == 0
    return "mentoring"


def import_both(cli, mentees, mentors):
    for file, mapping in ((mentees, "mentees.yaml"), (mentors, "mentors.yaml")):
        outcome = cli(
            "import", file, "--platform", "mentoring", "--mapping", mapping, "--key-file", f"{mapping}.keys.csv"
        )
        assert (outcome.code, outcome.err) == (0, "")


def counts_of(cli, *more):
    outcome = cli("rematch", "--platform", "mentoring", "--json", *more)
    assert (outcome.code, outcome.err) == (0, "")
    (run,) = outcome.document["runs"]
    return run["counts"]


def test_a_small_mentoring_programme_gets_the_pairs_worked_out_by_hand(cli, mentoring, tmp_path):
    (tmp_path / "mentees.csv").write_text(MENTEES)
    (tmp_path / "mentors.csv").write_text(MENTORS)
    import_both(cli, "mentees.csv", "mentors.csv")

    counts = counts_of(cli)

    # a (grade 1): x one up 9 + profession 10 + identity 6 = 25; y two up 12. b (grade 2): y one up 9; z two up 12.
    # c (grade 3): z is of the same organisation, x and y are not above. Best for two people: a-x 25 and b-z 12.
    assert (counts["matched"], counts["still_looking"], counts["total_score"]) == (2, 1, 37)
    assert (counts["pairs_checked"], counts["pairs_feasible"]) == (9, 4)


@pytest.mark.parametrize(
    ("size", "objective", "best"),
    [
        ("small", "coverage", (35, 750)),
        ("large", "coverage", (484, 11_480)),
        ("large", "score", (483, 11_488)),
    ],
)
@pytest.mark.skipif(not SPREADSHEETS.is_dir(), reason="the spreadsheets with known answers are not on this machine")
def test_another_matchers_spreadsheets_give_its_known_best_answer(cli, mentoring, size, objective, best):
    policy = Path("policy.yaml")
    policy.write_text(policy.read_text().replace("objective: coverage", f"objective: {objective}"))
    cli("policy", "set", "policy.yaml", "--platform", mentoring)
    import_both(cli, SPREADSHEETS / f"{size}_mentees.csv", SPREADSHEETS / f"{size}_mentors.csv")

    counts = counts_of(cli)

    assert (counts["matched"], counts["total_score"]) == best


def commands_in(section):
    """Give (command line, what the page shows it to print) of a section of the page."""
    text = (ROOT / "docs" / "spreadsheet.md").read_text()
    (body,) = (part for part in text.split("\n## ") if part.startswith(section))
    # Blocks of another language must be taken too, or their end would be read as the next one's beginning.
    for block in re.findall(r"^```\w*\n(.*?)^```", body, re.MULTILINE | re.DOTALL):
        for command, printed in re.findall(r"^\$ alongside (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            yield shlex.split(command), printed


def without_run_ids(text):
    return re.sub(r"run_[0-9a-z]{26}", "run_", text)


def test_the_first_walk_through_prints_what_the_page_shows(cli, tmp_path, monkeypatch):
    shutil.copytree(EXAMPLES, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr("service.cli.run_lines.at_terminal", lambda: True)

    commands = list(commands_in("First"))
    assert len(commands) > 4
    for command, printed in commands:
        if command[0] not in ("coordinators", "serve"):
            outcome = cli(*command)
            assert (outcome.code, without_run_ids(outcome.out), outcome.err) == (0, without_run_ids(printed), "")


def test_the_page_names_only_commands_options_and_files_that_exist(cli):
    text = (ROOT / "docs" / "spreadsheet.md").read_text()
    lines = [shlex.split(line) for line in re.findall(r"^\$ alongside (.*)$", text, re.MULTILINE)]

    assert {line[0] for line in lines} >= {
        "import",
        "rematch",
        "platforms",
        "policy",
        "verify",
        "coordinators",
        "serve",
    }
    for line in lines:
        names = line[:2] if line[0] in ("platforms", "policy", "coordinators") else line[:1]
        shown = cli(*names, "--help").out
        assert all(option in shown for option in line if option.startswith("--"))
    for name in re.findall(r"examples/spreadsheet/([a-z]+\.[a-z]+)", text):
        assert (EXAMPLES / name).is_file()
