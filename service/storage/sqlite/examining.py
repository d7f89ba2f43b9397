"""How safely the embedded store is set up: what `doctor` says about it.

The settings are read from a connection as every call gets one, so that what is told is what is used.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from service.storage.operated import Finding, State
from service.storage.sqlite.scrubbing import MOST_PAGES

_NETWORK_KINDS: Final = frozenset(("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "glusterfs", "ceph"))
_LARGE_LOG_BYTES: Final = 256 << 20
_LITTLE_ROOM_BYTES: Final = 1 << 30

_WANTED: Final = {
    "journal_mode": ("wal", "changes go to a write-ahead log"),
    "synchronous": (2, "every change is on the disk before it is acknowledged"),
    "secure_delete": (1, "what is deleted is overwritten"),
    "foreign_keys": (1, "no index entry outlives its record"),
}


def examine(connection: sqlite3.Connection, path: Path) -> Iterator[Finding]:
    """Look at settings, files and disk."""
    wrong = [
        f"{name} is {found}, not {wanted}"
        for name, (wanted, _) in _WANTED.items()
        if (found := connection.execute(f"PRAGMA {name}").fetchone()[0]) != wanted
    ]
    yield Finding(
        "durability",
        State.WRONG if wrong else State.OK,
        "; ".join(wrong) or "; ".join(promise for _, promise in _WANTED.values()),
        "this program sets these itself: report it as a fault, with the version of SQLite" if wrong else "",
    )
    yield _privacy(path)
    yield _disk(path)
    yield _place(path)
    yield _log(path)
    yield _erasing(connection, path)


def _privacy(path: Path) -> Finding:
    files = [each for each in path.parent.glob(f"{path.name}*") if each.is_file()]
    open_files = sorted(each.name for each in files if each.stat().st_mode & 0o077)
    if open_files:
        says = f"others may read {', '.join(open_files)}"
        return Finding("privacy", State.WRONG, says, f"run: chmod go-rwx {path}*")
    return Finding("privacy", State.OK, "only the service's own user may read the files")


def _disk(path: Path) -> Finding:
    free = shutil.disk_usage(path.parent).free
    size = sum(each.stat().st_size for each in path.parent.glob(f"{path.name}*") if each.is_file())
    says = f"{_size(free)} free, the store takes {_size(size)}"
    if free < max(_LITTLE_ROOM_BYTES, size // 2):
        return Finding("disk", State.WARNING, says, "make room: a full disk stops every change until there is some")
    return Finding("disk", State.OK, says)


def _place(path: Path) -> Finding:
    kind = _file_system_of(path.resolve())
    if kind in _NETWORK_KINDS:
        return Finding(
            "place",
            State.WRONG,
            f"the data folder is on a network share ({kind}), whose locks cannot be trusted",
            "move the store to a disk of this machine, or use a Redis store",
        )
    return Finding("place", State.OK, f"a disk of this machine ({kind or 'of unknown kind'})")


def _log(path: Path) -> Finding:
    log = path.with_name(f"{path.name}-wal")
    size = log.stat().st_size if log.exists() else 0
    if size > _LARGE_LOG_BYTES:
        return Finding(
            "log",
            State.WARNING,
            f"the write-ahead log has grown to {_size(size)}: something has been reading the store for long",
            "see whether a backup or another program holds the store open, and end it",
        )
    return Finding("log", State.OK, f"the write-ahead log takes {_size(size)}")


def _erasing(connection: sqlite3.Connection, path: Path) -> Finding:
    most = MOST_PAGES * int(connection.execute("PRAGMA page_size").fetchone()[0])
    if path.stat().st_size >= most:
        return Finding(
            "erasing",
            State.WRONG,
            f"the file is larger than {_size(most)}: what is erased cannot be overwritten, so erasures stay open",
            "move to a Redis store: alongside migrate-store",
        )
    return Finding("erasing", State.OK, "what is erased is overwritten in the file")


def _file_system_of(path: Path) -> str:
    """Give the kind of file system a path is on, of the longest mount point that holds it; empty when unknown."""
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    mounts = [(Path(point.replace("\\040", " ")), kind) for _, point, kind, *_ in map(str.split, lines)]
    around = [(len(point.parts), kind) for point, kind in mounts if path.is_relative_to(point)]
    return max(around)[1] if around else ""


def _size(count: int) -> str:
    for unit, step in (("GiB", 30), ("MiB", 20)):
        if count >= 1 << step:
            return f"{count / (1 << step):,.1f} {unit}"
    return f"{count / 1024:,.0f} KiB"
