"""A command line of its own for each test: an empty store in its own folder, and what a shell would see of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from service.cli import run


@dataclass(frozen=True)
class Outcome:
    """What a shell sees of a command."""

    code: int
    out: str
    err: str

    @property
    def document(self):
        """The JSON it printed."""
        return json.loads(self.out)


Cli = Callable[..., Outcome]


@pytest.fixture
def cli(tmp_path, monkeypatch, capsys) -> Cli:
    """Run command lines in an empty folder with no settings but the defaults."""
    monkeypatch.chdir(tmp_path)
    for name in ("STORE", "SECRET_KEY_FILE", "HOST", "PORT", "LOG_LEVEL", "LOG_FORMAT"):
        monkeypatch.delenv(f"ALONGSIDE_{name}", raising=False)

    def call(*arguments: object) -> Outcome:
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


@pytest.fixture
def harbour(cli) -> str:
    """A platform."""
    assert cli("platforms", "create", "harbour", "--name", "Harbour", "--signposting", "Call 112.").code == 0
    return "harbour"
