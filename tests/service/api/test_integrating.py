"""docs/integrating.md, run as it stands: each language's snippets as one program, against a real server and worker."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.page import MOST_PER_PAGE
from service.api.body import MAX_BODY_BYTES
from tests.service.api.serving import serving

PAGE = Path(__file__).parents[3] / "docs" / "integrating.md"


def program(language):
    """Give the snippets of a language, one after the other."""
    snippets = re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(snippets) >= 6
    return "\n".join(snippets)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    with serving(folder, f"sqlite:///{folder}/alongside.sqlite3", with_worker=True) as server:
        yield server


def run(command, text, served, folder, suffix):
    path = folder / f"program{suffix}"
    path.write_text(text, encoding="utf-8")
    environment = {**os.environ, "ALONGSIDE_URL": served.url, "ALONGSIDE_KEY": served.key}
    done = subprocess.run(
        [*command, str(path)], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def assert_came_to_an_active_match(lines):
    assert lines[0].startswith("done ")
    assert any(re.match(r"\d+ of \d+ Topics$", line) for line in lines)
    assert "offered and awaiting" in " ".join(lines)
    assert [line.split()[2] for line in lines if line.startswith("to the")] == ["supporter", "seeker"]
    assert "active" in lines
    assert any(line.startswith("They could first meet:") for line in lines)
    assert lines[-1].startswith("told of ")
    assert {"told of run.published", "told of match.offered", "told of match.accepted", "told of match.active"} <= set(
        lines
    )


def test_the_python_of_the_page_leads_from_key_to_active_match(served, tmp_path):
    lines = run([sys.executable], program("python"), served, tmp_path, ".py")

    assert_came_to_an_active_match(lines)


@pytest.mark.skipif(shutil.which("node") is None, reason="no node on PATH")
def test_the_javascript_of_the_page_leads_from_key_to_active_match(served, tmp_path):
    lines = run([shutil.which("node")], program("javascript"), served, tmp_path, ".mjs")

    assert_came_to_an_active_match(lines)


def test_the_page_names_every_status_and_the_true_limits():
    from service.api.errors import TITLE_OF

    text = PAGE.read_text(encoding="utf-8")
    (table,) = re.findall(r"^\| status \|.*?(?=\n\n)", text, re.MULTILINE | re.DOTALL)
    named = {
        int(status) for status in re.findall(r"\b([45]\d\d)\b", "\n".join(re.findall(r"^\| ([^|]+)", table, re.M)))
    }

    assert named == set(TITLE_OF) - {405}
    assert f"{MAX_BODY_BYTES:,} bytes" in text
    assert f"{MOST_PER_PAGE} entries" in text
