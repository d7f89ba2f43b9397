"""Tools from npm for tests: installed into a temporary folder, skipped with the reason where they cannot be.

Where there is npm, CI=true makes a failed installation a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TOOLS = (
    # The linter, the generator of types and what uses them, and the compiler: versions of 2026.
    "@redocly/cli@2",
    "openapi-typescript@7",
    "openapi-fetch@0",
    "typescript@5",
    "@types/node@22",
)
_SECONDS = 240


def npm_tools(folder: Path) -> Path:
    """Install the tools into a folder, and give where their commands are."""
    if shutil.which("npm") is None:
        pytest.skip("no npm on PATH")
    command = ["npm", "install", "--no-audit", "--no-fund", "--no-save", "--prefix", str(folder), *TOOLS]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        failure = done.stderr[-2000:] if done.returncode else ""
    except subprocess.TimeoutExpired:
        failure = f"npm took more than {_SECONDS} s"
    if failure:
        if os.environ.get("CI"):
            pytest.fail(f"npm could not install the tools: {failure}")
        pytest.skip(f"npm could not install the tools: {failure.splitlines()[0]}")
    return folder / "node_modules" / ".bin"
