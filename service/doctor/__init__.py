"""What is looked at when somebody asks whether the service is well; nothing is changed.

A check is a function from a `Look` to findings, named in one of the tables below: a new one is a function in the module
of its subject and a line here. It may raise StoreUnavailable, ConfigurationError or UnknownFormat: that is told under
its name. Findings are in plain words: what was found, and what to do unless it is ok.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from service.backups.unfinished import is_unfinished
from service.clock import Clock
from service.doctor import machine, store, webhooks, work
from service.doctor.look import Look
from service.errors import ConfigurationError, StoreUnavailable, UnknownFormat
from service.settings import Settings
from service.storage import open_store
from service.storage.operated import Finding, OperatedStore, State
from service.usecases.platforms import get_platform, platform_ids

MACHINE: Final[Mapping[str, Callable[[Settings, Clock], Iterator[Finding]]]] = MappingProxyType(
    {
        "settings": machine.settings_read,
        "secret key": machine.secret_key,
        "ledger": machine.erasure_ledger,
        "time zones": machine.time_zones,
        "compiled": machine.compiled_code,
        "room": machine.room,
        "cluster": machine.cluster,
    }
)
"""What is looked at without a store."""

STORE: Final[Mapping[str, Callable[[Look], Iterator[Finding]]]] = MappingProxyType(
    {
        "set-up": store.set_up,
        "clock": store.clock,
        "standby": store.standby,
        "ready": work.readiness,
        "workers": work.workers,
        "jobs": work.failed_jobs,
        "schedule": work.schedule,
        "runs": work.open_runs,
        "webhooks": webhooks.webhooks,
        "erasures": work.erasures,
        "formats": work.older_formats,
    }
)
"""What is looked at in a store that can be read and written, in all platforms or one."""


@dataclass(frozen=True, slots=True)
class Told:
    """A finding; and whether it means that the store is away, or that a setting is at fault."""

    finding: Finding
    is_store_away: bool = False
    is_configuration: bool = False


def examined(settings: Settings, clock: Clock, *, platform_id: str | None = None) -> Iterator[Told]:
    """Look at everything; what needs the store is left out while it is away. NotFound for an unknown platform."""
    opened: OperatedStore | None = None
    for told in _reached(settings):
        if isinstance(told, Told):
            yield told
        else:
            opened = told
    for name, check in MACHINE.items():
        yield from _tried(name, lambda check=check: check(settings, clock))  # type: ignore[misc]
    if opened is None:
        return
    try:
        look = Look(settings, opened, clock.now(), _platforms(opened, platform_id))
        for name, look_at in STORE.items():
            yield from _tried(name, lambda look_at=look_at: look_at(look))  # type: ignore[misc]
    finally:
        opened.close()


def _reached(settings: Settings) -> Iterator[Told | OperatedStore]:
    """Open the store and tell of it; give it where it can be worked with."""
    try:
        opened = open_store(settings.store)
    except (StoreUnavailable, ConfigurationError) as error:
        yield _refused("store", error)
        return
    is_well = False
    try:
        opened.ping()
        if is_unfinished(opened):
            says = "a restore into it was cut off: it may hold people who were erased, and nothing works with it"
            advice = "stop the service and run `alongside restore FILE` again, to its end"
            yield Told(Finding("store", State.WRONG, says, advice), is_configuration=True)
        else:
            yield Told(Finding("store", State.OK, "it can be read and written"))
            is_well = True
    except StoreUnavailable as error:
        yield _refused("store", error)
    if is_well:
        yield opened
    else:
        opened.close()


def _platforms(opened: OperatedStore, platform_id: str | None) -> tuple[str, ...]:
    if platform_id is None:
        return tuple(platform_ids(opened))
    return (get_platform(opened, platform_id).platform_id,)


def _tried(name: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Told]:
    try:
        for finding in check():
            yield Told(finding)
    except (StoreUnavailable, ConfigurationError, UnknownFormat) as error:
        yield _refused(name, error)


def _refused(name: str, error: StoreUnavailable | ConfigurationError | UnknownFormat) -> Told:
    says, *more = str(error).splitlines()
    if isinstance(error, StoreUnavailable):
        # Errors of the first two kinds say themselves what to do.
        return Told(Finding(name, State.WRONG, says), is_store_away=True)
    advice = "a newer program wrote it: update this one" if isinstance(error, UnknownFormat) else ""
    return Told(Finding(name, State.WRONG, "; ".join((says, *more)), advice), is_configuration=True)
