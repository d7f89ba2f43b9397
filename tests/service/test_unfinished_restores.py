"""A restore that ends before its end leaves a store that nobody works with."""

import os
import signal
import subprocess
import sys

import pytest

from service.app import create_app
from service.backups.unfinished import is_unfinished
from service.erasure_ledger import ErasureLedger
from service.errors import ConfigurationError
from service.secret_keys import load_secret_keys
from service.settings import Settings
from service.storage import open_store
from service.usecases.members import delete_member, list_members, put_members
from tests.service.cli.conftest import cli  # noqa: F401 - a fixture
from tests.service.storage.engines import ENGINES, PROCESS_ENGINES
from tests.service.usecases.cast import CAST, NOW, P

KILLED_AT = """
import os, signal, sys
from service.backups import moving
from service.cli import run

def die(*arguments, **named):
    os.kill(os.getpid(), signal.SIGKILL)

moving.{where} = die
sys.exit(run(["restore", {path!r}, "--replace"]))
"""


@pytest.fixture(params=PROCESS_ENGINES)
def url(request, tmp_path, monkeypatch, cli):  # noqa: F811 - the fixture above
    url = ENGINES[request.param](tmp_path)
    monkeypatch.setenv("ALONGSIDE_STORE", url)
    monkeypatch.setenv("ALONGSIDE_SECRET_KEY_FILE", str(tmp_path / "secret.key"))
    (tmp_path / "secret.key").write_text(f"k1:{'s' * 40}\n")
    return url


@pytest.fixture
def backup(cli, url, tmp_path):  # noqa: F811
    """A backup made before amy was erased."""
    assert cli("platforms", "create", P, "--name", "Harbour").code == 0
    store, settings = open_store(url), Settings.from_environment()
    put_members(store, P, profiles=CAST, now=NOW)
    path = tmp_path / "a.backup"
    assert cli("backup", path).code == 0
    delete_member(store, P, member_id="amy", now=NOW)
    ErasureLedger(settings.erasure_ledger, load_secret_keys(settings)).note(P, "amy", NOW)
    store.close()
    return path


@pytest.mark.parametrize("where", ["_copy", "erase_again", "mark_finished"])
def test_a_killed_restore_is_noticed_by_everybody_until_it_is_finished(cli, url, backup, where):  # noqa: F811
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_AT.format(where=where, path=str(backup))],
        env=os.environ,
        capture_output=True,
        check=False,
    )
    refused = cli("platforms", "list")

    assert killed.returncode == -signal.SIGKILL
    assert (refused.code, refused.out) == (78, "")
    assert "half restored" in refused.err
    assert cli("worker").code == 78
    with pytest.raises(ConfigurationError, match="half restored"):
        create_app(Settings.from_environment())

    again = cli("restore", backup)

    assert again.code == 0, again.err
    assert cli("platforms", "list").code == 0
    store = open_store(url)
    assert not is_unfinished(store)
    assert "amy" not in {member.member_id for member in list_members(store, P).records}
    store.close()
