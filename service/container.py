"""What a container image needs around the commands: ``python -m service.container``, its entry point.

* ``pack`` (once, at the image's build) puts compiled code aside, and a link in its place to where it will be.
* Anything else, at each start, lays compiled code out there and becomes the command that is named. It must be writable
  there, since numba refuses a cache that it cannot write beside; the root file system is read-only, so it is memory.
* ``health`` asks the API of this container whether it lives; ``key`` makes the secret key where there is none.

Nothing compiled is loaded here: what runs before a fork must not have started threads.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

PACKED = Path(sys.prefix) / "kernels"
LIVE = Path("/run/alongside/kernels")


def main(arguments: list[str]) -> int:
    """Do what the arguments name, or become the command they are."""
    if not arguments:
        sys.stderr.write("alongside: name a command, for example: alongside serve\n")
        return 2
    if arguments[0] not in _DEEDS:
        become(arguments)
    return _DEEDS[arguments[0]]()


def become(arguments: list[str]) -> NoReturn:
    """Lay out compiled code, and be another command from then on."""
    lay_out(PACKED, LIVE)
    sys.stderr.flush()
    os.execvp(arguments[0], arguments)


def pack() -> int:
    """Put the compiled code of this installation aside, and a link to `LIVE` in its place."""
    from matching.code_cache import package_directory

    place = package_directory()
    shutil.move(place, PACKED)
    place.symlink_to(LIVE)
    return 0


def lay_out(packed: Path, live: Path) -> None:
    """Copy compiled code to where it is looked for, whole or not at all; said, and no more, where that cannot be."""
    if live.is_dir() or not packed.is_dir():
        return
    try:
        draft = Path(tempfile.mkdtemp(prefix="kernels-", dir=live.parent))
        # With the times of its files: numba takes a source of another time for another source.
        shutil.copytree(packed, draft, dirs_exist_ok=True)
        draft.rename(live)
    except OSError as error:
        sys.stderr.write(f"alongside: cannot lay out compiled code in {live}: {error.strerror}; mount a tmpfs there\n")


def health() -> int:
    """Tell whether the API of this container answers."""
    from http.client import HTTPConnection, HTTPException

    try:
        connection = HTTPConnection("127.0.0.1", int(os.environ.get("ALONGSIDE_PORT", "8000")), timeout=2)
        connection.request("GET", "/livez")
        return 0 if connection.getresponse().status == 200 else 1
    except (OSError, HTTPException):
        return 1


def make_key() -> int:
    """Make the secret key that the settings name, where there is none; a key that is there is left alone."""
    from dataclasses import replace

    from service.secret_keys import load_secret_keys
    from service.settings import Settings

    load_secret_keys(replace(Settings.from_environment(), may_make_secret_key=True))
    return 0


_DEEDS: dict[str, Callable[[], int]] = {"pack": pack, "health": health, "key": make_key}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
