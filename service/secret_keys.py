"""The keys that sign sessions and seal secrets: read from a file, made beside an embedded store on the first start.

One line a key, ``<key id>:<secret>``, the newest first: it signs; the others still verify, until their line is removed.
Secrets are never logged, never part of a message.
"""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from service.errors import ConfigurationError
from service.settings import Settings

_LINE = re.compile(r"([A-Za-z0-9._-]{1,32}):(\S{32,256})")
_FORM = "one line a key, newest first: a key id, a colon and at least 32 characters of secret"


@dataclass(frozen=True, slots=True)
class SecretKey:
    """One key; its secret never shows in a representation."""

    key_id: str
    secret: str

    def __repr__(self) -> str:
        return f"SecretKey(key_id={self.key_id!r})"


@dataclass(frozen=True, slots=True)
class SecretKeys:
    """The key that signs, and older ones that still verify."""

    current: SecretKey
    older: tuple[SecretKey, ...] = ()


def load_secret_keys(settings: Settings) -> SecretKeys:
    """Read the keys, making the file where the settings allow it; raise ConfigurationError when there are none."""
    if settings.may_make_secret_key:
        _make_once(settings.secret_key_file)
    try:
        lines = settings.secret_key_file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"cannot read the keys in {settings.secret_key_file}: name a readable file in ALONGSIDE_SECRET_KEY_FILE"
        ) from error
    keys = tuple(_key(line.strip(), settings.secret_key_file) for line in lines if line.strip())
    if not keys or len({key.key_id for key in keys}) < len(keys):
        raise ConfigurationError(f"cannot use the keys in {settings.secret_key_file} (allowed: {_FORM}, no id twice)")
    return SecretKeys(keys[0], keys[1:])


def _key(line: str, path: Path) -> SecretKey:
    found = _LINE.fullmatch(line)
    if found is None:
        raise ConfigurationError(f"cannot use the keys in {path} (allowed: {_FORM})")
    return SecretKey(found[1], found[2])


def _make_once(path: Path) -> None:
    """Write a first key under its name only when it is complete: of several starting at once one wins, all read it."""
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"k1:{secrets.token_hex(32)}\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
        finally:
            draft.unlink()
    except OSError as error:
        raise ConfigurationError(f"cannot make the keys in {path.parent}: allow this user to write there") from error
