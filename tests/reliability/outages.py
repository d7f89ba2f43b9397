"""Taking the store's disk, folder or file away from a running service, and giving it back.

A full or read-only disk is a real one: a small file system in memory of the test's own, mounted for its length. Only
root may mount; without that right `mounted` says so.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.reliability.processes import wait_until

BALLAST = "ballast"


class Disk:
    """A small file system that can be filled, made read-only, and brought back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self) -> None:
        """Leave no byte free."""
        with (self.folder / BALLAST).open("ab", buffering=0) as ballast:
            size = 1 << 20
            while size:
                try:
                    ballast.write(b"\0" * size)
                except OSError:
                    size //= 2

    def empty(self) -> None:
        """Make room again."""
        (self.folder / BALLAST).unlink()

    def make_read_only(self) -> None:
        self._remount("ro")

    def make_writable(self) -> None:
        self._remount("rw")

    def _remount(self, how: str) -> None:
        """Change it as soon as nobody has a file open for writing: threads of a killed process may, for a moment."""
        command = ["mount", "-o", f"remount,bind,{how}", str(self.folder)]
        wait_until(
            lambda: subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0,
            what=f"the disk is mounted {how}",
        )


def may_mount() -> bool:
    """Whether this user may mount file systems at all."""
    return os.geteuid() == 0


@contextmanager
def mounted(folder: Path, *, megabytes: int) -> Iterator[Disk]:
    """Give a disk of this size at `folder`, and take it away afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    options = ["-o", f"size={megabytes}m,mode=0700"]
    subprocess.run(["mount", "-t", "tmpfs", *options, "alongside-test", str(folder)], check=True)
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
