import yaml

POLICY = """
objective: score
labels:
  - {name: grade, type: integer}
label_factors:
  - {key: grade_gap, label: grade, op: gap, table: {1: 9, 2: 12}}
"""


def test_a_platform_is_created_once(cli):
    assert cli("platforms", "create", "harbour", "--name", "Harbour").out == (
        "Platform harbour is ready.\n"
        "Before its first run, say where help is found: alongside wording help TEXT --platform harbour\n"
    )

    again = cli("platforms", "create", "harbour")

    assert again.code == 65
    assert again.err == "alongside: there is a platform with this id already\n"


def test_an_odd_platform_id_is_told_what_is_allowed(cli):
    outcome = cli("platforms", "create", "Harbour Town")

    assert outcome.code == 65
    assert "1 to 40 of a-z 0-9 and -" in outcome.err


def test_platforms_are_listed_for_people_and_for_programs(cli, harbour):
    assert cli("platforms", "list").out.splitlines()[0].split() == ["id", "name", "since", "current", "run"]
    assert cli("platforms", "list", "--json").document[0]["platform_id"] == "harbour"


def test_no_platform_yet_tells_how_to_make_one(cli):
    outcome = cli("platforms", "list")

    assert outcome.code == 0
    assert "alongside platforms create" in outcome.out
    assert cli("platforms", "list", "--json").document == []


def test_a_policy_is_set_from_a_file_and_shown_as_one_that_can_be_set_again(cli, harbour, tmp_path):
    (tmp_path / "policy.yaml").write_text(POLICY)

    assert cli("policy", "set", "policy.yaml", "--platform", harbour).out == (
        "Version 2 of the policy of harbour is in force.\n"
    )
    shown = cli("policy", "show", "--platform", harbour).out
    (tmp_path / "shown.yaml").write_text(shown)

    assert yaml.safe_load(shown)["label_factors"][0]["table"] == {"1": 9, "2": 12}
    assert max(map(len, shown.splitlines())) <= 80
    assert cli("policy", "set", "shown.yaml", "--platform", harbour).code == 0
    again = cli("policy", "show", "--platform", harbour).out
    assert again.replace("version: 3", "version: 2") == shown


def test_a_change_since_the_file_was_shown_is_not_overwritten(cli, harbour, tmp_path):
    (tmp_path / "old.yaml").write_text(cli("policy", "show", "--platform", harbour).out)
    (tmp_path / "policy.yaml").write_text(POLICY)
    cli("policy", "set", "policy.yaml", "--platform", harbour)

    outcome = cli("policy", "set", "old.yaml", "--platform", harbour)

    assert outcome.code == 65
    assert "expected version 1, found 2" in outcome.err
    assert cli("policy", "show", "--platform", harbour, "--json").document["objective"] == "score"


def test_a_bad_policy_names_every_bad_field_and_changes_nothing(cli, harbour, tmp_path):
    (tmp_path / "policy.yaml").write_text("objective: best\nweight: {}\nweights: {topics: -1}\n")

    outcome = cli("policy", "set", "policy.yaml", "--platform", harbour)

    assert outcome.code == 65
    lines = outcome.err.splitlines()
    assert lines[0] == "alongside: cannot use policy.yaml"
    assert {line.split(":")[0].strip() for line in lines[1:]} == {"objective", "weight", "weights.topics"}
    assert cli("policy", "show", "--platform", harbour, "--json").document["version"] == 1


def test_a_file_that_is_no_yaml_is_told_by_line(cli, harbour, tmp_path):
    (tmp_path / "policy.yaml").write_text("objective: [\n")

    outcome = cli("policy", "set", "policy.yaml", "--platform", harbour)

    assert outcome.code == 65
    assert "cannot read policy.yaml: line 2" in outcome.err


def test_a_missing_file_is_usage(cli, harbour):
    assert cli("policy", "set", "nowhere.yaml", "--platform", harbour).code == 2


def test_the_policy_of_no_platform_is_not_the_default_one(cli):
    assert cli("policy", "show", "--platform", "nowhere").code == 65
