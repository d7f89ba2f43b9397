"""What is looked at on this machine, whatever store there is: keys, files, time zones, compiled code, room."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from service.clock import Clock
from service.erasure_ledger import ErasureLedger
from service.errors import InvalidInput
from service.secret_keys import load_secret_keys
from service.settings import Settings
from service.storage.operated import Finding, State

_LITTLE_ROOM_BYTES: Final = 1 << 30


def settings_read(settings: Settings, _clock: Clock) -> Iterator[Finding]:
    """See that no variable looks like a setting and is none."""
    if settings.unknown:
        says = f"no setting of that name: {', '.join(settings.unknown[:5])}"
        advice = (
            "mend or remove it; Kubernetes makes such ones for a Service named alongside (enableServiceLinks: false)"
        )
        yield Finding("settings", State.WARNING, says, advice)
        return
    yield Finding("settings", State.OK, "every variable that begins with ALONGSIDE_ is a setting")


def secret_key(settings: Settings, _clock: Clock) -> Iterator[Finding]:
    """See that sessions can be signed, and that nobody else can read the key."""
    path = settings.secret_key_file
    if settings.may_make_secret_key and not path.exists():
        yield Finding("secret key", State.OK, f"{path} is made at the first start")
        return
    keys = load_secret_keys(settings)
    if path.stat().st_mode & 0o077:
        yield Finding("secret key", State.WRONG, f"others may read {path}", f"run: chmod 600 {path}")
        return
    yield Finding("secret key", State.OK, f"{1 + len(keys.older)} in {path}; keep a copy of it elsewhere")


def cluster(settings: Settings, _clock: Clock) -> Iterator[Finding]:
    """See that the cluster that is to do parts of large runs is there; nothing where none is named."""
    if settings.dask is None:
        return
    from service.cluster import threads_there

    threads = threads_there(settings)
    if threads:
        yield Finding(
            "cluster",
            State.OK,
            f"it does {threads} parts of a large run at once"
            if threads > 1
            else "it does one part of a large run at a time",
        )
    else:
        says = "no worker of the Dask cluster is reached: large runs are done without it, and take longer"
        advice = "start scheduler and workers; with tls:// see that both sides have certificates of one authority"
        yield Finding("cluster", State.WARNING, says, advice)


def erasure_ledger(settings: Settings, _clock: Clock) -> Iterator[Finding]:
    """See that erasures can be noted outside the store."""
    path = settings.erasure_ledger
    if not os.access(path if path.exists() else path.parent, os.W_OK) and path.parent.exists():
        advice = "allow the service's own user to write there, or no erasure is finished"
        yield Finding("ledger", State.WRONG, f"the erasure ledger {path} cannot be written", advice)
        return
    if path.exists():
        try:
            ErasureLedger(path, load_secret_keys(settings)).read()
        except InvalidInput as error:
            advice = "put a copy of the ledger back: a restore needs every line"
            yield Finding("ledger", State.WRONG, str(error), advice)
            return
    yield Finding("ledger", State.OK, "erasures are noted outside the store")


def time_zones(_settings: Settings, clock: Clock) -> Iterator[Finding]:
    """See that the rules of the world's clocks are not older than a year or two."""
    from service.usecases.running.versions import tzdata_version

    found = tzdata_version()
    year = re.match(r"[0-9]{4}", found)
    if year is None:
        says, advice = "of which version they are cannot be told", "install the package tzdata"
        yield Finding("time zones", State.WARNING, says, advice)
    elif int(year[0]) < clock.now().year - 1:
        advice = "update the package tzdata: hours may be wrong where clocks change by newer rules"
        yield Finding("time zones", State.WARNING, f"their rules are of {found}", advice)
    else:
        yield Finding("time zones", State.OK, f"their rules are of {found}")


def compiled_code(_settings: Settings, _clock: Clock) -> Iterator[Finding]:
    """See that the first run need not compile the engine."""
    from matching.code_cache import package_directory
    from matching.compiled import is_compiled

    place = package_directory()
    if is_compiled():
        yield Finding("compiled", State.OK, "the engine is compiled")
    elif _is_writable(place):
        # The first run sees to it: nothing to do.
        yield Finding("compiled", State.OK, "the first run compiles the engine, which takes a minute or two, once")
    else:
        says = "the engine is not compiled, and what every process compiles for itself is lost with it"
        yield Finding("compiled", State.WARNING, says, f"allow the service's own user to write in {place}")


def room(settings: Settings, _clock: Clock) -> Iterator[Finding]:
    """See that there is room for this machine's own files; a store that is a file tells of its disk itself."""
    if settings.is_embedded:
        return
    place = settings.secret_key_file.parent
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < _LITTLE_ROOM_BYTES:
        says = f"{free >> 20:,} MiB free at {place}"
        yield Finding("room", State.WARNING, says, "make room: nothing can be noted on a full disk")
    else:
        yield Finding("room", State.OK, f"{free >> 30:,} GiB free at {place}")


def _is_writable(place: Path) -> bool:
    while not place.exists():
        place = place.parent
    return os.access(place, os.W_OK)
