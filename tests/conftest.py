"""What every test may use: Hypothesis settings, and the rule that CI never skips for a missing program."""

from __future__ import annotations

import os
import shutil

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("alongside", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("alongside")

PROGRAMS = {
    "redis": ("redis-server",),
    "browser": ("chromium", "chromium-browser", "google-chrome"),
    "strace": ("strace",),
}


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose program is missing on a person's machine; fail it in CI."""
    for marker, names in PROGRAMS.items():
        if item.get_closest_marker(marker) and not any(shutil.which(name) for name in names):
            reason = f"no {names[0]} on PATH (make test installs it where it may)"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
