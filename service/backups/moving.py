"""Writing a backup, restoring one, and copying scopes from one store to another; every copy is compared part by part.

A scope is complete in its new place or marked as being copied: the mark is set before the first part and removed after
the comparison, so that whatever was cut off is begun anew and never taken for whole. The list of platforms comes last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, Final

from service.backups.file import lines_of, new_backup
from service.backups.lines import Sum, line_of, part_from
from service.backups.unfinished import is_unfinished, mark_finished, mark_unfinished
from service.erasure_ledger import Erased
from service.errors import Conflict, InvalidInput
from service.records import kinds
from service.records.codec import instant_to_json
from service.records.job import JobState
from service.records.platform import PlatformEntry
from service.records.run import RunState
from service.secret_keys import SecretKey, SecretKeys
from service.storage.operated import OperatedStore, Part
from service.storage.store import GLOBAL_SCOPE, Changes, Delete, Put
from service.usecases.erasing.again import erase_again
from service.usecases.platforms import platform_ids
from service.usecases.saving import in_commits
from service.usecases.standby import go_live, stand_by, standing_by_since

_MARK: Final = "copying"
_AT_ONCE: Final = 200
_EVERY: Final = 1000

Tell = Callable[[str, int], None]
"""(platform id, parts done so far)."""


def tell_nobody(_scope: str, _done: int) -> None:
    """Keep it to oneself."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What was written, restored or copied: platforms, records and events; `skipped` scopes were the same already."""

    platforms: int
    records: int
    events: int
    skipped: int = 0


def write_backup(
    store: OperatedStore, path: Path, *, key: SecretKey | None, now: datetime, tell: Tell = tell_nobody
) -> Moved:
    """Write every platform, each as of one moment, into a new file; without a key it is not encrypted."""
    sums: dict[str, dict[str, Any]] = {}
    scopes = (*sorted(platform_ids(store)), GLOBAL_SCOPE)
    with new_backup(path, key) as backup:
        backup.write({"backup": {"made_at": instant_to_json(now)}})
        for scope in scopes:
            total = Sum()
            backup.write({"scope": scope})
            for number, part in enumerate(store.dump(scope)):
                backup.write(line_of(part))
                total.add(part)
                if number % _EVERY == 0:
                    tell(scope, number)
            sums[scope] = total.to_json()
        backup.write({"sums": sums})
    return _moved(sums)


def check_backup(path: Path, keys: SecretKeys, *, tell: Tell = tell_nobody) -> dict[str, dict[str, Any]]:
    """Read a whole backup and compare it with its sums; give these by scope. InvalidInput when it is not whole."""
    found: dict[str, Sum] = {}
    sums: dict[str, dict[str, Any]] | None = None
    scope = ""
    for number, line in enumerate(lines_of(path, keys)):
        if "sums" in line:
            sums = line["sums"]
        elif "scope" in line:
            scope = line["scope"]
            found[scope] = Sum()
        elif "backup" not in line:
            found[scope].add(part_from(line))
        if number % _EVERY == 0:
            tell(scope, number)
    if sums is None or {name: each.to_json() for name, each in found.items()} != sums:
        raise InvalidInput(
            f"{path} is damaged: it does not hold what it says; use another backup", code="damaged_backup"
        )
    return sums


def restore_backup(
    store: OperatedStore, path: Path, keys: SecretKeys, *, is_replacing: bool, tell: Tell = tell_nobody
) -> Moved:
    """Load a backup into a store, after all of it was checked, and compare what is there then.

    Conflict (``store_not_empty``) where there are platforms already, unless `is_replacing`, or a restore was cut off
    there: then everything is removed first. The store is of no use to others before `finish_restore`.
    """
    sums = check_backup(path, keys, tell=tell)
    there = tuple(platform_ids(store))
    begun = tuple(stored.record_id for stored in store.each(GLOBAL_SCOPE, _MARK))
    if there and not is_replacing and not is_unfinished(store):
        raise Conflict(
            f"cannot restore into a store that holds {len(there)} platforms (say --replace to remove them first)",
            code="store_not_empty",
        )
    mark_unfinished(store)
    for scope in dict.fromkeys((*there, *begun, *sums)):
        if scope != GLOBAL_SCOPE:
            store.clear(scope)
    store.clear(GLOBAL_SCOPE)
    for scope, parts in _scopes_in(path, keys):
        _copy(store, scope, parts, sums[scope]["sha256"], tell)
    return _moved(sums)


def finish_restore(
    store: OperatedStore, erased: Iterable[Erased], *, is_live: bool = False, now: Callable[[], datetime]
) -> int:
    """Erase again whoever the ledgers know, and give the store free; give how many were erased.

    It stands by from then on (`usecases/standby.py`), unless `is_live`.
    """
    count = sum(erase_again(store, each, now=now) for each in erased)
    if is_live:
        go_live(store)
    else:
        stand_by(store, now=now())
    mark_finished(store)
    return count


def migrate(
    source: OperatedStore, target: OperatedStore, *, platform_id: str | None = None, tell: Tell = tell_nobody
) -> Moved:
    """Copy a platform, or all, into another store, and compare; what is there already and the same is left alone.

    A store that stands by is copied to one that does, too. Conflict (``store_stands_by``) where there are other
    platforms already that are in use, (``runs_open``) while a run or job is at work, (``scope_not_empty``) where the
    target holds something else under a platform's id, (``changed_meanwhile``) when somebody wrote in the source while
    it was copied.
    """
    wanted = (platform_id,) if platform_id is not None else tuple(sorted(platform_ids(source)))
    for scope in wanted:
        _check_idle(source, scope)
    _carry_standby(source, target)
    sums, skipped = {}, 0
    for scope in wanted:
        sums[scope] = _sum_of(source, scope)
        is_begun = target.get(GLOBAL_SCOPE, _MARK, scope) is not None
        if not is_begun and next(iter(target.dump(scope)), None) is not None:
            if _sum_of(target, scope) != sums[scope]:
                raise Conflict(
                    f"the store to copy to holds another platform {scope!r}: remove it there, or choose another store",
                    code="scope_not_empty",
                )
            skipped += 1
        else:
            target.clear(scope)
            _copy(target, scope, source.dump(scope), sums[scope]["sha256"], tell)
        entry = source.get(GLOBAL_SCOPE, PlatformEntry.KIND, scope)
        if entry is not None and target.get(GLOBAL_SCOPE, PlatformEntry.KIND, scope) is None:
            target.commit(GLOBAL_SCOPE, Changes(puts=(Put(entry.kind, scope, entry.body, 0, entry.format),)))
    moved = _moved(sums)
    return Moved(moved.platforms, moved.records, moved.events, skipped)


def _carry_standby(source: OperatedStore, target: OperatedStore) -> None:
    since = standing_by_since(source)
    if since is None or standing_by_since(target) is not None:
        return
    if next(platform_ids(target), None) is not None:
        raise Conflict(
            "cannot copy from a store that was restored and stands by into one that is in use (run `alongside go-live` "
            "on the first, or copy into an empty store)",
            code="store_stands_by",
        )
    stand_by(target, now=since)


def _copy(store: OperatedStore, scope: str, parts: Iterable[Part], digest: str, tell: Tell) -> None:
    mark = Put(_MARK, scope, {})
    if scope != GLOBAL_SCOPE:
        store.commit(GLOBAL_SCOPE, Changes(puts=(mark,)))
    done = 0
    for batch in in_commits(parts, size=_AT_ONCE):
        for some in _within(batch):
            store.load(scope, some)
        done += len(batch)
        tell(scope, done)
    if _sum_of(store, scope)["sha256"] != digest:
        raise Conflict(
            f"platform {scope!r} was changed while it was copied: stop what writes to it, then begin again",
            code="changed_meanwhile",
        )
    if scope != GLOBAL_SCOPE:
        store.commit(GLOBAL_SCOPE, Changes(deletes=(Delete(_MARK, scope),)))


def _within(batch: Iterable[Part]) -> Iterator[tuple[Part, ...]]:
    """Cut a batch where its bodies together grow large: one load stops every other client for as long as it takes."""
    some: list[Part] = []
    size = 0
    for part in batch:
        some.append(part)
        size += len(str(getattr(part, "body", "")))
        if size > 1 << 21:
            yield tuple(some)
            some, size = [], 0
    if some:
        yield tuple(some)


def _scopes_in(path: Path, keys: SecretKeys) -> Iterator[tuple[str, Iterator[Part]]]:
    lines = lines_of(path, keys)
    scope = None
    for line in lines:
        while line is not None and "scope" in line:
            scope, following = line["scope"], [None]
            yield scope, _parts(lines, following)
            line = following[0]  # noqa: PLW2901 - the line that ended the scope begins the next


def _parts(lines: Iterator[Any], following: list[Any]) -> Iterator[Part]:
    for line in lines:
        if "scope" in line or "sums" in line:
            following[0] = line
            return
        yield part_from(line)


def _sum_of(store: OperatedStore, scope: str) -> dict[str, Any]:
    total = Sum()
    for part in store.dump(scope):
        total.add(part)
    return total.to_json()


def _check_idle(store: OperatedStore, scope: str) -> None:
    states = chain(
        ((kinds.RUN, state) for state in (RunState.QUEUED, RunState.RUNNING)), ((kinds.JOB, JobState.RUNNING),)
    )
    if any(store.count(scope, kind, index=kinds.BY_STATE, value=state) for kind, state in states):
        raise Conflict(
            f"cannot copy platform {scope!r} while a run or job is at work: stop the workers, or wait", code="runs_open"
        )


def _moved(sums: dict[str, dict[str, Any]]) -> Moved:
    return Moved(
        platforms=sum(scope != GLOBAL_SCOPE for scope in sums),
        records=sum(each["records"] for each in sums.values()),
        events=sum(each["events"] for each in sums.values()),
    )
