import subprocess
import sys
from pathlib import Path

import click
import pytest

from matching.errors import Cancelled, CertificateError, PolicyError
from service import cli as package
from service import errors
from service.cli.exits import ExitCode, exit_code_of
from service.cli.output import counted, print_table, tell_error

ALONGSIDE = Path(sys.executable).with_name("alongside")


def test_help_names_every_command_in_80_columns(cli):
    outcome = cli("--help")

    assert outcome.code == 0
    for name in ("demo", "serve", "worker", "rematch", "verify", "import", "platforms", "policy", "keys", "openapi"):
        assert f"\n  {name} " in outcome.out
    assert max(map(len, outcome.out.splitlines())) <= 80
    assert "..." not in outcome.out.partition("Commands:")[2]


def command_lines(group, *names):
    for name, command in group.commands.items():
        yield (*names, name)
        if isinstance(command, click.Group):
            yield from command_lines(command, *names, name)


@pytest.mark.parametrize("names", tuple(command_lines(package.alongside)), ids=" ".join)
def test_every_command_explains_itself_in_80_columns(cli, names):
    outcome = cli(*names, "--help")

    assert outcome.code == 0
    assert max(map(len, outcome.out.splitlines())) <= 80


def test_help_loads_no_engine_no_web_framework_and_no_store():
    script = (
        "import sys\nfrom service.cli import run\ncode = run(['--help'])\n"
        "heavy = {'numpy', 'scipy', 'numba', 'networkx', 'flask', 'marshmallow', 'sqlite3', 'yaml', 'rich', 'argon2'}\n"
        "print(sorted(heavy & set(sys.modules)), code, file=sys.stderr)"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert done.stderr == "[] 0\n"


def test_a_rematch_loads_no_web_framework(cli, harbour, tmp_path):
    script = (
        "import sys\nfrom service.cli import run\ncode = run(['rematch', '--all'])\n"
        "print(sorted({'flask', 'werkzeug', 'jinja2'} & set(sys.modules)), code, file=sys.stderr)"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path)

    assert done.stderr == "[] 0\n"


def test_the_installed_command_is_this_one():
    done = subprocess.run([ALONGSIDE, "--version"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("alongside ")


@pytest.mark.parametrize(
    "arguments", [["frobnicate"], ["rematch", "--nonsense"], ["import"], ["platforms", "create"], ["policy", "set"], []]
)
def test_a_wrong_command_line_is_usage(cli, arguments):
    outcome = cli(*arguments)

    assert outcome.code == ExitCode.USAGE
    assert outcome.out == ""
    assert "Usage:" in outcome.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.InvalidInput("x"), 65),
        (errors.NotFound("platform"), 65),
        (errors.Conflict("x"), 65),
        (errors.StaleVersion("policy", "harbour", expected=1, actual=2), 65),
        (PolicyError("x"), 65),
        (errors.StoreUnavailable("x"), 69),
        (errors.CommitUnconfirmed("x"), 69),
        (CertificateError("x"), 70),
        (errors.InvalidChanges("x"), 70),
        (KeyError("x"), 70),
        (errors.LeaseHeld("run", until=None, retry_after_seconds=1), 75),
        (Cancelled("x"), 75),
        (errors.ConfigurationError("x"), 78),
        (errors.UnknownFormat("run", found=2, known=1), 78),
    ],
)
def test_each_kind_of_error_has_its_exit_code(error, code):
    assert exit_code_of(error) == code


def test_every_error_of_the_service_has_an_exit_code_of_its_own_or_its_parents():
    kinds = {errors.ServiceError}
    while more := {child for kind in kinds for child in kind.__subclasses__()} - kinds:
        kinds |= more

    for kind in kinds:
        assert exit_code_of(kind.__new__(kind)) in set(ExitCode)


def test_an_expected_error_is_one_line_without_a_traceback(cli):
    outcome = cli("policy", "show", "--platform", "nowhere")

    assert outcome.code == ExitCode.BAD_INPUT
    assert outcome.out == ""
    assert outcome.err == "alongside: there is no platform with this id\n"


def test_a_fault_of_ours_shows_its_traceback_and_is_not_read_as_some_platforms_failed(cli, monkeypatch):
    @click.command("broken")
    def broken():
        raise ZeroDivisionError

    monkeypatch.setitem(package.alongside.commands, "broken", broken)

    outcome = cli("broken")

    assert outcome.code == ExitCode.REFUSED
    assert "ZeroDivisionError" in outcome.err


def test_ctrl_c_ends_quietly(cli, monkeypatch):
    @click.command("endless")
    def endless():
        raise KeyboardInterrupt

    monkeypatch.setitem(package.alongside.commands, "endless", endless)

    outcome = cli("endless")

    assert outcome.code == ExitCode.INTERRUPTED
    assert "Traceback" not in outcome.err


def test_a_bad_setting_is_a_configuration_error_that_names_it(cli, monkeypatch):
    monkeypatch.setenv("ALONGSIDE_STORE", "mysql://nowhere")

    outcome = cli("platforms", "list")

    assert outcome.code == ExitCode.CONFIGURATION
    assert "ALONGSIDE_STORE" in outcome.err


def test_a_store_that_cannot_be_opened_is_told_in_a_line(cli, monkeypatch, tmp_path):
    (tmp_path / "store.sqlite3").write_text("this is no database, but long enough to be read as one " * 50)
    monkeypatch.setenv("ALONGSIDE_STORE", f"sqlite:///{tmp_path}/store.sqlite3")

    outcome = cli("platforms", "list")

    assert outcome.code == ExitCode.STORE_UNREACHABLE
    assert "Traceback" not in outcome.err


def test_an_error_with_bad_fields_names_each(capsys):
    problems = (
        errors.FieldProblem("weights.topic", "is not a known field"),
        errors.FieldProblem("", "must be an object"),
    )

    tell_error(errors.InvalidInput("cannot use policy.yaml", problems=problems))

    assert capsys.readouterr().err == (
        "alongside: cannot use policy.yaml\n  weights.topic: is not a known field\n  must be an object\n"
    )


def test_a_table_is_as_wide_as_its_cells_need(capsys):
    print_table(("id", "name"), [("harbour", "Harbour"), ("a", "")])

    assert capsys.readouterr().out == "id       name\nharbour  Harbour\na\n"


def test_numbers_are_written_with_their_noun():
    assert [counted(1, "pair"), counted(1204, "pair"), counted(2, "entry", "entries")] == [
        "1 pair",
        "1,204 pairs",
        "2 entries",
    ]
