"""Rooms: processes that see a folder as their root, as an unprivileged user, with only what a container would have.

Made of mount namespaces (`unshare`), so nothing on the machine changes, and everything is gone when the process ends.
Needs the right to mount: root, as in continuous integration.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_DEVICES = ("null", "zero", "random", "urandom", "full")
IMAGE_PYTHON = "/image/bin"
"""Where the base image keeps its Python; here a link to the machine's."""
LIBRARIES = "/image/libraries"
"""Where the machine's libraries are seen: not at their own place, which memory may cover."""

PATIENCE_SECONDS = 1500
"""For one step: the engine is compiled in one, which takes a minute or two on quiet cores, and many on busy ones."""


@cache
def cannot_be_made() -> str:
    """Why no room can be made here; empty where it can."""
    if shutil.which("unshare") is None:
        return "unshare is not on PATH"
    tried = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False
    )
    return "" if tried.returncode == 0 else f"no right to mount: {tried.stderr.decode().strip()}"


def libraries() -> str:
    """Give the folder of the libraries that this process uses."""
    return next(each for each in sys.path if each.endswith("site-packages"))


def base_image(folder: Path) -> Path:
    """Lay out a root as a slim Python image has it: system and Python are the machine's, everything else is empty."""
    for name in ("etc", "tmp", "run", "opt", "proc", "dev", "root", "var/tmp", "image/bin", "image/libraries"):
        (folder / name).mkdir(parents=True)
    (folder / "tmp").chmod(0o1777)
    (folder / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (folder / "etc/group").write_text("root:x:0:\n")
    (folder / "etc/hosts").write_text("127.0.0.1 localhost\n")
    # The dynamic linker's list of libraries, and how names are looked up.
    for name in ("ld.so.cache", "nsswitch.conf", "login.defs"):
        if Path("/etc", name).exists():
            shutil.copy2(Path("/etc", name), folder / "etc" / name)
    for system in _SYSTEM:
        if Path(system).is_symlink():
            (folder / system[1:]).symlink_to(Path(system).readlink())
    for name in ("python", "python3"):
        (folder / "image/bin" / name).symlink_to(Path(sys.base_prefix, "bin", "python3"))
    return folder


@dataclass
class Room:
    """How a process lives in a root.

    Attributes
    ----------
    is_read_only : nothing of the root can be written but what is mounted over it.
    tmpfs : where memory is mounted, with its mount options. volumes : folders mounted at places.
    """

    root: Path
    environment: Mapping[str, str]
    workdir: str = "/"
    user: str = "0"
    is_read_only: bool = False
    tmpfs: Mapping[str, str] = field(default_factory=dict)
    volumes: Mapping[str, Path] = field(default_factory=dict)

    def command(self, arguments: Sequence[str]) -> list[str]:
        """Give the command that runs another one in the room."""
        inside = shlex.join(arguments)
        named = " ".join(f"{name}={shlex.quote(value)}" for name, value in self.environment.items())
        enter = f"cd {shlex.quote(self.workdir)} && exec {inside}"
        user = f"--userspec={self.user}:{self.user} --groups= " if self.user != "0" else ""
        inside_root = f"/usr/bin/env -i {named} /bin/sh -c {shlex.quote(enter)}"
        script = "\n".join(
            (
                "set -e",
                "mount --make-rprivate /",
                *self._mounts(),
                f"exec chroot {user}{shlex.quote(str(self.root))} {inside_root}",
            )
        )
        return ["unshare", "--mount", "--", "/bin/sh", "-c", script]

    def run(self, arguments: Sequence[str], *, seconds: float = PATIENCE_SECONDS) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; CalledProcessError unless it ends well."""
        done = subprocess.run(
            self.command(arguments),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, (
            f"{shlex.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
        return done

    def start(self, arguments: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
        """Start a command that goes on, in a session of its own; its id is that of the command itself."""
        with log.open("ab") as out:
            return subprocess.Popen(
                self.command(arguments), stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )

    def _mounts(self) -> list[str]:
        root = shlex.quote(str(self.root))
        lines = [f"mount --bind {root} {root}"]
        for place, source in self._machine().items():
            if not Path(source).is_symlink():
                lines += self._bind(Path(source), place, options="remount,bind,ro")
        lines += [f"mount -t proc proc {root}/proc", *self._devices()]
        for place, source in self.volumes.items():
            lines += self._bind(source, place)
        for place, options in self.tmpfs.items():
            lines += self._at(place, f"mount -t tmpfs -o {options or 'mode=1777'} tmpfs")
        if self.is_read_only:
            lines.append(f"mount -o remount,bind,ro {root}")
        return lines

    def _machine(self) -> dict[str, str]:
        """What stands for the base image and for what pip would download, by place: never written to."""
        system = (each for each in (*_SYSTEM, sys.base_prefix) if Path(each).exists())
        return {each: each for each in system} | {LIBRARIES: libraries()}

    def _devices(self) -> list[str]:
        dev = shlex.quote(str(self.root / "dev"))
        lines = [f"mount -t tmpfs -o mode=755 tmpfs {dev}"]
        for name in _DEVICES:
            lines += [f"touch {dev}/{name}", f"mount --bind /dev/{name} {dev}/{name}"]
        return [*lines, f"mkdir {dev}/shm", f"mount -t tmpfs -o mode=1777 tmpfs {dev}/shm"]

    def _bind(self, source: Path, place: str, *, options: str = "") -> list[str]:
        lines = self._at(place, f"mount --bind {shlex.quote(str(source))}")
        return lines + (self._at(place, f"mount -o {options}") if options else [])

    def _at(self, place: str, mount: str) -> list[str]:
        target = self.root / place.lstrip("/")
        target.mkdir(parents=True, exist_ok=True)
        return [f"{mount} {shlex.quote(str(target))}"]
