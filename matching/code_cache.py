"""Where compiled code is kept on disk, and how it is imported from there.

numba writes its cache beside the source it compiles, refuses to where that cannot be written, and notices no edit in
another file. So sources to be compiled are written to one directory under a name that holds a digest of all they call:
an edit makes a new file. Never here: what is compiled (`compiled.py`, `solvers/loops.py`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from shutil import copytree
from tempfile import NamedTemporaryFile, TemporaryDirectory
from types import ModuleType


def package_directory() -> Path:
    """Give the directory beside the package's bytecode, whether it is there or not."""
    return Path(__file__).parent / "__pycache__" / "kernels"


@cache
def default_directory() -> Path:
    """Give `package_directory`, or this process's own copy of it where it cannot be written."""
    return writable(package_directory())


def writable(preferred: Path) -> Path:
    """Give the directory, or where it cannot be written a directory of this process with a copy of its content."""
    try:
        preferred.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=preferred):
            return preferred
    except OSError:
        # numba refuses a cache it cannot write beside, even a complete one.
        _private.append(TemporaryDirectory(prefix="alongside-kernels-"))
        own = Path(_private[-1].name) / "kernels"
        own.mkdir()
        # What cannot be read is compiled anew.
        with suppress(OSError):
            copytree(preferred, own, dirs_exist_ok=True)
        return own


def digest_of(files: Iterable[Path]) -> str:
    """Name sources: the same digest only for the same text in the same order."""
    return blake2b(b"\0".join(file.read_bytes() for file in files), digest_size=8).hexdigest()


def imported(name: str, text: str, directory: Path) -> ModuleType:
    """Write a source into the directory unless a file of this name is there, and import it.

    The name must change with the text and with all that the text calls.
    """
    source = directory / f"{name}.py"
    if not source.exists():
        _write_whole(source, text)
    spec = spec_from_file_location(name, source)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot import the compiled code {source.name}", path=str(source))
    module = module_from_spec(spec)
    # Compiled code refers to its module by name when numba reads it back.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


_ANY_TIME = 1_000_000_000
"""Seconds since 1970: what every source is dated."""

_private: list[TemporaryDirectory[str]] = []
"""Kept as long as the process: a temporary directory goes when its object does."""


def _write_whole(path: Path, text: str) -> None:
    """Write a file at once: two processes that compile side by side must never read half of one."""
    with NamedTemporaryFile("w", dir=path.parent, suffix=".unfinished", delete=False, encoding="utf-8") as unfinished:
        unfinished.write(text)
    # A temporary file is its owner's alone; what one user compiles ahead, others load.
    Path(unfinished.name).chmod(0o644)
    # numba takes a source of another time for another source, and container images keep whole seconds only. The name
    # says all there is to know of the text.
    os.utime(unfinished.name, (_ANY_TIME, _ANY_TIME))
    Path(unfinished.name).replace(path)
