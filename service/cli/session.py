"""What commands work with: settings from the environment, an open store, the clock, and the files they are given.

Every command opens the store here and closes it again, whatever happens. No command reads the environment or the clock
itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from service.errors import InvalidInput

if TYPE_CHECKING:
    from service.clock import Clock
    from service.settings import Settings
    from service.storage.operated import OperatedStore

platform_option = click.option("--platform", "platform_id", required=True, metavar="ID", help="The platform's id.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of sentences.")
existing_file = click.Path(exists=True, dir_okay=False, path_type=Path)


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Session:
    """What a command works with."""

    settings: Settings
    store: OperatedStore
    clock: Clock

    @property
    def now(self) -> datetime:
        """The present moment, aware and in UTC."""
        return self.clock.now()


@contextmanager
def opened(*, is_restoring: bool = False) -> Iterator[Session]:
    """Read the settings and open the store; close it at the end. Only a restore takes one that is half restored."""
    from service import metrics
    from service.backups.unfinished import open_whole_store
    from service.clock import SystemClock
    from service.settings import Settings
    from service.storage import open_store

    settings = Settings.from_environment()
    metrics.begin(settings)
    opening = open_store if is_restoring else open_whole_store
    store = metrics.metered(opening(settings.store), engine=settings.engine)
    try:
        yield Session(settings, store, SystemClock())
    finally:
        store.close()


def read_yaml_file(path: Path) -> Any:
    """Read a YAML or JSON file that people write; raise InvalidInput with its name."""
    from service.plain_yaml import read_yaml

    try:
        return read_yaml(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is not UTF-8 text", code="invalid_yaml") from error
    except OSError as error:
        raise InvalidInput(f"cannot read {path}: {error.strerror}", code="unreadable_file") from error
    except InvalidInput as error:
        raise InvalidInput(f"cannot read {path}: {error}", code=error.code) from error


def loaded(path: Path, load: Callable[[Any], T], document: Any) -> T:
    """Check what a file says with one of the schemas; raise InvalidInput with the file's name and every bad field."""
    from marshmallow import ValidationError

    from service.field_problems import field_problems

    try:
        return load(document)
    except ValidationError as error:
        raise InvalidInput(f"cannot use {path}", problems=field_problems(error), code="invalid_file") from error
