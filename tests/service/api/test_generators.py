"""The OpenAPI document as others read it: a linter finds nothing, and generators make clients of it that work."""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.service.api.npm import npm_tools
from tests.service.api.serving import serving

DOCUMENT = Path(__file__).parents[3] / "openapi.yaml"
CLIENTS = Path(__file__).with_name("clients")


@pytest.fixture(scope="module")
def tools(tmp_path_factory):
    return npm_tools(tmp_path_factory.mktemp("npm"))


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    with serving(folder, f"sqlite:///{folder}/alongside.sqlite3", with_worker=True) as server:
        yield server


def run(*command, cwd, **environment):
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done


def settings_of(served):
    return {"ALONGSIDE_URL": served.url, "ALONGSIDE_KEY": served.key}


def test_the_linter_finds_nothing(tools, tmp_path):
    config = Path(__file__).with_name("redocly.yaml")

    done = run(tools / "redocly", "lint", "--config", config, DOCUMENT, cwd=tmp_path, REDOCLY_TELEMETRY="off")

    assert "is valid" in done.stderr + done.stdout


def test_the_linter_would_find_something(tools, tmp_path):
    broken = tmp_path / "openapi.yaml"
    broken.write_text(
        DOCUMENT.read_text(encoding="utf-8").replace("operationId: get_run\n", "operationId: list_runs\n")
    )

    with pytest.raises(AssertionError, match="operation-operationId-unique"):
        run(tools / "redocly", "lint", "--config", Path(__file__).with_name("redocly.yaml"), broken, cwd=tmp_path)


def test_a_typescript_client_compiles_and_walks_through(tools, served, tmp_path):
    folder = tools.parents[1]
    shutil.copy(CLIENTS / "walkthrough.ts", folder)
    # What has a default may be left out: without this the generator would ask for it.
    optional = "--default-non-nullable=false"
    run(tools / "openapi-typescript", DOCUMENT, "--output", folder / "alongside.d.ts", optional, cwd=folder)
    (folder / "package.json").write_text('{"type": "module"}')
    options = "--strict --noEmitOnError --module esnext --moduleResolution bundler --target es2022"
    options += " --lib es2023,dom --types node --skipLibCheck"
    run(tools / "tsc", *options.split(), "walkthrough.ts", cwd=folder)

    done = run("node", "walkthrough.js", cwd=folder, **settings_of(served))

    lines = done.stdout.splitlines()
    assert lines[0] == "typescript-1 weekly"
    assert lines[1].startswith("done ")
    assert lines[-1] == "active"


def test_a_python_client_compiles_and_walks_through(served, tmp_path):
    generator = shutil.which("openapi-python-client", path=Path(sys.executable).parent)
    package = tmp_path / "alongside_client"
    made = run(
        *(generator, "generate", "--path", DOCUMENT, "--meta", "none", "--output-path", package),
        *("--config", Path(__file__).with_name("python_client.yaml"), "--fail-on-warning"),
        cwd=tmp_path,
        PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    )
    assert "WARNING" not in made.stdout + made.stderr
    assert compileall.compile_dir(package, quiet=1)

    done = run(
        sys.executable, CLIENTS / "walkthrough.py", cwd=tmp_path, PYTHONPATH=str(tmp_path), **settings_of(served)
    )

    lines = done.stdout.splitlines()
    assert lines[0] == "client-1 weekly"
    assert lines[1].startswith("done ")
    assert lines[-1] == "active"
