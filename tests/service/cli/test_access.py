import re

import pytest


def test_a_key_is_printed_alone_on_stdout_and_listed_without_its_secret(cli, harbour):
    made = cli(
        "keys", "create", "--platform", harbour, "--name", "website", "--scope", "members:read", "--scope", "runs"
    )

    assert made.code == 0
    assert re.fullmatch(r"alk_harbour_[0-9a-f]+_[0-9a-f]+\n", made.out)
    assert "never shown again" in made.err
    secret = made.out.strip().rpartition("_")[2]
    listed = cli("keys", "list", "--platform", harbour)
    assert "website" in listed.out
    assert "members:read, runs" in listed.out
    assert secret not in listed.out


def test_a_rotated_key_has_a_new_secret_and_the_old_one_ends(cli, harbour):
    old = cli("keys", "create", "--platform", harbour, "--name", "website", "--scope", "runs").out.split("_")[2]

    new = cli("keys", "rotate", old, "--platform", harbour, "--overlap-days", "2")

    assert "still counts for 2 days" in new.err
    until = {
        each["key_id"]: each["valid_until"] for each in cli("keys", "list", "--platform", harbour, "--json").document
    }
    assert until[new.out.split("_")[2]] is None
    assert until[old] is not None


def test_a_revoked_key_is_gone(cli, harbour):
    key_id = cli("keys", "create", "--platform", harbour, "--name", "website", "--scope", "runs").out.split("_")[2]

    assert cli("keys", "revoke", key_id, "--platform", harbour).code == 0
    assert cli("keys", "list", "--platform", harbour, "--json").document == []
    assert cli("keys", "revoke", key_id, "--platform", harbour).code == 65


def test_an_unknown_scope_is_usage_and_names_the_known_ones(cli, harbour):
    outcome = cli("keys", "create", "--platform", harbour, "--name", "website", "--scope", "everything")

    assert outcome.code == 2
    assert "members:read" in outcome.err


def test_a_coordinator_is_added_with_a_password_of_their_own_listed_and_removed(cli, harbour):
    added = cli("coordinators", "add", "kim@example.org", "--platform", harbour, "--role", "lead")

    assert re.fullmatch(r"\S{16}\n", added.out)
    listed = cli("coordinators", "list", "--platform", harbour, "--json").document
    assert [(each["login"], each["role"]) for each in listed] == [("kim@example.org", "lead")]
    assert cli("coordinators", "remove", "kim@example.org", "--platform", harbour).code == 0
    assert cli("coordinators", "list", "--platform", harbour, "--json").document == []


def test_a_lost_password_is_replaced_and_the_old_one_counts_no_longer(cli, harbour):
    before = cli("coordinators", "add", "kim", "--platform", harbour).out.strip()

    reset = cli("coordinators", "reset-password", "KIM", "--platform", harbour)

    assert re.fullmatch(r"\S{16}\n", reset.out)
    assert reset.out.strip() != before
    assert cli("coordinators", "reset-password", "nobody", "--platform", harbour).code == 65


def test_an_account_elsewhere_is_let_go_of(cli, harbour):
    cli("coordinators", "add", "kim", "--platform", harbour)

    assert "signs in with their password" in cli("coordinators", "untie", "KIM", "--platform", harbour).out
    assert cli("coordinators", "untie", "nobody", "--platform", harbour).code == 65


def test_a_login_is_taken_once(cli, harbour):
    cli("coordinators", "add", "kim", "--platform", harbour)

    assert cli("coordinators", "add", "KIM", "--platform", harbour).code == 65


@pytest.mark.parametrize(
    "arguments",
    [
        ["keys", "create", "--name", "x", "--scope", "runs"],
        ["keys", "list"],
        ["coordinators", "add", "kim"],
        ["coordinators", "list"],
    ],
)
def test_nothing_is_made_or_listed_for_an_unknown_platform(cli, arguments):
    outcome = cli(*arguments, "--platform", "nowhere")

    assert (outcome.code, outcome.out) == (65, "")
