"""What holds for every test: Hypothesis settings, no skip in CI for a missing program, and no server left behind."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("alongside", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("alongside")

PROGRAMS = {
    "redis": ("redis-server",),
    "browser": ("chromium", "chromium-browser", "google-chrome"),
    "strace": ("strace",),
}


BEFORE_ALL = frozenset({"test_static_checks.py"})
"""Files whose tests begin first: types of a clean clone take a minute, which nobody should wait for in the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest first; all else stays in its order."""
    items.sort(key=lambda item: item.path.name not in BEFORE_ALL)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose program is missing on a person's machine; fail it in CI."""
    for marker, names in PROGRAMS.items():
        if item.get_closest_marker(marker) and not any(shutil.which(name) for name in names):
            reason = f"no {names[0]} on PATH (make test installs it where it may)"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def _no_server_is_left() -> Iterator[None]:
    """End the servers that tests of this process shared, where any had one, and remove their folders."""
    yield
    if servers := sys.modules.get("tests.service.storage.servers"):
        servers.stop_all()
